#include "pb/base64.h"

static int sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode(struct slice text, uint8_t *to, size_t *len)
{
	size_t n = text.len;
	if (n % 4 == 0) {
		for (int pads = 0; pads < 2 && n > 0 && text.ptr[n - 1] == '='; pads++)
			n--;
	}
	if (n % 4 == 1)
		return false;
	uint32_t bits = 0;
	unsigned held = 0;
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		int value = sextet(text.ptr[i]);
		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held >= 8) {
			held -= 8;
			to[at++] = (uint8_t)(bits >> held);
		}
	}
	*len = at;
	return true;
}

void base64_write(struct slice bytes, uint8_t *to)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < bytes.len; i += 3, to += 4) {
		size_t left = bytes.len - i;
		uint32_t bits = (uint32_t)bytes.ptr[i] << 16;
		if (left > 1)
			bits |= (uint32_t)bytes.ptr[i + 1] << 8;
		if (left > 2)
			bits |= bytes.ptr[i + 2];
		to[0] = (uint8_t)alphabet[bits >> 18];
		to[1] = (uint8_t)alphabet[bits >> 12 & 63];
		to[2] = left > 1 ? (uint8_t)alphabet[bits >> 6 & 63] : '=';
		to[3] = left > 2 ? (uint8_t)alphabet[bits & 63] : '=';
	}
}

void base64_encode(struct slice bytes, struct buf *out)
{
	if (bytes.len > SIZE_MAX / 2) {
		out->failed = true;
		return;
	}
	uint8_t *to = buf_reserve(out, base64_room(bytes.len));
	if (to == NULL)
		return;
	base64_write(bytes, to);
	out->len += base64_room(bytes.len);
}

bool base64url_decode(struct slice text, uint8_t *to, size_t *len)
{
	static const uint8_t stray[] = {0, 0xff, 0x0f, 0x03}; /* bits of the last sextet, by length mod 4 */
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (c == '+' || c == '/' || c == '=')
			return false;
	}
	if (!base64_decode(text, to, len))
		return false;
	return text.len == 0 || text.len % 4 == 0 || (sextet(text.ptr[text.len - 1]) & stray[text.len % 4]) == 0;
}

size_t base64url_encode(struct slice bytes, char *to)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	unsigned held = 0;
	size_t at = 0;
	for (size_t i = 0; i < bytes.len; i++) {
		bits = bits << 8 | bytes.ptr[i];
		for (held += 8; held >= 6; held -= 6)
			to[at++] = alphabet[bits >> (held - 6) & 63];
	}
	if (held > 0)
		to[at++] = alphabet[bits << (6 - held) & 63];
	return at;
}
