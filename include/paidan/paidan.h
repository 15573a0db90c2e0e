/*
 * libpaidan: talking to a paidan broker from C, blocking.
 *
 *	struct paidan_client *c;
 *	struct paidan_order *order = NULL;
 *	paidan_open(&c, &(struct paidan_options){.url = url, .key = key, .act_as = "resident/r1"});
 *	if (paidan_order_place(c, &(struct paidan_new_order){.category_id = "c1", .title = "水管漏水"}, &order) ==
 *PAIDAN_OK) printf("%s\n", order->id); else fprintf(stderr, "%s\n", paidan_error(c)->text); paidan_order_free(order);
 *	paidan_close(c);
 *
 * Nouns: a client is one server and one key, with one connection that is opened by the first call and again
 * when it was lost; a watch is a stream of events that goes on where it was after a lost connection.
 *
 * Every method of the API can be called with paidan_call: proto3 JSON in, proto3 JSON out. The four steps of
 * an order (place, accept, complete, rate) and what goes with them have functions of their own.
 *
 * Writes carry a request id, made up unless given: a write that is sent again after a lost connection is done
 * once. The library sends again by itself within the timeout; the error UNKNOWN_OUTCOME says that even so no
 * reply came: ask again with the same request id (paidan_error()->retry_id).
 *
 * Threads: a client and its watches are used by one thread at a time; different clients are independent.
 * The library installs no signal handlers and raises no SIGPIPE.
 * Ownership: what a function gives is freed with the _free or _close function named beside it; strings passed
 * in are copied; NULL is fine for every _free and _close.
 * Errors: functions return enum paidan_code; paidan_error has the rest.
 */
#ifndef PAIDAN_PAIDAN_H
#define PAIDAN_PAIDAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers are gRPC's and never change. */
enum paidan_code {
	PAIDAN_OK = 0,
	PAIDAN_CANCELLED = 1,
	PAIDAN_UNKNOWN = 2,
	PAIDAN_INVALID_ARGUMENT = 3,
	PAIDAN_DEADLINE_EXCEEDED = 4,
	PAIDAN_NOT_FOUND = 5,
	PAIDAN_ALREADY_EXISTS = 6,
	PAIDAN_PERMISSION_DENIED = 7,
	PAIDAN_RESOURCE_EXHAUSTED = 8,
	PAIDAN_FAILED_PRECONDITION = 9,
	PAIDAN_ABORTED = 10,
	PAIDAN_OUT_OF_RANGE = 11,
	PAIDAN_UNIMPLEMENTED = 12,
	PAIDAN_INTERNAL = 13,
	PAIDAN_UNAVAILABLE = 14,
	PAIDAN_DATA_LOSS = 15,
	PAIDAN_UNAUTHENTICATED = 16
};

/* "NOT_FOUND"; "UNKNOWN" for other numbers. */
const char *paidan_code_name(int code);
/* The text of a reason (paidan/reasons.h) in "zh" or "en"; NULL for an unknown reason. */
const char *paidan_reason_text(const char *reason, const char *lang);
/* "0.1.0" */
const char *paidan_version(void);

/* --- the client --- */

struct paidan_client;

struct paidan_options {
	const char *url;         /* "https://host[:port]", or "http://127.0.0.1:port" on the server itself */
	const char *key;         /* "pdk_…" */
	const char *ca_file;     /* PEM of the CA to trust; NULL: the system's CAs */
	const char *act_as;      /* whom a backend's key acts for: "resident/<id>", "member/<id>"; NULL: nobody */
	const char *tenant;      /* whom the server's root key speaks to; NULL with any other key */
	const char *lang;        /* of paidan_error()->text: "zh" or "en"; NULL: by the environment */
	unsigned timeout_ms;     /* of one call with all its attempts; 0: 30 s */
	int retries;             /* attempts after the first; 0: 4, -1: none */
	const char *user_agent;  /* NULL: "libpaidan/<version>" */
	const char *traceparent; /* the W3C trace that the calls belong to; NULL: none */
	/* A client certificate in PEM, by which the broker knows a backend without a key (mTLS), and its private key,
	 * not encrypted; NULL: none, and the key is in the certificate's file. */
	const char *cert_file;
	const char *cert_key_file;
};

