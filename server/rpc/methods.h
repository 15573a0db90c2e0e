/*
 * methods: all RPC methods by path.
 *
 * Nouns: a method runs in the executor (a pure handler, txn.h), or is local: answered by this process
 * alone, without store and credential (health, reflection). A method of the .proto files that has neither
 * is known and UNIMPLEMENTED. The index of a method numbers its counters; 0 stands for unknown ones.
 * A watch is a streaming method of the executor; its request may say after which event to go on (`after`),
 * its messages tell theirs (`event_id`).
 * Ownership: the table is made once per worker; generated tables and local methods are static.
 * Errors: methods_new NULL without memory; methods_find NULL for an unknown path.
 */
#ifndef PAIDAN_RPC_METHODS_H
#define PAIDAN_RPC_METHODS_H

#include "pb/pb_side.h"
#include "txn/exec.h"

struct local_method;

struct rpc_method {
	const struct pb_method *pb;
	const struct method *handler;
	const struct local_method *local;
	size_t index;
	const ProtobufCFieldDescriptor *tenant_id; /* of the request, when it has one */
	const ProtobufCFieldDescriptor *after;
	const ProtobufCFieldDescriptor *event_id;
	bool streams; /* in either direction */
};

struct methods;

/* exec NULL: local methods only. local: those of this process, path NULL ends. */
struct methods *methods_new(const struct exec *exec, const struct local_method *const *local, size_t n_local);
void methods_free(struct methods *m);
const struct rpc_method *methods_find(const struct methods *m, struct slice path);

/* The sets that the table is made of: the API, and what the RPC layer itself speaks. */
extern const struct pb_set *const methods_sets[];
extern const size_t methods_n_sets;
/* Paths by index, for metrics; [0] is NULL. To be freed by the caller; NULL without memory. */
const char **methods_paths(size_t *n);

#endif
