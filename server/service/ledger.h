/*
 * ledger: points movements of an order's members, into accounts, ledgers and the issuance counter.
 *
 * Nouns: provide = provisional points at completion; settle = make them final, with the rating's bonus;
 * reverse = take provisional points back (rework); restore = give them again, when that was taken back.
 * Errors: ERR_WANTED and the store's.
 */
#ifndef PAIDAN_SERVICE_LEDGER_H
#define PAIDAN_SERVICE_LEDGER_H

#include "service/reply.h"

enum err reach_account(struct txn *t, const char *member_id, AccountRecord **account);
/* For one completed slot; notes the amount in the slot. */
enum err ledger_provide(struct txn *t, OrderRecord *order, SlotRecord *slot, uint32_t duration_min);
/* For all slots. */
enum err ledger_settle(struct txn *t, OrderRecord *order, uint32_t stars);
enum err ledger_reverse(struct txn *t, OrderRecord *order);
enum err ledger_restore(struct txn *t, const OrderRecord *order);
/* A page of a member's movements, newest first. */
enum err ledger_list(struct txn *t, const char *member_id, const struct page *page, Movement ***movements, size_t *n,
		     char **next_page_token);

#endif
