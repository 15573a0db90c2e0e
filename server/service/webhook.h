/*
 * webhook: what WebhookService and the jobs behind it share: reaching webhooks and lanes, and the notice of one
 * that was disabled.
 *
 * Errors: as txn.h; ERR_NOT_FOUND for a webhook beyond the actor's reach.
 */
#ifndef PAIDAN_SERVICE_WEBHOOK_H
#define PAIDAN_SERVICE_WEBHOOK_H

#include "domain/lane.h"
#include "domain/webhook.h"
#include "txn/txn.h"

enum err reach_webhook(struct txn *t, const char *id, WebhookRecord **webhook);
enum err reach_webhook_state(struct txn *t, const char *id, WebhookStateRecord **state);
/* The lane, new when there is none. */
enum err reach_lane(struct txn *t, const char *webhook_id, const char *subject_id, LaneRecord **lane);
char *dead_letter_id(struct txn *t, const char *webhook_id, const char *event_id);

/* Sets the state to the end of the log: only what happens from now on is taken. */
enum err webhook_skip_all(struct txn *t, WebhookStateRecord *state);
/* Disables it, with an event that tells. */
void webhook_stop(struct txn *t, WebhookRecord *webhook, WebhookDisabled why);
/* Lanes that wait for their next try are due now, spread over a moment; at most `limit`, more: there are others. */
enum err webhook_release(struct txn *t, const char *webhook_id, uint32_t limit, bool *more);
/* An event about the webhook itself. */
void webhook_event(struct txn *t, const WebhookRecord *webhook, EventKind kind);

#endif
