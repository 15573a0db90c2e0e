#include "store_redis_stage.h"

int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	fixture_start(&w->fixture, false, NULL);
	w->fixture.config.replicas_timeout_ms = 100;
	w->store = store_redis_new(w->fixture.base, &w->fixture.config);
	fixture_wait_ready(w->fixture.base, w->store);
	probe_init(&w->probe, w->store, w->fixture.base);
	*state = w;
	return 0;
}

int tear_down(void **state)
{
	struct world *w = *state;
	w->store->ops->destroy(w->store);
	probe_finish(&w->probe);
	fixture_stop(&w->fixture);
	free(w);
	return 0;
}

void issue(struct flow *f);

void on_flow(struct store_commit *commit, enum store_verdict verdict)
{
	struct flowing *x = commit->arg;
	struct flow *f = x->flow;
	f->verdicts[x - f->all] = verdict;
	f->counts[verdict]++;
	f->under_way--;
	/* While Redis is away nothing is gained by running through all commits at once. */
	if (verdict == STORE_OK)
		issue(f);
}

void send_one(struct flow *f, struct flowing *x, size_t n)
{
	*x = (struct flowing){.flow = f, .arena = x->arena};
	x->arena.cap_bytes = 4096;
	snprintf(x->name, sizeof(x->name), "a%zu", n);
	snprintf(x->second, sizeof(x->second), "b%zu", n);
	envelope_seal(x->value, ENVELOPE_PLAIN, 8, 1);
	struct slice name = slice_str(x->name), value = slice_of(x->value, sizeof(x->value));
	x->guard = (struct store_guard){.key = name};
	x->writes[0] = (struct store_write){.kind = STORE_PUT, .key = name, .value = value};
	x->writes[1] = (struct store_write){.kind = STORE_PUT, .key = slice_str(x->second), .value = value};
	x->writes[2] =
	    (struct store_write){.kind = STORE_INDEX, .key = SLICE("index"), .field = name, .score = (int64_t)n};
	x->writes[3] = (struct store_write){.kind = STORE_INCREMENT, .key = SLICE("count"), .score = 1};
	x->writes[4] = (struct store_write){.kind = STORE_APPEND, .key = SLICE("log"), .value = name};
	x->commit = (struct store_commit){.tenant = SLICE("town"),
					  .guards = &x->guard,
					  .n_guards = 1,
					  .writes = x->writes,
					  .n_writes = 5,
					  .claim_key = SLICE("q:2"),
					  .claim_old_key = SLICE("q:1"),
					  .claim_field = name,
					  .claim_value = name,
					  .arena = &x->arena,
					  .done = on_flow,
					  .arg = x};
	f->under_way++;
	f->world->store->ops->commit(f->world->store, &x->commit);
}

void issue(struct flow *f)
{
	while (f->under_way < FLOW && f->next < f->until) {
		size_t n = f->next++;
		send_one(f, &f->all[n], n);
	}
}

bool flow_is_idle(void *arg)
{
	return ((const struct flow *)arg)->under_way == 0;
}
