/*
 * change: what a commit makes of a record, as events tell it.
 *
 * How: both sides are taken in their encoded form, where the fields stand in the order of their numbers, and
 * compared piece by piece; so it works for any kind of record and costs a walk over a few hundred bytes.
 * Nouns: the told bytes are a record of the same kind that has only the new values which changed and may be
 * told (domain/told.h).
 * Ownership: the event's lists lie in the arena. Errors: none; bytes that are no message have no fields.
 */
#ifndef PAIDAN_TXN_CHANGE_H
#define PAIDAN_TXN_CHANGE_H

#include "base/arena.h"
#include "domain/told.h"
#include "paidan_pb.h"

/* before is empty for a new record. Fills event->changed and event->told. */
void change_note(struct arena *a, const struct told_field *fields, struct slice before, struct slice after,
		 EventRecord *event);

#endif
