#include "world.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/limits.h"
#include "job/jobs.h"
#include "pb/pb_wire.h"
#include "service/services.h"
#include "txn/seal.h"

struct later {
	struct later *next;
	int64_t at_ms;
	void (*fn)(void *);
	void *arg;
};

struct world {
	struct arena arena;
	int64_t now_ms;
	uint64_t random;
	struct later *queue; /* by time, then in the order given */
	struct store *store;
	bool own_store;
	struct sealer *sealer;
	struct exec *exec;
	struct jobs *jobs;
	struct exec_env env;
	const struct method *methods[SERVICE_METHODS_MAX];
};

/* --- the environment --- */

static int64_t env_now(void *arg)
{
	return ((struct world *)arg)->now_ms;
}

uint64_t world_random(struct world *w)
{
	w->random += UINT64_C(0x9e3779b97f4a7c15);
	return hash_mix64(w->random);
}

static uint64_t env_random(void *arg)
{
	return world_random(arg);
}

static void env_secret(void *arg, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)world_random(arg);
}

static void env_later(void *arg, int64_t delay_ms, void (*fn)(void *), void *fn_arg)
{
	struct world *w = arg;
	struct later *item = malloc(sizeof(*item));
	if (item == NULL)
		abort();
	*item = (struct later){.at_ms = w->now_ms + delay_ms, .fn = fn, .arg = fn_arg};
	struct later **at = &w->queue;
	while (*at != NULL && (*at)->at_ms <= item->at_ms)
		at = &(*at)->next;
	item->next = *at;
	*at = item;
}

void world_advance(struct world *w, int64_t ms)
{
	int64_t until_ms = w->now_ms + ms;
	while (w->queue != NULL && w->queue->at_ms <= until_ms) {
		struct later *item = w->queue;
		w->queue = item->next;
		if (item->at_ms > w->now_ms)
			w->now_ms = item->at_ms;
		item->fn(item->arg);
		free(item);
	}
	w->now_ms = until_ms;
}

/* --- life --- */

struct world *world_new(const struct world_options *options)
{
	struct world *w = calloc(1, sizeof(*w));
	uint8_t key[SEAL_KEY_BYTES] = {1};
	if (w == NULL)
		abort();
	arena_init(&w->arena, SIZE_MAX / 2);
	w->now_ms = WORLD_START_MS;
	w->random = options->seed;
	w->env = (struct exec_env){
	    .arg = w, .now_ms = env_now, .random = env_random, .secret = env_secret, .later = env_later};
	w->own_store = options->store == NULL;
	w->store = options->store != NULL
		       ? options->store
		       : store_memory_new(&(struct store_memory_config){.now_ms = env_now, .arg = w});
	w->sealer = sealer_new(key);
	struct exec_config config = {.store = w->store,
				     .env = &w->env,
				     .sealer = w->sealer,
				     .methods = w->methods,
				     .n_methods = services_list(w->methods, SERVICE_METHODS_MAX),
				     .order_tick = options->no_jobs ? NULL : &job_order_tick,
				     .refresh_member = &job_refresh_member,
				     .cache_bytes = options->cache_bytes};
	w->exec = exec_new(&config);
	if (w->exec == NULL || w->sealer == NULL || w->store == NULL)
		abort();
	if (!options->no_jobs)
		w->jobs = jobs_start(w->exec, w->store, &w->env, "world");
	return w;
}

void world_free(struct world *w)
{
	if (w == NULL)
		return;
	jobs_stop(w->jobs);
	exec_stop(w->exec);
	while (w->queue != NULL) {
		struct later *item = w->queue;
		w->queue = item->next;
		item->fn(item->arg);
		free(item);
	}
	if (w->own_store)
		w->store->ops->destroy(w->store);
	exec_free(w->exec);
	sealer_free(w->sealer);
	arena_free(&w->arena);
	free(w);
}

void world_forget(struct world *w)
{
	arena_reset(&w->arena);
}

int64_t world_now_ms(const struct world *w)
{
	return w->now_ms;
}

struct store *world_store(struct world *w)
{
	return w->store;
}

struct exec *world_exec(struct world *w)
{
	return w->exec;
}

struct arena *world_arena(struct world *w)
{
	return &w->arena;
}

/* --- calls --- */

struct call {
	struct world *w;
	struct world_reply reply;
};

static void answered(void *arg, const struct exec_result *result)
{
	struct call *call = arg;
	call->reply.answered = true;
	call->reply.err = result->err;
	call->reply.fault = *result->fault;
	if (result->fault->field != NULL)
		call->reply.fault.field = arena_strdup(&call->w->arena, result->fault->field);
	if (result->response != NULL) {
		struct slice bytes = pb_encode_arena(result->response, &call->w->arena);
		struct fault fault;
		ProtobufCMessage *copy = NULL;
		if (pb_decode(&call->w->arena, result->response->descriptor, bytes, &fault, &copy) != OK)
			abort();
		call->reply.message = copy;
	}
}

/* "pdk_<tenant>_<id>_<secret>" */
static void read_key(const char *key, struct credential *credential)
{
	const char *tenant = strchr(key, '_') + 1, *id = strchr(tenant, '_') + 1, *secret = strchr(id, '_') + 1;
	credential->kind = CREDENTIAL_KEY;
	credential->tenant = slice_of(tenant, (size_t)(id - tenant) - 1);
	credential->key_id = slice_of(id, (size_t)(secret - id) - 1);
	if (EVP_Digest(secret, strlen(secret), credential->secret_sha256, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

struct world_reply world_call(struct world *w, struct who who, const char *path, const void *request)
{
	char full[96];
	struct call call = {.w = w};
	int len = snprintf(full, sizeof(full), "/paidan.v1.%s", path);
	struct exec_request rq = {.method = exec_method(w->exec, slice_of(full, (size_t)len)),
				  .request = request,
				  .done = answered,
				  .arg = &call};
	if (rq.method == NULL) {
		fprintf(stderr, "world: no method %s\n", path);
		abort();
	}
	rq.credential.tenant = SLICE(WORLD_TENANT);
	if (who.key != NULL)
		read_key(who.key, &rq.credential);
	else
		rq.credential.kind = CREDENTIAL_ROOT;
	if (who.role == ROLE_RESIDENT || who.role == ROLE_MEMBER) {
		rq.credential.act_as = who.role;
		rq.credential.act_as_id = slice_str(who.id);
	}
	struct exec_call_state *state = exec_call(w->exec, &rq);
	while (state != NULL && !call.reply.answered && w->queue != NULL)
		world_advance(w, w->queue->at_ms - w->now_ms); /* a retry waits */
	if (!call.reply.answered)
		exec_cancel(state);
	return call.reply;
}
