/*
 * args: the command line, parsed by the command's row.
 *
 * Nouns: a value is one occurrence of a param. Flags may stand anywhere behind the verb, global ones also
 * before the noun; "--flag value", "--flag=value", "-f value" and "-fvalue" are the same; "--" ends flags.
 * Ownership: values borrow from argv. Errors: a problem text in both languages for people (usage: exit 2).
 */
#ifndef PAIDAN_CLI_ARGS_H
#define PAIDAN_CLI_ARGS_H

#include "command.h"

enum { ARGS_MAX = 512 };

struct arg_value {
	const struct param *param;
	const char *text; /* NULL for a switch */
};

struct args {
	const struct noun *noun;       /* NULL: none was given */
	const struct command *command; /* NULL: none was given */
	bool help;
	bool version;
	struct arg_value values[ARGS_MAX];
	size_t n;
	char zh[512], en[512]; /* the problem, when args_parse gives false */
};

bool args_parse(struct args *args, int argc, char *const *argv);

/* The last value of the param of that name, NULL when it was not given. */
const char *args_text(const struct args *args, const char *name);
bool args_has(const struct args *args, const char *name);
/* Whole number in a global or own param; fallback when it was not given. Checked at parsing. */
unsigned long args_uint(const struct args *args, const char *name, unsigned long fallback);

#endif
