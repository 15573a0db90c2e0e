#include "output.h"

#include <stdio.h>
#include <string.h>

#include "cli_csv.h"
#include "cli_json.h"
#include "cli_text.h"
#include "pb/json_write.h"

static bool is_table(const struct printer *p)
{
	return p->cli->output == OUTPUT_TABLE && p->command->n_columns > 0;
}

static void put_csv_header(struct printer *p)
{
	for (size_t i = 0; i < p->command->n_columns; i++) {
		/* "slots*memberId" is how the table finds it; "slots.memberId" is what it is. */
		char name[64];
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p->command->columns[i].path, "="),
			 p->command->columns[i].path);
		name[strcspn(name, "*")] = strchr(name, '*') == NULL ? '\0' : '.';
		csv_put(&p->out, slice_str(name), i == 0);
	}
	csv_put_end(&p->out);
}

static void put_table_header(struct printer *p)
{
	for (size_t i = 0; i < p->command->n_columns; i++) {
		const struct column *c = &p->command->columns[i];
		table_put(&p->table, slice_str(TR(p->cli, c->zh, c->en)), STYLE_BOLD);
	}
}

void printer_begin(struct printer *p, struct cli *cli, const struct command *command, bool stream)
{
	*p = (struct printer){.cli = cli, .command = command, .stream = stream};
	table_init(&p->table, command->n_columns, cli->colour, cli->width);
	for (size_t i = 0; i < p->table.n_columns; i++) {
		const struct column *c = &command->columns[i];
		p->table.right[i] = cell_is_right(c->kind);
		p->table.whole[i] = c->kind != CELL_TEXT && c->kind != CELL_NAMES;
		p->table.spare[i] = c->spare;
	}
	/* Rows to come are not known: room for ids and words keeps the first ones in line with them. */
	for (size_t i = 0; stream && i < p->table.n_columns; i++)
		p->table.widths[i] = command->columns[i].kind == CELL_ENUM ? 10 : 8;
	if (cli->output == OUTPUT_CSV)
		put_csv_header(p);
	if (is_table(p) && stream)
		put_table_header(p);
	if (cli->output == OUTPUT_JSON && !stream)
		buf_printf(&p->out, "{\n  \"%s\": [", command->rows);
}

static void put_columns(struct printer *p, const json_t *row)
{
	bool csv = p->cli->output == OUTPUT_CSV;
	struct buf cell = {0};
	for (size_t i = 0; i < p->command->n_columns; i++) {
		const struct column *c = &p->command->columns[i];
		buf_reset(&cell);
		cell_put(p->cli, c, row, csv, &cell);
		if (csv)
			csv_put(&p->out, buf_view(&cell), i == 0);
		else
			table_put(&p->table, buf_view(&cell), cell_style(c, row));
	}
	if (csv)
		csv_put_end(&p->out);
	buf_free(&cell);
}

int printer_row(struct printer *p, struct slice row)
{
	if (p->cli->output == OUTPUT_JSONL) {
		buf_slice(&p->out, row);
		buf_byte(&p->out, '\n');
	} else if (p->cli->output == OUTPUT_JSON) {
		if (!p->stream)
			buf_str(&p->out, p->rows == 0 ? "\n    " : ",\n    ");
		cut_pretty(&p->out, row, p->stream ? 0 : 2);
		if (p->stream)
			buf_byte(&p->out, '\n');
	} else {
		if (p->rows == 0 && is_table(p) && !p->stream)
			put_table_header(p);
		json_t *parsed = json_loadb((const char *)row.ptr, row.len, 0, NULL);
		put_columns(p, parsed);
		json_decref(parsed);
	}
	p->rows++;
	if (!p->stream)
		return STATUS_OK;
	if (is_table(p))
		table_print(&p->table, &p->out);
	return cli_write(p->cli, &p->out);
}

