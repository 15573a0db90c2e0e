/*
 * utf8: is a text well-formed, and how long is it in characters.
 *
 * Nouns: a character is a Unicode code point (RFC 3629: no surrogates, no overlong forms, none above
 * U+10FFFF), which is what bounds in characters count.
 * Ownership: everything is borrowed.
 * Errors: the verdict.
 */
#ifndef PAIDAN_PB_UTF8_H
#define PAIDAN_PB_UTF8_H

#include "base/slice.h"

enum utf8_verdict {
	UTF8_OK,
	UTF8_INVALID,
	UTF8_NUL, /* well-formed, but with U+0000, which a C string can't hold */
};

enum utf8_verdict utf8_check(struct slice text);
/* Code points of a well-formed text. */
size_t utf8_chars(struct slice text);
/* Writes a code point (not a surrogate, at most U+10FFFF) to `to`; the 1 to 4 bytes used. */
size_t utf8_put(uint8_t to[4], uint32_t code_point);
/* The longest prefix of a well-formed text that is at most max_bytes and ends between characters. */
struct slice utf8_cut(struct slice text, size_t max_bytes);

#endif
