#include "rpc/percent.h"

void percent_encode_message(struct slice text, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (c >= ' ' && c <= '~' && c != '%') {
			buf_byte(out, c);
		} else {
			uint8_t escape[3] = {'%', (uint8_t)hex[c >> 4], (uint8_t)hex[c & 15]};
			buf_add(out, escape, sizeof(escape));
		}
	}
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Takes the next character of a query's text. False: a broken escape. */
static bool take_char(struct slice *text, uint8_t *c)
{
	size_t used = 1;
	*c = text->ptr[0];
	if (*c == '+') {
		*c = ' ';
	} else if (*c == '%') {
		int high = text->len > 2 ? hex_value(text->ptr[1]) : -1;
		int low = text->len > 2 ? hex_value(text->ptr[2]) : -1;
		if (high < 0 || low < 0)
			return false;
		*c = (uint8_t)(high * 16 + low);
		used = 3;
	}
	*text = slice_from(*text, used);
	return true;
}

bool percent_decode_query(struct slice text, struct buf *out)
{
	uint8_t c;
	while (text.len > 0) {
		if (!take_char(&text, &c))
			return false;
		buf_byte(out, c);
	}
	return true;
}

bool percent_is(struct slice text, const char *word)
{
	uint8_t c;
	for (; text.len > 0 && *word != '\0'; word++) {
		if (!take_char(&text, &c) || c != (uint8_t)*word)
			return false;
	}
	return text.len == 0 && *word == '\0';
}
