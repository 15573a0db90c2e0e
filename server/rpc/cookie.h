/*
 * cookie: sessions of pages, which a browser keeps where no script can read them.
 *
 * Nouns: an audience is for whom a page is: the desk's people, members, residents. Each has a cookie of its own, so
 * that one browser can have several pages open: __Host-paidan, __Host-paidan-member, __Host-paidan-resident. Its value
 * is a session, "pds_<tenant>_<id>_<secret>".
 *
 * A cookie comes with whatever a browser sends, also when another site made it send. So it counts only for a request
 * that asks for it by a header, "X-Paidan-Session: desk | member | resident", which no other site's page can set
 * without being let in (cors.h never lets it), and that does not come from elsewhere, as the browser says
 * (Sec-Fetch-Site, Origin). SameSite=Strict keeps it from being sent at all.
 * Ownership: the token lies in the arena or in the request. Errors: ERR_FIELD_INVALID for another audience,
 * ERR_ORIGIN_FOREIGN, ERR_SESSION_ENDED when there is no such cookie.
 */
#ifndef PAIDAN_RPC_COOKIE_H
#define PAIDAN_RPC_COOKIE_H

#include "base/arena.h"
#include "rpc/route.h"
#include "txn/txn.h"

/* The longest Set-Cookie: a name, a session, a life and four attributes. */
enum { COOKIE_CHARS = 400 };

enum err cookie_session(const struct http_request *request, struct slice audience, struct slice *token,
			struct fault *fault);
/* The value of Set-Cookie. */
struct slice cookie_write(const struct txn_cookie *cookie, char text[COOKIE_CHARS]);

#endif
