#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/event.h>

#include "domain/webhook.h"
#include "hook/courier.h"
#include "hook/post.h"
#include "job/jobs.h"
#include "loop.h"
#include "net/server.h"
#include "redis_place.h"
#include "rpc/rpc.h"
#include "service/services.h"
#include "txn/seal.h"
#include "txn/store_redis.h"
#include "vitals.h"
#include "web/web.h"

/* A worker without its store is taken for ready after this long: it answers, if only UNAVAILABLE. */
enum { READY_WAIT_S = 5, SETTLE_MARGIN_MS = 50 };

struct worker {
	const struct worker_setup *setup;
	struct event_base *base;
	struct loop *loop;
	struct redis_place redis;
	struct store *store;
	struct sealer *sealer;
	const struct method *methods[SERVICE_METHODS_MAX];
	struct webhook_rules webhooks;
	struct exec *exec;
	char owner[20];
	struct jobs *jobs;
	struct post *post;
	struct courier *courier;
	struct metrics_slot *slot;
	struct vitals *vitals;
	struct shelf *shelf;
	struct attachments *attachments;
	struct web web;
	struct rpc *rpc;
	struct net_server *net;
	struct event *on_term;
	struct event *on_hup;
	struct event *ready_timer;
	struct event *tick;
	bool is_ready;
	bool draining;
};

/* --- metrics --- */

static void copy_exec(struct metrics_slot *slot, const struct exec_stats *s)
{
	metrics_set(slot, METRICS_TXN_CALLS, s->calls);
	metrics_set(slot, METRICS_TXN_RUNS, s->runs);
	metrics_set(slot, METRICS_TXN_LOADS, s->loads);
	metrics_set(slot, METRICS_TXN_COMMITS, s->commits);
	metrics_set(slot, METRICS_TXN_CONFLICTS, s->conflicts);
	metrics_set(slot, METRICS_TXN_REPEATS, s->repeats);
	metrics_set(slot, METRICS_TXN_CACHE_HITS, s->cache_hits);
	metrics_set(slot, METRICS_TXN_EVENTS, s->events);
	metrics_set(slot, METRICS_TXN_WATCHES, s->watches);
	metrics_set(slot, METRICS_TXN_IN_FLIGHT, s->in_flight);
	metrics_set(slot, METRICS_TXN_HASHES, s->hashes);
	for (unsigned kind = EVENT_KIND_PLACED; kind < EXEC_EVENT_KINDS; kind++)
		metrics_set(slot, METRICS_EVENT_PLACED + kind - EVENT_KIND_PLACED, s->kinds[kind]);
}

static void copy_store(struct metrics_slot *slot, const struct store *s)
{
	metrics_set(slot, METRICS_STORE_READY, s->ops->ready(s));
	metrics_set(slot, METRICS_STORE_LOADS, s->loads);
	metrics_set(slot, METRICS_STORE_COMMITS, s->commits);
	metrics_set(slot, METRICS_STORE_STALE, s->stale);
	metrics_set(slot, METRICS_STORE_COMMANDS, s->commands);
	metrics_set(slot, METRICS_STORE_BYTES_OUT, s->bytes_out);
	metrics_set(slot, METRICS_STORE_BYTES_IN, s->bytes_in);
}

static void copy_jobs(struct metrics_slot *slot, const struct jobs_stats *s)
{
	metrics_set(slot, METRICS_JOB_TICKS, s->ticks);
	metrics_set(slot, METRICS_JOB_LATE, s->late_ms_max * 1000);
	metrics_set(slot, METRICS_BATCHES, s->batches);
	metrics_set(slot, METRICS_BATCH_ORDERS, s->batch_orders);
	metrics_set(slot, METRICS_BATCH_PLANNING, s->planning_ms * 1000);
	metrics_set(slot, METRICS_BATCH_GREEDY, s->batch_greedy);
	metrics_set(slot, METRICS_JOB_LEASES, s->leases);
	metrics_set(slot, METRICS_JOB_KEYS_LEFT, s->keys_left);
	for (unsigned state = 0; state < CENSUS_N_STATES; state++) {
		metrics_set(slot, METRICS_ORDERS_PLACED + state, s->orders[state]);
		metrics_set(slot, METRICS_LATE_PLACED + state, s->late_orders[state]);
		metrics_set(slot, METRICS_AGE_PLACED + state, (uint64_t)s->age_ms[state] * 1000);
	}
}

