#include "cli_csv.h"

#include <strings.h>

#include "pb/utf8.h"

void csv_begin(struct csv_reader *r, struct slice text)
{
	*r = (struct csv_reader){.rest = text, .line = 1};
	if (slice_starts(text, SLICE("\xef\xbb\xbf")))
		r->rest = slice_from(text, 3);
}

void csv_end(struct csv_reader *r)
{
	buf_free(&r->text);
}

static bool at_line_end(struct slice s)
{
	return s.len == 0 || s.ptr[0] == '\n' || (s.ptr[0] == '\r' && (s.len == 1 || s.ptr[1] == '\n'));
}

static void skip_line_end(struct csv_reader *r)
{
	if (r->rest.len > 0 && r->rest.ptr[0] == '\r')
		r->rest = slice_from(r->rest, 1);
	if (r->rest.len > 0 && r->rest.ptr[0] == '\n')
		r->rest = slice_from(r->rest, 1);
	r->line++;
}

static void note(struct csv_record *record, enum csv_error error)
{
	if (record->error == CSV_OK)
		record->error = error;
}

/* What follows up to the next comma or line end, as it stands. */
static struct slice bare(struct csv_reader *r)
{
	/* At the end of the text there is no pointer left, and NULL means a quoted field. */
	const uint8_t *from = r->rest.len == 0 ? (const uint8_t *)"" : r->rest.ptr;
	size_t len = 0;
	while (!at_line_end(slice_from(r->rest, len)) && from[len] != ',') {
		if (from[len] == '"')
			note(&r->record, CSV_BARE_QUOTE);
		len++;
	}
	r->rest = slice_from(r->rest, len);
	return slice_of(from, len);
}

/* A field behind its opening quote, into r->text; that may move while the record grows, so the field gets its
 * length only. */
static struct slice quoted(struct csv_reader *r)
{
	size_t at = r->text.len;
	for (;;) {
		if (r->rest.len == 0) {
			note(&r->record, CSV_OPEN_QUOTE);
			break;
		}
		uint8_t c = r->rest.ptr[0];
		r->rest = slice_from(r->rest, 1);
		if (c == '"') {
			if (r->rest.len == 0 || r->rest.ptr[0] != '"')
				break;
			r->rest = slice_from(r->rest, 1);
		}
		if (c == '\n')
			r->line++;
		buf_byte(&r->text, c);
	}
	if (!at_line_end(r->rest) && r->rest.ptr[0] != ',') {
		note(&r->record, CSV_AFTER_QUOTE);
		bare(r);
	}
	return slice_of(NULL, r->text.len - at);
}

/* Quoted fields stand in r->text one behind the other. */
static void place_quoted(struct csv_reader *r)
{
	const uint8_t *at = r->text.ptr;
	for (size_t i = 0; i < r->record.n; i++) {
		struct slice *f = &r->record.fields[i];
		if (f->ptr != NULL)
			continue;
		f->ptr = at;
		at += f->len;
	}
}

static void read_field(struct csv_reader *r)
{
	struct csv_record *record = &r->record;
	bool in_quotes = r->rest.len > 0 && r->rest.ptr[0] == '"';
	if (in_quotes)
		r->rest = slice_from(r->rest, 1);
	struct slice field = in_quotes ? quoted(r) : bare(r);
	if (record->n < CSV_MAX_FIELDS)
		record->fields[record->n++] = field;
	else
		note(record, CSV_TOO_MANY_FIELDS);
}

const struct csv_record *csv_next(struct csv_reader *r)
{
	struct csv_record *record = &r->record;
	while (r->rest.len > 0 && at_line_end(r->rest))
		skip_line_end(r);
	if (r->rest.len == 0)
		return NULL;
	record->n = 0;
	record->line = r->line;
	record->error = CSV_OK;
	buf_reset(&r->text);
	buf_reserve(&r->text, 1);
	for (;;) {
		read_field(r);
		if (at_line_end(r->rest))
			break;
		r->rest = slice_from(r->rest, 1); /* the comma */
	}
	if (r->rest.len > 0)
		skip_line_end(r);
	place_quoted(r);
	for (size_t i = 0; i < record->n; i++) {
		if (utf8_check(record->fields[i]) != UTF8_OK)
			note(record, CSV_NOT_UTF8);
	}
	return record;
}

const char *csv_error_text(enum csv_error error, bool zh)
{
	switch (error) {
	case CSV_OK:
		return "";
	case CSV_AFTER_QUOTE:
		return zh ? "右引号之后还有文字" : "there is text behind a closing quote";
	case CSV_OPEN_QUOTE:
		return zh ? "引号没有闭合" : "a quote is never closed";
	case CSV_BARE_QUOTE:
		return zh ? "字段中间有引号，应将整个字段加引号" : "there is a quote inside a field that is not quoted";
	case CSV_NOT_UTF8:
		return zh ? "不是 UTF-8 文本，请以 UTF-8 编码保存文件" : "it is not UTF-8 text: save the file as UTF-8";
	case CSV_TOO_MANY_FIELDS:
		return zh ? "列数过多" : "there are too many fields";
	}
	return "";
}

static struct slice trim(struct slice s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = slice_from(s, 1);
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

int csv_column(const struct csv_record *header, const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; i < header->n; i++) {
		struct slice f = trim(header->fields[i]);
		if (f.len == len && strncasecmp((const char *)f.ptr, name, len) == 0)
			return (int)i;
	}
	return -1;
}

struct slice csv_field(const struct csv_record *record, int column)
{
	if (column < 0 || (size_t)column >= record->n)
		return SLICE_NONE;
	return trim(record->fields[column]);
}

static bool is_number(struct slice s)
{
	bool digits = false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
			digits = true;
		else if (!(s.ptr[i] == '.' || (i == 0 && s.ptr[i] == '-')))
			return false;
	}
	return digits;
}

static bool is_formula(struct slice s)
{
	return s.len > 0 && strchr("=+-@\t\r", s.ptr[0]) != NULL && s.ptr[0] != '\0' && !is_number(s);
}

void csv_put(struct buf *out, struct slice field, bool first)
{
	bool formula = is_formula(field);
	bool quote = false;
	for (size_t i = 0; i < field.len; i++)
		quote =
		    quote || field.ptr[i] == '"' || field.ptr[i] == ',' || field.ptr[i] == '\n' || field.ptr[i] == '\r';
	quote = quote || (field.len > 0 && (field.ptr[0] == ' ' || field.ptr[field.len - 1] == ' '));
	if (!first)
		buf_byte(out, ',');
	if (quote)
		buf_byte(out, '"');
	if (formula)
		buf_byte(out, '\'');
	for (size_t i = 0; i < field.len; i++) {
		if (field.ptr[i] == '"')
			buf_byte(out, '"');
		buf_byte(out, field.ptr[i]);
	}
	if (quote)
		buf_byte(out, '"');
}

void csv_put_end(struct buf *out)
{
	buf_str(out, "\r\n");
}
