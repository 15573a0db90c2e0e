#include "world.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/limits.h"
#include "in_order.h"
#include "job/jobs.h"
#include "pb/pb_wire.h"
#include "service/services.h"
#include "slow_store.h"
#include "txn/scrypt.h"
#include "txn/seal.h"

struct later {
	struct later *next;
	int64_t at_ms;
	void (*fn)(void *);
	void *arg;
};

struct world {
	struct arena arena;
	int64_t now_ms, until_ms; /* the end of the present advance */
	uint64_t random;
	struct later *queue; /* by time, then in the order given */
	struct store *store;
	struct store *slow; /* NULL: the store answers at once */
	bool own_store;
	int64_t latency_ms;
	bool in_order;
	struct worth_notes notes; /* of what windows see, when in order */
	void (*pump)(void *arg);
	void *pump_arg;
	struct sealer *sealer;
	struct exec *exec;
	struct jobs *jobs;
	struct exec_env env;
	unsigned idles;
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

static void read_due(struct store_load *load, enum store_verdict verdict)
{
	*(bool *)load->arg = verdict == STORE_OK;
}

/* When the jobs need to look again: polls that would find nothing are skipped, or days would take minutes. */
static int64_t next_poll_ms(struct world *w)
{
	int64_t at_ms = w->now_ms + JOBS_POLL_MS;
	struct arena a;
	bool fine = false;
	arena_init(&a, 1 << 16);
	struct store_read read = {
	    .kind = STORE_RANGE, .key = SLICE(INDEX_DUE), .min = 0, .max = INT64_C(1) << 52, .limit = 1};
	struct store_load load = {
	    .tenant = SLICE(WORLD_TENANT), .reads = &read, .n = 1, .arena = &a, .done = read_due, .arg = &fine};
	w->store->ops->load(w->store, &load);
	int64_t next_ms =
	    fine && read.n_entries > 0 && read.entries[0].score < w->until_ms ? read.entries[0].score : w->until_ms;
	if (fine && next_ms > at_ms)
		at_ms += (next_ms - at_ms + JOBS_POLL_MS - 1) / JOBS_POLL_MS * JOBS_POLL_MS;
	arena_free(&a);
	return at_ms;
}

static void env_later(void *arg, int64_t delay_ms, void (*fn)(void *), void *fn_arg)
{
	struct world *w = arg;
	bool poll = delay_ms == JOBS_POLL_MS && w->own_store && w->slow == NULL;
	struct later *item = malloc(sizeof(*item));
	if (item == NULL)
		abort();
	*item = (struct later){.at_ms = poll ? next_poll_ms(w) : w->now_ms + delay_ms, .fn = fn, .arg = fn_arg};
	struct later **at = &w->queue;
	while (*at != NULL && (*at)->at_ms <= item->at_ms)
		at = &(*at)->next;
	item->next = *at;
	*at = item;
}

static int64_t leg_ms(void *arg)
{
	struct world *w = arg;
	return (int64_t)(world_random(w) % (uint64_t)(w->latency_ms + 1));
}

/* Lets what is next in time happen now. */
static void run_next(struct world *w)
{
	struct later *item = w->queue;
	w->queue = item->next;
	if (item->at_ms > w->now_ms)
		w->now_ms = item->at_ms;
	item->fn(item->arg);
	free(item);
}

/* A call that met others on the same record waits a moment before it tries again, on the world's clock, which
 * stands still here: when the store has been quiet for a while, it is that which is waited for. */
void world_settle(struct world *w)
{
	enum { QUIET_PUMPS = 10 };
	unsigned pumps = 0;
	while (w->pump != NULL && exec_stats(w->exec)->in_flight > 0) {
		uint64_t runs = exec_stats(w->exec)->runs;
		w->pump(w->pump_arg);
		pumps = exec_stats(w->exec)->runs == runs ? pumps + 1 : 0;
		if (pumps > QUIET_PUMPS && w->queue != NULL) {
			run_next(w);
			pumps = 0;
		}
	}
}

void world_advance(struct world *w, int64_t ms)
{
	int64_t until_ms = w->now_ms + ms;
	w->until_ms = until_ms;
	while (w->queue != NULL && w->queue->at_ms <= until_ms)
		run_next(w);
	w->now_ms = until_ms;
	while (w->in_order && ms > 0 && in_order_tick(w, &w->notes))
		continue;
}

/* At once, and cheaply: what a record says of the cost is for brokers. */
static bool env_work(void *arg, struct exec_work *work)
{
	enum { CHEAP_LOG2_N = 4 };
	struct world *w = arg;
	bool ok = true;
	switch (work->kind) {
	case EXEC_WORK_SCRYPT:
		ok = scrypt_run(work->password, work->salt, (struct scrypt_params){CHEAP_LOG2_N, SCRYPT_R, SCRYPT_P},
				work->hash, sizeof(work->hash));
		break;
	case EXEC_WORK_IDLE:
		w->idles++;
		break;
	}
	work->done(work, ok);
	return true;
}

unsigned world_idles(const struct world *w)
{
	return w->idles;
}

/* --- life --- */

struct world *world_new(const struct world_options *options)
{
	struct world *w = calloc(1, sizeof(*w));
	struct key_ring ring = {.n = 1, .entries = {{.version = 1, .key = {1}}}};
	if (w == NULL)
		abort();
	arena_init(&w->arena, SIZE_MAX / 2);
	w->now_ms = WORLD_START_MS;
	w->random = options->seed;
	w->env = (struct exec_env){.arg = w,
				   .now_ms = env_now,
				   .random = env_random,
				   .secret = env_secret,
				   .later = env_later,
				   .work = env_work};
	w->own_store = options->store == NULL;
	w->store = options->store != NULL
		       ? options->store
		       : store_memory_new(&(struct store_memory_config){.now_ms = env_now, .arg = w});
	w->latency_ms = options->latency_ms;
	w->in_order = options->in_order;
	w->pump = options->pump;
	w->pump_arg = options->pump_arg;
	if (w->latency_ms > 0)
		w->slow = slow_store_new(
		    &(struct slow_store_config){.inner = w->store, .delay_ms = leg_ms, .later = env_later, .arg = w});
	struct store *front = w->slow != NULL ? w->slow : w->store;
	w->sealer = sealer_new(&ring);
	struct exec_config config = {.store = front,
				     .env = &w->env,
				     .sealer = w->sealer,
				     .methods = w->methods,
				     .n_methods = services_list(w->methods),
				     .order_tick = options->no_jobs ? NULL : &job_order_tick,
				     .refresh_member = &job_refresh_member,
				     .note_use = options->no_jobs ? NULL : &job_note_use,
				     .cache_bytes = options->cache_bytes};
	w->exec = exec_new(&config);
	if (w->exec == NULL || w->sealer == NULL || w->store == NULL)
		abort();
	worth_notes_init(&w->notes, w->exec, &w->env, WORLD_TENANT);
	if (!options->no_jobs && !options->in_order)
		w->jobs = jobs_start(w->exec, front, &w->env, "world");
	return w;
}

void world_free(struct world *w)
{
	if (w == NULL)
		return;
	jobs_stop(w->jobs);
	if (w->slow != NULL && w->jobs != NULL)
		world_advance(w, JOBS_POLL_MS + 4 * w->latency_ms); /* the jobs end with what they wait for */
	/* A store that is not ours outlives the executor: nothing of that may be under way there. */
	if (!w->own_store)
		world_settle(w);
	exec_stop(w->exec);
	if (w->slow != NULL)
		w->slow->ops->destroy(w->slow);
	while (w->queue != NULL) {
		struct later *item = w->queue;
		w->queue = item->next;
		item->fn(item->arg);
		free(item);
	}
	if (w->own_store)
		w->store->ops->destroy(w->store);
	worth_notes_finish(&w->notes);
	exec_free(w->exec);
	sealer_free(w->sealer);
	arena_free(&w->arena);
	free(w);
}

void world_cut_off(struct world *w)
{
	slow_store_cut(w->slow);
}

void world_forget(struct world *w)
{
	arena_reset(&w->arena);
}

void world_new_key(struct world *w)
{
	struct key_ring ring = *sealer_ring(w->sealer);
	uint8_t key[KEY_RING_KEY_BYTES] = {(uint8_t)(ring.n + 1)};
	if (!key_ring_add(&ring, key))
		abort();
	sealer_take(w->sealer, &ring);
}

void world_drop_key(struct world *w, uint32_t version)
{
	struct key_ring ring = *sealer_ring(w->sealer);
	if (!key_ring_drop(&ring, version))
		abort();
	sealer_take(w->sealer, &ring);
}

int64_t world_now_ms(const struct world *w)
{
	return w->now_ms;
}

struct store *world_store(struct world *w)
{
	return w->store;
}

const struct exec_env *world_env(struct world *w)
{
	return &w->env;
}

struct exec *world_exec(struct world *w)
{
	return w->exec;
}

const struct jobs_stats *world_jobs(struct world *w)
{
	return jobs_stats(w->jobs);
}

struct arena *world_arena(struct world *w)
{
	return &w->arena;
}

/* --- calls --- */

struct call {
	struct world *w;
	struct world_reply *reply;
};

static void copy_fault(struct arena *a, const struct fault *from, struct fault *to)
{
	struct violation *violations = arena_copy(a, from->violations, from->n_violations * sizeof(*violations));
	*to = *from;
	to->violations = violations;
	if (from->field != NULL)
		to->field = arena_strdup(a, from->field);
	for (size_t i = 0; i < from->n_violations; i++) {
		violations[i].field = arena_strdup(a, from->violations[i].field);
		violations[i].zh = arena_strdup(a, from->violations[i].zh);
		violations[i].en = arena_strdup(a, from->violations[i].en);
	}
}

static void answered(void *arg, const struct exec_result *result)
{
	struct call *call = arg;
	struct world_reply *reply = call->reply;
	struct arena *a = &call->w->arena;
	reply->answered = true;
	reply->err = result->err;
	copy_fault(a, result->fault, &reply->fault);
	if (result->cookie != NULL) {
		reply->cookie = *result->cookie;
		reply->cookie.value = arena_strdup(a, result->cookie->value);
	}
	if (result->response != NULL) {
		struct slice bytes = pb_encode_arena(result->response, a);
		struct fault fault;
		ProtobufCMessage *copy = NULL;
		if (pb_decode(a, result->response->descriptor, bytes, &fault, &copy) != OK)
			abort();
		reply->message = copy;
	}
}

/* "pdk_<tenant>_<id>_<secret>", "pds_…" */
static void read_key(const char *key, struct credential *credential)
{
	const char *tenant = strchr(key, '_') + 1, *id = strchr(tenant, '_') + 1, *secret = strchr(id, '_') + 1;
	credential->kind = strncmp(key, "pds_", 4) == 0 ? CREDENTIAL_SESSION : CREDENTIAL_KEY;
	credential->tenant = slice_of(tenant, (size_t)(id - tenant) - 1);
	credential->id = slice_of(id, (size_t)(secret - id) - 1);
	if (EVP_Digest(secret, strlen(secret), credential->secret_sha256, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

struct credential world_credential(struct who who)
{
	struct credential credential = {.tenant = SLICE(WORLD_TENANT), .peer = who.peer};
	if (who.key != NULL)
		read_key(who.key, &credential);
	else if (who.role == ROLE_SYSTEM)
		credential.kind = CREDENTIAL_SYSTEM;
	else if (who.role != ROLE_UNSPECIFIED)
		credential.kind = CREDENTIAL_ROOT;
	if (who.role == ROLE_RESIDENT || who.role == ROLE_MEMBER) {
		credential.act_as = who.role;
		credential.act_as_id = slice_str(who.id);
	}
	return credential;
}

const struct method *world_method(struct world *w, const char *path)
{
	char full[96];
	int len = snprintf(full, sizeof(full), "/paidan.v1.%s", path);
	const struct method *method = exec_method(w->exec, slice_of(full, (size_t)len));
	if (method == NULL) {
		fprintf(stderr, "world: no method %s\n", path);
		abort();
	}
	return method;
}

struct exec_call_state *world_begin(struct world *w, struct who who, const char *path, const void *request,
				    struct world_reply *out)
{
	struct call *call = ARENA_NEW(&w->arena, struct call);
	*call = (struct call){w, out};
	*out = (struct world_reply){.err = OK};
	struct exec_request rq = {.method = world_method(w, path),
				  .request = request,
				  .credential = world_credential(who),
				  .done = answered,
				  .arg = call};
	return exec_call(w->exec, &rq);
}

void world_wait(struct world *w, const bool *flag, int64_t limit_ms)
{
	int64_t until_ms = w->now_ms + limit_ms;
	while (!*flag && w->queue != NULL && w->queue->at_ms <= until_ms)
		world_advance(w, w->queue->at_ms > w->now_ms ? w->queue->at_ms - w->now_ms : 0);
	while (!*flag && w->pump != NULL)
		w->pump(w->pump_arg);
	world_settle(w);
}

struct world_reply world_call(struct world *w, struct who who, const char *path, const void *request)
{
	enum { PATIENCE_MS = 60000 };
	struct world_reply reply;
	struct exec_call_state *state = world_begin(w, who, path, request, &reply);
	world_wait(w, &reply.answered, PATIENCE_MS);
	if (!reply.answered)
		exec_cancel(state);
	return reply;
}

/* --- seeing all --- */

static void dump_row(void *arg, const struct store_row *row)
{
	struct buf *b = arg;
	buf_printf(b, "%d %.*s ", row->kind, SLICE_FMT(row->key));
	for (size_t i = 0; i < row->field.len; i++)
		buf_printf(b, "%02x", row->field.ptr[i]);
	buf_printf(b, " %lld ", (long long)row->number);
	for (size_t i = 0; i < row->value.len; i++)
		buf_printf(b, "%02x", row->value.ptr[i]);
	buf_byte(b, '\n');
}

char *world_dump(struct world *w)
{
	struct buf b = {0};
	store_memory_dump(w->store, SLICE(WORLD_TENANT), dump_row, &b);
	char *text = arena_string(&w->arena, buf_view(&b));
	buf_free(&b);
	return text;
}
