/*
 * bench_rpc: calls in great number, each until it has an answer that counts, with their times.
 *
 * For replay and bench, which play thousands of clients in one thread. A call is sent again with the same
 * bytes, and so with the same request id, as long as the answer is "not now" or "unknown": connections are
 * made again, workers and Redis may die meanwhile.
 *
 * Nouns: a link is a channel with one key; a row of the table names a method; a reply is what came of a call,
 * its message still encoded: rpc_decode reads it.
 * Ownership: requests are copied; a reply and what rpc_decode gives are valid in the callback, after rpc_wait
 * until the next call of this header.
 * Errors: in the reply. rpc_link gives false, and `error` says why. No memory ends the program: a load
 * generator that has no memory has nothing to report.
 */
#ifndef PAIDAN_CLI_BENCH_RPC_H
#define PAIDAN_CLI_BENCH_RPC_H

#include <event2/event.h>

#include "base/arena.h"
#include "bench_hist.h"
#include "channel.h"
#include "paidan_pb.h"

#define RPC_TABLE(X)                                                 \
	X(CREATE_TENANT, OrgService, CreateTenant, CALL_WRITE)       \
	X(CREATE_API_KEY, OrgService, CreateApiKey, CALL_WRITE)      \
	X(CREATE_NODE, OrgService, CreateNode, CALL_WRITE)           \
	X(LIST_NODES, OrgService, ListNodes, CALL_READ)              \
	X(IMPORT_GRIDS, OrgService, ImportGrids, CALL_WRITE)         \
	X(CREATE_BUILDING, OrgService, CreateBuilding, CALL_WRITE)   \
	X(CREATE_HOUSEHOLD, OrgService, CreateHousehold, CALL_WRITE) \
	X(CREATE_RESIDENT, OrgService, CreateResident, CALL_WRITE)   \
	X(PUT_CATEGORY, OrgService, PutCategory, CALL_WRITE)         \
	X(GET_POLICY, OrgService, GetPolicy, CALL_READ)              \
	X(PUT_POLICY, OrgService, PutPolicy, CALL_WRITE)             \
	X(CREATE_MEMBER, MemberService, CreateMember, CALL_WRITE)    \
	X(PLACE_ORDER, OrderService, PlaceOrder, CALL_WRITE)         \
	X(GET_ORDER, OrderService, GetOrder, CALL_READ)              \
	X(CANCEL_ORDER, OrderService, CancelOrder, CALL_WRITE)       \
	X(RATE_ORDER, OrderService, RateOrder, CALL_WRITE)           \
	X(LIST_OFFERS, TaskService, ListOffers, CALL_READ)           \
	X(ACCEPT_OFFER, TaskService, AcceptOffer, CALL_WRITE)        \
	X(DECLINE_OFFER, TaskService, DeclineOffer, CALL_WRITE)      \
	X(GRAB_ORDER, TaskService, GrabOrder, CALL_WRITE)            \
	X(START_TASK, TaskService, StartTask, CALL_WRITE)            \
	X(COMPLETE_TASK, TaskService, CompleteTask, CALL_WRITE)      \
	X(LIST_BOARD, DeskService, ListBoard, CALL_READ)             \
	X(HOLD_ORDER, DeskService, HoldOrder, CALL_WRITE)            \
	X(RESUME_ORDER, DeskService, ResumeOrder, CALL_WRITE)        \
	X(REJECT_ORDER, DeskService, RejectOrder, CALL_WRITE)        \
	X(WATCH_BOARD, DeskService, WatchBoard, CALL_READ)           \
	X(WATCH, EventService, Watch, CALL_READ)                     \
	X(CHECK_BALANCE, PointsService, CheckBalance, CALL_READ)     \
	X(RECOUNT_RATES, StatsService, RecountRates, CALL_WRITE)

enum rpc {
#define X(name, service, method, safety) RPC_##name,
	RPC_TABLE(X)
#undef X
	    RPC_HEALTH_CHECK,
	RPC_COUNT
};

struct rpc_row {
	const char *path;
	const char *name; /* "PlaceOrder" */
	const ProtobufCMessageDescriptor *request, *response;
	enum call_safety safety;
};

extern const struct rpc_row rpc_rows[RPC_COUNT];

struct rpc_stats {
	struct hist times; /* from the first sending to the answer that counts */
	uint64_t refused;  /* answered with an error */
	uint64_t again;    /* sent again */
};

struct rpc_reply {
	enum rpc rpc;
	struct slice message;          /* when error is NULL */
	const struct rpc_error *error; /* NULL: it worked */
	uint64_t elapsed_ns;
};

typedef void rpc_done_fn(void *arg, const struct rpc_reply *reply);

struct rpcs;

struct rpcs_options {
	const char *url;
	const char *ca_file;
	uint32_t timeout_ms; /* of one sending; 0: none, which saves a timer for each call */
	/* A call is given up this long after its first sending. */
	uint32_t give_up_ms;
};

struct rpcs *rpcs_new(const struct rpcs_options *options);
/* Ends all calls without callbacks. NULL-safe. */
void rpcs_free(struct rpcs *r);
struct event_base *rpcs_base(struct rpcs *r);
const struct rpc_stats *rpcs_stats(const struct rpcs *r, enum rpc rpc);
/* From now on calls are given up that long after their first sending. */
void rpcs_set_patience(struct rpcs *r, uint32_t give_up_ms);
/* Forgets all times and counts. */
void rpcs_reset_stats(struct rpcs *r);
size_t rpcs_in_flight(const struct rpcs *r);

/* A channel with that key; it lasts as long as r. */
struct channel *rpc_link(struct rpcs *r, const char *key, unsigned connections, struct rpc_error *error);

/* act_as: "member/<id>", copied; NULL: as the key itself. A write without a request id gets one. */
void rpc_send(struct rpcs *r, struct channel *link, enum rpc rpc, const void *request, const char *act_as,
	      rpc_done_fn *done, void *arg);
/* Sends and waits for the reply, while all else goes on. The message, or NULL with `error` filled. */
const void *rpc_wait(struct rpcs *r, struct channel *link, enum rpc rpc, const void *request, const char *act_as,
		     struct rpc_error *error);
/* NULL: the server's answer can't be read. */
const void *rpc_decode(struct rpcs *r, enum rpc rpc, struct slice message);
/* Memory for requests, free for use until the next call of rpc_wait or rpc_decode. */
struct arena *rpcs_arena(struct rpcs *r);

#endif
