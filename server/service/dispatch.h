/*
 * dispatch: who is asked next for an order.
 *
 * Nouns: preselection takes the cheapest from the worker's roster, which may lag; each is then read again
 * inside the transaction, filtered and priced afresh, and only then asked. Rings widen until somebody is
 * found; after the last one comes the grab pool.
 * Orders that were decided together (domain/batch.h) come with a plan. It is advice: those whom it names are read,
 * filtered and priced like all others, and go first; where they can't be asked any more, the next best are.
 * Errors: ERR_WANTED and the store's.
 */
#ifndef PAIDAN_SERVICE_DISPATCH_H
#define PAIDAN_SERVICE_DISPATCH_H

#include "txn/txn.h"

/* Makes the offers that are due for a PLACED order (or, DANGER, tops up those of an OFFERED one), or
 * pools it. plan: NULL when it is decided by itself. The order is changed, and loads are put; the caller puts the
 * order. */
enum err dispatch_step(struct txn *t, OrderRecord *order, const PlannedOrder *plan);

#endif
