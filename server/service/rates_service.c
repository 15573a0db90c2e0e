/* The part of StatsService that tells the rates: sums of the counts of grids or members (domain/rates.h). */
#include "domain/rates.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/limits.h"
#include "domain/policy.h"
#include "domain/times.h"
#include "service/cells.h"
#include "service/reply.h"
#include "service/services.h"

enum { DAY_MS = 24 * 3600 * 1000, DAYS_DEFAULT = 30, CHAINS = 1024 };

/* Whose counts are read, and which row they go to when rows are by unit. */
struct unit {
	const char *id;
	const char *row_id;
};

/* What a row stands for. */
struct row_key {
	const char *id;
	int64_t day_ms;
	const char *category_id;
};

struct row;

struct reading {
	struct txn *t;
	const GetRatesRequest *req;
	int32_t from_day, until_day;
	struct unit *units;
	size_t n_units;
	struct row **chains; /* rows by the hash of what they stand for */
	size_t n_rows;
	bool too_many;
	struct row *total;
};

static enum err read_period(struct txn *t, struct reading *r)
{
	const Policy *policy = txn_config(t)->policy;
	int64_t until_ms = r->req->until_ms != 0 ? r->req->until_ms : txn_now_ms(t);
	int64_t from_ms = r->req->from_ms != 0 ? r->req->from_ms : until_ms - (DAYS_DEFAULT - 1) * (int64_t)DAY_MS;
	if (from_ms > until_ms || until_ms > INDEX_TIME_MAX_MS)
		return fault_set(txn_fault(t), ERR_FIELD_OUT_OF_RANGE, "until_ms",
				 "lies before from_ms, or too far away");
	r->from_day = policy_local_day(policy, from_ms < 0 ? 0 : from_ms);
	r->until_day = policy_local_day(policy, until_ms);
	return OK;
}

/* --- whose counts --- */

static enum err one_member(struct txn *t, const char *id, struct reading *r)
{
	MemberRecord *member;
	TRY(TXN_GET(t, MEMBER, id, &member));
	TRY(authz_member(txn_scene(t), member));
	r->units = ARENA_NEW(txn_arena(t), struct unit);
	r->units[r->n_units++] = (struct unit){member->id, member->id};
	return OK;
}

static enum err grids_under(struct txn *t, struct reading *r)
{
	struct scene *s = txn_scene(t);
	const struct config *config = s->config;
	if (r->req->node_id[0] != '\0')
		TRY(authz_node(s, r->req->node_id, "node_id"));
	r->units = arena_array(s->arena, config->n_grids, sizeof(*r->units));
	for (size_t i = 0; i < config->n_grids; i++) {
		const char *id = config->grids[i]->record->id;
		if (!config_under(config, id, r->req->node_id) || !authz_reaches(s->actor, config, id))
			continue;
		const struct org_node *community =
		    r->req->group_by == RATE_GROUP_COMMUNITY ? config_above(config, id, NODE_KIND_COMMUNITY) : NULL;
		r->units[r->n_units++] = (struct unit){id, community == NULL ? id : community->record->id};
	}
	return OK;
}

/* The members of the grids, in their place. */
static enum err members_of_grids(struct txn *t, struct reading *r)
{
	struct arena *a = txn_arena(t);
	struct unit *grids = r->units;
	size_t n_grids = r->n_units;
	enum err wanted = OK;
	r->units = arena_array(a, LIMIT_RATE_READS + 1, sizeof(*r->units));
	r->n_units = 0;
	for (size_t i = 0; i < n_grids; i++) {
		struct store_entry *entries;
		size_t n;
		struct txn_range range = {.key = arena_printf(a, INDEX_MEMBERS_GRID, grids[i].id),
					  .min = 0,
					  .max = 0,
					  .limit = LIMIT_RATE_READS + 1}; /* so that too many show */
		enum err err = txn_range(t, &range, &entries, &n);
		if (err == ERR_WANTED)
			wanted = err;
		else
			TRY(err);
		for (size_t k = 0; k < n && r->n_units <= LIMIT_RATE_READS; k++) {
			const char *id = arena_string(a, entries[k].member);
			r->units[r->n_units++] = (struct unit){id, id};
		}
	}
	return wanted;
}

static enum err read_units(struct txn *t, struct reading *r)
{
	const struct actor *actor = txn_actor(t);
	const char *member_id = r->req->member_id;
	if (actor->role == ROLE_MEMBER && r->req->node_id[0] != '\0')
		return fault_set(txn_fault(t), ERR_PERMISSION_DENIED, "node_id", "for the desk");
	if (actor->role == ROLE_MEMBER && member_id[0] == '\0')
		member_id = actor->id;
	if (member_id[0] != '\0' && r->req->node_id[0] != '\0')
		return fault_set(txn_fault(t), ERR_FIELD_INVALID, "member_id", "a unit or a member, not both");
	if (member_id[0] != '\0')
		return one_member(t, member_id, r);
	TRY(grids_under(t, r));
	return r->req->group_by == RATE_GROUP_MEMBER ? members_of_grids(t, r) : OK;
}

/* --- rows --- */

/* A row with what it is found by and its times, which are told at the end. */
struct row {
	RateRow *row;
	struct times accepted, done;
	struct row *next; /* in its chain */
};

static struct row *new_row(struct txn *t)
{
	struct row *r = ARENA_NEW(txn_arena(t), struct row);
	r->row = ARENA_NEW(txn_arena(t), RateRow);
	RateRow_init(r->row);
	r->row->counts = ARENA_NEW(txn_arena(t), RateCounts);
	RateCounts_init(r->row->counts);
	return r;
}

