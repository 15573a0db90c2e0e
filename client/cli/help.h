/*
 * help: what --help, shell completion and the man page say, from the tables.
 *
 * Ownership: everything is borrowed. Errors: as cli_write.
 */
#ifndef PAIDAN_CLI_HELP_H
#define PAIDAN_CLI_HELP_H

#include "cli.h"

/* About everything (noun NULL), a noun (command NULL) or a command. misused: it was not asked for: to stderr,
 * STATUS_USAGE. */
int help_print(const struct cli *cli, const struct noun *noun, const struct command *command, bool misused);
/* "order new TITLE --category CATEGORY [OPTIONS]" */
void help_usage(struct buf *out, const struct noun *noun, const struct command *command, bool zh);
/* "-u, --urgency WORD" with its choices; how it looks on the left of a list. */
void help_flag(struct buf *out, const struct param *param);
/* What goes behind the text of a param: its choices, that it may come again. */
void help_param_text(struct buf *out, const struct param *param, bool zh);
const char *help_group(enum group group, bool zh);

#endif
