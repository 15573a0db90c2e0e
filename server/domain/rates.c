#include "domain/rates.h"

#include <string.h>

#include "domain/order.h"
#include "domain/order_state.h"
#include "domain/policy.h"
#include "domain/times.h"

/* Of a valid order's fate; above them how satisfied the resident was. */
enum { BIT_CONTACTED = 1, BIT_SOLVED = 2, BIT_LATE = 4, SATISFACTION_SHIFT = 3, FATES_END = FATE_VALID + 32 };

static bool is_late(const OrderRecord *o)
{
	int64_t after_ms = o->completed_after_ms != 0 ? o->completed_after_ms : o->closed_after_ms;
	return after_ms > o->due_after_ms;
}

/* Whoever asks may change their mind while they still can be served in time; a desk that gives an order up
 * answers for it. */
static bool cancelled_in_time(const OrderRecord *o)
{
	const EntryRecord *last = order_last_entry(o, EVENT_KIND_CANCELLED);
	bool by_desk = last != NULL && (last->role == ROLE_OPERATOR || last->role == ROLE_ADMIN);
	return !by_desk && !is_late(o);
}

static bool is_solved(const OrderRecord *o)
{
	if (o->rating != NULL)
		return o->rating->resolution == RESOLUTION_SOLVED;
	return o->completion != NULL && o->completion->outcome == OUTCOME_SOLVED;
}

static unsigned valid_fate(const OrderRecord *o)
{
	unsigned fate = 0;
	if (order_last_entry(o, EVENT_KIND_ACCEPTED) != NULL)
		fate |= BIT_CONTACTED;
	if (o->state == ORDER_STATE_CLOSED && is_solved(o))
		fate |= BIT_SOLVED;
	if (is_late(o))
		fate |= BIT_LATE;
	if (o->state == ORDER_STATE_CLOSED && o->rating != NULL)
		fate |= (unsigned)o->rating->satisfaction << SATISFACTION_SHIFT;
	return FATE_VALID + fate;
}

unsigned rates_fate(const OrderRecord *o)
{
	if (!order_state_final(o->state))
		return FATE_OPEN;
	if (o->excluded)
		return FATE_EXCLUDED;
	if (o->state == ORDER_STATE_REJECTED)
		return FATE_REJECTED;
	if (o->merged_into[0] != '\0')
		return FATE_MERGED;
	if (o->state == ORDER_STATE_CANCELLED && cancelled_in_time(o))
		return FATE_CANCELLED;
	return valid_fate(o);
}

bool rates_counts(const OrderRecord *o)
{
	return rates_fate(o) >= FATE_VALID;
}

static int32_t local_day(const OrderRecord *o, int64_t at_ms)
{
	Policy policy = {.utc_offset_min = o->day_shift_min + POLICY_USUAL_OFFSET_MIN};
	return policy_local_day(&policy, at_ms);
}

static void cell_at(const OrderRecord *o, int64_t at_ms, unsigned fate, struct rates_cell *out)
{
	*out =
	    (struct rates_cell){.day = local_day(o, at_ms), .fate = fate, .accepted = TIMES_NONE, .done = TIMES_NONE};
	memcpy(out->category_id, o->category_id, strnlen(o->category_id, sizeof(out->category_id) - 1));
}

/* The first: who gave it back later had answered. */
static const EntryRecord *first_acceptance(const OrderRecord *o)
{
	for (size_t i = 0; i < o->n_timeline; i++) {
		if (o->timeline[i]->kind == EVENT_KIND_ACCEPTED)
			return o->timeline[i];
	}
	return NULL;
}

void rates_placed(const OrderRecord *o, struct rates_cell *out)
{
	cell_at(o, o->placed_ms, FATE_PLACED, out);
}

bool rates_ended(const OrderRecord *o, struct rates_cell *out)
{
	unsigned fate = rates_fate(o);
	if (fate == FATE_OPEN)
		return false;
	cell_at(o, order_time_ms(o, o->closed_after_ms), fate, out);
	const EntryRecord *accepted = fate < FATE_VALID ? NULL : first_acceptance(o);
	if (accepted != NULL)
		out->accepted = times_bucket(accepted->after_ms);
	if (fate >= FATE_VALID && o->state == ORDER_STATE_CLOSED && o->completed_after_ms != 0)
		out->done = times_bucket(o->completed_after_ms);
	return true;
}