static bool is_row(const RateRow *row, const struct row_key *key)
{
	return row->day_ms == key->day_ms && strcmp(row->id, key->id) == 0 &&
	       strcmp(row->category_id, key->category_id) == 0;
}

/* NULL: there are too many. */
static struct row *row_of(struct reading *r, const struct row_key *key)
{
	struct arena *a = txn_arena(r->t);
	uint64_t hash = hash_bytes(hash_bytes((uint64_t)key->day_ms, slice_str(key->id)), slice_str(key->category_id));
	struct row **chain = &r->chains[hash % CHAINS];
	for (struct row *row = *chain; row != NULL; row = row->next) {
		if (is_row(row->row, key))
			return row;
	}
	if (r->n_rows == LIMIT_RATE_ROWS)
		return NULL;
	struct row *row = new_row(r->t);
	row->row->id = arena_strdup(a, key->id);
	row->row->day_ms = key->day_ms;
	row->row->category_id = arena_strdup(a, key->category_id);
	row->next = *chain;
	*chain = row;
	r->n_rows++;
	return row;
}

static void divide(const struct reading *r, RateGroup by, const struct unit *unit, const struct rates_cell *cell,
		   struct row_key *key)
{
	switch (by) {
	case RATE_GROUP_DAY:
		key->day_ms = policy_day_start_ms(txn_config(r->t)->policy, cell->day);
		break;
	case RATE_GROUP_CATEGORY:
		key->id = cell->category_id;
		break;
	case RATE_GROUP_GRID:
	case RATE_GROUP_COMMUNITY:
	case RATE_GROUP_MEMBER:
		key->id = unit->row_id;
		break;
	case RATE_GROUP_UNSPECIFIED:
		break;
	}
}

static void count(struct row *row, const struct rates_cell *cell, uint64_t orders)
{
	rates_add(row->row->counts, cell->fate, orders);
	times_add(&row->accepted, cell->accepted, orders);
	times_add(&row->done, cell->done, orders);
}

static void take_cell(void *arg, size_t unit, const struct rates_cell *cell, uint64_t orders)
{
	struct reading *r = arg;
	const GetRatesRequest *req = r->req;
	struct row_key key = {.id = "", .category_id = ""};
	if (req->category_id[0] != '\0' && strcmp(cell->category_id, req->category_id) != 0)
		return;
	count(r->total, cell, orders);
	divide(r, req->group_by, &r->units[unit], cell, &key);
	if (req->then_by == RATE_GROUP_CATEGORY && req->group_by != RATE_GROUP_CATEGORY)
		key.category_id = cell->category_id;
	else
		divide(r, req->then_by, &r->units[unit], cell, &key);
	if (req->group_by == RATE_GROUP_UNSPECIFIED && req->then_by == RATE_GROUP_UNSPECIFIED)
		return;
	struct row *row = row_of(r, &key);
	if (row == NULL)
		r->too_many = true;
	else
		count(row, cell, orders);
}

static enum err read_counts(struct reading *r)
{
	struct arena *a = txn_arena(r->t);
	const char **ids = arena_array(a, r->n_units, sizeof(*ids));
	for (size_t i = 0; i < r->n_units; i++)
		ids[i] = r->units[i].id;
	r->chains = arena_array(a, CHAINS, sizeof(struct row *));
	r->total = new_row(r->t);
	struct cells cells = {.ids = ids,
			      .n_ids = r->n_units,
			      .from_day = r->from_day,
			      .until_day = r->until_day,
			      .field = "from_ms",
			      .take = take_cell,
			      .arg = r};
	TRY(cells_read(r->t, &cells));
	if (r->too_many)
		return fault_set(txn_fault(r->t), ERR_FIELD_OUT_OF_RANGE, "from_ms", "more than %d rows",
				 LIMIT_RATE_ROWS);
	return OK;
}

static int by_day_id_and_category(const void *a, const void *b)
{
	const RateRow *one = *(RateRow *const *)a, *other = *(RateRow *const *)b;
	if (one->day_ms != other->day_ms)
		return one->day_ms < other->day_ms ? -1 : 1;
	int ids = strcmp(one->id, other->id);
	return ids != 0 ? ids : strcmp(one->category_id, other->category_id);
}

static RateRow *finish(const struct reading *r, const struct row *row)
{
	rates_work_out(row->row);
	if (r->req->with_times) {
		row->row->accepted = times_tell(txn_arena(r->t), &row->accepted);
		row->row->done = times_tell(txn_arena(r->t), &row->done);
	}
	return row->row;
}

HANDLER(get_rates, GetRates)
{
	struct reading r = {.t = t, .req = req};
	TRY(read_period(t, &r));
	TRY(read_units(t, &r));
	TRY(read_counts(&r));
	rsp->total = finish(&r, r.total);
	rsp->rows = arena_array(txn_arena(t), r.n_rows, sizeof(*rsp->rows));
	for (size_t i = 0; i < CHAINS; i++) {
		for (const struct row *row = r.chains[i]; row != NULL; row = row->next)
			rsp->rows[rsp->n_rows++] = finish(&r, row);
	}
	if (rsp->n_rows > 0)
		qsort(rsp->rows, rsp->n_rows, sizeof(*rsp->rows), by_day_id_and_category);
	return OK;
}

const struct method rates_methods[] = {
    METHOD(StatsService, GetRates, get_rates, .again = NULL),
};
const size_t rates_methods_n = sizeof(rates_methods) / sizeof(rates_methods[0]);
