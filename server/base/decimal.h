/*
 * decimal: whole numbers as text, for keys and ids that are made with every commit, where printf would take longer
 * than what it is for.
 *
 * Ownership: the caller's room; the slice leads into it and is not NUL-terminated.
 * Errors: none.
 */
#ifndef PAIDAN_BASE_DECIMAL_H
#define PAIDAN_BASE_DECIMAL_H

#include "base/slice.h"

/* Sign and 20 digits, the most that 64 bits can have. */
enum { DECIMAL_CHARS = 21 };

static inline struct slice decimal_unsigned(uint64_t value, char room[DECIMAL_CHARS])
{
	char *end = room + DECIMAL_CHARS, *p = end;
	do {
		*--p = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	return slice_of(p, (size_t)(end - p));
}

static inline struct slice decimal_signed(int64_t value, char room[DECIMAL_CHARS])
{
	if (value >= 0)
		return decimal_unsigned((uint64_t)value, room);
	struct slice digits = decimal_unsigned(0 - (uint64_t)value, room);
	/* 19 digits are the most that follow a sign. */
	char *sign = room + DECIMAL_CHARS - digits.len - 1;
	*sign = '-';
	return slice_of(sign, digits.len + 1);
}

#endif
