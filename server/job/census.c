#include "job/census.h"

#include "pb/pb_wire.h"
#include "txn/envelope.h"
#include "txn/kind.h"

enum { ARENA_BYTES = 1024 * 1024 };

static const OrderState states[CENSUS_N_STATES] = {
#define X(state) ORDER_STATE_##state,
    CENSUS_STATES(X)
#undef X
};
static const Urgency urgencies[CENSUS_URGENCIES] = {URGENCY_DANGER, URGENCY_URGENT, URGENCY_NORMAL, URGENCY_COMPLEX};

static struct store_read *range_of(struct census *c, size_t state, size_t urgency, enum census_range range)
{
	return &c->reads[CENSUS_N_STATES + (size_t)range * CENSUS_FIRSTS + state * CENSUS_URGENCIES + urgency];
}

static void finish(struct census *c)
{
	c->busy = false;
	arena_free(&c->arena);
	c->done(c->arg);
}

static void load(struct census *c, size_t n, void (*done)(struct store_load *load, enum store_verdict verdict))
{
	c->load = (struct store_load){
	    .tenant = c->tenant, .reads = c->reads, .n = n, .arena = &c->arena, .done = done, .arg = c};
	c->store->ops->load(c->store, &c->load);
}

/* --- ages: of the orders that come first --- */

static void take_age(struct census *c, const struct store_read *read, size_t state)
{
	uint64_t version;
	struct slice body;
	struct fault fault;
	OrderRecord *order;
	if (!read->found || envelope_open(read->value, &version, &body) != OK ||
	    PB_DECODE(&c->arena, OrderRecord, body, &fault, &order) != OK)
		return;
	int64_t age_ms = c->now_ms - order->placed_ms;
	if (age_ms > c->age_ms[state])
		c->age_ms[state] = age_ms;
}

static void aged(struct store_load *load, enum store_verdict verdict)
{
	struct census *c = load->arg;
	jmp_buf guard;
	if (verdict == STORE_OK && ARENA_GUARD(&c->arena, &guard)) {
		for (size_t i = 0; i < load->n; i++)
			take_age(c, &load->reads[i], c->states[i]);
	}
	arena_unguard(&c->arena);
	finish(c);
}

/* The reads of the orders that the ranges named; how many. */
static size_t read_orders(struct census *c)
{
	struct slice ids[CENSUS_FIRSTS];
	size_t n = 0;
	for (size_t i = 0; i < CENSUS_FIRSTS; i++) {
		const struct store_read *range = range_of(c, i / CENSUS_URGENCIES, i % CENSUS_URGENCIES, CENSUS_FIRST);
		if (range->n_entries == 0)
			continue;
		c->states[n] = i / CENSUS_URGENCIES;
		ids[n++] = range->entries[0].member;
	}
	for (size_t i = 0; i < n; i++) {
		const char *key = ARENA_JOIN(&c->arena, slice_str(kind_info(KIND_ORDER)->prefix), SLICE(":"), ids[i]);
		c->reads[i] = (struct store_read){.kind = STORE_GET, .key = slice_str(key)};
	}
	return n;
}

/* --- counts --- */

/* Those that stand among the late ones by their priority alone are no more than was just counted, unless one moved
 * meanwhile: the counts are no transaction. */
static uint64_t late_of(struct census *c, size_t state, size_t urgency)
{
	int64_t late = range_of(c, state, urgency, CENSUS_LATE)->number -
		       range_of(c, state, urgency, CENSUS_RAISED)->number +
		       range_of(c, state, urgency, CENSUS_RAISED_LATE)->number;
	return late < 0 ? 0 : (uint64_t)late;
}

static void counted(struct store_load *loaded, enum store_verdict verdict)
{
	struct census *c = loaded->arg;
	jmp_buf guard;
	volatile size_t n = 0;
	if (verdict != STORE_OK) {
		finish(c);
		return;
	}
	for (size_t i = 0; i < CENSUS_N_STATES; i++) {
		c->orders[i] = (uint64_t)c->reads[i].number;
		c->late[i] = 0;
		for (size_t u = 0; u < CENSUS_URGENCIES; u++)
			c->late[i] += late_of(c, i, u);
	}
	if (ARENA_GUARD(&c->arena, &guard))
		n = read_orders(c);
	arena_unguard(&c->arena);
	memset(c->age_ms, 0, sizeof(c->age_ms));
	if (n > 0)
		load(c, n, aged);
	else
		finish(c);
}

/* Of a state and urgency those that are late, and the first. */
static void ask_ranges(struct census *c, size_t state, size_t urgency)
{
	static const char *const counted_in[] = {
	    [CENSUS_LATE] = INDEX_BOARD, [CENSUS_RAISED] = INDEX_RAISED, [CENSUS_RAISED_LATE] = INDEX_RAISED_DUE};
	int64_t from = index_board_score(states[state], urgencies[urgency], 0);
	for (enum census_range range = CENSUS_LATE; range <= CENSUS_RAISED_LATE; range++)
		*range_of(c, state, urgency, range) = (struct store_read){
		    .kind = STORE_COUNT, .key = slice_str(counted_in[range]), .min = from, .max = from + c->now_ms};
	*range_of(c, state, urgency, CENSUS_FIRST) = (struct store_read){
	    .kind = STORE_RANGE, .key = SLICE(INDEX_BOARD), .min = from, .max = from + INDEX_TIME_MAX_MS, .limit = 1};
}

static void ask(struct census *c)
{
	for (size_t i = 0; i < CENSUS_N_STATES; i++) {
		c->reads[i] = (struct store_read){.kind = STORE_COUNT,
						  .key = SLICE(INDEX_BOARD),
						  .min = index_board_score(states[i], URGENCY_UNSPECIFIED, 0),
						  .max = index_board_score((OrderState)(states[i] + 1), 0, 0) - 1};
		for (size_t u = 0; u < CENSUS_URGENCIES; u++)
			ask_ranges(c, i, u);
	}
}

void census_take(struct census *c, struct store *store, struct slice tenant, int64_t now_ms, void (*done)(void *arg),
		 void *arg)
{
	if (c->busy || now_ms < c->due_ms)
		return;
	c->due_ms = now_ms + CENSUS_EVERY_MS;
	c->busy = true;
	c->store = store;
	c->tenant = tenant;
	c->now_ms = now_ms;
	c->done = done;
	c->arg = arg;
	arena_init(&c->arena, ARENA_BYTES);
	ask(c);
	load(c, sizeof(c->reads) / sizeof(c->reads[0]), counted);
}

void census_forget(struct census *c)
{
	memset(c->orders, 0, sizeof(c->orders));
	memset(c->late, 0, sizeof(c->late));
	memset(c->age_ms, 0, sizeof(c->age_ms));
}
