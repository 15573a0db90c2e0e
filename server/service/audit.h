/*
 * audit: what people did that somebody may ask about years later.
 *
 * Nouns: a note is one such act, kept in one log of the tenant, which is only appended to: notes never conflict, and
 * one goes into the store with the act itself or not at all. Ownership: the note's texts live as long as the
 * transaction. Errors: none.
 */
#ifndef PAIDAN_SERVICE_AUDIT_H
#define PAIDAN_SERVICE_AUDIT_H

#include "txn/txn.h"

struct audit_note {
	AuditKind kind;
	const char *subject_id; /* NULL: none */
	const char *order_id;   /* NULL: not about an order */
	const char *text;       /* as they said it; NULL: they said nothing */
};

/* Notes that the actor does it now. */
void audit_note(struct txn *t, struct audit_note note);

#endif