static void copy_hooks(struct metrics_slot *slot, const struct courier *courier)
{
	const struct courier_stats *s = courier_stats(courier);
	metrics_set(slot, METRICS_HOOK_DELIVERED, s->results[DELIVERY_RESULT_DELIVERED]);
	metrics_set(slot, METRICS_HOOK_REFUSED, s->results[DELIVERY_RESULT_REFUSED]);
	metrics_set(slot, METRICS_HOOK_TIMEOUTS, s->results[DELIVERY_RESULT_TIMEOUT]);
	metrics_set(slot, METRICS_HOOK_UNREACHED,
		    s->results[DELIVERY_RESULT_NO_HOST] + s->results[DELIVERY_RESULT_NO_CONNECTION] +
			s->results[DELIVERY_RESULT_TLS] + s->results[DELIVERY_RESULT_BROKEN]);
	metrics_set(slot, METRICS_HOOK_FORBIDDEN, s->results[DELIVERY_RESULT_FORBIDDEN]);
	metrics_set(slot, METRICS_HOOK_DEAD, s->dead);
	metrics_set(slot, METRICS_HOOK_DISABLED, s->disabled);
	metrics_set(slot, METRICS_HOOK_IN_FLIGHT, s->in_flight);
	metrics_set(slot, METRICS_HOOK_LAG, (uint64_t)courier_lag_ms(courier) * 1000);
}

static void copy_net(struct metrics_slot *slot, const struct net_stats *s)
{
	metrics_set(slot, METRICS_NET_CONNECTIONS, s->connections_now);
	metrics_set(slot, METRICS_NET_CONNECTIONS_TOTAL, s->connections_total);
	metrics_set(slot, METRICS_NET_ACCEPT_PAUSES, s->accept_pauses);
	metrics_set(slot, METRICS_NET_HANDSHAKES, s->handshakes);
	metrics_set(slot, METRICS_NET_RESUMED, s->handshakes_resumed);
	metrics_set(slot, METRICS_NET_HANDSHAKES_FAILED, s->handshakes_failed);
	metrics_set(slot, METRICS_NET_REQUESTS, s->requests_now);
	metrics_set(slot, METRICS_NET_HELD_BYTES, s->held_bytes_now);
	metrics_set(slot, METRICS_NET_REQUESTS_H1, s->requests_h1);
	metrics_set(slot, METRICS_NET_REQUESTS_H2, s->requests_h2);
	metrics_set(slot, METRICS_NET_REFUSED, s->requests_refused);
	metrics_set(slot, METRICS_NET_RESETS_IN, s->resets_in);
	metrics_set(slot, METRICS_NET_RESETS_OUT, s->resets_out);
	metrics_set(slot, METRICS_NET_CLOSED_ABUSE, s->closed_abuse);
	metrics_set(slot, METRICS_NET_CLOSED_TIMEOUT, s->closed_timeout);
	metrics_set(slot, METRICS_NET_BYTES_IN, s->bytes_in);
	metrics_set(slot, METRICS_NET_BYTES_OUT, s->bytes_out);
}

static void refresh(void *arg)
{
	struct worker *w = arg;
	copy_exec(w->slot, exec_stats(w->exec));
	copy_store(w->slot, w->store);
	if (w->jobs != NULL)
		copy_jobs(w->slot, jobs_stats(w->jobs));
	if (w->courier != NULL)
		copy_hooks(w->slot, w->courier);
	copy_net(w->slot, net_server_stats(w->net));
	vitals_refresh(w->vitals);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	refresh(arg);
}

/* --- ready --- */

static bool store_ready(void *arg)
{
	const struct worker *w = arg;
	return w->store->ops->ready(w->store);
}

