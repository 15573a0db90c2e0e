#include "cli_json.h"

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static size_t skip_spaces(struct slice s, size_t at)
{
	while (at < s.len && is_space(s.ptr[at]))
		at++;
	return at;
}

/* Behind the string whose opening quote is at `at`. */
static size_t string_end(struct slice s, size_t at)
{
	for (at++; at < s.len && s.ptr[at] != '"'; at++) {
		if (s.ptr[at] == '\\')
			at++;
	}
	return at < s.len ? at + 1 : s.len;
}

/* Behind the value that begins at `at`. */
static size_t value_end(struct slice s, size_t at)
{
	size_t depth = 0;
	for (; at < s.len; at++) {
		uint8_t c = s.ptr[at];
		if (c == '"') {
			at = string_end(s, at) - 1;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return at;
			depth--;
		} else if (depth == 0 && (c == ',' || is_space(c))) {
			return at;
		}
		if (depth == 0 && (c == '"' || c == '}' || c == ']'))
			return at + 1;
	}
	return at;
}

bool cut_member(struct slice object, const char *name, struct slice *value)
{
	struct slice wanted = slice_str(name);
	size_t at = skip_spaces(object, 0);
	if (at == object.len || object.ptr[at] != '{')
		return false;
	at = skip_spaces(object, at + 1);
	while (at < object.len && object.ptr[at] == '"') {
		size_t key_end = string_end(object, at);
		struct slice key = slice_of(object.ptr + at + 1, key_end - at - 2);
		at = skip_spaces(object, key_end);
		at = skip_spaces(object, at + 1); /* the colon */
		size_t end = value_end(object, at);
		if (slice_eq(key, wanted)) {
			*value = slice_of(object.ptr + at, end - at);
			return true;
		}
		at = skip_spaces(object, end);
		if (at < object.len && object.ptr[at] == ',')
			at = skip_spaces(object, at + 1);
	}
	return false;
}

bool cut_element(struct slice array, size_t *at, struct slice *element)
{
	size_t from = skip_spaces(array, *at);
	if (*at == 0) {
		if (from == array.len || array.ptr[from] != '[')
			return false;
		from = skip_spaces(array, from + 1);
	} else if (from < array.len && array.ptr[from] == ',') {
		from = skip_spaces(array, from + 1);
	}
	if (from >= array.len || array.ptr[from] == ']')
		return false;
	size_t end = value_end(array, from);
	*element = slice_of(array.ptr + from, end - from);
	*at = end;
	return true;
}

static void new_line(struct buf *out, unsigned level)
{
	buf_byte(out, '\n');
	for (unsigned i = 0; i < level; i++)
		buf_str(out, "  ");
}

void cut_pretty(struct buf *out, struct slice text, unsigned level)
{
	for (size_t at = 0; at < text.len; at++) {
		uint8_t c = text.ptr[at];
		if (c == '"') {
			size_t end = string_end(text, at);
			buf_slice(out, slice_of(text.ptr + at, end - at));
			at = end - 1;
		} else if (c == '{' || c == '[') {
			size_t next = skip_spaces(text, at + 1);
			buf_byte(out, c);
			if (next < text.len && (text.ptr[next] == '}' || text.ptr[next] == ']')) {
				buf_byte(out, text.ptr[next]);
				at = next;
			} else {
				new_line(out, ++level);
			}
		} else if (c == '}' || c == ']') {
			new_line(out, --level);
			buf_byte(out, c);
		} else if (c == ',') {
			buf_byte(out, c);
			new_line(out, level);
		} else if (c == ':') {
			buf_str(out, ": ");
		} else if (!is_space(c)) {
			buf_byte(out, c);
		}
	}
}
