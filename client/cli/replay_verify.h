/*
 * replay_verify: reads everything back and judges it.
 *
 * What is checked, for every order that was placed: the timeline holds every write that was acknowledged (none is
 * lost), and none of those writes twice; a final state was entered exactly once since the last rework, an open
 * one never; its state follows from what was acknowledged. For the tenant: all accounts sum to zero, and the counts
 * behind the rates are what the orders come to.
 *
 * Nouns: a finding is one order that does not hold up.
 * Ownership: values. Errors: false when reading fails (`error`); what was read wrong is in the result.
 */
#ifndef PAIDAN_CLI_REPLAY_VERIFY_H
#define PAIDAN_CLI_REPLAY_VERIFY_H

#include "replay_case.h"

struct replay_truth {
	uint64_t states[ORDER_STATE_REJECTED + 1];
	uint64_t unserved; /* of the PLACED */
	uint64_t reworked; /* orders sent back at least once */
	uint64_t reworks, reoffers, declines, expiries, pooled, unrated;
	uint64_t lost;       /* acknowledged writes that are not there */
	uint64_t doubled;    /* writes that are there more often than they were acknowledged */
	uint64_t misordered; /* orders with no or several final states, or another state than they should have */
	int64_t points_sum, points_awarded;
	uint64_t accounts;
	uint64_t miscounted; /* counts that a recount found wrong */
};

/* Counts and judges one order; acks of the client's side. */
void verify_order(const struct play_case *c, const Order *order, struct replay_truth *truth);
bool replay_verify(struct play *p, struct replay_truth *truth, struct rpc_error *error);

#endif