static void tell_ready(struct worker *w)
{
	if (w->is_ready)
		return;
	w->is_ready = true;
	ssize_t written = write(w->setup->ready_fd, "R", 1);
	(void)written; /* a master that is gone takes its workers along */
	close(w->setup->ready_fd);
}

static void store_changed(void *arg, bool ready)
{
	struct worker *w = arg;
	if (ready)
		log_info("main", "the store can be reached", LOG_I("commits", w->store->commits));
	else
		log_warn("main", "the store can't be reached", LOG_I("commits", w->store->commits));
	if (ready && w->net != NULL)
		tell_ready(w);
}

static void on_ready_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell_ready(arg);
}

/* --- signals --- */

static void drained(void *arg)
{
	struct worker *w = arg;
	event_base_loopexit(w->base, NULL);
}

static void on_term(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	(void)fd;
	(void)what;
	if (w->draining) {
		event_base_loopbreak(w->base);
		return;
	}
	w->draining = true;
	log_info("main", "draining", LOG_I("calls", rpc_in_flight(w->rpc)));
	rpc_drain(w->rpc);
	net_server_drain(w->net, drained, w);
}

/* The key file, at the start and whenever it may have changed. A file that can't be used changes nothing. */
static void take_keys(void *arg)
{
	struct worker *w = arg;
	struct key_ring ring;
	char why[KEY_RING_WHY_BYTES];
	if (!key_ring_load(w->setup->files->tenant_key, &ring, why))
		log_error("main", "the keys for personal data stay as they were",
			  LOG_S("file", w->setup->files->tenant_key), LOG_S("because", why));
	else if (w->sealer == NULL)
		w->sealer = sealer_new(&ring);
	else
		sealer_take(w->sealer, &ring);
	key_ring_wipe(&ring);
}

static struct net_client_certs client_certs(const struct server_config *c)
{
	return (struct net_client_certs){.ca_file = c->tls_client_ca[0] == '\0' ? NULL : c->tls_client_ca,
					 .crl_file = c->tls_client_crl[0] == '\0' ? NULL : c->tls_client_crl,
					 .required = c->tls_client_required};
}

static void on_hup(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct server_config config;
	char why[CONFIG_WHY_BYTES];
	(void)fd;
	(void)what;
	if (server_config_load(w->setup->argc, w->setup->argv, &config, why) == CONFIG_WRONG) {
		log_error("main", "the configuration stays as it was", LOG_S("because", why));
		return;
	}
	char process[32];
	snprintf(process, sizeof(process), "worker%u", w->setup->index);
	log_setup(STDERR_FILENO, (enum log_level)config.log_level, process);
	log_set_format((enum log_format)config.log_format);
	take_keys(w);
	struct net_client_certs clients = client_certs(&config);
	/* A certificate of our own has its fixed place. */
	bool own = config.tls_cert[0] == '\0';
	if (config.listen.host[0] != '\0' &&
	    net_server_reload(w->net, own ? w->setup->files->tls_cert : config.tls_cert,
			      own ? w->setup->files->tls_key : config.tls_key, &clients) == 0)
		log_info("main", "took the certificate anew",
			 LOG_S("file", own ? w->setup->files->tls_cert : config.tls_cert));
	server_config_free(&config);
}

/* --- wiring --- */

static bool start_store(struct worker *w)
{
	char why[CONFIG_WHY_BYTES];
	if (!redis_place_open(&w->redis, w->setup->config, w->setup->redis_socket, w->loop, why)) {
		log_error("main", "no way to Redis", LOG_S("because", why));
		return false;
	}
	w->store = store_redis_new(w->base, &w->redis.config);
	if (w->store == NULL)
		return false;
	store_redis_on_ready(w->store, store_changed, w);
	return true;
}

