#include "job/batch.h"

#include <stdlib.h>

#include "base/id.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

struct batch;

struct batch_tick {
	struct batch *batch;
	struct exec_tick tick;
};

struct batch {
	struct batches *all;
	struct arena arena;
	const char *tenant;
	struct plan_request request;
	int64_t began_ms;
	BatchPlan *plan; /* NULL: there is none */
	struct batch_tick *ticks;
	size_t left; /* ticks without an answer */
};

static void end(struct batch *b)
{
	struct batches *all = b->all;
	if (b->plan != NULL)
		protobuf_c_message_free_unpacked(&b->plan->base, NULL);
	arena_free(&b->arena);
	free(b);
	all->under_way--;
	all->over(all->arg);
}

static void ticked(void *arg, const struct exec_result *result)
{
	struct batch_tick *tick = arg;
	struct batch *b = tick->batch;
	(void)result; /* what failed is still in the index */
	b->all->in_flight--;
	if (--b->left == 0)
		end(b);
}

static const PlannedOrder *planned_for(const struct batch *b, const char *order_id)
{
	for (size_t i = 0; b->plan != NULL && i < b->plan->n_orders; i++) {
		if (strcmp(b->plan->orders[i]->order_id, order_id) == 0)
			return b->plan->orders[i];
	}
	return NULL;
}

static struct exec_request request_of(const struct batch *b, const struct method *method, const void *request)
{
	struct exec_request out = {.method = method, .request = request};
	out.credential.kind = CREDENTIAL_SYSTEM;
	out.credential.tenant = slice_str(b->tenant);
	return out;
}

static void tick_all(struct batch *b)
{
	size_t n = b->request.n;
	if (n == 0) {
		end(b);
		return;
	}
	b->ticks = arena_array(&b->arena, n, sizeof(*b->ticks));
	b->left = n;
	b->all->in_flight += n;
	b->all->stats->ticks += n;
	/* The last answer ends the batch, possibly at once. */
	for (size_t i = 0; i < n; i++) {
		struct batch_tick *one = &b->ticks[i];
		const char *id = b->request.order_ids[i];
		*one = (struct batch_tick){.batch = b, .tick = {.order_id = id, .plan = planned_for(b, id)}};
		struct exec_request request = request_of(b, &job_order_tick, &one->tick);
		request.done = ticked;
		request.arg = one;
		exec_call(b->all->exec, &request);
	}
}

/* The response goes with the call: it is kept as a copy. */
static BatchPlan *copy_plan(struct batch *b, const ProtobufCMessage *plan)
{
	size_t n = protobuf_c_message_get_packed_size(plan);
	uint8_t *bytes = arena_alloc(&b->arena, n);
	protobuf_c_message_pack(plan, bytes);
	return (void *)protobuf_c_message_unpack(&BatchPlan_desc, NULL, n, bytes);
}

static void planned(void *arg, const struct exec_result *result)
{
	struct batch *b = arg;
	struct jobs_stats *stats = b->all->stats;
	const BatchPlan *plan = (const void *)result->response;
	if (result->err == OK && plan->n_orders > 0) {
		stats->batches++;
		stats->batch_orders += plan->n_orders;
		stats->batch_greedy += plan->greedy ? 1 : 0;
		int64_t took_ms = b->all->env->now_ms(b->all->env->arg) - b->began_ms;
		stats->planning_ms += took_ms > 0 ? (uint64_t)took_ms : 0;
		b->plan = copy_plan(b, result->response);
	}
	tick_all(b);
}

void batch_start(struct batches *all, const char *tenant, const struct store_entry *entries, size_t n)
{
	struct batch *b = calloc(1, sizeof(*b));
	if (b == NULL)
		return;
	b->all = all;
	b->tenant = tenant;
	b->began_ms = all->env->now_ms(all->env->arg);
	arena_init(&b->arena, ARENA_BYTES);
	const char **ids = arena_array(&b->arena, n, sizeof(*ids));
	b->request.order_ids = ids;
	for (size_t i = 0; i < n; i++) {
		if (entries[i].member.len == ID_CHARS)
			ids[b->request.n++] = arena_string(&b->arena, entries[i].member);
	}
	all->under_way++;
	struct exec_request request = request_of(b, &job_plan_batch, &b->request);
	request.done = planned;
	request.arg = b;
	exec_call(all->exec, &request);
}
