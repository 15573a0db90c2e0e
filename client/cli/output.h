/*
 * output: replies as tables, JSON, JSON lines and CSV.
 *
 * Nouns: a printer shows the rows of one command in the form the cli asks for, and can be given them page by
 * page; a cell is the text of one column of one row.
 * JSON is the server's text; table and CSV go by the command's columns. CSV has short English words and
 * RFC 3339 times in UTC, whatever the language: it is for programs.
 * Ownership: printer_begin to printer_end. Errors: as cli_write.
 */
#ifndef PAIDAN_CLI_OUTPUT_H
#define PAIDAN_CLI_OUTPUT_H

#include "cli.h"

struct printer {
	struct cli *cli;
	const struct command *command;
	struct table table;
	struct buf out;
	size_t rows;
	bool stream; /* each row is printed at once */
};

void printer_begin(struct printer *p, struct cli *cli, const struct command *command, bool stream);
/* One row: the JSON text of a list's element or of a stream's message. */
int printer_row(struct printer *p, struct slice row);
/* Ends the output; token is the next page's, "" when there is none (JSON says it). */
int printer_end(struct printer *p, const char *token);
/* Ends it after an error, which is `status`, and gives that back: what came before it is shown all the same, and of
 * what never came not even the head. */
int printer_fail(struct printer *p, const char *token, int status);

/* A single record: `reply` is the whole reply's text, the record is at the command's `rows`. */
int output_record(struct cli *cli, const struct command *command, const char *reply);
/* Nothing but what was done; with JSON the reply. */
int output_done(struct cli *cli, const struct command *command, const char *reply);

/* cells.c: the value at a path, NULL when it is not there. */
const json_t *cell_at(const json_t *row, const char *path);
void cell_put(const struct cli *cli, const struct column *column, const json_t *row, bool csv, struct buf *out);
enum style cell_style(const struct column *column, const json_t *row);
bool cell_is_right(enum cell kind);
/* "ORDER_STATE_PLACED" as "已点单" or "placed". */
const char *enum_text(bool zh, const char *name, char *room, size_t room_bytes);
enum style enum_style(const char *name);
/* A moment as local time, shortly: "11-22 04:18", with the year when it is another. ms 0: "". */
void put_time(struct buf *out, int64_t ms);
/* With the second. */
void put_time_s(struct buf *out, int64_t ms);
void put_rfc3339(struct buf *out, int64_t ms);
/* A span: "35 min", "3 h 20 min", "2 d". */
void put_span(bool zh, struct buf *out, int64_t ms);
/* int64 fields are strings in proto3 JSON. */
int64_t json_int64(const json_t *value);
const char *json_text(const json_t *row, const char *path);

#endif
