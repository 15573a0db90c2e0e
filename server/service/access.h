/*
 * access: who was shown a person's name, phone and address, and why.
 *
 * Nouns: a note is one such occasion, kept with the person; that a member took on an order is not noted, for the
 * order's timeline says it.
 * Errors: ERR_WANTED and the store's; ERR_RATE_LIMITED when an operator asks too often.
 */
#ifndef PAIDAN_SERVICE_ACCESS_H
#define PAIDAN_SERVICE_ACCESS_H

#include "txn/txn.h"

/* Notes that the actor is shown it now; order_id and purpose may be "". */
enum err access_note(struct txn *t, const char *person_id, AccessKind kind, const char *order_id, const char *purpose);
/* Drops the notes that the policy keeps no longer. */
enum err access_trim(struct txn *t, const char *person_id);
/* Counts one more reveal of the acting operator, within what the policy allows in an hour. */
enum err access_count_reveal(struct txn *t);
/* All notes of a person, and for the orders given who took them on; of those with since_ms <= at < before_ms,
 * newest first. */
enum err access_list(struct txn *t, const char *person_id, OrderRecord *const *orders, size_t n_orders,
		     int64_t since_ms, int64_t before_ms, ListAccessResponse *rsp);

#endif