static bool start_exec(struct worker *w)
{
	take_keys(w);
	if (w->sealer == NULL)
		return false;
	sealer_on_missing(w->sealer, take_keys, w);
	w->webhooks.disable_ms = w->setup->config->webhook_disable_h * 3600 * 1000;
	(void)webhook_pauses_parse(w->setup->config->webhook_retry, &w->webhooks); /* config.c has seen to it */
	struct exec_config config = {
	    .store = w->store,
	    .env = loop_env(w->loop),
	    .sealer = w->sealer,
	    .methods = w->methods,
	    .n_methods = services_list(w->methods),
	    .order_tick = &job_order_tick,
	    .refresh_member = &job_refresh_member,
	    .note_use = &job_note_use,
	    .webhooks = &w->webhooks,
	    .cache_bytes = (size_t)w->setup->config->cache_mb * 1024 * 1024,
	};
	w->exec = exec_new(&config);
	return w->exec != NULL;
}

static bool start_hooks(struct worker *w)
{
	const struct post_config post = {.base = w->base,
					 .plain = w->setup->config->webhook_plain,
					 .ca_file = w->setup->config->webhook_ca,
					 .user_agent = "paidan/" PAIDAN_VERSION};
	w->post = post_new(&post);
	if (w->post == NULL)
		return false;
	const struct courier_config courier = {
	    .exec = w->exec, .env = loop_env(w->loop), .transport = post_transport(w->post)};
	w->courier = courier_new(&courier);
	return w->courier != NULL;
}

static void on_lease(void *arg, struct slice tenant)
{
	struct worker *w = arg;
	courier_visit(w->courier, tenant);
	attachments_sweep(w->attachments, tenant);
}

/* Last, when nothing else can fail: jobs end by the loop, which a worker that can't start never runs. */
static bool start_jobs(struct worker *w)
{
	/* No two workers may take each other for the holder of a lease, on any machine. */
	snprintf(w->owner, sizeof(w->owner), "%016llx", (unsigned long long)loop_random(w->loop));
	w->jobs = jobs_start(w->exec, w->store, loop_env(w->loop), w->owner);
	if (w->jobs != NULL)
		jobs_on_lease(w->jobs, on_lease, w);
	return w->jobs != NULL;
}

static bool start_web(struct worker *w)
{
	w->shelf = shelf_new(w->base, w->setup->files->attachments);
	if (w->shelf == NULL)
		return false;
	const struct attachments_config config = {.exec = w->exec, .env = loop_env(w->loop), .shelf = w->shelf};
	w->attachments = attachments_new(&config);
	w->web = (struct web){&asset_table, w->attachments};
	return w->attachments != NULL;
}

static bool start_rpc(struct worker *w)
{
	const struct server_config *c = w->setup->config;
	struct rpc_config config = {
	    .base = w->base,
	    .exec = w->exec,
	    .store_ready = store_ready,
	    .store_ready_arg = w,
	    .root_key_sha256 = w->setup->files->root_key_sha256,
	    .metrics = w->setup->metrics,
	    .slot = w->slot,
	    .refresh = refresh,
	    .refresh_arg = w,
	    .version = PAIDAN_VERSION,
	    .site = {web_begin, &w->web},
	    .cors_origins = c->cors_origins,
	    .trusted_proxies = c->trusted_proxies,
	    .max_requests = (unsigned)c->max_requests,
	    .max_streams = (unsigned)c->max_streams,
	    .metrics_public = c->metrics_public,
	    .json_ignore_unknown = c->json_ignore_unknown,
	    .log_ok = c->log_ok_requests,
	    .slow_ms = (uint32_t)c->log_slow_ms,
	};
	w->rpc = rpc_new(&config);
	if (w->rpc != NULL)
		attachments_set_rpc(w->attachments, w->rpc);
	return w->rpc != NULL;
}

static bool start_net(struct worker *w)
{
	const struct server_config *c = w->setup->config;
	struct net_config config = {
	    .tls_address = c->listen.host[0] == '\0' ? NULL : c->listen.host,
	    .tls_port = c->listen.port,
	    .cert_file = w->setup->files->tls_cert,
	    .key_file = w->setup->files->tls_key,
	    .clients = client_certs(c),
	    .ticket_key = w->setup->ticket_key,
	    .clear_address = c->local.host[0] == '\0' ? NULL : c->local.host,
	    .clear_port = c->local.port,
	    .limits = {.drain_ms = c->drain_ms > 0 ? (int)c->drain_ms : 1,
		       .ping_ms = (int)c->keepalive_ms,
		       .ping_idle_ms = (int)c->keepalive_idle_ms},
	};
	w->net = net_server_new(w->base, &config, rpc_app(w->rpc));
	return w->net != NULL;
}

