#include "net/h1_head.h"

#include <strings.h>

enum {
	/* RFC 9112 2.2: an empty line before the request line is to be skipped. */
	MAX_SKIPPED = 1,
	/* 10^18 - 1 fits, and no body is that long. */
	MAX_LENGTH_DIGITS = 18,
};

void h1_scan_head(struct h1_scan *s)
{
	*s = (struct h1_scan){0};
}

void h1_scan_trailer(struct h1_scan *s)
{
	*s = (struct h1_scan){.lines = 1};
}

/* A line feed: the line is complete. */
static enum h1_scan_result end_line(struct h1_scan *s)
{
	bool empty = s->line_bytes == 0;
	if (!s->cr)
		return H1_BAD;
	s->cr = false;
	s->line_bytes = 0;
	if (!empty) {
		s->lines++;
		return H1_MORE;
	}
	if (s->lines > 0)
		return H1_DONE;
	return ++s->skipped > MAX_SKIPPED ? H1_BAD : H1_MORE;
}

enum h1_scan_result h1_scan(struct h1_scan *s, const uint8_t *bytes, size_t len, size_t *used)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = bytes[i];
		*used = i + 1;
		if (c == '\n') {
			enum h1_scan_result result = end_line(s);
			if (result != H1_MORE)
				return result;
			continue;
		}
		if (s->cr || (c < ' ' && c != '\t' && c != '\r') || c == 0x7f)
			return H1_BAD;
		if (c == '\r') {
			s->cr = true;
			continue;
		}
		if (s->line_bytes == 0 && (c == ' ' || c == '\t'))
			return H1_BAD; /* a folded line, or a header that hides from a parser that trims */
		if (s->lines == 0 && (c == '\t' || (c == ' ' && s->space)))
			return H1_BAD; /* one space, and nothing else, parts the request line */
		s->space = c == ' ';
		s->line_bytes++;
	}
	*used = len;
	return H1_MORE;
}

/* ---- the check ---- */

static bool is_text(struct slice s, const char *text)
{
	return s.len == strlen(text) && strncasecmp((const char *)s.ptr, text, s.len) == 0;
}

static bool is_token(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];
		if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
			return false;
	}
	return s.len > 0;
}

/* RFC 3986's host and port; loosely, but without anything that separates one name from another. */
static bool is_authority(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];
		bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    (c != 0 && strchr("-._~%!$&'()*+;=:[]", c) != NULL);
		if (!fine)
			return false;
	}
	return s.len > 0;
}

static bool has_token(struct slice list, const char *token)
{
	size_t at = 0;
	while (at < list.len) {
		size_t end = at;
		while (end < list.len && list.ptr[end] != ',')
			end++;
		size_t from = at;
		size_t to = end;
		while (from < to && (list.ptr[from] == ' ' || list.ptr[from] == '\t'))
			from++;
		while (to > from && (list.ptr[to - 1] == ' ' || list.ptr[to - 1] == '\t'))
			to--;
		if (is_text(slice_of(list.ptr + from, to - from), token))
			return true;
		at = end + 1;
	}
	return false;
}

static int take_length(struct h1_head *head, struct slice value)
{
	if (head->content_length >= 0 || value.len == 0 || value.len > MAX_LENGTH_DIGITS)
		return 400;
	head->content_length = 0;
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return 400;
		head->content_length = head->content_length * 10 + (value.ptr[i] - '0');
	}
	return 0;
}

static int take_host(struct h1_head *head, struct slice value)
{
	if (head->authority.ptr != NULL || !is_authority(value))
		return 400;
	head->authority = value;
	return 0;
}

static int take_coding(struct h1_head *head, struct slice value)
{
	if (head->chunked || head->minor == 0 || !is_text(value, "chunked"))
		return 400;
	head->chunked = true;
	return 0;
}

static int take_expect(struct h1_head *head, struct slice value)
{
	if (head->expects || !is_text(value, "100-continue"))
		return 417;
	head->expects = true;
	head->expects_continue = head->minor == 1;
	return 0;
}

static int take_header(struct h1_head *head, struct slice name, struct slice value)
{
	if (!is_token(name))
		return 400;
	if (slice_eq(name, SLICE("host")))
		return take_host(head, value);
	if (slice_eq(name, SLICE("content-length")))
		return take_length(head, value);
	if (slice_eq(name, SLICE("transfer-encoding")))
		return take_coding(head, value);
	if (slice_eq(name, SLICE("expect")))
		return take_expect(head, value);
	if (slice_eq(name, SLICE("connection"))) {
		if (has_token(value, "close"))
			head->keep_alive = false;
		else if (head->minor == 0 && has_token(value, "keep-alive"))
			head->keep_alive = true;
	}
	return 0;
}

/* Absolute form: the authority in it must be the Host's, or two parties may see two requests. */
static int take_absolute(struct h1_head *head, size_t scheme_len)
{
	struct slice rest = slice_from(head->target, scheme_len);
	size_t end = 0;
	while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
		end++;
	struct slice authority = slice_of(rest.ptr, end);
	if (!is_authority(authority))
		return 400;
	if (head->authority.ptr != NULL &&
	    (authority.len != head->authority.len ||
	     strncasecmp((const char *)authority.ptr, (const char *)head->authority.ptr, authority.len) != 0))
		return 400;
	head->authority = authority;
	head->path_query = slice_from(rest, end);
	if (head->path_query.len == 0)
		head->path_query = SLICE("/");
	else if (head->path_query.ptr[0] != '/')
		return 400;
	return 0;
}

static int take_target(struct h1_head *head)
{
	struct slice t = head->target;
	for (size_t i = 0; i < t.len; i++) {
		if (t.ptr[i] <= ' ' || t.ptr[i] >= 0x7f || t.ptr[i] == '#')
			return 400;
	}
	if (t.len > 0 && t.ptr[0] == '/') {
		head->path_query = t;
		return 0;
	}
	if (slice_eq(t, SLICE("*")) && slice_eq(head->method, SLICE("OPTIONS"))) {
		head->path_query = t;
		return 0;
	}
	if (t.len > 7 && strncasecmp((const char *)t.ptr, "http://", 7) == 0)
		return take_absolute(head, 7);
	if (t.len > 8 && strncasecmp((const char *)t.ptr, "https://", 8) == 0)
		return take_absolute(head, 8);
	return 400; /* CONNECT's authority form too: we are nobody's proxy */
}

bool h1_trailer_fine(struct slice name)
{
	static const char *const refused[] = {
	    "content-length",
	    "transfer-encoding",
	    "host",
	    "connection",
	    "upgrade",
	    "expect",
	    "te",
	    "trailer",
	    "authorization",
	    "content-encoding",
	    "content-type",
	    "content-range",
	};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (is_text(name, refused[i]))
			return false;
	}
	return is_token(name);
}

int h1_check(struct h1_head *head)
{
	head->authority = SLICE_NONE;
	head->content_length = -1;
	head->chunked = false;
	head->expects = false;
	head->expects_continue = false;
	head->keep_alive = head->minor == 1;
	if (head->major != 1 || (head->minor != 0 && head->minor != 1))
		return 400;
	for (size_t i = 0; i < head->n_headers; i++) {
		int status = take_header(head, head->headers[i].name, head->headers[i].value);
		if (status != 0)
			return status;
	}
	if (head->minor == 1 && head->authority.ptr == NULL)
		return 400;
	if (head->chunked && head->content_length >= 0)
		return 400;
	return take_target(head);
}
