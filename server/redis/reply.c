#include "redis/reply.h"

#include <hiredis/read.h>

#include "base/limits.h"

/* hiredis' own replies cost a malloc for every element; these are bump allocations, dropped at once. */

static struct redis_reply *place(const redisReadTask *task)
{
	struct redis_reader *r = task->privdata;
	if (task->parent == NULL)
		return &r->root;
	struct redis_reply *parent = task->parent->obj;
	return &parent->elements[task->idx];
}

static void *make_string(const redisReadTask *task, char *bytes, size_t len)
{
	struct redis_reader *r = task->privdata;
	struct redis_reply *reply = place(task);
	enum redis_type type = REDIS_STRING;
	if (task->type == REDIS_REPLY_ERROR)
		type = REDIS_ERROR;
	else if (task->type == REDIS_REPLY_STATUS)
		type = REDIS_STATUS;
	*reply = (struct redis_reply){.type = type, .bytes = slice_of(arena_copy(&r->arena, bytes, len), len)};
	return reply;
}

static void *make_array(const redisReadTask *task, int n)
{
	struct redis_reader *r = task->privdata;
	struct redis_reply *reply = place(task);
	*reply = (struct redis_reply){.type = REDIS_ARRAY, .n = (size_t)n};
	reply->elements = arena_array(&r->arena, reply->n, sizeof(struct redis_reply));
	return reply;
}

static void *make_integer(const redisReadTask *task, long long value)
{
	struct redis_reply *reply = place(task);
	*reply = (struct redis_reply){.type = REDIS_INTEGER, .integer = value};
	return reply;
}

static void *make_nil(const redisReadTask *task)
{
	struct redis_reply *reply = place(task);
	*reply = (struct redis_reply){.type = REDIS_NIL};
	return reply;
}

static void drop(void *reply)
{
	(void)reply;
}

static const redisReplyObjectFunctions makers = {make_string, make_array, make_integer, make_nil, drop};

bool redis_reader_init(struct redis_reader *r)
{
	*r = (struct redis_reader){.parser = redisReaderCreateWithFunctions((redisReplyObjectFunctions *)&makers)};
	if (r->parser == NULL)
		return false;
	r->parser->privdata = r;
	/* Keep the parser's buffer between batches instead of freeing it whenever it runs empty. */
	r->parser->maxbuf = 256 * 1024;
	arena_init(&r->arena, LIMIT_REDIS_REPLY_BYTES);
	return true;
}

void redis_reader_finish(struct redis_reader *r)
{
	if (r->parser != NULL)
		redisReaderFree(r->parser);
	arena_free(&r->arena);
	r->parser = NULL;
}

bool redis_reader_feed(struct redis_reader *r, const void *bytes, size_t len)
{
	/* A bulk string is collected here before make_string sees it. */
	if (r->parser->len - r->parser->pos > LIMIT_REDIS_REPLY_BYTES)
		return false;
	return redisReaderFeed(r->parser, bytes, len) == REDIS_OK;
}

bool redis_reader_next(struct redis_reader *r, const struct redis_reply **reply)
{
	jmp_buf guard;
	void *made = NULL;
	*reply = NULL;
	/* A reply that is still arriving keeps what it has in the arena. */
	if (r->parser->ridx == -1)
		arena_reset(&r->arena);
	/* The parser holds nothing of its own across a maker's call, so a jump over it loses nothing. */
	if (!ARENA_GUARD(&r->arena, &guard)) {
		arena_unguard(&r->arena);
		return false;
	}
	bool ok = redisReaderGetReply(r->parser, &made) == REDIS_OK;
	arena_unguard(&r->arena);
	if (ok && made != NULL)
		*reply = &r->root;
	return ok;
}

bool redis_error_is(const struct redis_reply *reply, const char *word)
{
	struct slice w = slice_str(word);
	if (reply->type != REDIS_ERROR || !slice_starts(reply->bytes, w))
		return false;
	return reply->bytes.len == w.len || reply->bytes.ptr[w.len] == ' ';
}

bool redis_reply_integer(const struct redis_reply *reply, int64_t *value)
{
	if (reply->type == REDIS_INTEGER) {
		*value = reply->integer;
		return true;
	}
	if (reply->type != REDIS_STRING || reply->bytes.len == 0 || reply->bytes.len > 20)
		return false;
	size_t at = reply->bytes.ptr[0] == '-' ? 1 : 0;
	int64_t sum = 0;
	if (at == reply->bytes.len)
		return false;
	for (; at < reply->bytes.len; at++) {
		uint8_t c = reply->bytes.ptr[at];
		if (c < '0' || c > '9')
			return false;
		/* Summed downwards, for there is one more negative number. */
		if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, c - '0', &sum))
			return false;
	}
	if (reply->bytes.ptr[0] != '-' && __builtin_sub_overflow(0, sum, &sum))
		return false;
	*value = sum;
	return true;
}
