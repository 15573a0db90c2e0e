#include "job/census.h"

#include "txn/kind.h"

enum { ARENA_BYTES = 64 * 1024 };

static const OrderState states[CENSUS_N_STATES] = {
#define X(state) ORDER_STATE_##state,
    CENSUS_STATES(X)
#undef X
};
static const Urgency urgencies[CENSUS_URGENCIES] = {URGENCY_DANGER, URGENCY_URGENT, URGENCY_NORMAL, URGENCY_COMPLEX};

static void counted(struct store_load *load, enum store_verdict verdict)
{
	struct census *c = load->arg;
	const struct store_read *read = c->reads;
	c->busy = false;
	for (size_t i = 0; verdict == STORE_OK && i < CENSUS_N_STATES; i++) {
		c->orders[i] = (uint64_t)(read++)->number;
		c->late[i] = 0;
		for (size_t u = 0; u < CENSUS_URGENCIES; u++)
			c->late[i] += (uint64_t)(read++)->number;
	}
	arena_free(&c->arena);
	c->done(c->arg);
}

void census_take(struct census *c, struct store *store, struct slice tenant, int64_t now_ms, void (*done)(void *arg),
		 void *arg)
{
	struct store_read *read = c->reads;
	if (c->busy || now_ms < c->due_ms)
		return;
	c->due_ms = now_ms + CENSUS_EVERY_MS;
	c->busy = true;
	c->done = done;
	c->arg = arg;
	for (size_t i = 0; i < CENSUS_N_STATES; i++) {
		*read++ = (struct store_read){.kind = STORE_COUNT,
					      .key = SLICE(INDEX_BOARD),
					      .min = index_board_score(states[i], URGENCY_UNSPECIFIED, 0),
					      .max = index_board_score((OrderState)(states[i] + 1), 0, 0) - 1};
		for (size_t u = 0; u < CENSUS_URGENCIES; u++)
			*read++ = (struct store_read){.kind = STORE_COUNT,
						      .key = SLICE(INDEX_BOARD),
						      .min = index_board_score(states[i], urgencies[u], 0),
						      .max = index_board_score(states[i], urgencies[u], now_ms)};
	}
	arena_init(&c->arena, ARENA_BYTES);
	c->load = (struct store_load){.tenant = tenant,
				      .reads = c->reads,
				      .n = (size_t)(read - c->reads),
				      .arena = &c->arena,
				      .done = counted,
				      .arg = c};
	store->ops->load(store, &c->load);
}

void census_forget(struct census *c)
{
	memset(c->orders, 0, sizeof(c->orders));
	memset(c->late, 0, sizeof(c->late));
}
