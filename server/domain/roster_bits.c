#include "domain/roster_bits.h"

#include <stdlib.h>

#include "base/hash.h"

enum { FIRST_WORDS = 4 };

void roster_bits_finish(struct roster_bits *b)
{
	for (size_t i = 0; i < ROSTER_ROWS; i++)
		free(b->rows[i]);
	*b = (struct roster_bits){.n_words = 0};
}

/* All rows that there are become longer, or none. */
static bool widen(struct roster_bits *b, size_t n_words)
{
	for (size_t i = 0; i < ROSTER_ROWS; i++) {
		if (b->rows[i] == NULL)
			continue;
		uint64_t *row = realloc(b->rows[i], n_words * sizeof(*row));
		if (row == NULL)
			return false; /* those before have more room than they use */
		memset(row + b->n_words, 0, (n_words - b->n_words) * sizeof(*row));
		b->rows[i] = row;
	}
	b->n_words = n_words;
	return true;
}

void roster_bits_put(struct roster_bits *b, unsigned row, uint32_t member, bool in)
{
	size_t word = member / 64;
	uint64_t bit = UINT64_C(1) << (member % 64);
	if (!in) {
		if (b->rows[row] != NULL && word < b->n_words)
			b->rows[row][word] &= ~bit;
		return;
	}
	if (word >= b->n_words && !widen(b, word + word / 8 + FIRST_WORDS))
		return;
	if (b->rows[row] == NULL)
		b->rows[row] = calloc(b->n_words, sizeof(*b->rows[row]));
	if (b->rows[row] != NULL)
		b->rows[row][word] |= bit;
}

unsigned roster_bits_skill_row(const char *skill)
{
	return ROSTER_ROW_SKILL + (unsigned)(hash_bytes(0, slice_str(skill)) % ROSTER_SKILL_ROWS);
}

struct roster_mask roster_mask(const struct roster_bits *b)
{
	struct roster_mask mask = {.n_words = b->n_words};
	roster_mask_and(&mask, b, ROSTER_ROW_FREE);
	return mask;
}

void roster_mask_and(struct roster_mask *m, const struct roster_bits *b, unsigned row)
{
	if (b->rows[row] == NULL)
		m->n_words = 0;
	else
		m->rows[m->n_rows++] = b->rows[row];
}

size_t roster_mask_count(const struct roster_mask *m)
{
	size_t n = 0;
	for (size_t i = 0; i < m->n_words; i++)
		n += (size_t)__builtin_popcountll(roster_mask_word(m, i));
	return n;
}
