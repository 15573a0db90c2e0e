/*
 * lane: the events that one webhook is still to be told of one subject, first in, first out.
 *
 * Nouns: an item is an event with its tries; items stand in the order of their events; only the first one is
 * ever sent, so that nobody hears of a later event before an earlier one has arrived or is a dead letter. An
 * empty lane lingers for a while, so that no two lanes of the same name follow each other closely.
 * Ownership: a lane and its items lie in the arena given or that they were decoded in.
 * Errors: none.
 */
#ifndef PAIDAN_DOMAIN_LANE_H
#define PAIDAN_DOMAIN_LANE_H

#include "domain/scene.h"

/* Far longer than any transaction lives. */
#define LANE_LINGER_MS INT64_C(600000)

/* "<webhook>.<subject>" */
char *lane_id(struct arena *a, const char *webhook_id, const char *subject_id);
LaneRecord *lane_new(struct arena *a, const char *webhook_id, const char *subject_id);
/* Event ids by their place in the log. */
int lane_compare_ids(const char *a, const char *b);
/* Puts an item at its place; one that is there already stays as it is (false). A first item is due at once. */
bool lane_add(struct arena *a, LaneRecord *lane, LaneItem *item, int64_t now_ms);
LaneItem *lane_item(const LaneRecord *lane, const char *event_id);
/* The next one is due at once; the last one leaves an empty lane that lingers. */
void lane_remove(LaneRecord *lane, const LaneItem *item, int64_t now_ms);

#endif
