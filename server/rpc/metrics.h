/*
 * metrics: what the broker counts, shared by all its processes, as Prometheus text.
 *
 * Nouns: the segment is memory that the master maps before it forks; each process owns one slot in it and
 * is the only one to write there; whoever is scraped adds all slots up, so that any worker tells of the
 * whole broker. A value is a number of a process (METRICS_VALUES); a total grows, also over restarts of
 * the process, a gauge does not. RPCs are counted by method and code, with a histogram of their time.
 * The names are part of the API: once published they are not changed.
 * Ownership: metrics_new's maker; slots are borrowed.
 * Errors: metrics_new NULL without memory.
 */
#ifndef PAIDAN_RPC_METRICS_H
#define PAIDAN_RPC_METRICS_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* name, Prometheus name (with a label: rows of one name stand together), type, help. Times are kept in µs and told in
 * seconds (…_seconds). */
#define METRICS_VALUES(X)                                                                                              \
	X(RPC_IN_FLIGHT, "paidan_rpc_in_flight", GAUGE, "Unary RPCs under way")                                        \
	X(STREAMS, "paidan_rpc_streams", GAUGE, "Server streams that are open")                                        \
	X(RPC_OVERLOADED, "paidan_rpc_overloaded_total", TOTAL,                                                        \
	  "RPCs refused because too many or too large ones were under way")                                            \
	X(STREAM_MESSAGES, "paidan_rpc_stream_messages_total", TOTAL, "Messages sent on server streams")               \
	X(TXN_CALLS, "paidan_txn_calls_total", TOTAL, "Transactions begun")                                            \
	X(TXN_RUNS, "paidan_txn_runs_total", TOTAL, "Handler runs, re-runs included")                                  \
	X(TXN_LOADS, "paidan_txn_loads_total", TOTAL, "Load round trips")                                              \
	X(TXN_COMMITS, "paidan_txn_commits_total", TOTAL, "Commits")                                                   \
	X(TXN_CONFLICTS, "paidan_txn_conflicts_total", TOTAL, "Commits that met a stale guard")                        \
	X(TXN_REPEATS, "paidan_txn_repeats_total", TOTAL, "Repeated requests answered without being done again")       \
	X(TXN_CACHE_HITS, "paidan_txn_cache_hits_total", TOTAL, "Records found in the worker's cache")                 \
	X(TXN_EVENTS, "paidan_txn_events_total", TOTAL, "Events delivered to streams")                                 \
	X(TXN_WATCHES, "paidan_txn_watches", GAUGE, "Streams that follow events")                                      \
	X(TXN_IN_FLIGHT, "paidan_txn_in_flight", GAUGE, "Transactions under way")                                      \
	X(TXN_HASHES, "paidan_password_hashes_total", TOTAL, "Slow hashes of passwords computed")                      \
	X(STORE_READY, "paidan_store_ready_workers", GAUGE, "Workers that reach the store")                            \
	X(STORE_LOADS, "paidan_store_loads_total", TOTAL, "Loads sent to the store")                                   \
	X(STORE_COMMITS, "paidan_store_commits_total", TOTAL, "Commits sent to the store")                             \
	X(STORE_STALE, "paidan_store_stale_total", TOTAL, "Commits that the store refused as stale")                   \
	X(STORE_COMMANDS, "paidan_store_commands_total", TOTAL, "Commands sent to the store")                          \
	X(STORE_BYTES_OUT, "paidan_store_sent_bytes_total", TOTAL, "Bytes sent to the store")                          \
	X(STORE_BYTES_IN, "paidan_store_received_bytes_total", TOTAL, "Bytes received from the store")                 \
	X(JOB_TICKS, "paidan_job_ticks_total", TOTAL, "Orders that time was let do its work on")                       \
	X(JOB_LATE, "paidan_job_late_seconds", GAUGE_MAX, "Longest delay of one in the last half minute")              \
	X(BATCHES, "paidan_dispatch_batches_total", TOTAL, "Batches of orders that were decided together")             \
	X(BATCH_ORDERS, "paidan_dispatch_batch_orders_total", TOTAL, "Orders in them")                                 \
	X(BATCH_PLANNING, "paidan_dispatch_planning_seconds_total", TOTAL_SECONDS, "Time that planning them took")     \
	X(BATCH_GREEDY, "paidan_dispatch_greedy_batches_total", TOTAL,                                                 \
	  "Batches that were too large to be decided for the least cost")                                              \
	X(JOB_LEASES, "paidan_job_leases", GAUGE, "Tenants whose timers are being watched")                            \
	X(JOB_KEYS_LEFT, "paidan_job_keys_left", GAUGE, "Persons' keys that an old version of the key file wraps")     \
	X(ORDERS_PLACED, "paidan_orders{state=\"placed\"}", GAUGE, "Orders that wait, by state")                       \
	X(ORDERS_OFFERED, "paidan_orders{state=\"offered\"}", GAUGE, "Orders that wait, by state")                     \
	X(ORDERS_ACCEPTED, "paidan_orders{state=\"accepted\"}", GAUGE, "Orders that wait, by state")                   \
	X(ORDERS_STARTED, "paidan_orders{state=\"started\"}", GAUGE, "Orders that wait, by state")                     \
	X(ORDERS_HELD, "paidan_orders{state=\"held\"}", GAUGE, "Orders that wait, by state")                           \
	X(ORDERS_COMPLETED, "paidan_orders{state=\"completed\"}", GAUGE, "Orders that wait, by state")                 \
	X(LATE_PLACED, "paidan_orders_late{state=\"placed\"}", GAUGE, "Of these, orders past their promised time")     \
	X(LATE_OFFERED, "paidan_orders_late{state=\"offered\"}", GAUGE, "Of these, orders past their promised time")   \
	X(LATE_ACCEPTED, "paidan_orders_late{state=\"accepted\"}", GAUGE, "Of these, orders past their promised time") \
	X(LATE_STARTED, "paidan_orders_late{state=\"started\"}", GAUGE, "Of these, orders past their promised time")   \
	X(LATE_HELD, "paidan_orders_late{state=\"held\"}", GAUGE, "Of these, orders past their promised time")         \
	X(LATE_COMPLETED, "paidan_orders_late{state=\"completed\"}", GAUGE,                                            \
	  "Of these, orders past their promised time")                                                                 \
	X(AGE_PLACED, "paidan_orders_oldest_seconds{state=\"placed\"}", GAUGE_MAX,                                     \
	  "Age of the oldest of the orders that were promised the soonest, by state")                                  \
	X(AGE_OFFERED, "paidan_orders_oldest_seconds{state=\"offered\"}", GAUGE_MAX,                                   \
	  "Age of the oldest of the orders that were promised the soonest, by state")                                  \
	X(AGE_ACCEPTED, "paidan_orders_oldest_seconds{state=\"accepted\"}", GAUGE_MAX,                                 \
	  "Age of the oldest of the orders that were promised the soonest, by state")                                  \
	X(AGE_STARTED, "paidan_orders_oldest_seconds{state=\"started\"}", GAUGE_MAX,                                   \
	  "Age of the oldest of the orders that were promised the soonest, by state")                                  \
	X(AGE_HELD, "paidan_orders_oldest_seconds{state=\"held\"}", GAUGE_MAX,                                         \
	  "Age of the oldest of the orders that were promised the soonest, by state")                                  \
	X(AGE_COMPLETED, "paidan_orders_oldest_seconds{state=\"completed\"}", GAUGE_MAX,                               \
	  "Age of the oldest of the orders that were promised the soonest, by state")                                  \
	X(EVENT_PLACED, "paidan_order_events_total{kind=\"placed\"}", TOTAL, "Lines of orders' timelines, by kind")    \
	X(EVENT_OFFERED, "paidan_order_events_total{kind=\"offered\"}", TOTAL, "Lines of orders' timelines, by kind")  \
	X(EVENT_OFFER_DECLINED, "paidan_order_events_total{kind=\"offer_declined\"}", TOTAL,                           \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_OFFER_EXPIRED, "paidan_order_events_total{kind=\"offer_expired\"}", TOTAL,                             \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_ACCEPTED, "paidan_order_events_total{kind=\"accepted\"}", TOTAL,                                       \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_STARTED, "paidan_order_events_total{kind=\"started\"}", TOTAL, "Lines of orders' timelines, by kind")  \
	X(EVENT_COMPLETED, "paidan_order_events_total{kind=\"completed\"}", TOTAL,                                     \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_RATED, "paidan_order_events_total{kind=\"rated\"}", TOTAL, "Lines of orders' timelines, by kind")      \
	X(EVENT_CLOSED, "paidan_order_events_total{kind=\"closed\"}", TOTAL, "Lines of orders' timelines, by kind")    \
	X(EVENT_REWORK, "paidan_order_events_total{kind=\"rework\"}", TOTAL, "Lines of orders' timelines, by kind")    \
	X(EVENT_REOPENED, "paidan_order_events_total{kind=\"reopened\"}", TOTAL,                                       \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_CANCELLED, "paidan_order_events_total{kind=\"cancelled\"}", TOTAL,                                     \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_REJECTED, "paidan_order_events_total{kind=\"rejected\"}", TOTAL,                                       \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_HELD, "paidan_order_events_total{kind=\"held\"}", TOTAL, "Lines of orders' timelines, by kind")        \
	X(EVENT_RESUMED, "paidan_order_events_total{kind=\"resumed\"}", TOTAL, "Lines of orders' timelines, by kind")  \
	X(EVENT_HANDED_BACK, "paidan_order_events_total{kind=\"handed_back\"}", TOTAL,                                 \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_REASSIGNED, "paidan_order_events_total{kind=\"reassigned\"}", TOTAL,                                   \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_CHASED, "paidan_order_events_total{kind=\"chased\"}", TOTAL, "Lines of orders' timelines, by kind")    \
	X(EVENT_NOTED, "paidan_order_events_total{kind=\"noted\"}", TOTAL, "Lines of orders' timelines, by kind")      \
	X(EVENT_MERGED, "paidan_order_events_total{kind=\"merged\"}", TOTAL, "Lines of orders' timelines, by kind")    \
	X(EVENT_POOLED, "paidan_order_events_total{kind=\"pooled\"}", TOTAL, "Lines of orders' timelines, by kind")    \
	X(EVENT_ESCALATED, "paidan_order_events_total{kind=\"escalated\"}", TOTAL,                                     \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_UNSERVED, "paidan_order_events_total{kind=\"unserved\"}", TOTAL,                                       \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(EVENT_DISPATCHED, "paidan_order_events_total{kind=\"dispatched\"}", TOTAL,                                   \
	  "Lines of orders' timelines, by kind")                                                                       \
	X(HOOK_DELIVERED, "paidan_webhook_delivered_total", TOTAL, "Webhook tries that the receiver took")             \
	X(HOOK_REFUSED, "paidan_webhook_refused_total", TOTAL, "Webhook tries answered with something else than 2xx")  \
	X(HOOK_TIMEOUTS, "paidan_webhook_timeouts_total", TOTAL, "Webhook tries without an answer in time")            \
	X(HOOK_UNREACHED, "paidan_webhook_unreached_total", TOTAL,                                                     \
	  "Webhook tries that found no host, connection or trust")                                                     \
	X(HOOK_FORBIDDEN, "paidan_webhook_forbidden_total", TOTAL, "Webhook tries that led to a private address")      \
	X(HOOK_DEAD, "paidan_webhook_dead_letters_total", TOTAL, "Events given up for a webhook")                      \
	X(HOOK_DISABLED, "paidan_webhook_disabled_total", TOTAL, "Webhooks disabled for their failures")               \
	X(HOOK_IN_FLIGHT, "paidan_webhook_in_flight", GAUGE, "Webhook tries under way")                                \
	X(HOOK_LAG, "paidan_webhook_lag_seconds", GAUGE_MAX, "Age of the oldest event that has not arrived")           \
	X(NET_CONNECTIONS, "paidan_net_connections", GAUGE, "Connections that are open")                               \
	X(NET_CONNECTIONS_TOTAL, "paidan_net_connections_total", TOTAL, "Connections accepted")                        \
	X(NET_ACCEPT_PAUSES, "paidan_net_accept_pauses_total", TOTAL, "Times that accepting was paused")               \
	X(NET_HANDSHAKES, "paidan_net_tls_handshakes_total", TOTAL, "TLS handshakes")                                  \
	X(NET_RESUMED, "paidan_net_tls_resumed_total", TOTAL, "TLS handshakes that resumed a session")                 \
	X(NET_HANDSHAKES_FAILED, "paidan_net_tls_failed_total", TOTAL, "TLS handshakes that failed")                   \
	X(NET_REQUESTS, "paidan_net_requests", GAUGE, "HTTP requests under way")                                       \
	X(NET_HELD_BYTES, "paidan_net_held_bytes", GAUGE, "Of requests under way and responses not yet taken")         \
	X(NET_REQUESTS_H1, "paidan_net_http1_requests_total", TOTAL, "HTTP/1.1 requests")                              \
	X(NET_REQUESTS_H2, "paidan_net_http2_requests_total", TOTAL, "HTTP/2 requests")                                \
	X(NET_REFUSED, "paidan_net_refused_requests_total", TOTAL, "HTTP requests refused as malformed or too large")  \
	X(NET_RESETS_IN, "paidan_net_resets_received_total", TOTAL, "HTTP/2 resets received")                          \
	X(NET_RESETS_OUT, "paidan_net_resets_sent_total", TOTAL, "HTTP/2 resets sent")                                 \
	X(NET_CLOSED_ABUSE, "paidan_net_closed_abuse_total", TOTAL, "Connections closed for abuse")                    \
	X(NET_CLOSED_TIMEOUT, "paidan_net_closed_timeout_total", TOTAL, "Connections closed for a timeout")            \
	X(NET_BYTES_IN, "paidan_net_received_bytes_total", TOTAL, "Bytes received inside TLS")                         \
	X(NET_BYTES_OUT, "paidan_net_sent_bytes_total", TOTAL, "Bytes sent inside TLS")                                \
	X(LOOP_LAG, "paidan_loop_lag_seconds", GAUGE_MAX, "Longest delay of a timer in a worker's last 10 s")          \
	X(CPU, "paidan_cpu_seconds_total", TOTAL_SECONDS, "CPU time of all processes")                                 \
	X(RESIDENT, "paidan_resident_bytes", GAUGE, "Resident memory of all processes")                                \
	X(WORKERS, "paidan_workers", GAUGE, "Workers that run")                                                        \
	X(WORKER_RESTARTS, "paidan_worker_restarts_total", TOTAL, "Workers that ended and were started again")         \
	X(REDIS_RESTARTS, "paidan_redis_restarts_total", TOTAL, "Times that the embedded Redis was started again")

enum metrics_value {
#define X(name, text, type, help) METRICS_##name,
	METRICS_VALUES(X)
#undef X
	    METRICS_N_VALUES,
};

enum { METRICS_BUCKETS = 15, METRICS_CODES = 17 };

/* RPCs of one method in one process. */
struct metrics_method {
	uint64_t codes[METRICS_CODES];
	uint64_t buckets[METRICS_BUCKETS + 1]; /* not cumulative; the last: longer than all bounds */
	uint64_t sum_us;
};

struct metrics_slot {
	pid_t pid; /* 0: nobody's at present */
	uint64_t values[METRICS_N_VALUES];
	/* What former owners of the slot have counted, added to totals that start anew in each process. */
	uint64_t before[METRICS_N_VALUES];
	struct metrics_method methods[];
};

struct metrics;

/* One slot for the master (0) and one for each worker. paths: of the methods, "/package.Service/Method",
 * borrowed; NULL stands for requests of no known method. */
struct metrics *metrics_new(size_t n_slots, const char *const *paths, size_t n_methods);
void metrics_free(struct metrics *m);
/* This process takes the slot over. */
struct metrics_slot *metrics_attach(struct metrics *m, size_t slot);
/* Its process is gone: gauges become 0, totals stay. */
void metrics_detach(struct metrics *m, size_t slot);

/* One RPC has ended. */
void metrics_rpc(struct metrics_slot *slot, size_t method, enum grpc_code code, int64_t elapsed_us);
/* For counting in place. */
void metrics_add(struct metrics_slot *slot, enum metrics_value value, int64_t delta);
/* For copies of what others count; a total may start from 0 in each process. */
void metrics_set(struct metrics_slot *slot, enum metrics_value value, uint64_t number);

/* The sum over all slots. */
uint64_t metrics_sum(const struct metrics *m, enum metrics_value value);
/* The text of a scrape, https://prometheus.io/docs/instrumenting/exposition_formats/ */
void metrics_text(const struct metrics *m, const char *version, struct buf *out);

#endif
