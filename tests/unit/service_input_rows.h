/*
 * service_input_rows: bad input for every method, and what it is told.
 *
 * Nouns: what a row refers to ($o, $m) is in the town of test_service_inputs.c.
 * Ownership: everything is constant. Errors: none.
 */
#ifndef PAIDAN_TESTS_SERVICE_INPUT_ROWS_H
#define PAIDAN_TESTS_SERVICE_INPUT_ROWS_H

#include <stddef.h>

struct input_row {
	char who; /* A admin, m member, e another, r resident, s another, k operator of $g, - nobody */
	const char *method, *json, *reason;
	const char *field; /* NULL: none is named */
};

extern const struct input_row input_rows[];
extern const size_t n_input_rows;

#endif
