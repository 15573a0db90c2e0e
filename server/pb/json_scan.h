/*
 * json_scan: JSON text (RFC 8259, strictly), value by value, without building a tree.
 *
 * Why not jansson here: a tree of malloc'd nodes would leak when a full arena leaves for its guard, it can't
 * hold a uint64 above 2^63, and building it costs more than the rest of the request. The tests use jansson
 * as the judge of what is JSON.
 *
 * Nouns: the scan stands before a value, a member or the end of a container; `peek` says what is next, one
 * of the take functions or `skip` consumes it.
 * Ownership: strings without escapes and numbers are parts of the input; others are arena memory.
 * Errors: false (or JSON_WRONG); `err` is then ERR_BAD_JSON, ERR_BAD_UTF8 or ERR_TOO_DEEP, `wrong` says what
 * in English, and the scan stands where it was found. The caller stops at the first.
 */
#ifndef PAIDAN_PB_JSON_SCAN_H
#define PAIDAN_PB_JSON_SCAN_H

#include "base/arena.h"
#include "base/err.h"

enum json_kind {
	JSON_KIND_NOTHING, /* no value starts here */
	JSON_KIND_NULL,
	JSON_KIND_FALSE,
	JSON_KIND_TRUE,
	JSON_KIND_NUMBER,
	JSON_KIND_STRING,
	JSON_KIND_ARRAY,
	JSON_KIND_OBJECT,
};

enum json_step { JSON_MORE, JSON_END, JSON_WRONG };

struct json_scan {
	const uint8_t *start;
	const uint8_t *at;
	const uint8_t *end;
	struct arena *arena;
	size_t depth_left;
	enum err err;
	const char *wrong;
};

void json_scan_start(struct json_scan *s, struct arena *a, struct slice text);
/* The kind of the next value, told by its first character. */
enum json_kind json_peek(struct json_scan *s);

/* Consumes null, true or false. */
bool json_take_word(struct json_scan *s, enum json_kind kind);
/* The text of a number, grammar checked. */
bool json_take_number(struct json_scan *s, struct slice *text);
/* The value of a string: well-formed UTF-8, perhaps with U+0000. */
bool json_take_string(struct json_scan *s, struct slice *value);

/*
 *	if (!json_enter(s))                          -- consumes '{' or '['
 *		…
 *	bool first = true;
 *	while ((step = json_member(s, &first, &key)) == JSON_MORE)
 *		…consume the value…                  -- JSON_END: '}' was consumed
 */
bool json_enter(struct json_scan *s);
enum json_step json_member(struct json_scan *s, bool *first, struct slice *key);
enum json_step json_element(struct json_scan *s, bool *first);

/* Consumes one value of any kind. */
bool json_skip(struct json_scan *s);
/* Nothing but white space is left. */
bool json_at_end(struct json_scan *s);

/* Where the scan stands, from 1; columns count bytes. */
void json_position(const struct json_scan *s, size_t *line, size_t *column);

#endif
