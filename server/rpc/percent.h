/*
 * percent: the %XX escapes of grpc-message and of query strings.
 *
 * Nouns: grpc-message leaves printable ASCII but '%' as it is and escapes the rest, UTF-8 byte by byte; a
 * query's values also use '+' for a space.
 * Ownership: everything is borrowed; the output goes into the caller's buf.
 * Errors: percent_decode_query answers false for a broken escape.
 */
#ifndef PAIDAN_RPC_PERCENT_H
#define PAIDAN_RPC_PERCENT_H

#include "base/buf.h"

void percent_encode_message(struct slice text, struct buf *out);
bool percent_decode_query(struct slice text, struct buf *out);
/* Whether a query's text means that word, which may be escaped in it. */
bool percent_is(struct slice text, const char *word);

#endif
