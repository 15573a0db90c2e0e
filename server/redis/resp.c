#include "redis/resp.h"

enum { HEAD_BYTES = 24 }; /* "$", up to 20 digits, "\r\n" */

static uint8_t *put_count(uint8_t *to, char mark, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	*to++ = (uint8_t)mark;
	memcpy(to, digits + at, sizeof(digits) - at);
	to += sizeof(digits) - at;
	*to++ = '\r';
	*to++ = '\n';
	return to;
}

static uint8_t *put_bytes(uint8_t *to, struct slice s)
{
	if (s.len > 0)
		memcpy(to, s.ptr, s.len);
	return to + s.len;
}

void resp_start(struct buf *out, size_t n_args)
{
	uint8_t *to = buf_reserve(out, HEAD_BYTES);
	if (to != NULL)
		out->len += (size_t)(put_count(to, '*', n_args) - to);
}

void resp_pair(struct buf *out, struct slice head, struct slice tail)
{
	size_t len, room;
	if (__builtin_add_overflow(head.len, tail.len, &len) || __builtin_add_overflow(len, HEAD_BYTES + 2, &room)) {
		out->failed = true;
		return;
	}
	uint8_t *from = buf_reserve(out, room);
	if (from == NULL)
		return;
	uint8_t *to = put_count(from, '$', len);
	to = put_bytes(to, head);
	to = put_bytes(to, tail);
	*to++ = '\r';
	*to++ = '\n';
	out->len += (size_t)(to - from);
}

void resp_arg(struct buf *out, struct slice arg)
{
	resp_pair(out, arg, SLICE_NONE);
}

void resp_str(struct buf *out, const char *arg)
{
	resp_pair(out, slice_str(arg), SLICE_NONE);
}

void resp_int(struct buf *out, int64_t arg)
{
	uint8_t text[20];
	size_t at = sizeof(text);
	uint64_t n = arg < 0 ? ~(uint64_t)arg + 1 : (uint64_t)arg;
	do {
		text[--at] = (uint8_t)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	if (arg < 0)
		text[--at] = '-';
	resp_pair(out, slice_of(text + at, sizeof(text) - at), SLICE_NONE);
}

void resp_bound(struct buf *out, bool exclusive, struct slice arg)
{
	resp_pair(out, exclusive ? SLICE("(") : SLICE_NONE, arg);
}