/*
 * Makes a client; connects with the first call. With options NULL the environment says where to:
 * PAIDAN_SERVER, PAIDAN_KEY, PAIDAN_CA, PAIDAN_CERT, PAIDAN_CERT_KEY, PAIDAN_AS, PAIDAN_TENANT, TRACEPARENT.
 * On an error *client is still set (unless memory ran out: NULL), so that paidan_error can tell: every call
 * on it fails with the same error; close it.
 */
int paidan_open(struct paidan_client **client, const struct paidan_options *options);
void paidan_close(struct paidan_client *client);

/* For the calls from now on; NULL: as the key itself. PAIDAN_INVALID_ARGUMENT when it is not "resident/<id>"
 * or "member/<id>". */
int paidan_act_as(struct paidan_client *client, const char *act_as);
/* For the next write only, at most 64 characters. */
int paidan_request_id(struct paidan_client *client, const char *request_id);

struct paidan_error {
	int code;           /* enum paidan_code */
	const char *reason; /* stable: "ORDER_STATE", see paidan/reasons.h */
	const char *field;  /* of the request, "slots[1].skill"; "" when none is to blame */
	const char *text;   /* in the client's language */
	const char *text_zh;
	const char *text_en;
	const char *request_id; /* to quote when asking for help; or "" */
	const char *retry_id;   /* of a write: the request id it went under, to repeat it with; or "" */
};

/* About the last call on the client; valid until the next one. Never NULL; NULL gives "out of memory". */
const struct paidan_error *paidan_error(const struct paidan_client *client);

/* One of the fields that are wrong with a request. */
struct paidan_violation {
	const char *field;  /* "slots[1].skill" */
	const char *reason; /* "FIELD_TOO_LONG" */
	const char *text;   /* what is asked for, in the client's language */
	const char *text_zh;
	const char *text_en;
};

/* All that was wrong with the fields of the last call's request, the first as in paidan_error; NULL beyond the last.
 * Valid until the next call, or the next question. */
const struct paidan_violation *paidan_violation(const struct paidan_client *client, size_t i);

/* --- any method --- */

/*
 * method: "OrderService/GetOrder". json_in: the request, NULL or "" for an empty one. *json_out (may be NULL)
 * is set on success only, to a string for paidan_free.
 * PAIDAN_INVALID_ARGUMENT with the reason BAD_JSON, UNKNOWN_FIELD … and the field when json_in does not fit
 * the method; PAIDAN_UNIMPLEMENTED when there is no such method, or it is a stream.
 */
int paidan_call(struct paidan_client *client, const char *method, const char *json_in, char **json_out);
void paidan_free(void *json);

/* --- orders --- */

enum paidan_state {
	PAIDAN_PLACED = 1,
	PAIDAN_OFFERED = 2,
	PAIDAN_ACCEPTED = 3,
	PAIDAN_STARTED = 4,
	PAIDAN_HELD = 5,
	PAIDAN_COMPLETED = 6,
	PAIDAN_CLOSED = 7,
	PAIDAN_STATE_CANCELLED = 8,
	PAIDAN_STATE_REJECTED = 9
};

enum paidan_urgency {
	PAIDAN_BY_CATEGORY = 0,
	PAIDAN_DANGER = 1,
	PAIDAN_URGENT = 2,
	PAIDAN_NORMAL = 3,
	PAIDAN_COMPLEX = 4
};

enum paidan_outcome { PAIDAN_SOLVED = 1, PAIDAN_PARTLY = 2, PAIDAN_UNABLE = 3, PAIDAN_NOT_NEEDED = 4 };

enum paidan_resolution {
	PAIDAN_RATED_SOLVED = 1,
	PAIDAN_RATED_PARTLY = 2,
	PAIDAN_RATED_NOT_SOLVED = 3 /* sends the order back */
};

/* In "zh" or "en"; "?" for numbers that are not a state. */
const char *paidan_state_text(int state, const char *lang);

/* What most programs need of an order; paidan_call gives everything. Strings are never NULL. Times are
 * milliseconds since 1970, 0 for what has not happened. New members are added at the end. */
struct paidan_order {
	const char *id;
	const char *etag;
	int state;
	int urgency;
	const char *category_id;
	const char *title;
	const char *description;
	const char *beneficiary_id;
	const char *grid_id;
	const char *member_id; /* who holds the first slot; "" while it is open */
	double lat, lon;
	int64_t placed_ms, due_ms, completed_ms, closed_ms;
	unsigned chases, reworks, points;
	unsigned stars; /* 0: not rated */
	bool pooled;    /* in the grab pool */
	const char *completion_code;
	const char *contact_name, *contact_phone, *contact_address;
};

