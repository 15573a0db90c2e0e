#include "job/batch.h"

#include <stdlib.h>

#include "base/id.h"
#include "job/planning.h"
#include "job/worth_notes.h"

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
	struct worth_notes *notes;
	const char **ids; /* the earliest due first */
	size_t n;
	const char **sorted; /* the same */
	int64_t began_ms;
	struct planning planning;
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
	planning_finish(&b->planning);
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
	return bsearch(&id, b->sorted, b->n, sizeof(id), by_id) != NULL;
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

static const PlannedOrder *planned_for(const struct batch *b, const char *order_id)
{
	PlannedOrder wanted = {.order_id = (char *)(uintptr_t)order_id};
	const PlannedOrder *key = &wanted, *const *at = NULL;
	if (b->planning.n_planned > 0)
		at = bsearch(&key, b->planning.planned, b->planning.n_planned, sizeof(key), by_order);
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
	b->ticking = true;
	while (b->begun < b->n && b->begun - b->answered < TICKS_AT_ONCE) {
		struct batch_tick *one = &b->ticks[b->begun];
		const char *id = b->ids[b->begun++];
		*one = (struct batch_tick){.batch = b, .tick = {.order_id = id, .plan = planned_for(b, id)}};
		struct exec_request request = request_of(b, &job_order_tick, &one->tick);
		request.done = ticked;
		request.arg = one;
		b->all->in_flight++;
		b->all->stats->ticks++;
		exec_call(b->all->exec, &request);
	}
	b->ticking = false;
	if (b->answered == b->n)
		end(b);
}

/* --- planning --- */

static void planned(void *arg)
{
	struct batch *b = arg;
	struct planning *p = &b->planning;
	struct jobs_stats *stats = b->all->stats;
	if (p->n_planned > 0) {
		stats->batches++;
		stats->batch_orders += p->n_planned;
		stats->batch_greedy += p->greedy ? 1 : 0;
		int64_t took_ms = b->all->env->now_ms(b->all->env->arg) - b->began_ms;
		stats->planning_ms += took_ms > 0 ? (uint64_t)took_ms : 0;
		qsort(p->planned, p->n_planned, sizeof(*p->planned), by_order);
	}
	tick_on(b);
}

static void plan(void *arg)
{
	struct batch *b = arg;
	b->planning = (struct planning){.exec = b->all->exec,
					.env = b->all->env,
					.tenant = b->tenant,
					.order_ids = b->ids,
					.n_orders = b->n,
					.notes = b->notes,
					.done = planned,
					.arg = b};
	planning_start(&b->planning);
}

void batch_start(struct batches *all, struct worth_notes *notes, const struct store_entry *entries, size_t n)
{
	struct batch *b = calloc(1, sizeof(*b));
	if (b == NULL)
		return;
	*b = (struct batch){.next = all->first, .at = &all->first, .all = all, .tenant = notes->tenant, .notes = notes};
	b->began_ms = all->env->now_ms(all->env->arg);
	arena_init(&b->arena, ARENA_BYTES);
	b->ids = arena_array(&b->arena, n, sizeof(*b->ids));
	for (size_t i = 0; i < n; i++) {
		const char *id = arena_string(&b->arena, entries[i].member);
		if (entries[i].member.len == ID_CHARS && !is_under_way(all, notes->tenant, id))
			b->ids[b->n++] = id;
	}
	if (b->n == 0) {
		arena_free(&b->arena);
		free(b);
		return;
	}
	b->sorted = arena_copy(&b->arena, b->ids, b->n * sizeof(*b->ids));
	qsort(b->sorted, b->n, sizeof(*b->sorted), by_id);
	b->ticks = arena_array(&b->arena, b->n, sizeof(*b->ticks));
	if (all->first != NULL)
		all->first->at = &b->next;
	all->first = b;
	worth_notes_learn(notes, plan, b);
}
