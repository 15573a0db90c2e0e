/*
 * dispatch: who is asked next for an order.
 *
 * Nouns: preselection takes the cheapest from the worker's roster, which may lag; each is then read again
 * inside the transaction, filtered and priced afresh, and only then asked. Rings widen until somebody is
 * found; after the last one comes the grab pool.
 * This chooses for one order at once; a batch engine answers the same question for many (its place is
 * dispatch_step).
 * Errors: ERR_WANTED and the store's.
 */
#ifndef PAIDAN_SERVICE_DISPATCH_H
#define PAIDAN_SERVICE_DISPATCH_H

#include "txn/txn.h"

/* Makes the offers that are due for a PLACED order (or, DANGER, tops up those of an OFFERED one), or
 * pools it. The order is changed, and loads are put; the caller puts the order. */
enum err dispatch_step(struct txn *t, OrderRecord *order);

#endif
