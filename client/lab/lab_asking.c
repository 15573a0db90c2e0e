#include "lab_asking.h"

#include <math.h>

#include "lab_coins.h"

enum { CHANCES = 1000 };

/* Who is asked has any chance of the model's, one as likely as another; what they answered before weighs it. */
static double chance_after(const struct lab_asking *s, double low, double high, uint32_t declined, uint32_t silent)
{
	double late = 1 - s->within[s->ttl_s], sum = 0, all = 0;
	for (uint32_t i = 0; i < CHANCES; i++) {
		double chance = low + (high - low) * (i + 0.5) / CHANCES;
		double weight = pow(1 - chance, declined) * pow(chance * late + (1 - chance) / 2 * (1 + late), silent);
		sum += weight * chance;
		all += weight;
	}
	return sum / all;
}

struct lab_asking *lab_asking_new(struct arena *a, double accept, uint32_t ttl_s, uint32_t longest_s)
{
	struct lab_asking *s = ARENA_NEW(a, struct lab_asking);
	size_t n = (size_t)(ASKING_MOST + 2) * (longest_s + 1);
	double low, high;
	lab_coin_chances(accept, &low, &high);
	s->ttl_s = ttl_s;
	s->longest_s = longest_s;
	s->within = arena_array(a, ttl_s + 1, sizeof(*s->within));
	for (uint32_t i = 0; i <= ttl_s; i++)
		s->within[i] = lab_coin_within(i);
	for (uint32_t declined = 0; declined <= ASKING_MOST; declined++) {
		for (uint32_t silent = 0; declined + silent <= ASKING_MOST; silent++)
			s->chance[declined][silent] = chance_after(s, low, high, declined, silent);
	}
	s->likely = s->chance[0][0] * s->within[ttl_s];
	s->now = arena_array(a, n, sizeof(*s->now));
	s->next = arena_array(a, n, sizeof(*s->next));
	return s;
}

/* One more offer to who declined and kept silent so often, with that much time left. */
static double value_of_asking(const struct lab_asking *s, double price, uint32_t declined, uint32_t silent,
			      uint32_t left_s)
{
	const double *after_no = s->next + (size_t)(declined + 1) * (s->longest_s + 1),
		     *after_silence = s->next + (size_t)declined * (s->longest_s + 1);
	double yes = s->chance[declined][silent], no = (1 - yes) / 2, goes_on = 0;
	uint32_t lives_s = left_s < s->ttl_s ? left_s : s->ttl_s;
	for (uint32_t i = 1; i <= lives_s; i++)
		goes_on += (s->within[i] - s->within[i - 1]) * after_no[left_s - i];
	double value = yes * s->within[lives_s] + no * goes_on - price;
	if (left_s > s->ttl_s)
		value += (1 - (yes + no) * s->within[s->ttl_s]) * after_silence[left_s - s->ttl_s];
	return value;
}

const double *lab_asking_values(struct lab_asking *s, double price, uint32_t n_orders)
{
	size_t n = (size_t)(ASKING_MOST + 2) * (s->longest_s + 1);
	bool enough = n_orders > ASKING_MOST;
	for (size_t i = 0; i < n; i++)
		s->now[i] = enough ? fmax(0, 1 - price) : 0;
	for (uint32_t asked = enough ? ASKING_MOST + 1 : n_orders; asked-- > 0;) {
		double *before = s->next;
		s->next = s->now;
		s->now = before;
		for (uint32_t declined = 0; declined <= asked; declined++) {
			double *value = s->now + (size_t)declined * (s->longest_s + 1);
			for (uint32_t left_s = 0; left_s <= s->longest_s; left_s++)
				value[left_s] = fmax(0, value_of_asking(s, price, declined, asked - declined, left_s));
		}
	}
	return s->now;
}
