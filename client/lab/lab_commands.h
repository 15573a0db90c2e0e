/*
 * lab_commands: paidan lab; see commands in cli/command.h.
 *
 * Ownership: static. Errors: as cli.h.
 */
#ifndef PAIDAN_LAB_COMMANDS_H
#define PAIDAN_LAB_COMMANDS_H

#include "cli.h"

int run_lab_boston(struct cli *cli, const struct args *args);
int run_lab_gmission(struct cli *cli, const struct args *args);
int run_lab_tobm(struct cli *cli, const struct args *args);
int run_lab_synthetic(struct cli *cli, const struct args *args);

#endif
