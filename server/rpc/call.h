/*
 * call: the life of one RPC.
 *
 * Nouns and life: see rpc.h and enum call_phase. A call that has been answered stays until net says that
 * its exchange is gone, then goes back to the spare ones.
 * Ownership: the rpc's; the exchange tells its end.
 * Errors: call_begin answers the exchange itself in every case, and returns NULL only without memory.
 */
#ifndef PAIDAN_RPC_CALL_H
#define PAIDAN_RPC_CALL_H

#include "rpc/inside.h"

/* method NULL: unknown. The message of a GET is in the query. */
struct route_state *call_begin(struct rpc *rpc, struct http_exchange *x, const struct http_request *request,
			       const struct rpc_method *method, const struct protocol_type *type);
/* Its deadline has passed: it is answered, unless it is no gRPC and still arrives; then when it has. */
void call_expire(struct call *call);
/* Leaves the phase it is in; the only place that changes it. Counts and logs when it is over. */
void call_set_phase(struct call *call, enum call_phase phase, enum err err);
/* Really frees the spare ones. */
void call_free_spare(struct rpc *rpc);

static inline struct slice call_request_id(const struct call *call)
{
	return slice_of(call->request_id, call->request_id_len);
}

#endif
