/*
 * replay_commands: `paidan replay` and `paidan bench`, as rows of the command line.
 *
 * Ownership: static. Errors: exit statuses as in cli.h; 1 also when a replay does not hold up.
 */
#ifndef PAIDAN_CLI_REPLAY_COMMANDS_H
#define PAIDAN_CLI_REPLAY_COMMANDS_H

#include "cli.h"

int run_replay(struct cli *cli, const struct args *args);
int run_bench(struct cli *cli, const struct args *args);

#endif
