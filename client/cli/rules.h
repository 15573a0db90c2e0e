/*
 * rules: policies as JSON, from the server, from files and from NAME=VALUE, for the commands that change, compare and
 * try them.
 *
 * Ownership: *policy is for json_decref. Errors: as cli.h, said already.
 */
#ifndef PAIDAN_CLI_RULES_H
#define PAIDAN_CLI_RULES_H

#include "cli.h"

/* What applies, with its etag. */
int rules_present(struct cli *cli, json_t **policy);
/* Changes what the file names; the rest stays as it is. */
int rules_apply_file(struct cli *cli, const char *path, json_t *policy);
/* The command's --file, then its NAME=VALUE. */
int rules_apply_settings(struct cli *cli, const struct args *args, json_t *policy);
/* A row {name, from, to} for each setting that differs. */
json_t *rules_changes(json_t *from, json_t *to);
/* Rows as the command's list, in the form the cli asks for. */
int rules_print_rows(struct cli *cli, const struct command *command, const json_t *rows);

#endif
