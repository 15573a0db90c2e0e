/*
 * doctor: checks of a connection, each with a verdict in words.
 *
 * Nouns: a finding is one check: what was looked at, how it stands (fine, worth a look, wrong), what was found
 * and, when it is not fine, how to mend it.
 * Ownership: a finding is a value. Errors: a check that can't be made because one before it failed is left out.
 */
#ifndef PAIDAN_CLI_DOCTOR_H
#define PAIDAN_CLI_DOCTOR_H

#include "cli.h"
#include "target.h"

enum verdict { VERDICT_FINE, VERDICT_LOOK, VERDICT_WRONG };

struct finding {
	const char *name; /* stable: "tcp" */
	const char *zh, *en;
	enum verdict verdict;
	char text[400];
	char mend[400]; /* "" when fine */
};

void doctor_report(struct cli *cli, const struct finding *finding);
/* Sets text and mend from formats; mend may be NULL. */
void doctor_say(struct finding *f, enum verdict verdict, const char *format, ...) __attribute__((format(printf, 3, 4)));
void doctor_mend(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* doctor_net.c: name, TCP, TLS and ALPN, by themselves. True when calls can be tried. */
bool doctor_network(struct cli *cli, const struct target *target, bool *wrong);

#endif
