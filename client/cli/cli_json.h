/*
 * cli_json: the text of a reply, cut and laid out without reading its values.
 *
 * Why not through a JSON library: what is printed with -o json must be the server's own text, numbers to the
 * last digit and members in their order.
 *
 * Nouns: an object's member and an array's elements are slices of the text.
 * Ownership: slices borrow from the text, which must be well-formed JSON. Errors: false when there is no such
 * member or no further element.
 */
#ifndef PAIDAN_CLI_JSON_H
#define PAIDAN_CLI_JSON_H

#include "base/buf.h"

bool cut_member(struct slice object, const char *name, struct slice *value);
/* Takes the next element: *at starts at 0. */
bool cut_element(struct slice array, size_t *at, struct slice *element);
/* Appends the text with line breaks and two spaces a level, starting at that level. */
void cut_pretty(struct buf *out, struct slice text, unsigned level);

#endif
