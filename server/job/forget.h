/*
 * forget: what an order no longer tells, because a person was erased or because its time is over.
 *
 * Nouns: words = what was said in texts; they are somebody's, by the line of the timeline that they stand in.
 * What happened stays: states, times, who by their id, grid, category, outcome, stars.
 * Ownership: the order is the transaction's; who calls puts it.
 * Errors: as txn.h.
 */
#ifndef PAIDAN_JOB_FORGET_H
#define PAIDAN_JOB_FORGET_H

#include "txn/txn.h"

/* The contact that was given with it. */
enum err forget_contact(struct txn *t, OrderRecord *order);
/* All of it: contact, words of everybody, pictures and memos, and where it was, closer than the grid. */
enum err forget_order(struct txn *t, OrderRecord *order);
/* What this resident or member said. Pictures of the work stay: they show the home of who was helped. */
void forget_words(OrderRecord *order, const char *person_id);

#endif
