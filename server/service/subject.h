/*
 * subject: the resident or member whom a request about personal data is about.
 *
 * Nouns: without an id it is the acting resident or member.
 * Errors: as txn.h; ERR_NOT_FOUND for whom the actor may not see; ERR_FIELD_REQUIRED.
 */
#ifndef PAIDAN_SERVICE_SUBJECT_H
#define PAIDAN_SERVICE_SUBJECT_H

#include "txn/txn.h"

struct subject {
	const char *id, *grid_id;
	ResidentRecord *resident; /* or */
	MemberRecord *member;
	HouseholdRecord *household; /* of a resident; NULL: none */
};

enum err subject_reach(struct txn *t, const char *person_id, struct subject *who);
/* 0: their data is there. */
int64_t subject_erased_ms(const struct subject *who);
/* An event about them; what it was about stays with the broker. */
void subject_event(struct txn *t, EventKind kind, const struct subject *who);

#endif
