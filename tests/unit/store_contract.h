/*
 * store_contract: the rules of store.h as assertions, run on both stores on an empty tenant.
 *
 * Ownership: borrows the probe.
 * Errors: fails the test.
 */
#ifndef PAIDAN_TESTS_STORE_CONTRACT_H
#define PAIDAN_TESTS_STORE_CONTRACT_H

#include "store_probe.h"

void store_contract(struct probe *p);

#endif