int printer_end(struct printer *p, const char *token)
{
	if (p->cli->output == OUTPUT_JSON && !p->stream) {
		buf_str(&p->out, p->rows == 0 ? "]" : "\n  ]");
		if (*token != '\0') {
			buf_str(&p->out, ",\n  \"nextPageToken\": ");
			json_put_string(&p->out, slice_str(token));
		}
		buf_str(&p->out, "\n}\n");
	}
	if (is_table(p)) {
		table_print(&p->table, &p->out);
		if (p->rows == 0 && !p->stream)
			buf_str(&p->out, TR(p->cli, "（没有）\n", "(none)\n"));
	}
	int status = cli_write(p->cli, &p->out);
	table_free(&p->table);
	buf_free(&p->out);
	return status;
}

int printer_fail(struct printer *p, const char *token, int status)
{
	if (p->rows > 0) {
		(void)printer_end(p, token);
		return status;
	}
	table_free(&p->table);
	buf_free(&p->out);
	return status;
}

/* --- a single record --- */

/* One line per column: name and value. */
static void put_card(struct cli *cli, const struct command *command, const json_t *record, struct buf *out)
{
	size_t widest = 0;
	struct buf cell = {0};
	for (size_t i = 0; i < command->n_columns; i++) {
		size_t w = text_width(slice_str(TR(cli, command->columns[i].zh, command->columns[i].en)));
		widest = w > widest ? w : widest;
	}
	for (size_t i = 0; i < command->n_columns; i++) {
		const struct column *c = &command->columns[i];
		const char *name = TR(cli, c->zh, c->en);
		enum style style = cell_style(c, record);
		buf_reset(&cell);
		cell_put(cli, c, record, false, &cell);
		if (cell.len == 0)
			continue;
		buf_str(out, cli->colour ? style_begin(STYLE_DIM) : "");
		buf_str(out, name);
		buf_str(out, cli->colour ? style_end(STYLE_DIM) : "");
		text_put_spaces(out, widest - text_width(slice_str(name)) + 2);
		buf_str(out, cli->colour ? style_begin(style) : "");
		text_put_safe(out, buf_view(&cell));
		buf_str(out, cli->colour ? style_end(style) : "");
		buf_byte(out, '\n');
	}
	buf_free(&cell);
}

static int output_json(struct cli *cli, const char *reply)
{
	struct buf out = {0};
	if (cli->output == OUTPUT_JSON)
		cut_pretty(&out, slice_str(reply), 0);
	else
		buf_str(&out, reply);
	buf_byte(&out, '\n');
	int status = cli_write(cli, &out);
	buf_free(&out);
	return status;
}

int output_record(struct cli *cli, const struct command *command, const char *reply)
{
	if (cli->output == OUTPUT_JSON || cli->output == OUTPUT_JSONL)
		return output_json(cli, reply);
	struct slice record = slice_str(reply);
	if (command->rows != NULL && !cut_member(slice_str(reply), command->rows, &record))
		record = SLICE("{}");
	if (cli->output == OUTPUT_CSV) {
		struct printer p;
		printer_begin(&p, cli, command, false);
		printer_row(&p, record);
		return printer_end(&p, "");
	}
	json_t *parsed = json_loadb((const char *)record.ptr, record.len, 0, NULL);
	struct buf out = {0};
	int status = STATUS_OK;
	if (command->shape == SHAPE_ROW) {
		struct printer p;
		printer_begin(&p, cli, command, false);
		put_columns(&p, parsed);
		p.rows = 1;
		status = printer_end(&p, "");
	} else if (command->show != NULL) {
		command->show(cli, parsed);
	} else {
		put_card(cli, command, parsed, &out);
		status = cli_write(cli, &out);
	}
	json_decref(parsed);
	buf_free(&out);
	return status;
}

int output_done(struct cli *cli, const struct command *command, const char *reply)
{
	(void)command;
	if (cli->output == OUTPUT_JSON || cli->output == OUTPUT_JSONL)
		return output_json(cli, reply);
	return STATUS_OK;
}
