#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "job/jobs.h"
#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "service/services.h"
#include "txn/seal.h"
#include "txn/store_memory.h"

/* What is to happen, by time; a heap, so that a year of orders is no matter. */
struct happening {
	int64_t at_ms;
	uint64_t number; /* in the order given */
	void (*fn)(void *arg);
	void *arg;
	bool owed; /* the executor's and the jobs': must come, even at the end */
};

struct sim {
	const char *tenant;
	int64_t now_ms;
	uint64_t random, numbers;
	struct happening *heap;
	size_t n, room;
	/* The jobs' next look: it waits until there is something to see. */
	struct happening poll;
	bool polling;
	struct store *store;
	struct sealer *sealer;
	struct exec *exec;
	struct jobs *jobs;
	struct exec_env env;
	struct exec_watch *watch;
	void (*heard)(void *arg, const Event *event);
	void *heard_arg;
	const struct method *methods[SERVICE_METHODS_MAX];
};

/* --- time --- */

static bool before(const struct happening *a, const struct happening *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->number < b->number;
}

static void push(struct sim *sim, struct happening item)
{
	if (sim->n == sim->room) {
		size_t room = sim->room == 0 ? 256 : sim->room * 2;
		struct happening *heap = realloc(sim->heap, room * sizeof(*heap));
		if (heap == NULL)
			abort();
		sim->heap = heap;
		sim->room = room;
	}
	size_t at = sim->n++;
	while (at > 0 && before(&item, &sim->heap[(at - 1) / 2])) {
		sim->heap[at] = sim->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	sim->heap[at] = item;
}

static struct happening pop(struct sim *sim)
{
	struct happening first = sim->heap[0], last = sim->heap[--sim->n];
	size_t at = 0, child;
	while ((child = 2 * at + 1) < sim->n) {
		if (child + 1 < sim->n && before(&sim->heap[child + 1], &sim->heap[child]))
			child++;
		if (!before(&sim->heap[child], &last))
			break;
		sim->heap[at] = sim->heap[child];
		at = child;
	}
	if (sim->n > 0)
		sim->heap[at] = last;
	return first;
}

int64_t sim_now_ms(const struct sim *sim)
{
	return sim->now_ms;
}

void sim_at(struct sim *sim, int64_t at_ms, void (*fn)(void *arg), void *arg)
{
	push(sim, (struct happening){at_ms < sim->now_ms ? sim->now_ms : at_ms, sim->numbers++, fn, arg, false});
}

static int64_t env_now(void *arg)
{
	return sim_now_ms(arg);
}

static uint64_t env_random(void *arg)
{
	struct sim *sim = arg;
	sim->random += UINT64_C(0x9e3779b97f4a7c15);
	return hash_mix64(sim->random);
}

/* Nobody outside gets to see them. */
static void env_secret(void *arg, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)env_random(arg);
}

static void env_later(void *arg, int64_t delay_ms, void (*fn)(void *), void *fn_arg)
{
	struct sim *sim = arg;
	if (delay_ms != JOBS_POLL_MS || sim->polling) {
		push(sim, (struct happening){sim->now_ms + delay_ms, sim->numbers++, fn, fn_arg, true});
		return;
	}
	sim->poll = (struct happening){.at_ms = sim->now_ms + delay_ms, .fn = fn, .arg = fn_arg};
	sim->polling = true;
}

/* Passwords are nobody's business here. */
static bool env_work(void *arg, struct exec_work *work)
{
	(void)arg;
	(void)work;
	return false;
}

static void due_read(struct store_load *load, enum store_verdict verdict)
{
	*(bool *)load->arg = verdict == STORE_OK;
}

