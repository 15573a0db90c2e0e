/*
 * reply: Redis' answers, read with hiredis' parser into an arena.
 *
 * Nouns: a reply is one answer, arrays with their elements; a reader turns bytes into replies, one at
 * a time.
 * Ownership: a reply and all that it points to lie in the reader's arena until the next redis_reader_next;
 * the reader owns that arena.
 * Errors: redis_reader_feed and redis_reader_next answer false when the stream is not RESP or a reply is larger
 * than LIMIT_REDIS_REPLY_BYTES; the connection is of no more use then.
 */
#ifndef PAIDAN_REDIS_REPLY_H
#define PAIDAN_REDIS_REPLY_H

#include "base/arena.h"
#include "base/slice.h"

enum redis_type {
	REDIS_NIL,
	REDIS_STRING,
	REDIS_STATUS,
	REDIS_ERROR,
	REDIS_INTEGER,
	REDIS_ARRAY,
};

struct redis_reply {
	enum redis_type type;
	int64_t integer;
	struct slice bytes; /* STRING, STATUS, ERROR */
	struct redis_reply *elements;
	size_t n;
};

struct redisReader;

struct redis_reader {
	struct redisReader *parser;
	struct arena arena;
	struct redis_reply root;
};

/* False when there is no memory. */
bool redis_reader_init(struct redis_reader *r);
void redis_reader_finish(struct redis_reader *r);
bool redis_reader_feed(struct redis_reader *r, const void *bytes, size_t len);
/* *reply is NULL when no complete reply has arrived yet. */
bool redis_reader_next(struct redis_reader *r, const struct redis_reply **reply);

/* An error reply that starts with this word ("NOSCRIPT"). */
bool redis_error_is(const struct redis_reply *reply, const char *word);
/* The decimal integer that a reply is or spells; false when it is neither. */
bool redis_reply_integer(const struct redis_reply *reply, int64_t *value);

#endif