void paidan_order_free(struct paidan_order *order);

struct paidan_new_order {
	const char *category_id;
	const char *title;
	const char *description;
	int urgency;                /* enum paidan_urgency */
	const char *beneficiary_id; /* NULL: whom the client acts as */
	bool has_point;             /* else the beneficiary's household says where */
	double lat, lon;
	const char *contact_name, *contact_phone, *contact_address; /* where they differ from the record */
};

/* In all of these `order` may be NULL; otherwise *order is set on success only, for paidan_order_free. */
int paidan_order_place(struct paidan_client *client, const struct paidan_new_order *what, struct paidan_order **order);
int paidan_order_get(struct paidan_client *client, const char *order_id, struct paidan_order **order);
int paidan_order_cancel(struct paidan_client *client, const char *order_id, const char *reason,
			struct paidan_order **order);
int paidan_order_chase(struct paidan_client *client, const char *order_id, const char *text,
		       struct paidan_order **order);

struct paidan_rating {
	const char *order_id;
	unsigned stars; /* 1 to 5 */
	int resolution; /* enum paidan_resolution; 0: solved */
	const char *comment;
};

int paidan_order_rate(struct paidan_client *client, const struct paidan_rating *rating, struct paidan_order **order);

/* --- the member's side --- */

enum paidan_decline {
	PAIDAN_BUSY = 1,
	PAIDAN_TOO_FAR = 2,
	PAIDAN_CANNOT_DO = 3,
	PAIDAN_UNWELL = 4,
	PAIDAN_OTHER_REASON = 5
};

int paidan_task_accept(struct paidan_client *client, const char *order_id, struct paidan_order **order);
int paidan_task_decline(struct paidan_client *client, const char *order_id, int why, const char *text,
			struct paidan_order **order);
/* Takes an order from the grab pool. */
int paidan_task_grab(struct paidan_client *client, const char *order_id, struct paidan_order **order);
int paidan_task_start(struct paidan_client *client, const char *order_id, struct paidan_order **order);
int paidan_task_hand_back(struct paidan_client *client, const char *order_id, const char *reason,
			  struct paidan_order **order);

struct paidan_completion {
	const char *order_id;
	int outcome;        /* enum paidan_outcome; 0: solved */
	const char *reason; /* why it is not solved */
	const char *text;   /* what was done: this or the code is needed */
	const char *completion_code;
	unsigned duration_min;
};

int paidan_task_complete(struct paidan_client *client, const struct paidan_completion *completion,
			 struct paidan_order **order);

/* --- events as they happen --- */

struct paidan_watch;

/* after: the id of the last event seen, to go on behind it; NULL: from now on. One watch or several of a
 * client may be open, and calls made between its events. */
int paidan_watch_orders(struct paidan_client *client, const char *order_id, const char *after,
			struct paidan_watch **watch);
int paidan_watch_offers(struct paidan_client *client, const char *after, struct paidan_watch **watch);
int paidan_watch_board(struct paidan_client *client, const char *node_id, const char *after,
		       struct paidan_watch **watch);
/* Any streaming method: "DeskService/WatchBoard". */
int paidan_watch(struct paidan_client *client, const char *method, const char *json_in, struct paidan_watch **watch);
/* Before the client is closed. */
void paidan_watch_close(struct paidan_watch *watch);

struct paidan_event {
	const char *id;   /* for `after` */
	const char *kind; /* "ACCEPTED" */
	const struct paidan_order *order;
};

/*
 * Waits for the next event, at most timeout_ms (0: as long as it takes); PAIDAN_DEADLINE_EXCEEDED when none
 * came. The event belongs to the watch and is valid until the next call on it. A lost connection is mended
 * without a gap or a repeat; only when that fails for five minutes is there an error. OUT_OF_RANGE
 * (EVENTS_GONE): `after` is too old, read the state anew.
 */
int paidan_watch_next(struct paidan_watch *watch, unsigned timeout_ms, const struct paidan_event **event);
/* The same with the whole message as JSON, for paidan_free. */
int paidan_watch_next_json(struct paidan_watch *watch, unsigned timeout_ms, char **json);

#ifdef __cplusplus
}
#endif

#endif
