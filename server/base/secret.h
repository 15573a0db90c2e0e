/*
 * secret: comparing secrets without telling, by the time it takes, how much of them is right.
 *
 * Errors: none.
 */
#ifndef PAIDAN_BASE_SECRET_H
#define PAIDAN_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool secret_same(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;
	uint8_t differs = 0;
	for (size_t i = 0; i < n; i++)
		differs |= (uint8_t)(x[i] ^ y[i]);
	return differs == 0;
}

#endif
