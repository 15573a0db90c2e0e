/*
 * resp: writing Redis commands (RESP arrays of bulk strings) into a buf, without formatting twice
 * and without allocating per command.
 *
 * Nouns: a command starts with its number of arguments (the name included) and is followed by exactly
 * that many resp_* calls.
 * Ownership: everything is copied into the buf.
 * Errors: the buf's sticky `failed`.
 */
#ifndef PAIDAN_REDIS_RESP_H
#define PAIDAN_REDIS_RESP_H

#include "base/buf.h"

void resp_start(struct buf *out, size_t n_args);
void resp_arg(struct buf *out, struct slice arg);
/* One argument made of two pieces: a key's prefix and its name. */
void resp_pair(struct buf *out, struct slice head, struct slice tail);
void resp_str(struct buf *out, const char *arg);
void resp_int(struct buf *out, int64_t arg);
/* "(arg" or "arg": an exclusive or inclusive bound. */
void resp_bound(struct buf *out, bool exclusive, struct slice arg);

#endif
