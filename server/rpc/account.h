/*
 * account: what is counted and logged of a call that is over.
 *
 * One line for each failed or slow call at info, for the others at debug (at info with log_ok): path, code,
 * time, bytes, request id, protocol, peer, and the id of the key, never the key or what was in a message.
 * Ownership: everything is borrowed. Errors: none.
 */
#ifndef PAIDAN_RPC_ACCOUNT_H
#define PAIDAN_RPC_ACCOUNT_H

#include "rpc/inside.h"

void account_call(const struct call *call, enum err err);

#endif
