/*
 * watch: server streams over a tenant's events, without gaps or repeats.
 *
 * Nouns: a watch reads the event log like everyone else: behind = it is read from the log (after a
 * resume, a pause, or when events came faster than they could be told); live = entries come as they are
 * heard. A position is "<log id>-<n>": the n-th event of an entry, so that a stream that broke in the
 * middle of an entry resumes there. Who begins now is told a position, too: nothing may happen before they are cut off;
 * and who hears nothing is told one now and then, for the last event may be gone when they are.
 * Every message is a read transaction of its own, with the watcher's credential: a revoked key ends the
 * stream. So does one that is told nothing: whenever the configuration changes the watcher is judged anew.
 * Alike = a method's messages depend on the event alone (method.tell): those who have nothing else to read are told
 * at once what is made once for all of them, unless they are just being judged.
 * Ownership: watches belong to the exec until exec_unwatch, or until `ended` was called.
 * Errors (to opened): those of the method's open handler; ERR_FIELD_INVALID for a bad position.
 */
#ifndef PAIDAN_TXN_WATCH_H
#define PAIDAN_TXN_WATCH_H

#include "txn/tenant.h"

/* The n of a position behind all events of its entry. */
#define WATCH_WHOLE_ENTRY 999999999u

/* An entry of the tenant's log was heard. */
void watch_events(struct exec *exec, struct tenant *tenant, const struct tenant_heard *heard);
/* Drops all watches without calling anything. */
void watch_end_all(struct exec *exec);

/* "1700000000000-0-2" → log id to read behind, and how many events of the next entry to skip. */
bool watch_position_parse(struct slice text, char after[48], char entry[48], unsigned *skip);

#endif
