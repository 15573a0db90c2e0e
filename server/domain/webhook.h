/*
 * webhook: the rules of webhooks: which URL may be one, which events it gets, when a failed delivery is tried
 * again, when the receiver is given up.
 *
 * Nouns: the rules are the deployment's (config_table.c) and passed in like the time; a pause is the time
 * between two tries; an outage begins with the first failure after a success and ends with the next success.
 * Ownership: rules are static or the worker's; the rest lies in the scene's arena or the record.
 * Errors: ERR_FIELD_INVALID for a URL that can't be one;
 * ERR_NOT_FOUND for a webhook beyond reach.
 */
#ifndef PAIDAN_DOMAIN_WEBHOOK_H
#define PAIDAN_DOMAIN_WEBHOOK_H

#include "domain/config.h"

enum { WEBHOOK_PAUSES_MAX = 16, WEBHOOK_TYPE_BYTES = 64 };

struct webhook_rules {
	/* Pauses after the first, second … failed try; the last one goes on. Each is spread by a fifth to
	 * either side, so that what failed together is not tried again together. */
	int64_t pause_ms[WEBHOOK_PAUSES_MAX];
	size_t n_pauses;
	int64_t give_up_ms; /* after the first try: a dead letter */
	int64_t disable_ms; /* of an outage */
};

/* 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, as Standard Webhooks suggest: three days; disabled after
 * five. */
extern const struct webhook_rules webhook_default_rules;
/* "5s 5m 30m 2h": pauses of at least 1 ms (unit ms), s, m, h or d each. give_up_ms becomes their sum. */
bool webhook_pauses_parse(const char *text, struct webhook_rules *rules);

enum err webhook_check_url(struct scene *s, const char *url, const char *field);
/* The webhook is in the actor's reach. */
enum err webhook_authz(struct scene *s, const WebhookRecord *webhook);
bool webhook_wants(const WebhookRecord *webhook, const struct config *config, const EventRecord *event);
/* "order.offer_declined" */
void webhook_type(EventKind kind, char type[WEBHOOK_TYPE_BYTES]);

/* What a receiver may ask for with Retry-After, at most. */
#define WEBHOOK_RETRY_AFTER_MAX_MS INT64_C(86400000)
/* attempts: failed ones, at least 1. retry_after_ms: what the receiver asked for, 0: nothing. */
int64_t webhook_pause_ms(const struct webhook_rules *rules, uint32_t attempts, int64_t retry_after_ms, uint64_t random);

/* Notes a failure; true when the outage has lasted for so long that the webhook is disabled. */
bool webhook_failed(const struct webhook_rules *rules, WebhookStateRecord *state, const char *lane_id, int64_t now_ms);
/* Whether the state has anything new to note about this failure: it is one record for all lanes. */
bool webhook_notes_failure(const struct webhook_rules *rules, const WebhookStateRecord *state, const char *lane_id,
			   int64_t now_ms);
/* Notes a success; true when it ended an outage that made several lanes wait. */
bool webhook_recovered(const struct webhook_rules *rules, WebhookStateRecord *state, int64_t now_ms);

void webhook_disable(WebhookRecord *webhook, WebhookDisabled why, int64_t now_ms);

#endif
