/*
 * web: all that is served to browsers beside RPCs: pages (site.h) and attachments (attachments.h).
 *
 * Ownership: borrowed; a struct web lives as long as what serves it.
 * Errors: web_begin NULL for a path that is neither's.
 */
#ifndef PAIDAN_WEB_WEB_H
#define PAIDAN_WEB_WEB_H

#include "web/attachments.h"
#include "web/site.h"

struct web {
	const struct asset_table *table;
	struct attachments *attachments;
};

/* For struct route_site; arg is the struct web. */
struct route_state *web_begin(void *arg, struct http_exchange *x, const struct http_request *request);

#endif
