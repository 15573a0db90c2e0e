#include "job/batch.h"

#include <stdlib.h>

#include "base/id.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, TICKS_AT_ONCE = 128 };

struct batch_tick {
	struct batch *batch;
	struct exec_tick tick;
};

struct batch {
	struct batch *next, **at;
	struct batches *all;
	struct arena arena;
	const char *tenant;
	struct plan_request request; /* the earliest due first */
	const char **sorted;         /* the same ids */
	int64_t began_ms;
	BatchPlan *plan;              /* NULL: there is none */
	const PlannedOrder **planned; /* sorted by order */
	struct batch_tick *ticks;
	size_t begun, answered;
	bool ticking; /* on the stack already: an answer may come at once */
};

static void end(struct batch *b)
{
	struct batches *all = b->all;
	*b->at = b->next;
	if (b->next != NULL)
		b->next->at = b->at;
	if (b->plan != NULL)
		protobuf_c_message_free_unpacked(&b->plan->base, NULL);
	arena_free(&b->arena);
	free(b);
	all->over(all->arg);
}

/* --- who is in it --- */

static int by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_order(const struct batch *b, const char *id)
{
	return bsearch(&id, b->sorted, b->request.n, sizeof(id), by_id) != NULL;
}

static bool is_under_way(const struct batches *all, const char *tenant, const char *id)
{
	for (const struct batch *b = all->first; b != NULL; b = b->next) {
		if (strcmp(b->tenant, tenant) == 0 && has_order(b, id))
			return true;
	}
	return false;
}

/* --- ticking --- */

static int by_order(const void *a, const void *b)
{
	return strcmp((*(const PlannedOrder *const *)a)->order_id, (*(const PlannedOrder *const *)b)->order_id);
}

static void sort_plan(struct batch *b)
{
	size_t n = b->plan == NULL ? 0 : b->plan->n_orders;
	b->planned = arena_array(&b->arena, n, sizeof(*b->planned));
	for (size_t i = 0; i < n; i++)
		b->planned[i] = b->plan->orders[i];
	if (n > 0)
		qsort(b->planned, n, sizeof(*b->planned), by_order);
}

static const PlannedOrder *planned_for(const struct batch *b, const char *order_id)
{
	PlannedOrder wanted = {.order_id = (char *)(uintptr_t)order_id};
	const PlannedOrder *key = &wanted, *const * at;
	if (b->plan == NULL)
		return NULL;
	at = bsearch(&key, b->planned, b->plan->n_orders, sizeof(*b->planned), by_order);
	return at == NULL ? NULL : *at;
}

static struct exec_request request_of(const struct batch *b, const struct method *method, const void *request)
{
	struct exec_request out = {.method = method, .request = request};
	out.credential.kind = CREDENTIAL_SYSTEM;
	out.credential.tenant = slice_str(b->tenant);
	return out;
}

static void tick_on(struct batch *b);

static void ticked(void *arg, const struct exec_result *result)
{
	struct batch_tick *tick = arg;
	struct batch *b = tick->batch;
	(void)result; /* what failed is still in the index */
	b->all->in_flight--;
	b->answered++;
	if (!b->ticking)
		tick_on(b);
}

/* As many as may be in flight; the last answer ends the batch. */
static void tick_on(struct batch *b)
{
	size_t n = b->request.n;
	b->ticking = true;
	while (b->begun < n && b->begun - b->answered < TICKS_AT_ONCE) {
		struct batch_tick *one = &b->ticks[b->begun];
		const char *id = b->request.order_ids[b->begun++];
		*one = (struct batch_tick){.batch = b, .tick = {.order_id = id, .plan = planned_for(b, id)}};
		struct exec_request request = request_of(b, &job_order_tick, &one->tick);
		request.done = ticked;
		request.arg = one;
		b->all->in_flight++;
		b->all->stats->ticks++;
		exec_call(b->all->exec, &request);
	}
	b->ticking = false;
	if (b->answered == n)
		end(b);
}

/* --- planning --- */

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
	sort_plan(b);
	tick_on(b);
}

void batch_start(struct batches *all, const char *tenant, const struct store_entry *entries, size_t n)
{
	struct batch *b = calloc(1, sizeof(*b));
	if (b == NULL)
		return;
	*b = (struct batch){.next = all->first, .at = &all->first, .all = all, .tenant = tenant};
	b->began_ms = all->env->now_ms(all->env->arg);
	arena_init(&b->arena, ARENA_BYTES);
	const char **ids = arena_array(&b->arena, n, sizeof(*ids));
	for (size_t i = 0; i < n; i++) {
		const char *id = arena_string(&b->arena, entries[i].member);
		if (entries[i].member.len == ID_CHARS && !is_under_way(all, tenant, id))
			ids[b->request.n++] = id;
	}
	b->request.order_ids = ids;
	if (b->request.n == 0) {
		arena_free(&b->arena);
		free(b);
		return;
	}
	b->sorted = arena_copy(&b->arena, ids, b->request.n * sizeof(*ids));
	qsort(b->sorted, b->request.n, sizeof(*ids), by_id);
	b->ticks = arena_array(&b->arena, b->request.n, sizeof(*b->ticks));
	if (all->first != NULL)
		all->first->at = &b->next;
	all->first = b;
	struct exec_request request = request_of(b, &job_plan_batch, &b->request);
	request.done = planned;
	request.arg = b;
	exec_call(all->exec, &request);
}
