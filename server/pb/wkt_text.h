/*
 * wkt_text: the text forms of Google's Timestamp, Duration and FieldMask in proto3 JSON.
 *
 * Nouns: a Timestamp is RFC 3339 ("2026-01-02T03:04:05.678Z"), from year 1 to 9999; a Duration is seconds
 * ("1.5s"), up to 10,000 years; a path is a field path of a mask ("unit.homePoint").
 * Ownership: everything is borrowed.
 * Errors: false when the text or the values are not of that form.
 */
#ifndef PAIDAN_PB_WKT_TEXT_H
#define PAIDAN_PB_WKT_TEXT_H

#include "base/buf.h"

bool wkt_time_read(struct slice text, int64_t *seconds, int32_t *nanos);
bool wkt_time_put(struct buf *b, int64_t seconds, int32_t nanos);
bool wkt_duration_read(struct slice text, int64_t *seconds, int32_t *nanos);
bool wkt_duration_put(struct buf *b, int64_t seconds, int32_t nanos);
/* lowerCamel to snake_case; `to` has room for 2 * text.len. */
bool wkt_path_read(struct slice text, char *to, size_t *len);
/* snake_case to lowerCamel; false when that could not be read back as the same. */
bool wkt_path_put(struct buf *b, struct slice path);

#endif
