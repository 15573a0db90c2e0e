/* The part of StatsService that counts all orders again. The counts lie in editions (txn/kind.h): new orders count in a
 * new one from the beginning, each old one moves there, its counts with it, and what is then left in the old one was
 * wrong. So the new counts are right by construction, whatever else happens meanwhile. */
#include "base/id.h"
#include "base/limits.h"
#include "domain/policy.h"
#include "domain/rates.h"
#include "service/audit.h"
#include "service/reply.h"
#include "service/services.h"

enum { COUNT_BITS = 52 };

/* --- beginning and end --- */

static enum err begin(struct txn *t, RecountRecord **recount)
{
	TenantRecord *tenant;
	TRY(TXN_GET(t, TENANT, txn_tenant(t), &tenant));
	tenant->edition_from = tenant->edition;
	tenant->edition++;
	txn_put(t, KIND_TENANT, tenant);
	if (*recount == NULL)
		*recount = ARENA_NEW(txn_arena(t), RecountRecord);
	RecountRecord_init(*recount);
	(*recount)->id = (char *)RECOUNT_ID;
	(*recount)->begun_ms = txn_now_ms(t);
	audit_note(t, (struct audit_note){AUDIT_KIND_RATES_RECOUNTED, NULL, NULL, NULL});
	return OK;
}

static enum err end(struct txn *t, RecountRecord *recount)
{
	TenantRecord *tenant;
	TRY(TXN_GET(t, TENANT, txn_tenant(t), &tenant));
	tenant->edition_from = tenant->edition;
	txn_put(t, KIND_TENANT, tenant);
	recount->ended_ms = txn_now_ms(t);
	return OK;
}

/* --- orders --- */

/* Asked for only now that no order is placed in the old edition any more: none of it has a higher number. */
static enum err find_newest(struct txn *t, RecountRecord *recount)
{
	int64_t newest;
	TRY(txn_counter(t, COUNTER_ID, &newest));
	recount->newest = recount->left = newest < 1 ? 1 : (uint64_t)newest;
	return OK;
}

static enum err move_order(struct txn *t, const char *id, RecountRecord *recount)
{
	uint32_t edition = txn_config(t)->edition;
	OrderRecord *order;
	TRY(TXN_PEEK(t, ORDER, id, &order));
	if (order == NULL || order->edition == edition)
		return OK;
	TRY(TXN_GET(t, ORDER, id, &order));
	order->edition = edition;
	txn_put(t, KIND_ORDER, order);
	recount->orders++;
	return OK;
}

static enum err move_orders(struct txn *t, RecountRecord *recount)
{
	uint64_t last = recount->left > LIMIT_RECOUNT_NUMBERS ? recount->left - LIMIT_RECOUNT_NUMBERS : 0;
	for (uint64_t number = recount->left; number > last; number--)
		txn_prefetch(t, KIND_ORDER, order_id(t, number));
	for (; recount->left > last; recount->left--)
		TRY(move_order(t, order_id(t, recount->left), recount));
	return OK;
}

/* --- what is left in the old edition --- */

/* The next whose counts are to be looked at: all grids, then all members. */
static enum err next_units(struct txn *t, const char *after, size_t room, const char **ids, size_t *n)
{
	const struct config *config = txn_config(t);
	struct store_entry *entries;
	bool in_members = after[0] == kind_info(KIND_MEMBER)->letter;
	for (size_t i = 0; i < config->n_grids && *n < room && !in_members; i++) {
		if (strcmp(config->grids[i]->record->id, after) > 0)
			ids[(*n)++] = config->grids[i]->record->id;
	}
	if (*n > 0)
		return OK;
	struct txn_range range = {
	    .key = INDEX_MEMBERS, .min = 0, .max = 0, .has_after = in_members, .after = after, .limit = (uint32_t)room};
	TRY(txn_range(t, &range, &entries, n));
	for (size_t i = 0; i < *n; i++)
		ids[i] = arena_string(txn_arena(t), entries[i].member);
	return OK;
}

static void note_difference(struct txn *t, const char *unit_id, const struct rates_cell *cell, int64_t orders,
			    RecountRecord *recount)
{
	struct arena *a = txn_arena(t);
	recount->wrong++;
	if (recount->n_differences == LIMIT_RECOUNT_DIFFERENCES)
		return;
	RecountDifferenceRecord *difference = ARENA_NEW(a, RecountDifferenceRecord);
	RecountDifferenceRecord_init(difference);
	difference->unit_id = arena_strdup(a, unit_id);
	difference->day = cell->day;
	difference->category_id = arena_strdup(a, cell->category_id);
	difference->fate = cell->fate;
	difference->orders = orders;
	arena_append(a, (void ***)&recount->differences, &recount->n_differences, difference);
}

