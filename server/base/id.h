/*
 * id: the text form of ids: a letter for the kind and a number in base 32.
 *
 * Nouns: digits are Crockford's (0-9, a-z without i, l, o, u), lower case, so that an id can be read
 * over the phone; 7 digits hold 35 bits. Fixed width keeps ids in the order they were given.
 * Errors: id_parse answers false when the text is no id.
 */
#ifndef PAIDAN_BASE_ID_H
#define PAIDAN_BASE_ID_H

#include "base/slice.h"

enum { ID_DIGITS = 7, ID_CHARS = 1 + ID_DIGITS };
#define ID_NUMBER_MAX ((UINT64_C(1) << 35) - 1)

/* Writes ID_CHARS characters and a NUL. */
void id_format(char letter, uint64_t number, char out[ID_CHARS + 1]);
bool id_parse(const char *text, char *letter, uint64_t *number);

#endif
