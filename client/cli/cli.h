/*
 * cli: one run of `paidan`.
 *
 * Nouns: the cli holds how to speak (language, output form, colour, width), whom to ask (the settings and a
 * libpaidan client, opened on first use) and the parsed arguments.
 * Ownership: cli_free. Errors: functions that fail have said so on stderr and give the exit status:
 * 0 ok, 1 error, 2 usage, 3 not found, 4 not allowed, 5 conflict, 6 unavailable.
 */
#ifndef PAIDAN_CLI_CLI_H
#define PAIDAN_CLI_CLI_H

#include <jansson.h>
#include <paidan/paidan.h>

#include "args.h"
#include "base/buf.h"
#include "cli_table.h"
#include "settings.h"

enum status {
	STATUS_OK = 0,
	STATUS_ERROR = 1,
	STATUS_USAGE = 2,
	STATUS_NOT_FOUND = 3,
	STATUS_AUTH = 4,
	STATUS_CONFLICT = 5,
	STATUS_UNAVAILABLE = 6,
};

enum output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_JSONL, OUTPUT_CSV };

struct cli {
	const struct args *args;
	struct settings settings;
	bool zh;
	enum output output;
	bool colour;  /* on stdout */
	size_t width; /* of the terminal; 0: stdout is not one */
	struct paidan_client *client;
	bool doubtful;      /* of doctor.c: something was not fine */
	json_t *categories; /* of request.c: what ListCategories said */
};

/* The text in the cli's language. */
#define TR(cli, zh_text, en_text) ((cli)->zh ? (zh_text) : (en_text))

/* Prints "paidan: …" to stderr; gives the status. zh and en are formats for the same arguments. */
int cli_fail(const struct cli *cli, enum status status, const char *zh, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));
/* The same for a mistake in the arguments; adds where to read more. STATUS_USAGE. */
int cli_usage(const struct cli *cli, const char *zh, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));
/* Says what paidan_error says; gives the status that goes with it. */
int cli_paidan_error(const struct cli *cli);
enum status cli_status(const struct paidan_error *error);
/* A remark to stderr that does not change the status. */
void cli_note(const struct cli *cli, const char *zh, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

/* Opens the client if it is not. */
int cli_open(struct cli *cli);
/* One call; *reply is for paidan_free. The request is given away. */
int cli_call(struct cli *cli, const char *method, json_t *request_take, char **reply);
/* The same with the reply parsed; for json_decref. */
int cli_call_parsed(struct cli *cli, const char *method, json_t *request_take, json_t **reply);

/* Writes the buf to stdout, empties and keeps it. STATUS_ERROR when stdout is gone (quietly for EPIPE). */
int cli_write(const struct cli *cli, struct buf *out);

/* request.c: the request of the command from its arguments; NULL after saying what is wrong (usage). */
json_t *request_build(struct cli *cli, const struct args *args);
/* One value as it is sent; NULL after saying what is wrong. */
json_t *request_value(struct cli *cli, const struct param *param, const char *text);
/* Sets a value at a path of names ("member.home"), making objects on the way; appends when it is a list's. */
void request_set(json_t *root, const char *path, json_t *value_take, bool append);

/* run.c: what most commands are: one call, or all pages of a list, or a stream. */
int run_generic(struct cli *cli, const struct args *args);

/* show.c: an order with all that is known of it. */
void show_order(struct cli *cli, const json_t *order);

/* prompt.c: from the terminal, not shown; false when there is none. One line of standard input. */
bool prompt_secret(const struct cli *cli, const char *zh, const char *en, char *text, size_t room);
bool prompt_line(char *text, size_t room);

/* sign_in.c: a session for --name; the token is the caller's to free. */
int sign_in_login(struct cli *cli, const struct args *args, char **token);

/* Tools and the other commands with a `run`. */
int run_join(struct cli *cli, const struct args *args);
int run_logout(struct cli *cli, const struct args *args);
int run_password(struct cli *cli, const struct args *args);
int run_second_factor(struct cli *cli, const struct args *args);
int run_init(struct cli *cli, const struct args *args);
int run_login(struct cli *cli, const struct args *args);
int run_doctor(struct cli *cli, const struct args *args);
int run_top(struct cli *cli, const struct args *args);
int run_call(struct cli *cli, const struct args *args);
int run_completion(struct cli *cli, const struct args *args);
int run_man(struct cli *cli, const struct args *args);
int run_version(struct cli *cli, const struct args *args);
int run_task_take(struct cli *cli, const struct args *args);
int run_member_import(struct cli *cli, const struct args *args);
int run_grid_import(struct cli *cli, const struct args *args);
int run_explain(struct cli *cli, const struct args *args);
int run_rules_try(struct cli *cli, const struct args *args);
int run_rules_set(struct cli *cli, const struct args *args);
int run_rules_diff(struct cli *cli, const struct args *args);
int run_rules_whom(struct cli *cli, const struct args *args);
int run_points_check(struct cli *cli, const struct args *args);
int run_stats_rates(struct cli *cli, const struct args *args);
int run_stats_recount(struct cli *cli, const struct args *args);

#endif
