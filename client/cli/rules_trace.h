/*
 * rules_trace: what a trial of rules needs to know of the tenant, read through the API.
 *
 * Ownership: the trace lies in the arena. Errors: as cli.h, said already.
 */
#ifndef PAIDAN_CLI_RULES_TRACE_H
#define PAIDAN_CLI_RULES_TRACE_H

#include "cli.h"
#include "sim/trial.h"

/* Orders placed since then, and all members, units and categories. */
int trace_read(struct cli *cli, struct arena *a, int64_t from_ms, struct trial_trace *trace);

#endif
