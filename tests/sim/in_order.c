#include "in_order.h"

#include <stdlib.h>

#include "job/planning.h"

/* So few are planned in one turn. */
enum { AT_ONCE = 100 };

static void over(void *arg)
{
	*(bool *)arg = true;
}

static void answered(void *arg, const struct exec_result *result)
{
	(void)result;
	over(arg);
}

static void read_due(struct store_load *load, enum store_verdict verdict)
{
	if (verdict != STORE_OK)
		abort();
	over(load->arg);
}

static void run(struct world *w, const struct method *method, const void *request)
{
	bool done = false;
	struct exec_request rq = {.method = method, .request = request, .done = answered, .arg = &done};
	rq.credential.kind = CREDENTIAL_SYSTEM;
	rq.credential.tenant = SLICE(WORLD_TENANT);
	(void)exec_call(world_exec(w), &rq);
	world_wait(w, &done, 0);
}

/* The ids, the earliest due first. */
static size_t find_due(struct world *w, struct arena *a, const char **ids)
{
	bool done = false;
	struct store *store = world_store(w);
	struct store_read read = {
	    .kind = STORE_RANGE, .key = SLICE(INDEX_DUE), .min = 0, .max = world_now_ms(w), .limit = AT_ONCE};
	struct store_load load = {
	    .tenant = SLICE(WORLD_TENANT), .reads = &read, .n = 1, .arena = a, .done = read_due, .arg = &done};
	store->ops->load(store, &load);
	world_wait(w, &done, 0);
	for (size_t i = 0; i < read.n_entries; i++)
		ids[i] = arena_string(a, read.entries[i].member);
	return read.n_entries;
}

static void plan(struct world *w, struct worth_notes *notes, struct planning *planning)
{
	bool done = false;
	worth_notes_learn(notes, over, &done);
	world_wait(w, &done, 0);
	done = false;
	planning->done = over;
	planning->arg = &done;
	planning_start(planning);
	world_wait(w, &done, 0);
}

static const PlannedOrder *planned_for(const struct planning *planning, const char *order_id)
{
	for (size_t i = 0; i < planning->n_planned; i++) {
		if (strcmp(planning->planned[i]->order_id, order_id) == 0)
			return planning->planned[i];
	}
	return NULL;
}

bool in_order_tick(struct world *w, struct worth_notes *notes)
{
	struct arena a;
	const char *ids[AT_ONCE];
	arena_init(&a, 1 << 20);
	size_t n = find_due(w, &a, ids);
	struct planning planning = {.exec = world_exec(w),
				    .env = world_env(w),
				    .tenant = WORLD_TENANT,
				    .order_ids = ids,
				    .n_orders = n,
				    .notes = notes};
	if (n > 0)
		plan(w, notes, &planning);
	for (size_t i = 0; i < n; i++) {
		struct exec_tick tick = {.order_id = ids[i], .plan = planned_for(&planning, ids[i])};
		run(w, &job_order_tick, &tick);
	}
	if (n > 0)
		planning_finish(&planning);
	arena_free(&a);
	return n > 0;
}

void in_order_learn(struct world *w)
{
	run(w, &job_learn, NULL);
}
