/*
 * values: what people write, as JSON values of the API: times, points, skills, shifts.
 *
 * For arguments (request.c) and for the cells of imported files alike.
 * Ownership: the value is the caller's to json_decref.
 * Errors: NULL, with how it must be written in both languages.
 */
#ifndef PAIDAN_CLI_VALUES_H
#define PAIDAN_CLI_VALUES_H

#include "command.h"

struct value_error {
	const char *zh, *en;
};

/* Every type but TYPE_CATEGORY, which needs the server. */
json_t *value_parse(const struct param *param, const char *text, struct value_error *error);

#endif
