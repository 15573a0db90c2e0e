/*
 * lab_stage: small traces for the tests of the lab, and how they are played.
 *
 * Ownership: all lies in the stage's arena, which each test has anew.
 */
#ifndef PAIDAN_TESTS_LAB_STAGE_H
#define PAIDAN_TESTS_LAB_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "lab_run.h"
#include "lab_trace.h"

typedef bool read_fn(struct arena *a, const char *path, struct lab_trace *trace, struct lab_problem *problem);

extern struct arena arena;

int setup(void **state);
int teardown(void **state);
struct lab_trace read_good(read_fn *read, const char *text);
/* The text is refused at that line, and why has these words. */
void expect_bad(read_fn *read, const char *text, size_t line, const char *why);
/* The text is a city's requests and, by their places, its volunteers. */
bool read_city(struct arena *a, const char *path, struct lab_trace *trace, struct lab_problem *problem);
struct lab_run play(const struct lab_trace *t, const char *policy_text, double accept, uint64_t seed);

#endif
