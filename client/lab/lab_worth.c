#include "lab_worth.h"

#include <math.h>

void lab_worth_begin(struct lab_worth *w, struct arena *a, struct lab_match *match)
{
	const Policy *policy = match->config.policy;
	uint32_t n_members = match->town.trace->n_members;
	*w = (struct lab_worth){.a = a, .match = match};
	if (!worth_counts(policy))
		return;
	arena_init(&w->seen_in, SIZE_MAX / 2);
	arena_init(&w->worth_in, SIZE_MAX / 2);
	WorthRecord_init(&w->known);
	worth_seen_init(&w->seen_in, &w->seen, town_ms(0));
	w->weights = policy->weights;
	w->kept_m = arena_array(a, n_members, sizeof(*w->kept_m));
	w->kept_stamp = arena_array(a, n_members, sizeof(*w->kept_stamp));
}

void lab_worth_finish(struct lab_worth *w)
{
	if (w->weights == NULL)
		return;
	arena_free(&w->seen_in);
	arena_free(&w->worth_in);
}

static struct worth_spot order_spot(struct lab_worth *w, uint32_t order)
{
	lab_match_take(w->match, order);
	struct worth_stay stay = lab_match_order_stay(w->match);
	return worth_spot(&stay);
}

static struct worth_spot member_spot(struct lab_worth *w, uint32_t member)
{
	struct worth_stay stay = lab_match_member_stay(w->match, member);
	return worth_spot(&stay);
}

/* It begins with the first window, as in the broker. */
static void see(struct lab_worth *w)
{
	if (w->known.version == 0 && w->seen.n_places == 0)
		w->seen.at_ms = w->match->scene.now_ms;
}

void lab_worth_asked(struct lab_worth *w, uint32_t order, uint32_t member)
{
	if (w->weights == NULL)
		return;
	struct worth_spot wanted = order_spot(w, order), asked = member_spot(w, member);
	see(w);
	worth_order_asked(&w->seen_in, &w->seen, &wanted);
	worth_member_asked(&w->seen_in, &w->seen, &asked);
}

void lab_worth_refused(struct lab_worth *w)
{
	if (w->weights != NULL)
		worth_refused(&w->seen);
}

void lab_worth_order_waited(struct lab_worth *w, uint32_t order, double seconds)
{
	struct worth_spot spot = order_spot(w, order);
	see(w);
	worth_order_waited(&w->seen_in, &w->seen, &spot, llround(seconds * 1000));
}

void lab_worth_price(struct lab_worth *w, double price_m)
{
	if (w->worth != NULL)
		worth_price(&w->seen, w->weights->worth_m, llround(price_m));
}

bool lab_worth_is_due(const struct lab_worth *w)
{
	return w->weights != NULL && worth_is_due(&w->seen, w->match->scene.now_ms);
}

void lab_worth_member_free(struct lab_worth *w, uint32_t member)
{
	struct worth_spot spot = member_spot(w, member);
	worth_member_waited(&w->seen_in, &w->seen, &spot, worth_seen_ms(&w->seen, w->match->scene.now_ms));
}

void lab_worth_learn(struct lab_worth *w)
{
	int64_t now_ms = w->match->scene.now_ms;
	worth_learn(w->a, &w->known, &w->seen, now_ms);
	arena_reset(&w->seen_in);
	arena_reset(&w->worth_in);
	worth_seen_init(&w->seen_in, &w->seen, now_ms);
	w->worth = worth_new(&w->worth_in, &w->known, w->weights);
}

double lab_worth_of_order_m(const struct lab_worth *w)
{
	struct worth_stay stay = lab_match_order_stay(w->match);
	return (double)worth_of_order_m(w->worth, &stay);
}

double lab_worth_of_member_m(struct lab_worth *w, uint32_t member, uint32_t stamp)
{
	if (w->kept_stamp[member] != stamp) {
		struct worth_stay stay = lab_match_member_stay(w->match, member);
		w->kept_stamp[member] = stamp;
		w->kept_m[member] = worth_of_member_m(w->worth, &stay);
	}
	return (double)w->kept_m[member];
}
