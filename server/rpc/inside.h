/*
 * inside: the structs that the files of rpc share. Private to rpc.
 *
 * Nouns: live calls are those that are not over; a watch is a live call that follows events, in the order
 * of its last message, so that heartbeats need to look at the front only. Scratch bufs are empty between
 * replies.
 * Ownership: the rpc owns its calls and keeps some spare ones with their memory.
 * Errors: see rpc.h.
 */
#ifndef PAIDAN_RPC_INSIDE_H
#define PAIDAN_RPC_INSIDE_H

#include <sys/queue.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/limits.h"
#include "rpc/auth.h"
#include "rpc/methods.h"
#include "rpc/peer.h"
#include "rpc/protocol.h"
#include "rpc/quota.h"
#include "rpc/route.h"
#include "rpc/rpc.h"
#include "rpc/trace.h"

enum {
	/* Spare calls, and the body room that each may keep: 16 MiB at the most. */
	RPC_SPARE_CALLS = 1024,
	RPC_SPARE_BODY_BYTES = 16384,
	/* Scratch beyond this is given back after use. */
	RPC_SCRATCH_BYTES = 1024 * 1024,
	/* Messages from this size on are compressed for those who can read it: below it, nothing is gained. */
	RPC_GZIP_MIN_BYTES = 2048,
	RPC_TICK_MS = 1000,
	/* Messages for many streams that are kept encoded: an entry of the log seldom holds more events. */
	RPC_SAME = 16,
	RPC_SAME_FORMS = 4,
	/* "<ms>-<seq>-<n>" */
	RPC_EVENT_ID_CHARS = 63,
};

enum call_phase {
	CALL_READING,   /* the request arrives */
	CALL_RUNNING,   /* a unary method is under way */
	CALL_STREAMING, /* a stream is open */
	CALL_OVER,      /* answered: what still comes is passed over */
};

struct call {
	struct route_state route;
	TAILQ_ENTRY(call) link;       /* in rpc's spare or live */
	TAILQ_ENTRY(call) watch_link; /* in rpc's watches */
	struct rpc *rpc;
	struct http_exchange *x;
	const struct rpc_method *method;  /* NULL: unknown */
	const struct protocol_type *type; /* never NULL */
	enum call_phase phase;
	enum err early; /* it is refused, as soon as its request has arrived (see route_refuse) */
	bool is_get;
	bool is_watching;    /* in rpc's watches */
	bool zh;             /* messages of errors */
	bool ignore_unknown; /* fields of JSON */
	bool gzip_in;        /* the request's encoding */
	bool gzip_out;       /* the client reads gzip */
	bool gzip_back;      /* it reads gzip if it writes it */
	bool head_sent;
	bool paused; /* a watch, because the client reads too slowly */
	char request_id[LIMIT_REQUEST_ID_CHARS + 1];
	size_t request_id_len;
	struct trace trace;
	struct slice idempotency_key;
	const char *peer; /* the request's, or from */
	char from[PEER_CHARS];
	struct credential credential;
	int64_t since_us;    /* monotonic */
	int64_t deadline_ms; /* monotonic; 0: none */
	int64_t timeout_ms;  /* the client's; -1: none */
	struct fault fault;
	struct buf body; /* of the request, as far as it is not worked on */
	size_t bytes_in;
	size_t bytes_out;
	unsigned messages;    /* sent on a stream */
	size_t message_bytes; /* that the request message takes, while a unary method is under way */
	struct arena arena;   /* the request message; what a local method makes */
	struct exec_call_state *exec;
	struct exec_watch *watch;
	const struct txn_cookie *cookie;       /* while the reply is made; NULL: none */
	char event_id[RPC_EVENT_ID_CHARS + 1]; /* the last one told */
	int64_t sent_ms;                       /* monotonic: the last message of a watch */
	int local_note;                        /* a local stream's own */
	const char *local_subject;             /* in the arena, or static */
};

TAILQ_HEAD(call_list, call);

/* The frames of a message that many streams are sent (reply_send_same): each codec, plain and for readers of gzip. */
struct rpc_same {
	uint64_t number;
	struct buf frames[RPC_SAME_FORMS];
};

struct rpc {
	struct rpc_config config;
	struct http_app app;
	struct methods *methods;
	struct auth *auth;
	struct peer_proxies proxies;
	struct quota quota;
	struct call_list spare;
	size_t n_spare;
	struct call_list live;
	struct call_list watches;
	size_t n_running; /* live ones that are not streaming */
	size_t n_streams;
	size_t message_bytes; /* of all calls */
	bool draining;
	bool serving; /* as the streams of health were told */
	struct event *tick;
	struct event *deadline;
	int64_t deadline_ms; /* when the event fires; 0: it is not set */
	uint64_t random[2];
	struct buf out;    /* a frame or body on its way out */
	struct buf packed; /* compressed */
	struct buf text;   /* header values; a decompressed request */
	struct rpc_same same[RPC_SAME];
};

int64_t rpc_now_us(void);
static inline int64_t rpc_now_ms(void)
{
	return rpc_now_us() / 1000;
}
/* Makes sure that call_expire is called for those whose time is up by then. */
void rpc_deadline(struct rpc *rpc, int64_t deadline_ms);
uint64_t rpc_random(struct rpc *rpc);
void rpc_scratch_done(struct buf *b);

#endif
