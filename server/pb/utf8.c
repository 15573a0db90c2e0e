#include "pb/utf8.h"

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* Eight bytes that are all ASCII and not NUL: no high bit now, and none borrowed by taking one off each. */
static inline bool eight_plain(const uint8_t *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof(word));
	return ((word | (word - ONES)) & HIGHS) == 0;
}

static inline bool is_tail(uint8_t byte)
{
	return (byte & 0xC0) == 0x80;
}

/* The length of the well-formed sequence at p that starts with a byte >= 0x80; 0 when there is none. */
static size_t sequence(const uint8_t *p, size_t left)
{
	uint8_t lead = p[0];
	if (lead < 0xC2)
		return 0;
	if (lead < 0xE0)
		return left >= 2 && is_tail(p[1]) ? 2 : 0;
	if (lead < 0xF0) {
		if (left < 3 || !is_tail(p[1]) || !is_tail(p[2]))
			return 0;
		bool overlong = lead == 0xE0 && p[1] < 0xA0;
		bool surrogate = lead == 0xED && p[1] >= 0xA0;
		return overlong || surrogate ? 0 : 3;
	}
	if (lead > 0xF4 || left < 4 || !is_tail(p[1]) || !is_tail(p[2]) || !is_tail(p[3]))
		return 0;
	bool overlong = lead == 0xF0 && p[1] < 0x90;
	bool beyond = lead == 0xF4 && p[1] >= 0x90;
	return overlong || beyond ? 0 : 4;
}

enum utf8_verdict utf8_check(struct slice text)
{
	const uint8_t *p = text.ptr;
	size_t left = text.len;
	enum utf8_verdict verdict = UTF8_OK;
	while (left > 0) {
		if (left >= 8 && eight_plain(p)) {
			p += 8;
			left -= 8;
			continue;
		}
		if (*p < 0x80) {
			if (*p == 0)
				verdict = UTF8_NUL;
			p++;
			left--;
			continue;
		}
		size_t n = sequence(p, left);
		if (n == 0)
			return UTF8_INVALID;
		p += n;
		left -= n;
	}
	return verdict;
}

size_t utf8_chars(struct slice text)
{
	size_t chars = 0;
	for (size_t i = 0; i < text.len; i++)
		chars += !is_tail(text.ptr[i]);
	return chars;
}

size_t utf8_put(uint8_t to[4], uint32_t code_point)
{
	if (code_point < 0x80) {
		to[0] = (uint8_t)code_point;
		return 1;
	}
	if (code_point < 0x800) {
		to[0] = (uint8_t)(0xC0 | code_point >> 6);
		to[1] = (uint8_t)(0x80 | (code_point & 0x3F));
		return 2;
	}
	if (code_point < 0x10000) {
		to[0] = (uint8_t)(0xE0 | code_point >> 12);
		to[1] = (uint8_t)(0x80 | (code_point >> 6 & 0x3F));
		to[2] = (uint8_t)(0x80 | (code_point & 0x3F));
		return 3;
	}
	to[0] = (uint8_t)(0xF0 | code_point >> 18);
	to[1] = (uint8_t)(0x80 | (code_point >> 12 & 0x3F));
	to[2] = (uint8_t)(0x80 | (code_point >> 6 & 0x3F));
	to[3] = (uint8_t)(0x80 | (code_point & 0x3F));
	return 4;
}

struct slice utf8_cut(struct slice text, size_t max_bytes)
{
	if (text.len <= max_bytes)
		return text;
	size_t len = max_bytes;
	while (len > 0 && is_tail(text.ptr[len]))
		len--;
	return slice_of(text.ptr, len);
}
