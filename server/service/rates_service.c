/* The part of StatsService that tells the rates: sums of the counts of grids or members (domain/rates.h). */
#include "domain/rates.h"

#include <stdlib.h>

#include "base/limits.h"
#include "domain/policy.h"
#include "service/reply.h"
#include "service/services.h"

enum { DAY_MS = 24 * 3600 * 1000, DAYS_DEFAULT = 30 };

/* Whose counts are read, and which row they go to when rows are by unit. */
struct unit {
	const char *id;
	const char *row_id;
};

struct reading {
	const GetRatesRequest *req;
	GetRatesResponse *rsp;
	int32_t from_day, until_day;
	struct unit *units;
	size_t n_units;
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
					  .limit = LIMIT_RATE_READS};
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

/* --- counting --- */

static RateRow *new_row(struct txn *t)
{
	RateRow *row = ARENA_NEW(txn_arena(t), RateRow);
	RateRow_init(row);
	row->counts = ARENA_NEW(txn_arena(t), RateCounts);
	RateCounts_init(row->counts);
	return row;
}

static RateRow *row_of(struct txn *t, struct reading *r, const char *id, int64_t day_ms)
{
	GetRatesResponse *rsp = r->rsp;
	for (size_t i = rsp->n_rows; i > 0; i--) {
		if (rsp->rows[i - 1]->day_ms == day_ms && strcmp(rsp->rows[i - 1]->id, id) == 0)
			return rsp->rows[i - 1];
	}
	RateRow *row = new_row(t);
	row->id = arena_strdup(txn_arena(t), id);
	row->day_ms = day_ms;
	arena_append(txn_arena(t), (void ***)&rsp->rows, &rsp->n_rows, row);
	return row;
}

static int64_t day_start_ms(struct txn *t, int32_t day)
{
	enum { MINUTE_MS = 60 * 1000 };
	return day * (int64_t)DAY_MS - txn_config(t)->policy->utc_offset_min * (int64_t)MINUTE_MS;
}

static RateRow *row_for(struct txn *t, struct reading *r, const struct unit *unit, const struct rates_cell *cell)
{
	switch (r->req->group_by) {
	case RATE_GROUP_DAY:
		return row_of(t, r, "", day_start_ms(t, cell->day));
	case RATE_GROUP_CATEGORY:
		return row_of(t, r, cell->category_id, 0);
	case RATE_GROUP_GRID:
	case RATE_GROUP_COMMUNITY:
	case RATE_GROUP_MEMBER:
		return row_of(t, r, unit->row_id, 0);
	case RATE_GROUP_UNSPECIFIED:
		break;
	}
	return NULL;
}

static void take_cell(struct txn *t, struct reading *r, const struct unit *unit, int32_t span,
		      const struct store_entry *entry)
{
	struct rates_cell cell;
	if (!rates_cell_read(span, entry->member, &cell) || cell.day < r->from_day || cell.day > r->until_day)
		return;
	if (r->req->category_id[0] != '\0' && strcmp(cell.category_id, r->req->category_id) != 0)
		return;
	RateRow *row = row_for(t, r, unit, &cell);
	rates_add(r->rsp->total->counts, cell.fate, (uint64_t)entry->score);
	if (row != NULL)
		rates_add(row->counts, cell.fate, (uint64_t)entry->score);
}

static enum err read_span(struct txn *t, struct reading *r, const struct unit *unit, int32_t span)
{
	struct store_entry *entries;
	size_t n;
	/* What fell back to nothing is passed over. */
	struct txn_range range = {.key = counts_orders(txn_arena(t), unit->id, span),
				  .min = 1,
				  .max = INT64_C(1) << 52,
				  .limit = LIMIT_READ_ENTRIES};
	do {
		TRY(txn_range(t, &range, &entries, &n));
		for (size_t i = 0; i < n; i++)
			take_cell(t, r, unit, span, &entries[i]);
		if (n == 0)
			return OK;
		range.has_after = true;
		range.after = arena_string(txn_arena(t), entries[n - 1].member);
		range.after_score = entries[n - 1].score;
	} while (n == range.limit);
	return OK;
}

static enum err read_counts(struct txn *t, struct reading *r)
{
	int32_t first = rates_span(r->from_day), last = rates_span(r->until_day);
	enum err wanted = OK;
	if (r->n_units * (size_t)(last - first + 1) > LIMIT_RATE_READS)
		return fault_set(txn_fault(t), ERR_FIELD_OUT_OF_RANGE, "from_ms", "a shorter period or a smaller unit");
	for (size_t i = 0; i < r->n_units; i++) {
		for (int32_t span = first; span <= last; span++) {
			enum err err = read_span(t, r, &r->units[i], span);
			if (err == ERR_WANTED)
				wanted = err; /* ask for the others too, in the same round trip */
			else
				TRY(err);
		}
	}
	return wanted;
}

static int by_day_and_id(const void *a, const void *b)
{
	const RateRow *one = *(RateRow *const *)a, *other = *(RateRow *const *)b;
	if (one->day_ms != other->day_ms)
		return one->day_ms < other->day_ms ? -1 : 1;
	return strcmp(one->id, other->id);
}

HANDLER(get_rates, GetRates)
{
	struct reading r = {.req = req, .rsp = rsp};
	rsp->total = new_row(t);
	TRY(read_period(t, &r));
	TRY(read_units(t, &r));
	TRY(read_counts(t, &r));
	rates_work_out(rsp->total);
	for (size_t i = 0; i < rsp->n_rows; i++)
		rates_work_out(rsp->rows[i]);
	if (rsp->n_rows > 0)
		qsort(rsp->rows, rsp->n_rows, sizeof(*rsp->rows), by_day_and_id);
	return OK;
}

const struct method rates_methods[] = {
    METHOD(StatsService, GetRates, get_rates, .again = NULL),
};
const size_t rates_methods_n = sizeof(rates_methods) / sizeof(rates_methods[0]);
