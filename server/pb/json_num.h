/*
 * json_num: decimal text to and from C numbers, exactly.
 *
 * Nouns: a number text is one that the JSON grammar allows ("-1.50e3"); what it stands for is kept exact,
 * so 1e2 and 100.0 are integers and 9007199254740993 does not lose its last digit.
 * Ownership: everything is borrowed.
 * Errors: the verdict.
 */
#ifndef PAIDAN_PB_JSON_NUM_H
#define PAIDAN_PB_JSON_NUM_H

#include "base/buf.h"

enum num_verdict {
	NUM_OK,
	NUM_NOT_A_NUMBER, /* not a number text */
	NUM_NOT_INTEGER,
	NUM_OUT_OF_RANGE,
};

/* Integers from low to high; low <= 0 <= high. */
enum num_verdict num_signed(struct slice text, int64_t low, int64_t high, int64_t *value);
enum num_verdict num_unsigned(struct slice text, uint64_t high, uint64_t *value);
/* The nearest double or float; out of range when that is infinite. */
enum num_verdict num_double(struct slice text, double *value);
enum num_verdict num_float(struct slice text, float *value);

/* The shortest text that reads back as the same number; finite numbers only. */
void num_put_double(struct buf *b, double value);
void num_put_float(struct buf *b, float value);

#endif
