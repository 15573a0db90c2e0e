#include "pb/json_scan.h"

#include "base/limits.h"
#include "pb/utf8.h"

static bool fail(struct json_scan *s, enum err err, const char *wrong)
{
	if (s->err == OK) {
		s->err = err;
		s->wrong = wrong;
	}
	return false;
}

void json_scan_start(struct json_scan *s, struct arena *a, struct slice text)
{
	*s = (struct json_scan){.start = text.ptr,
				.at = text.ptr,
				.end = text.len == 0 ? text.ptr : text.ptr + text.len,
				.arena = a,
				.depth_left = LIMIT_JSON_DEPTH};
}

static inline void skip_space(struct json_scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
		s->at++;
}

enum json_kind json_peek(struct json_scan *s)
{
	skip_space(s);
	if (s->at == s->end)
		return JSON_KIND_NOTHING;
	switch (*s->at) {
	case '{':
		return JSON_KIND_OBJECT;
	case '[':
		return JSON_KIND_ARRAY;
	case '"':
		return JSON_KIND_STRING;
	case 't':
		return JSON_KIND_TRUE;
	case 'f':
		return JSON_KIND_FALSE;
	case 'n':
		return JSON_KIND_NULL;
	default:
		return *s->at == '-' || (*s->at >= '0' && *s->at <= '9') ? JSON_KIND_NUMBER : JSON_KIND_NOTHING;
	}
}

bool json_take_word(struct json_scan *s, enum json_kind kind)
{
	struct slice word = kind == JSON_KIND_TRUE    ? SLICE("true")
			    : kind == JSON_KIND_FALSE ? SLICE("false")
						      : SLICE("null");
	skip_space(s);
	if (!slice_starts(slice_of(s->at, (size_t)(s->end - s->at)), word))
		return fail(s, ERR_BAD_JSON, "expected a value");
	s->at += word.len;
	return true;
}

static bool skip_digits(struct json_scan *s)
{
	const uint8_t *from = s->at;
	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at > from || fail(s, ERR_BAD_JSON, "expected a digit");
}

bool json_take_number(struct json_scan *s, struct slice *text)
{
	skip_space(s);
	const uint8_t *from = s->at;
	if (s->at < s->end && *s->at == '-')
		s->at++;
	if (s->at < s->end && *s->at == '0') {
		s->at++;
		if (s->at < s->end && *s->at >= '0' && *s->at <= '9')
			return fail(s, ERR_BAD_JSON, "a number starts with a needless 0");
	} else if (!skip_digits(s)) {
		return false;
	}
	if (s->at < s->end && *s->at == '.') {
		s->at++;
		if (!skip_digits(s))
			return false;
	}
	if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		if (!skip_digits(s))
			return false;
	}
	*text = slice_of(from, (size_t)(s->at - from));
	return true;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of \uXXXX. */
static bool take_hex(struct json_scan *s, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++, s->at++) {
		int digit = s->at < s->end ? hex_digit(*s->at) : -1;
		if (digit < 0)
			return fail(s, ERR_BAD_JSON, "\\u needs four hexadecimal digits");
		*unit = *unit << 4 | (uint32_t)digit;
	}
	return true;
}

static bool take_code_point(struct json_scan *s, uint32_t *code)
{
	uint32_t low;
	if (!take_hex(s, code))
		return false;
	if (*code < 0xD800 || *code > 0xDFFF)
		return true;
	bool pair = *code < 0xDC00 && s->end - s->at >= 2 && s->at[0] == '\\' && s->at[1] == 'u';
	if (pair) {
		s->at += 2;
		if (!take_hex(s, &low))
			return false;
		pair = low >= 0xDC00 && low <= 0xDFFF;
	}
	if (!pair)
		return fail(s, ERR_BAD_UTF8, "half of a surrogate pair");
	*code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
	return true;
}

