/*
 * finding: what a check of paidan doctor found, and how it is told.
 *
 * Nouns: a finding is one check: what was looked at, how it stands (fine, worth a look, wrong), what was found
 * and, when it is not fine, how to mend it.
 * Ownership: a finding is a value. Errors: none.
 */
#ifndef PAIDAN_CLI_FINDING_H
#define PAIDAN_CLI_FINDING_H

#include "cli.h"

enum verdict { VERDICT_FINE, VERDICT_LOOK, VERDICT_WRONG };

struct finding {
	const char *name; /* stable: "tcp" */
	const char *zh, *en;
	enum verdict verdict;
	char text[400];
	char mend[400]; /* "" when fine */
};

/* Tells it, in the form that was asked for. */
void finding_report(struct cli *cli, const struct finding *finding);
/* Sets the verdict and the text; or what to do about it. */
void finding_say(struct finding *f, enum verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void finding_mend(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
