#include "rpc/rpc.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "rpc/call.h"
#include "rpc/local.h"
#include "rpc/router.h"
#include "rpc/stream.h"

int64_t rpc_now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void rpc_scratch_done(struct buf *b)
{
	if (b->room > RPC_SCRATCH_BYTES)
		buf_free(b);
	buf_reset(b);
}

/* xorshift128+: ids must differ, not be secret. */
uint64_t rpc_random(struct rpc *rpc)
{
	uint64_t a = rpc->random[0], b = rpc->random[1];
	rpc->random[0] = b;
	a ^= a << 23;
	rpc->random[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
	return rpc->random[1] + b;
}

/* --- deadlines --- */

/* Few calls live as long as their deadline: rather than a timer each, one is set for the earliest, and
 * when it fires the live calls are looked through. */
void rpc_deadline(struct rpc *rpc, int64_t deadline_ms)
{
	if (rpc->deadline_ms != 0 && rpc->deadline_ms <= deadline_ms)
		return;
	int64_t wait_ms = deadline_ms - rpc_now_ms();
	if (wait_ms < 0)
		wait_ms = 0;
	struct timeval wait = {wait_ms / 1000, (wait_ms % 1000) * 1000};
	rpc->deadline_ms = deadline_ms;
	event_add(rpc->deadline, &wait);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct rpc *rpc = arg;
	int64_t now_ms = rpc_now_ms();
	int64_t next_ms = 0;
	struct call *call = TAILQ_FIRST(&rpc->live);
	(void)fd;
	(void)what;
	rpc->deadline_ms = 0;
	while (call != NULL) {
		struct call *next = TAILQ_NEXT(call, link);
		if (call->deadline_ms == 0)
			;
		else if (call->deadline_ms <= now_ms)
			call_expire(call);
		else if (next_ms == 0 || call->deadline_ms < next_ms)
			next_ms = call->deadline_ms;
		call = next;
	}
	if (next_ms != 0)
		rpc_deadline(rpc, next_ms);
}

/* --- beginning and end --- */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	stream_tick(arg);
}

static void fill_config(struct rpc_config *config)
{
	if (config->max_requests == 0)
		config->max_requests = LIMIT_RPCS_PER_WORKER;
	if (config->max_message_bytes == 0)
		config->max_message_bytes = LIMIT_MESSAGES_BYTES;
	if (config->max_streams == 0)
		config->max_streams = LIMIT_WATCHES_PER_WORKER;
	if (config->heartbeat_ms == 0)
		config->heartbeat_ms = RPC_HEARTBEAT_MS;
}

struct rpc *rpc_new(const struct rpc_config *config)
{
	struct timeval tick = {RPC_TICK_MS / 1000, RPC_TICK_MS % 1000 * 1000};
	struct rpc *rpc = calloc(1, sizeof(*rpc));
	if (rpc == NULL)
		return NULL;
	TAILQ_INIT(&rpc->spare);
	TAILQ_INIT(&rpc->live);
	TAILQ_INIT(&rpc->watches);
	rpc->config = *config;
	fill_config(&rpc->config);
	rpc->app = router_app(rpc);
	rpc->methods = methods_new(config->exec, local_methods, local_methods_n);
	rpc->auth = auth_new(config->root_key_sha256);
	rpc->tick = event_new(config->base, -1, EV_PERSIST, on_tick, rpc);
	rpc->deadline = evtimer_new(config->base, on_deadline, rpc);
	if (getrandom(rpc->random, sizeof(rpc->random), 0) != sizeof(rpc->random))
		rpc->random[0] = (uint64_t)rpc_now_us();
	rpc->random[1] |= 1; /* all zeros would stay zeros */
	rpc->quota.seed = rpc_random(rpc);
	bool proxies_known = peer_proxies_parse(config->trusted_proxies, &rpc->proxies);
	if (!proxies_known || rpc->methods == NULL || rpc->auth == NULL || rpc->tick == NULL || rpc->deadline == NULL ||
	    event_add(rpc->tick, &tick) != 0) {
		rpc_free(rpc);
		return NULL;
	}
	rpc->serving = rpc_serving(rpc);
	return rpc;
}

void rpc_free(struct rpc *rpc)
{
	if (rpc == NULL)
		return;
	call_free_spare(rpc);
	if (rpc->tick != NULL)
		event_free(rpc->tick);
	if (rpc->deadline != NULL)
		event_free(rpc->deadline);
	auth_free(rpc->auth);
	methods_free(rpc->methods);
	buf_free(&rpc->out);
	buf_free(&rpc->packed);
	buf_free(&rpc->text);
	for (size_t i = 0; i < RPC_SAME * RPC_SAME_FORMS; i++)
		buf_free(&rpc->same[i / RPC_SAME_FORMS].frames[i % RPC_SAME_FORMS]);
	free(rpc);
}

const struct http_app *rpc_app(const struct rpc *rpc)
{
	return &rpc->app;
}

bool rpc_serving(const struct rpc *rpc)
{
	return !rpc->draining &&
	       (rpc->config.store_ready == NULL || rpc->config.store_ready(rpc->config.store_ready_arg));
}

void rpc_drain(struct rpc *rpc)
{
	rpc->draining = true;
	rpc->serving = false;
	stream_end_all(rpc);
}

size_t rpc_in_flight(const struct rpc *rpc)
{
	return rpc->n_running + rpc->n_streams;
}
