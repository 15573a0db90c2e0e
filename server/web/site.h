/*
 * site: answers requests for assets (asset.h), on either protocol and port.
 *
 * Nouns: GET and HEAD alone; whatever else is asked gets 405, and OPTIONS is told so. A path is compared byte by byte
 * with those of the table, so there is nothing to be found by dots, escapes or a second name. Pages are asked for anew
 * each time (304 when they are the same), assets that last are not.
 * Every answer says what a page may do: scripts, styles and connections of this origin only, nothing inline, in
 * nobody's frame. A page that shows a picture it has just taken needs blob: and data: for pictures.
 * Ownership: the table is borrowed. Errors: site_begin NULL for a path that is not the table's.
 */
#ifndef PAIDAN_WEB_SITE_H
#define PAIDAN_WEB_SITE_H

#include "rpc/route.h"
#include "web/asset.h"

struct route_state *site_begin(const struct asset_table *table, struct http_exchange *x,
			       const struct http_request *request);

#endif
