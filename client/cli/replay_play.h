/*
 * replay_play: plays the requests as the people would: residents place and rate, volunteers answer, the desk
 * rejects and holds.
 *
 * How it hears of offers: one WatchBoard stream with the desk's key, resumed after the last event when it is
 * lost; an order of which something is expected and nothing heard is read with GetOrder, soon at first, then
 * less and less often, so a stream that lags or is lost costs time, not orders.
 *
 * Ownership: everything given is borrowed; play_free frees what the run made. Errors: as replay_case.h.
 */
#ifndef PAIDAN_CLI_REPLAY_PLAY_H
#define PAIDAN_CLI_REPLAY_PLAY_H

#include "replay_case.h"

void play_run(struct play *p);
void play_free(struct play *p);

#endif
