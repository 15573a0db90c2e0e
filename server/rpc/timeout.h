/*
 * timeout: how long a client is willing to wait.
 *
 * Nouns: grpc-timeout is 1 to 8 digits and a unit (H M S m u n); Connect-Timeout-Ms is 1 to 10 digits.
 * A part of a millisecond counts as one, so that only a timeout of 0 is over at once.
 * Ownership: everything is borrowed.
 * Errors: false for what is not of that form.
 */
#ifndef PAIDAN_RPC_TIMEOUT_H
#define PAIDAN_RPC_TIMEOUT_H

#include "base/slice.h"

bool timeout_grpc(struct slice value, int64_t *timeout_ms);
bool timeout_connect(struct slice value, int64_t *timeout_ms);

#endif
