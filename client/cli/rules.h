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

#endif