/* Behind a backslash; `to` has room for the 4 bytes of the longest result (its escape has 6 or more). */
static bool take_escape(struct json_scan *s, uint8_t *to, size_t *len)
{
	static const char from[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
	if (s->at == s->end)
		return fail(s, ERR_BAD_JSON, "the text ends inside a string");
	if (*s->at == 'u') {
		uint32_t code;
		s->at++;
		if (!take_code_point(s, &code))
			return false;
		uint8_t bytes[4];
		size_t n = utf8_put(bytes, code);
		memcpy(to + *len, bytes, n);
		*len += n;
		return true;
	}
	const char *found = *s->at == '\0' ? NULL : strchr(from, *s->at);
	if (found == NULL)
		return fail(s, ERR_BAD_JSON, "unknown escape");
	to[(*len)++] = (uint8_t)plain[found - from];
	s->at++;
	return true;
}

/* Up to the next quote, backslash or control character. */
static inline void skip_plain(struct json_scan *s)
{
	while (s->at < s->end && *s->at != '"' && *s->at != '\\' && *s->at >= 0x20)
		s->at++;
}

static bool unescape(struct json_scan *s, const uint8_t *from, struct slice *value)
{
	/* The end of the string, to know how much room its value needs. */
	const uint8_t *close = s->at;
	while (close < s->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= s->end)
		return fail(s, ERR_BAD_JSON, "the text ends inside a string");
	uint8_t *to = arena_alloc(s->arena, (size_t)(close - from));
	size_t len = 0;
	for (;;) {
		memcpy(to + len, from, (size_t)(s->at - from));
		len += (size_t)(s->at - from);
		if (s->at == close)
			break;
		if (*s->at != '\\')
			return fail(s, ERR_BAD_JSON, "a control character in a string");
		s->at++;
		if (!take_escape(s, to, &len))
			return false;
		from = s->at;
		skip_plain(s);
	}
	*value = slice_of(to, len);
	return true;
}

bool json_take_string(struct json_scan *s, struct slice *value)
{
	skip_space(s);
	if (s->at == s->end || *s->at != '"')
		return fail(s, ERR_BAD_JSON, "expected a string");
	const uint8_t *from = ++s->at;
	skip_plain(s);
	if (s->at == s->end)
		return fail(s, ERR_BAD_JSON, "the text ends inside a string");
	if (*s->at == '"')
		*value = slice_of(from, (size_t)(s->at - from));
	else if (!unescape(s, from, value))
		return false;
	if (utf8_check(*value) == UTF8_INVALID)
		return fail(s, ERR_BAD_UTF8, "the text is not valid UTF-8");
	s->at++;
	return true;
}

bool json_enter(struct json_scan *s)
{
	if (s->depth_left == 0)
		return fail(s, ERR_TOO_DEEP, "objects and arrays are nested too deeply");
	s->depth_left--;
	s->at++;
	return true;
}

/* At a container's end, or over the comma before the next item. */
static enum json_step step(struct json_scan *s, bool *first, uint8_t close, const char *wrong)
{
	skip_space(s);
	if (s->at < s->end && *s->at == close) {
		s->at++;
		s->depth_left++;
		return JSON_END;
	}
	if (*first) {
		*first = false;
		return JSON_MORE;
	}
	if (s->at < s->end && *s->at == ',') {
		s->at++;
		return JSON_MORE;
	}
	fail(s, ERR_BAD_JSON, wrong);
	return JSON_WRONG;
}

enum json_step json_member(struct json_scan *s, bool *first, struct slice *key)
{
	enum json_step next = step(s, first, '}', "expected ',' or '}'");
	if (next != JSON_MORE)
		return next;
	if (!json_take_string(s, key))
		return JSON_WRONG;
	skip_space(s);
	if (s->at == s->end || *s->at != ':') {
		fail(s, ERR_BAD_JSON, "expected ':'");
		return JSON_WRONG;
	}
	s->at++;
	return JSON_MORE;
}

enum json_step json_element(struct json_scan *s, bool *first)
{
	return step(s, first, ']', "expected ',' or ']'");
}

bool json_skip(struct json_scan *s)
{
	struct slice unused;
	enum json_step next;
	bool first = true;
	enum json_kind kind = json_peek(s);
	switch (kind) {
	case JSON_KIND_NULL:
	case JSON_KIND_FALSE:
	case JSON_KIND_TRUE:
		return json_take_word(s, kind);
	case JSON_KIND_NUMBER:
		return json_take_number(s, &unused);
	case JSON_KIND_STRING:
		return json_take_string(s, &unused);
	case JSON_KIND_ARRAY:
		if (!json_enter(s))
			return false;
		while ((next = json_element(s, &first)) == JSON_MORE) {
			if (!json_skip(s))
				return false;
		}
		return next == JSON_END;
	case JSON_KIND_OBJECT:
		if (!json_enter(s))
			return false;
		while ((next = json_member(s, &first, &unused)) == JSON_MORE) {
			if (!json_skip(s))
				return false;
		}
		return next == JSON_END;
	case JSON_KIND_NOTHING:
		break;
	}
	return fail(s, ERR_BAD_JSON, "expected a value");
}

bool json_at_end(struct json_scan *s)
{
	skip_space(s);
	return s->at == s->end || fail(s, ERR_BAD_JSON, "there is more behind the value");
}

void json_position(const struct json_scan *s, size_t *line, size_t *column)
{
	*line = 1;
	*column = 1;
	for (const uint8_t *p = s->start; p < s->at && p < s->end; p++) {
		if (*p == '\n') {
			*line += 1;
			*column = 1;
		} else {
			*column += 1;
		}
	}
}
