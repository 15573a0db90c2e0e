/*
 * loop: what the executor wants from outside (struct exec_env), on a worker's event loop.
 *
 * Nouns: a pause is one call of `later`, kept for reuse after it has fired. Random numbers are the kernel's,
 * fetched some hundred bytes at a time: secrets are made from them.
 * Ownership: the loop borrows base and owns its pauses; those that have not fired are dropped by loop_free.
 * Errors: loop_new NULL without memory. A pause that can't be had, and a kernel without random numbers, end
 * the process: a lost wake-up would leave a request hanging.
 */
#ifndef PAIDAN_SERVER_LOOP_H
#define PAIDAN_SERVER_LOOP_H

#include <event2/event.h>

#include "txn/exec.h"

struct loop;

struct loop *loop_new(struct event_base *base);
void loop_free(struct loop *loop);
const struct exec_env *loop_env(const struct loop *loop);
uint64_t loop_random(void *loop);

#endif
