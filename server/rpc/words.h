/*
 * words: taking the values of headers and queries apart.
 *
 * Nouns: a word is what stands between two separators, without the blanks around it.
 * Ownership: everything is borrowed.
 * Errors: none; the empty slice stands for nothing left.
 */
#ifndef PAIDAN_RPC_WORDS_H
#define PAIDAN_RPC_WORDS_H

#include <strings.h>

#include "base/slice.h"

/* What stands before the separator; `s` becomes what stands behind it. */
static inline struct slice words_cut(struct slice *s, uint8_t separator)
{
	const uint8_t *at = s->len == 0 ? NULL : memchr(s->ptr, separator, s->len);
	size_t len = at == NULL ? s->len : (size_t)(at - s->ptr);
	struct slice before = slice_of(s->ptr, len);
	*s = slice_from(*s, at == NULL ? len : len + 1);
	return before;
}

static inline struct slice words_trim(struct slice s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = slice_from(s, 1);
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* Whether it is this word, in whatever case. */
static inline bool words_same(struct slice s, struct slice word)
{
	return s.len == word.len &&
	       (s.len == 0 || strncasecmp((const char *)s.ptr, (const char *)word.ptr, s.len) == 0);
}

#endif
