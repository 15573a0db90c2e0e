/*
 * roster_bits: who might be asked, as bitmaps over all members: one of those who can take an order at all, one for
 * each hour of the week of those on duty in it, one for each skill.
 *
 * Nouns: a row is one bitmap; skills share SKILL_ROWS rows by their hash. Rows say yes too often, never no too often:
 * an hour's row has whoever is on duty for any minute of it, a skill's whoever ever had it or one of the same hash.
 * A member is a small number, from 0.
 * Ownership: nothing is borrowed. A row costs a bit for each member, and nothing while nobody is in it.
 * Errors: without memory a member is in none of the rows that could not grow.
 */
#ifndef PAIDAN_DOMAIN_ROSTER_BITS_H
#define PAIDAN_DOMAIN_ROSTER_BITS_H

#include "base/slice.h"

enum {
	ROSTER_HOURS = 7 * 24,
	ROSTER_SKILL_ROWS = 64,
	ROSTER_ROW_FREE = 0, /* active, with room for an order */
	ROSTER_ROW_HOUR = 1, /* of the week's first hour; the others follow */
	ROSTER_ROW_SKILL = ROSTER_ROW_HOUR + ROSTER_HOURS,
	ROSTER_ROWS = ROSTER_ROW_SKILL + ROSTER_SKILL_ROWS,
};

struct roster_bits {
	uint64_t *rows[ROSTER_ROWS]; /* NULL: nobody */
	size_t n_words;              /* of each row that there is */
};

/* The rows that all have to say yes. */
struct roster_mask {
	const uint64_t *rows[3];
	size_t n_rows, n_words; /* 0 words: nobody */
};

void roster_bits_finish(struct roster_bits *bits);
void roster_bits_put(struct roster_bits *bits, unsigned row, uint32_t member, bool in);
unsigned roster_bits_skill_row(const char *skill);

/* Everybody in ROSTER_ROW_FREE. */
struct roster_mask roster_mask(const struct roster_bits *bits);
void roster_mask_and(struct roster_mask *mask, const struct roster_bits *bits, unsigned row);
size_t roster_mask_count(const struct roster_mask *mask);

static inline uint64_t roster_mask_word(const struct roster_mask *mask, size_t at)
{
	uint64_t word = UINT64_MAX;
	for (size_t i = 0; i < mask->n_rows; i++)
		word &= mask->rows[i][at];
	return word;
}

static inline bool roster_mask_has(const struct roster_mask *mask, uint32_t member)
{
	return member / 64 < mask->n_words && (roster_mask_word(mask, member / 64) >> (member % 64) & 1) != 0;
}

#endif
