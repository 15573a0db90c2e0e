/*
 * event_filter: which of a tenant's events somebody asked for, in a stream, a list or for a webhook.
 *
 * Nouns: a filter names units, categories and kinds; an empty list lets everything of its sort through.
 * What lies in no unit (the configuration, webhooks) passes no filter by unit; what belongs to no category
 * none by category.
 * Ownership: a filter borrows its lists from the request or record.
 * Errors: ERR_NOT_FOUND for a unit or category beyond reach, with the field. How much a filter may name and that
 * kinds are known is what the fields' rules see to (proto/paidan/v1).
 */
#ifndef PAIDAN_DOMAIN_EVENT_FILTER_H
#define PAIDAN_DOMAIN_EVENT_FILTER_H

#include "domain/config.h"

struct event_filter {
	char *const *node_ids;
	size_t n_node_ids;
	char *const *category_ids;
	size_t n_category_ids;
	const EventKind *kinds;
	size_t n_kinds;
};

/* Of any message that has the three lists: the requests of EventService, Webhook, WebhookRecord. */
#define EVENT_FILTER(m)                                                                                            \
	((struct event_filter){(m)->node_ids, (m)->n_node_ids, (m)->category_ids, (m)->n_category_ids, (m)->kinds, \
			       (m)->n_kinds})

/* Whether the acting actor may ask for it. */
enum err event_filter_check(struct scene *s, const struct event_filter *filter);
bool event_filter_passes(const struct event_filter *filter, const struct config *config, const EventRecord *event);

#endif
