/*
 * cli_csv: reading and writing CSV (RFC 4180).
 *
 * Nouns: a reader gives one record at a time from text in memory; a record is its fields and the line it
 * begins on (from 1; a quoted field may span lines). A table is a file whose first record names the columns.
 *
 * What is read: fields in quotes with "" for a quote, CRLF or LF, a UTF-8 byte order mark, a last line
 * without an end. Lines with nothing on them are passed over.
 * Ownership: a record's fields lie in the reader and are valid until the next one. Files are read whole.
 * Errors: a record with `error` set is broken (text behind a closing quote, a quote that never closes, a
 * quote inside a bare field, not UTF-8, U+0000); reading goes on behind it.
 */
#ifndef PAIDAN_CLI_CSV_H
#define PAIDAN_CLI_CSV_H

#include "base/arena.h"
#include "base/buf.h"

enum { CSV_MAX_FIELDS = 256 };

enum csv_error {
	CSV_OK,
	CSV_AFTER_QUOTE, /* text behind a closing quote */
	CSV_OPEN_QUOTE,  /* the file ends inside quotes */
	CSV_BARE_QUOTE,  /* a quote inside a field that does not begin with one */
	CSV_NOT_UTF8,
	CSV_TOO_MANY_FIELDS,
};

struct csv_record {
	struct slice fields[CSV_MAX_FIELDS];
	size_t n;
	size_t line;
	enum csv_error error;
};

struct csv_reader {
	struct slice rest;
	size_t line;
	struct buf text; /* of fields that had to be unquoted */
	struct csv_record record;
};

/* The text is borrowed. csv_end frees what the reader allocated. */
void csv_begin(struct csv_reader *r, struct slice text);
void csv_end(struct csv_reader *r);
/* The next record, or NULL at the end. */
const struct csv_record *csv_next(struct csv_reader *r);
const char *csv_error_text(enum csv_error error, bool zh);

/* The position of a column by its name (case and surrounding spaces do not matter), or -1. */
int csv_column(const struct csv_record *header, const char *name);
/* The field at a column, without surrounding spaces; empty when the column is -1 or beyond the record. */
struct slice csv_field(const struct csv_record *record, int column);

/*
 * Appends a field, quoted where needed, behind a comma unless it is the first. A text that a spreadsheet
 * would take for a formula (= + - @, tab, CR in front) gets a ' before it, unless it is a plain number.
 */
void csv_put(struct buf *out, struct slice field, bool first);
void csv_put_end(struct buf *out);

#endif
