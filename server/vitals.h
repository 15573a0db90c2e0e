/*
 * vitals: how a process is doing: CPU time, resident memory, and how late its event loop is. Keeps its heap tidy.
 *
 * Nouns: the lag is how much later than asked a timer fires; what is told is the worst of the last
 * VITALS_WINDOW_MS.
 * Ownership: borrows base and slot. Errors: vitals_new NULL without memory.
 */
#ifndef PAIDAN_SERVER_VITALS_H
#define PAIDAN_SERVER_VITALS_H

#include <event2/event.h>

#include "rpc/metrics.h"

enum { VITALS_TICK_MS = 100, VITALS_WINDOW_MS = 10000 };

struct vitals;

struct vitals *vitals_new(struct event_base *base, struct metrics_slot *slot);
void vitals_free(struct vitals *v);
/* Brings the slot's CPU, RESIDENT and LOOP_LAG up to date; done once a second by itself. */
void vitals_refresh(struct vitals *v);

#endif