/* Cells that orders have left are there, with 0. */
static enum err read_side(struct txn *t, const char *unit_id, int32_t span, bool surplus, RecountRecord *recount)
{
	struct store_entry *entries;
	size_t n;
	struct txn_range range = {.key = counts_orders(txn_arena(t), unit_id, span, txn_config(t)->edition_from),
				  .min = surplus ? 1 : -(INT64_C(1) << COUNT_BITS),
				  .max = surplus ? INT64_C(1) << COUNT_BITS : -1,
				  .limit = LIMIT_READ_ENTRIES};
	do {
		TRY(txn_range(t, &range, &entries, &n));
		for (size_t i = 0; i < n; i++) {
			struct rates_cell cell;
			if (rates_cell_read(span, entries[i].member, &cell))
				note_difference(t, unit_id, &cell, entries[i].score, recount);
		}
		if (n == 0)
			return OK;
		range.has_after = true;
		range.after = arena_string(txn_arena(t), entries[n - 1].member);
		range.after_score = entries[n - 1].score;
	} while (n == range.limit);
	return OK;
}

static enum err read_left(struct txn *t, const char *unit_id, int32_t span, RecountRecord *recount)
{
	enum err surplus = read_side(t, unit_id, span, true, recount);
	enum err missing = read_side(t, unit_id, span, false, recount);
	if (surplus == OK && missing == OK)
		txn_drop(t, counts_orders(txn_arena(t), unit_id, span, txn_config(t)->edition_from));
	return surplus != OK && surplus != ERR_WANTED ? surplus : missing != OK ? missing : surplus;
}

static enum err read_units(struct txn *t, RecountRecord *recount)
{
	const struct config *config = txn_config(t);
	/* Wherever a day begins, it lies within one of the moment's. */
	int32_t first = rates_span(policy_local_day(config->policy, config->tenant->created_ms)) - 1;
	int32_t last = rates_span(policy_local_day(config->policy, txn_now_ms(t))) + 1;
	size_t spans = last < first ? 1 : (size_t)(last - first + 1), n = 0;
	size_t room = spans < LIMIT_RECOUNT_READS ? LIMIT_RECOUNT_READS / spans : 1;
	const char **ids = arena_array(txn_arena(t), room, sizeof(*ids));
	enum err wanted = OK;
	TRY(next_units(t, recount->unit_id, room, ids, &n));
	for (size_t i = 0; i < n; i++) {
		for (int32_t span = first; span <= last; span++) {
			enum err err = read_left(t, ids[i], span, recount);
			if (err == ERR_WANTED)
				wanted = err; /* ask for the others too, in the same round trip */
			else
				TRY(err);
		}
	}
	TRY(wanted);
	if (n == 0)
		return end(t, recount);
	recount->unit_id = arena_strdup(txn_arena(t), ids[n - 1]);
	return OK;
}

/* --- the method --- */

static RecountDifference *view_difference(struct txn *t, const RecountDifferenceRecord *record)
{
	struct arena *a = txn_arena(t);
	RecountDifference *view = ARENA_NEW(a, RecountDifference);
	RateCounts *counts = ARENA_NEW(a, RateCounts);
	RecountDifference_init(view);
	RateCounts_init(counts);
	view->id = record->unit_id;
	view->day_ms = policy_day_start_ms(txn_config(t)->policy, record->day);
	view->category_id = record->category_id;
	rates_add(counts, record->fate, (uint64_t)(record->orders < 0 ? -record->orders : record->orders));
	*(record->orders < 0 ? &view->missing : &view->surplus) = counts;
	return view;
}

static Recount *view_recount(struct txn *t, const RecountRecord *record)
{
	Recount *view = ARENA_NEW(txn_arena(t), Recount);
	Recount_init(view);
	view->begun_ms = record->begun_ms;
	view->ended_ms = record->ended_ms;
	view->orders = record->orders;
	view->numbers_left = record->left;
	view->wrong = record->wrong;
	view->differences = arena_array(txn_arena(t), record->n_differences, sizeof(*view->differences));
	for (; view->n_differences < record->n_differences; view->n_differences++)
		view->differences[view->n_differences] = view_difference(t, record->differences[view->n_differences]);
	return view;
}

static enum err go_on(struct txn *t, RecountRecord *recount)
{
	if (recount->newest == 0)
		TRY(find_newest(t, recount));
	return recount->left > 0 ? move_orders(t, recount) : read_units(t, recount);
}

HANDLER(recount_rates, RecountRates)
{
	RecountRecord *recount;
	(void)req;
	TRY(authz_whole_tenant(txn_scene(t)));
	TRY(TXN_FIND(t, RECOUNT, RECOUNT_ID, &recount));
	TRY(recount == NULL || recount->ended_ms != 0 ? begin(t, &recount) : go_on(t, recount));
	txn_put(t, KIND_RECOUNT, recount);
	txn_subject(t, RECOUNT_ID);
	rsp->recount = view_recount(t, recount);
	return OK;
}

static enum err again_recount(struct txn *t, const char *subject_id, void *response)
{
	RecountRecord *recount;
	TRY(TXN_GET(t, RECOUNT, subject_id, &recount));
	((RecountRatesResponse *)response)->recount = view_recount(t, recount);
	return OK;
}

const struct method recount_methods[] = {
    METHOD(StatsService, RecountRates, recount_rates, .again = again_recount),
};
const size_t recount_methods_n = sizeof(recount_methods) / sizeof(recount_methods[0]);
