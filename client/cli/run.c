#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_json.h"
#include "output.h"

enum { DEFAULT_LIMIT = 50, MAX_PAGE = 200 };

/* Prints the rows of one page; the next page's token goes to `token`. */
static int print_page(struct printer *p, const char *reply, size_t limit, char *token, size_t token_room)
{
	struct slice rows, row, next;
	size_t at = 0;
	int status = STATUS_OK;
	if (cut_member(slice_str(reply), p->command->rows, &rows)) {
		while (status == STATUS_OK && p->rows < limit && cut_element(rows, &at, &row))
			status = printer_row(p, row);
	}
	token[0] = '\0';
	if (cut_member(slice_str(reply), "nextPageToken", &next) && next.len >= 2 && next.len - 2 < token_room) {
		memcpy(token, next.ptr + 1, next.len - 2);
		token[next.len - 2] = '\0';
	}
	return status;
}

static int run_list(struct cli *cli, const struct args *args, json_t *request)
{
	struct printer p;
	char token[512] = "";
	unsigned long limit = args_uint(args, "limit", DEFAULT_LIMIT);
	bool paged = command_is_paged(args->command);
	int status;
	if (limit == 0 || !paged)
		limit = (unsigned long)-1;
	if (args_has(args, "page"))
		snprintf(token, sizeof(token), "%s", args_text(args, "page"));
	printer_begin(&p, cli, args->command, false);
	do {
		char *reply;
		size_t left = limit - p.rows;
		json_t *page = json_copy(request);
		if (paged)
			json_object_set_new(page, "pageSize",
					    json_integer(left < MAX_PAGE ? (json_int_t)left : MAX_PAGE));
		if (token[0] != '\0')
			json_object_set_new(page, "pageToken", json_string(token));
		status = cli_call(cli, args->command->method, page, &reply);
		if (status != STATUS_OK)
			break;
		status = print_page(&p, reply, limit, token, sizeof(token));
		paidan_free(reply);
	} while (status == STATUS_OK && token[0] != '\0' && p.rows < limit);
	json_decref(request);
	if (status != STATUS_OK)
		return printer_fail(&p, token, status);
	status = printer_end(&p, token);
	if (token[0] != '\0' && cli->output == OUTPUT_TABLE)
		cli_note(cli, "还有更多：--limit 0 显示全部，或 --page %s 接着看",
			 "there are more: --limit 0 for all, or --page %s to go on", token);
	return status;
}

static int run_stream(struct cli *cli, const struct args *args, json_t *request)
{
	struct paidan_watch *watch;
	struct printer p;
	int status = cli_open(cli);
	if (status != STATUS_OK) {
		json_decref(request);
		return status;
	}
	char *json = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	int code = paidan_watch(cli->client, args->command->method, json, &watch);
	free(json);
	printer_begin(&p, cli, args->command, true);
	while (code == PAIDAN_OK && status == STATUS_OK) {
		char *message;
		code = paidan_watch_next_json(watch, 0, &message);
		if (code != PAIDAN_OK)
			break;
		status = printer_row(&p, slice_str(message));
		paidan_free(message);
	}
	if (code != PAIDAN_OK)
		status = cli_paidan_error(cli);
	paidan_watch_close(watch);
	return printer_fail(&p, "", status);
}

int run_generic(struct cli *cli, const struct args *args)
{
	char *reply;
	json_t *request = request_build(cli, args);
	if (request == NULL)
		return STATUS_USAGE;
	switch (args->command->shape) {
	case SHAPE_LIST:
		return run_list(cli, args, request);
	case SHAPE_STREAM:
		return run_stream(cli, args, request);
	case SHAPE_NONE:
	case SHAPE_RECORD:
	case SHAPE_ROW:
		break;
	}
	int status = cli_call(cli, args->command->method, request, &reply);
	if (status != STATUS_OK)
		return status;
	status = args->command->shape == SHAPE_NONE ? output_done(cli, args->command, reply)
						    : output_record(cli, args->command, reply);
	paidan_free(reply);
	return status;
}
