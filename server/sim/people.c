#include "sim/people.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { PRIOR_ANSWERS = 8, MINUTE_MS = 60 * 1000 };
#define SHARE_UNKNOWN 0.5

struct spans {
	int64_t *ms;
	size_t n;
};

struct person {
	uint32_t answered, accepted;
};

struct people {
	struct person *persons;
	struct trial_answers answers;
	struct spans delays, works; /* sorted */
};

static int by_ms(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static void add(struct spans *spans, int64_t ms)
{
	if (ms > 0)
		spans->ms[spans->n++] = ms;
}

/* What the member said to the offer of that line; NULL: nothing before it was withdrawn. */
static const TimelineEntry *answer_to(const Order *order, size_t at)
{
	const char *member_id = order->timeline[at]->member_id;
	for (size_t i = at + 1; i < order->n_timeline; i++) {
		const TimelineEntry *entry = order->timeline[i];
		if (strcmp(entry->member_id, member_id) != 0)
			continue;
		if (entry->kind == EVENT_KIND_OFFERED)
			return NULL;
		if (entry->kind == EVENT_KIND_ACCEPTED || entry->kind == EVENT_KIND_OFFER_DECLINED ||
		    entry->kind == EVENT_KIND_OFFER_EXPIRED)
			return entry;
	}
	return NULL;
}

static void learn_offer(struct people *p, const struct tally *tally, const Order *order, size_t at)
{
	const TimelineEntry *offer = order->timeline[at];
	size_t person = tally_person(tally, offer->member_id);
	const TimelineEntry *answer = answer_to(order, at);
	if (offer->actor == NULL || offer->actor->role != ROLE_SYSTEM || answer == NULL)
		return;
	bool accepted = answer->kind == EVENT_KIND_ACCEPTED;
	p->answers.offered++;
	p->answers.accepted += accepted;
	p->answers.declined += answer->kind == EVENT_KIND_OFFER_DECLINED;
	p->answers.silent += answer->kind == EVENT_KIND_OFFER_EXPIRED;
	if (answer->kind != EVENT_KIND_OFFER_EXPIRED)
		add(&p->delays, answer->at_ms - offer->at_ms);
	if (person == TALLY_NOBODY)
		return;
	p->persons[person].answered++;
	p->persons[person].accepted += accepted;
}

static void learn_work(struct people *p, const Order *order)
{
	int64_t accepted_ms = 0;
	for (size_t i = 0; i < order->n_timeline; i++) {
		if (order->timeline[i]->kind == EVENT_KIND_ACCEPTED)
			accepted_ms = order->timeline[i]->at_ms;
		if (order->timeline[i]->kind == EVENT_KIND_COMPLETED && accepted_ms != 0)
			add(&p->works, order->timeline[i]->at_ms - accepted_ms);
	}
}

struct people *people_learn(const struct trial_trace *trace, const struct tally *tally, struct arena *a)
{
	struct people *p = ARENA_NEW(a, struct people);
	size_t entries = 0;
	for (size_t i = 0; i < trace->n_orders; i++)
		entries += trace->orders[i]->order->n_timeline;
	p->persons = arena_array(a, trace->n_members, sizeof(*p->persons));
	p->delays.ms = arena_array(a, entries, sizeof(*p->delays.ms));
	p->works.ms = arena_array(a, entries, sizeof(*p->works.ms));
	for (size_t i = 0; i < trace->n_orders; i++) {
		const Order *order = trace->orders[i]->order;
		for (size_t k = 0; k < order->n_timeline; k++) {
			if (order->timeline[k]->kind == EVENT_KIND_OFFERED)
				learn_offer(p, tally, order, k);
		}
		learn_work(p, order);
	}
	qsort(p->delays.ms, p->delays.n, sizeof(*p->delays.ms), by_ms);
	qsort(p->works.ms, p->works.n, sizeof(*p->works.ms), by_ms);
	return p;
}

const struct trial_answers *people_answers(const struct people *p)
{
	return &p->answers;
}

int64_t people_work_ms(const struct people *p)
{
	return p->works.n == 0 ? 30 * MINUTE_MS : p->works.ms[p->works.n / 2];
}

/* From 0 to below 1. */
static double unit(uint64_t hash)
{
	return (double)(hash >> 11) * 0x1p-53;
}

static double share_of(uint64_t part, uint64_t all, double otherwise)
{
	return all == 0 ? otherwise : (double)part / (double)all;
}

/* One that was seen; where none was, a minute on the average. */
static int64_t draw_delay(const struct people *p, double u)
{
	if (p->delays.n > 0)
		return p->delays.ms[(size_t)(u * (double)p->delays.n)];
	return 1000 + (int64_t)(-log(1 - u) * MINUTE_MS);
}

struct people_answer people_ask(const struct people *p, uint64_t seed, const char *order_id, size_t person)
{
	const struct trial_answers *all = &p->answers;
	double usual = share_of(all->accepted, all->offered, SHARE_UNKNOWN);
	struct person own = person == TALLY_NOBODY ? (struct person){0, 0} : p->persons[person];
	double accepts = (own.accepted + PRIOR_ANSWERS * usual) / (own.answered + PRIOR_ANSWERS);
	double declines = share_of(all->declined, all->declined + all->silent, SHARE_UNKNOWN);
	uint64_t coin = hash_bytes(hash_mix64(seed + 1) ^ hash_mix64(person + 1), slice_str(order_id));
	struct people_answer answer = {.word = PEOPLE_SILENT, .delay_ms = draw_delay(p, unit(hash_mix64(coin + 1)))};
	if (unit(coin) < accepts)
		answer.word = PEOPLE_ACCEPT;
	else if (unit(hash_mix64(coin + 2)) < declines)
		answer.word = PEOPLE_DECLINE;
	return answer;
}
