#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/wipe.h"

void buf_free(struct buf *b)
{
	if (b == NULL)
		return;
	wipe_free(b->ptr);
	*b = (struct buf){.cap_bytes = b->cap_bytes};
}

/* What it held may have been personal data. */
static void wipe_from(struct buf *b, size_t len)
{
	if (b->len > len)
		explicit_bzero(b->ptr + len, b->len - len);
	b->len = len;
}

void buf_reset(struct buf *b)
{
	wipe_from(b, 0);
	b->failed = false;
}

uint8_t *buf_reserve(struct buf *b, size_t bytes)
{
	size_t need;
	if (b->failed)
		return NULL;
	if (__builtin_add_overflow(b->len, bytes, &need) || (b->cap_bytes != 0 && need > b->cap_bytes)) {
		b->failed = true;
		return NULL;
	}
	if (need > b->room || b->ptr == NULL) {
		size_t room = b->room < 256 ? 256 : b->room;
		while (room < need) {
			if (__builtin_mul_overflow(room, 2, &room))
				room = need;
		}
		uint8_t *grown = wipe_realloc(b->ptr, room);
		if (grown == NULL) {
			b->failed = true;
			return NULL;
		}
		b->ptr = grown;
		b->room = room;
	}
	return b->ptr + b->len;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	uint8_t *to = buf_reserve(b, len);
	if (to == NULL || len == 0)
		return;
	memcpy(to, bytes, len);
	b->len += len;
}

void buf_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.ptr, s.len);
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_byte(struct buf *b, uint8_t byte)
{
	buf_add(b, &byte, 1);
}

void buf_u32be(struct buf *b, uint32_t v)
{
	uint8_t bytes[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
	buf_add(b, bytes, sizeof(bytes));
}

void buf_u64be(struct buf *b, uint64_t v)
{
	buf_u32be(b, (uint32_t)(v >> 32));
	buf_u32be(b, (uint32_t)v);
}

void buf_uint(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	buf_add(b, digits + at, sizeof(digits) - at);
}

void buf_int(struct buf *b, int64_t v)
{
	if (v < 0) {
		buf_byte(b, '-');
		buf_uint(b, ~(uint64_t)v + 1);
	} else {
		buf_uint(b, (uint64_t)v);
	}
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	uint8_t *to = len < 0 ? NULL : buf_reserve(b, (size_t)len + 1);
	if (to != NULL) {
		vsnprintf((char *)to, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	} else {
		b->failed = true;
	}
	va_end(again);
}

void buf_consume(struct buf *b, size_t n)
{
	if (n >= b->len) {
		wipe_from(b, 0);
		return;
	}
	memmove(b->ptr, b->ptr + n, b->len - n);
	wipe_from(b, b->len - n);
}
