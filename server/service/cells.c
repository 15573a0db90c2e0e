#include "service/cells.h"

#include "base/limits.h"
#include "domain/config.h"

static void take_cell(const struct cells *c, size_t unit, int32_t span, const struct store_entry *entry)
{
	struct rates_cell cell;
	if (rates_cell_read(span, entry->member, &cell) && cell.day >= c->from_day && cell.day <= c->until_day)
		c->take(c->arg, unit, &cell, (uint64_t)entry->score);
}

static enum err read_span(struct txn *t, const struct cells *c, size_t unit, int32_t span, uint32_t edition)
{
	struct store_entry *entries;
	size_t n;
	/* What fell back to nothing is passed over. */
	struct txn_range range = {.key = counts_orders(txn_arena(t), c->ids[unit], span, edition),
				  .min = 1,
				  .max = INT64_C(1) << 52,
				  .limit = LIMIT_READ_ENTRIES};
	do {
		TRY(txn_range(t, &range, &entries, &n));
		for (size_t i = 0; i < n; i++)
			take_cell(c, unit, span, &entries[i]);
		if (n == 0)
			return OK;
		range.has_after = true;
		range.after = arena_string(txn_arena(t), entries[n - 1].member);
		range.after_score = entries[n - 1].score;
	} while (n == range.limit);
	return OK;
}

/* While orders are counted again, some are in the old edition and some in the new one. */
static enum err read_editions(struct txn *t, const struct cells *c, size_t unit, int32_t span)
{
	const struct config *config = txn_config(t);
	enum err wanted = OK;
	for (uint32_t edition = config->edition_from; edition <= config->edition; edition++) {
		enum err err = read_span(t, c, unit, span, edition);
		if (err == ERR_WANTED)
			wanted = err; /* ask for the others too, in the same round trip */
		else
			TRY(err);
	}
	return wanted;
}

enum err cells_read(struct txn *t, const struct cells *c)
{
	int32_t first = rates_span(c->from_day), last = rates_span(c->until_day);
	enum err wanted = OK;
	if (c->n_ids * (size_t)(last - first + 1) > LIMIT_RATE_READS)
		return fault_set(txn_fault(t), ERR_FIELD_OUT_OF_RANGE, c->field, "a shorter period or a smaller unit");
	for (size_t i = 0; i < c->n_ids; i++) {
		for (int32_t span = first; span <= last; span++) {
			enum err err = read_editions(t, c, i, span);
			if (err == ERR_WANTED)
				wanted = err;
			else
				TRY(err);
		}
	}
	return wanted;
}