/* --- cells --- */

int32_t rates_span(int32_t day)
{
	return day / RATES_SPAN_DAYS;
}

/* A printable character for the day in its span, the category, one for the fate, and of valid orders a letter for each
 * of their times: no fate is a small letter. */
void rates_cell_write(const struct rates_cell *cell, char out[RATES_CELL_CHARS + 1])
{
	size_t n = strnlen(cell->category_id, sizeof(cell->category_id) - 1);
	*out++ = (char)('0' + cell->day % RATES_SPAN_DAYS);
	memcpy(out, cell->category_id, n);
	out += n;
	*out++ = (char)('0' + cell->fate);
	if (cell->fate >= FATE_VALID) {
		*out++ = (char)('a' + cell->accepted);
		*out++ = (char)('a' + cell->done);
	}
	*out = '\0';
}

static bool read_time(struct slice *text, unsigned *bucket)
{
	*bucket = (unsigned)(text->ptr[--text->len] - 'a');
	return *bucket < TIMES_BUCKETS || *bucket == TIMES_NONE;
}

bool rates_cell_read(int32_t span, struct slice text, struct rates_cell *out)
{
	*out = (struct rates_cell){.accepted = TIMES_NONE, .done = TIMES_NONE};
	if (text.len > 4 && text.ptr[text.len - 1] >= 'a' &&
	    !(read_time(&text, &out->done) && read_time(&text, &out->accepted)))
		return false;
	if (text.len < 3 || text.len > sizeof(out->category_id) + 1)
		return false;
	unsigned day = (unsigned)(text.ptr[0] - '0');
	out->fate = (unsigned)(text.ptr[text.len - 1] - '0');
	if (day >= RATES_SPAN_DAYS || out->fate == FATE_OPEN || out->fate >= FATES_END)
		return false;
	out->day = span * RATES_SPAN_DAYS + (int32_t)day;
	memcpy(out->category_id, text.ptr + 1, text.len - 2);
	return true;
}

/* --- counts --- */

static void add_valid(RateCounts *c, unsigned fate, uint64_t n)
{
	unsigned satisfaction = fate >> SATISFACTION_SHIFT;
	c->valid += n;
	if ((fate & BIT_CONTACTED) != 0)
		c->contacted += n;
	if ((fate & BIT_SOLVED) != 0)
		c->solved += n;
	if ((fate & BIT_LATE) != 0)
		c->late += n;
	if ((fate & BIT_SOLVED) != 0 && satisfaction == SATISFACTION_UNSPECIFIED)
		c->solved_unrated += n;
	switch ((Satisfaction)satisfaction) {
	case SATISFACTION_SATISFIED:
		c->satisfied += n;
		break;
	case SATISFACTION_BASICALLY:
		c->basically_satisfied += n;
		break;
	case SATISFACTION_DISSATISFIED:
		c->dissatisfied += n;
		break;
	case SATISFACTION_UNSPECIFIED:
		c->unrated += n;
		break;
	}
}

void rates_add(RateCounts *c, unsigned fate, uint64_t n)
{
	if (fate >= FATE_VALID)
		add_valid(c, fate - FATE_VALID, n);
	else if (fate == FATE_PLACED)
		c->placed += n;
	else if (fate == FATE_CANCELLED)
		c->cancelled += n;
	else if (fate == FATE_REJECTED)
		c->rejected += n;
	else if (fate == FATE_MERGED)
		c->merged += n;
	else if (fate == FATE_EXCLUDED)
		c->excluded += n;
}

/* parts/10 of valid, in 1/10,000, rounded. */
static uint32_t rate_e4(uint64_t parts, uint64_t valid)
{
	return valid == 0 ? 0 : (uint32_t)((parts * 1000 + valid / 2) / valid);
}

void rates_work_out(RateRow *row)
{
	const RateCounts *c = row->counts;
	row->response_e4 = rate_e4(10 * c->contacted, c->valid);
	row->resolution_e4 = rate_e4(10 * c->solved, c->valid);
	row->satisfaction_e4 = rate_e4(10 * c->satisfied + 9 * c->basically_satisfied, c->valid);
	row->few_samples = c->valid < RATES_FEW;
}