/* When the jobs would find something, not before they wanted to look. */
static int64_t poll_ms(struct sim *sim)
{
	bool fine = false;
	struct arena a;
	arena_init(&a, 1 << 16);
	struct store_read read = {.kind = STORE_RANGE, .key = SLICE(INDEX_DUE), .max = INT64_C(1) << 52, .limit = 1};
	struct store_load load = {
	    .tenant = slice_str(sim->tenant), .reads = &read, .n = 1, .arena = &a, .done = due_read, .arg = &fine};
	sim->store->ops->load(sim->store, &load);
	int64_t at_ms = fine && read.n_entries > 0 ? read.entries[0].score : INT64_MAX;
	arena_free(&a);
	return at_ms > sim->poll.at_ms ? at_ms : sim->poll.at_ms;
}

/* False: nothing more happens until then. */
static bool step(struct sim *sim, int64_t until_ms)
{
	struct happening next = {.at_ms = INT64_MAX};
	int64_t jobs_ms = sim->polling ? poll_ms(sim) : INT64_MAX;
	if (sim->n > 0 && sim->heap[0].at_ms <= jobs_ms)
		next = sim->heap[0];
	else if (sim->polling)
		next = (struct happening){.at_ms = jobs_ms, .fn = sim->poll.fn, .arg = sim->poll.arg};
	if (next.fn == NULL || next.at_ms > until_ms)
		return false;
	if (sim->n > 0 && sim->heap[0].at_ms <= jobs_ms)
		pop(sim);
	else
		sim->polling = false;
	if (next.at_ms > sim->now_ms)
		sim->now_ms = next.at_ms;
	next.fn(next.arg);
	return true;
}

void sim_run(struct sim *sim, int64_t until_ms)
{
	while (step(sim, until_ms))
		continue;
	if (until_ms > sim->now_ms)
		sim->now_ms = until_ms;
}

/* --- calls --- */

struct call {
	struct arena *arena;
	struct sim_reply reply;
	bool answered;
};

static void answered(void *arg, const struct exec_result *result)
{
	struct call *call = arg;
	struct fault fault;
	ProtobufCMessage *copy = NULL;
	call->answered = true;
	call->reply.err = result->err;
	call->reply.fault = *result->fault;
	call->reply.fault.violations = NULL;
	call->reply.fault.n_violations = 0;
	if (result->fault->field != NULL)
		call->reply.fault.field = arena_strdup(call->arena, result->fault->field);
	if (result->response == NULL)
		return;
	struct slice bytes = pb_encode_arena(result->response, call->arena);
	if (pb_decode(call->arena, result->response->descriptor, bytes, &fault, &copy) != OK)
		abort(); /* we wrote it ourselves */
	call->reply.message = copy;
}

static struct sim_reply run_call(struct sim *sim, struct exec_request *request, struct arena *a)
{
	struct call call = {.arena = a};
	request->done = answered;
	request->arg = &call;
	struct exec_call_state *state = exec_call(sim->exec, request);
	/* The store answers at once; only who met somebody else on a record waits a moment. */
	while (!call.answered && step(sim, INT64_MAX))
		continue;
	if (!call.answered) {
		exec_cancel(state);
		call.reply.err = ERR_UNAVAILABLE;
	}
	return call.reply;
}

static struct credential credential_of(const struct sim *sim, struct sim_actor as)
{
	struct credential credential = {.kind = CREDENTIAL_ROOT, .tenant = slice_str(sim->tenant)};
	if (as.role == ROLE_SYSTEM)
		credential.kind = CREDENTIAL_SYSTEM;
	if (as.role == ROLE_RESIDENT || as.role == ROLE_MEMBER) {
		credential.act_as = as.role;
		credential.act_as_id = slice_str(as.id);
	}
	return credential;
}

struct sim_reply sim_call(struct sim *sim, struct sim_actor as, const char *path, const void *request, struct arena *a)
{
	char full[96];
	int len = snprintf(full, sizeof(full), "/paidan.v1.%s", path);
	struct exec_request rq = {.method = exec_method(sim->exec, slice_of(full, (size_t)len)),
				  .request = request,
				  .credential = credential_of(sim, as)};
	if (rq.method == NULL)
		return (struct sim_reply){.err = ERR_UNKNOWN_METHOD};
	return run_call(sim, &rq, a);
}

