/*
 * must: for tests, a call that has to succeed.
 *
 * Ownership: the message is the reply's.
 * Errors: of a refusal it prints the reason, field and detail, and the test fails where must stands.
 */
#ifndef PAIDAN_TESTS_SIM_MUST_H
#define PAIDAN_TESTS_SIM_MUST_H

#include "world.h"

#define must(reply) world_must((reply), __FILE__, __LINE__)

void *world_must(struct world_reply reply, const char *file, int line);

#endif
