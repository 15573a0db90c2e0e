/*
 * bench_report: what a load run has to say, as a table for people or one JSON object for programs.
 *
 * Nouns: the report is a JSON object; its member "rpcs" is shown as a table of its own, texts and numbers as lines.
 * Ownership: report_print takes the object. Errors: as cli_write.
 */
#ifndef PAIDAN_CLI_BENCH_REPORT_H
#define PAIDAN_CLI_BENCH_REPORT_H

#include "bench_rpc.h"
#include "cli.h"

/* "rpcs": {"PlaceOrder": {"calls":, "refused":, "again":, "p50_ms":, "p99_ms":, "max_ms":}, …}, those that were used.
 */
json_t *report_rpcs(const struct rpcs *r);
/* Rounded to a thousandth. */
json_t *report_real(double value);
int report_print(struct cli *cli, json_t *report_take);

/* A share in [0, 1] from the argument of that name; -1 after saying what is wrong. */
double report_share(const struct cli *cli, const struct args *args, const char *name, double fallback);
/* The root key: of the file, or of the config's key. NULL after saying what is wrong. For free(). */
char *report_root_key(const struct cli *cli, const struct args *args);

#endif