struct sim_reply sim_run_method(struct sim *sim, const struct method *method, const void *request, struct arena *a)
{
	struct sim_actor as = {.role = (method->flags & METHOD_ROOT) != 0 ? ROLE_ADMIN : ROLE_SYSTEM, .id = ""};
	struct exec_request rq = {.method = method, .request = request, .credential = credential_of(sim, as)};
	return run_call(sim, &rq, a);
}

/* --- events --- */

static void watch_opened(void *arg, const struct exec_result *result)
{
	(void)arg;
	(void)result;
}

static void watch_message(void *arg, const struct exec_told *told)
{
	struct sim *sim = arg;
	const WatchResponse *response = (const WatchResponse *)told->message;
	if (response->event != NULL)
		sim->heard(sim->heard_arg, response->event);
}

static void watch_ended(void *arg, const struct exec_result *result)
{
	(void)result;
	((struct sim *)arg)->watch = NULL;
}

bool sim_listen(struct sim *sim, void (*heard)(void *arg, const Event *event), void *arg)
{
	static const WatchRequest request = WatchRequest_INIT;
	struct exec_watch_request rq = {
	    .method = exec_method(sim->exec, SLICE("/paidan.v1.EventService/Watch")),
	    .credential = credential_of(sim, (struct sim_actor){.role = ROLE_ADMIN, .id = ""}),
	    .request = &request,
	    .opened = watch_opened,
	    .message = watch_message,
	    .ended = watch_ended,
	    .arg = sim,
	};
	sim->heard = heard;
	sim->heard_arg = arg;
	sim->watch = exec_watch(sim->exec, &rq);
	return sim->watch != NULL;
}

/* --- life --- */

struct sim *sim_new(const struct sim_options *options)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	struct key_ring ring = {.n = 1, .entries = {{.version = 1, .key = {1}}}};
	if (sim == NULL)
		return NULL;
	sim->tenant = options->tenant;
	sim->now_ms = options->start_ms;
	sim->random = hash_mix64(options->seed);
	sim->env = (struct exec_env){.arg = sim,
				     .now_ms = env_now,
				     .random = env_random,
				     .secret = env_secret,
				     .later = env_later,
				     .work = env_work};
	sim->store = store_memory_new(&(struct store_memory_config){.now_ms = env_now, .arg = sim});
	sim->sealer = sealer_new(&ring);
	struct exec_config config = {.store = sim->store,
				     .env = &sim->env,
				     .sealer = sim->sealer,
				     .methods = sim->methods,
				     .n_methods = services_list(sim->methods),
				     .order_tick = &job_order_tick,
				     .refresh_member = &job_refresh_member};
	if (sim->store != NULL && sim->sealer != NULL)
		sim->exec = exec_new(&config);
	if (sim->exec != NULL)
		sim->jobs = jobs_start(sim->exec, sim->store, &sim->env, "sim");
	if (sim->jobs == NULL) {
		sim_free(sim);
		return NULL;
	}
	return sim;
}

void sim_free(struct sim *sim)
{
	if (sim == NULL)
		return;
	jobs_stop(sim->jobs);
	exec_unwatch(sim->watch);
	if (sim->exec != NULL)
		exec_stop(sim->exec);
	/* What the jobs and the executor had put off ends with them. */
	while (sim->n > 0) {
		struct happening last = pop(sim);
		if (last.owed)
			last.fn(last.arg);
	}
	if (sim->polling)
		sim->poll.fn(sim->poll.arg);
	if (sim->store != NULL)
		sim->store->ops->destroy(sim->store);
	exec_free(sim->exec);
	sealer_free(sim->sealer);
	free(sim->heap);
	free(sim);
}