static bool start_events(struct worker *w)
{
	struct timeval second = {1, 0}, wait = {READY_WAIT_S, 0};
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	w->on_term = evsignal_new(w->base, SIGTERM, on_term, w);
	w->on_hup = evsignal_new(w->base, SIGHUP, on_hup, w);
	w->tick = event_new(w->base, -1, EV_PERSIST, on_tick, w);
	w->ready_timer = evtimer_new(w->base, on_ready_timer, w);
	return w->on_term != NULL && w->on_hup != NULL && w->tick != NULL && w->ready_timer != NULL &&
	       event_add(w->on_term, NULL) == 0 && event_add(w->on_hup, NULL) == 0 &&
	       event_add(w->tick, &second) == 0 && event_add(w->ready_timer, &wait) == 0;
}

static bool start(struct worker *w)
{
	w->base = event_base_new();
	w->loop = w->base == NULL ? NULL : loop_new(w->base);
	w->slot = metrics_attach(w->setup->metrics, w->setup->index + 1);
	w->vitals = w->loop == NULL ? NULL : vitals_new(w->base, w->slot);
	return w->vitals != NULL && start_store(w) && start_exec(w) && start_web(w) && start_rpc(w) && start_net(w) &&
	       start_events(w) && start_hooks(w) && start_jobs(w);
}

/* Jobs end with the answers that they still wait for. */
static void settle(struct worker *w)
{
	struct timeval wait = {0, (JOBS_POLL_MS + SETTLE_MARGIN_MS) * 1000};
	refresh(w);
	jobs_stop(w->jobs);
	w->jobs = NULL;
	courier_stop(w->courier);
	event_base_loopexit(w->base, &wait);
	event_base_dispatch(w->base);
}

/* Network first: it tells rpc that the exchanges are gone, which gives up on their calls. */
static void finish(struct worker *w)
{
	net_server_free(w->net);
	jobs_stop(w->jobs);
	courier_stop(w->courier);
	post_free(w->post);
	if (w->exec != NULL)
		exec_stop(w->exec);
	shelf_free(w->shelf);
	attachments_free(w->attachments);
	if (w->store != NULL)
		w->store->ops->destroy(w->store);
	exec_free(w->exec);
	sealer_free(w->sealer);
	redis_place_close(&w->redis);
	rpc_free(w->rpc);
	vitals_free(w->vitals);
	struct event *const events[] = {w->on_term, w->on_hup, w->tick, w->ready_timer};
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (events[i] != NULL)
			event_free(events[i]);
	}
	courier_free(w->courier);
	loop_free(w->loop);
	if (w->base != NULL)
		event_base_free(w->base);
}

int worker_run(const struct worker_setup *setup)
{
	struct worker w = {.setup = setup};
	char process[32];
	snprintf(process, sizeof(process), "worker%u", setup->index);
	log_setup(STDERR_FILENO, (enum log_level)setup->config->log_level, process);
	log_set_format((enum log_format)setup->config->log_format);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, process);
	/* What it holds of people and keys is nobody's to keep. */
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	if (getppid() != setup->master)
		return EXIT_FAILURE; /* it died before we could ask to be told */
	bool started = start(&w);
	if (started) {
		log_info("main", "serving", LOG_I("pid", getpid()), LOG_I("listen", net_server_tls_port(w.net)),
			 LOG_I("local", net_server_clear_port(w.net)));
		if (store_ready(&w))
			tell_ready(&w);
		event_base_dispatch(w.base);
		settle(&w);
		log_info("main", "ended", LOG_I("pid", getpid()));
	} else {
		log_error("main", "can't start", LOG_I("pid", getpid()));
	}
	finish(&w);
	return started ? EXIT_SUCCESS : EXIT_FAILURE;
}
