/*
 * doctor_inside: what the broker's metrics tell of its health, in words.
 *
 * Nouns: a check is one number of the page with the bound beyond which it is worth a word.
 * Ownership: findings are values of the caller's. Errors: a number that the page doesn't have is not judged.
 */
#ifndef PAIDAN_CLI_DOCTOR_INSIDE_H
#define PAIDAN_CLI_DOCTOR_INSIDE_H

#include "finding.h"
#include "scrape.h"

enum { INSIDE_MAX_FINDINGS = 8 };

/* One finding for each check that can be made, fine or not; gives how many. */
size_t inside_judge(const struct cli *cli, const struct scrape *s, const char *own_version,
		    struct finding findings[INSIDE_MAX_FINDINGS]);

/* What to do about a key that was refused, by the error's reason. */
const char *inside_key_mend(const struct cli *cli, const char *reason);

/* Fetches the page that the settings name and reports; does nothing when they name none. */
void doctor_inside(struct cli *cli, bool *wrong);

#endif
