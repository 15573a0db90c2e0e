/*
 * cli_text: text on terminals: widths, cutting, and what must not get there.
 *
 * Nouns: the width of a text is how many cells it takes: 2 for wide East Asian characters and emoji, 0 for
 * combining marks. Safe text has no control or direction characters: what people typed into orders must not
 * move the cursor, set the title, or turn a line around.
 * Ownership: results go into the caller's buf. Errors: none; bytes that are not UTF-8 count as one cell and
 * come out as U+FFFD.
 */
#ifndef PAIDAN_CLI_TEXT_H
#define PAIDAN_CLI_TEXT_H

#include "base/buf.h"

/* The character at the start of s (U+FFFD for a broken one) and its length in bytes; s must not be empty. */
uint32_t text_next(struct slice s, size_t *len);
unsigned text_char_width(uint32_t c);
/* Of safe text. */
size_t text_width(struct slice s);

/* Appends s made safe: control and direction characters become a space. */
void text_put_safe(struct buf *out, struct slice s);
/* The same, cut to `width` cells with "…" as the last one when it is wider. */
void text_put_cut(struct buf *out, struct slice s, size_t width);
void text_put_spaces(struct buf *out, size_t n);
/* Breaks at spaces (and between wide characters) into lines of `width`, each after the first indented. */
void text_put_wrapped(struct buf *out, const char *s, size_t indent, size_t width);

/* Typing errors between the two: insertions, deletions, changes, neighbours swapped. */
size_t text_distance(const char *a, const char *b);

/* The nearest of n names, if it is near enough to be what was meant; else NULL. name(arg, i) gives the ith. */
const char *text_nearest(const char *typed, size_t n, const char *(*name)(const void *arg, size_t i), const void *arg);

#endif
