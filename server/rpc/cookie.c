#include "rpc/cookie.h"

#include <stdio.h>

#include "rpc/words.h"

static const struct audience {
	struct slice name;
	const char *cookie;
	Role role;
} audiences[] = {
    {{(const uint8_t *)"desk", 4}, "__Host-paidan", ROLE_OPERATOR},
    {{(const uint8_t *)"member", 6}, "__Host-paidan-member", ROLE_MEMBER},
    {{(const uint8_t *)"resident", 8}, "__Host-paidan-resident", ROLE_RESIDENT},
};
enum { AUDIENCES = sizeof(audiences) / sizeof(audiences[0]) };

static const struct audience *find_audience(struct slice name)
{
	for (size_t i = 0; i < AUDIENCES; i++) {
		if (slice_eq(name, audiences[i].name))
			return &audiences[i];
	}
	return NULL;
}

/* "https://desk.example:8443" is what "desk.example:8443" serves. */
static bool is_own(struct slice origin, struct slice authority)
{
	if (slice_starts(origin, SLICE("https://")))
		origin = slice_from(origin, sizeof("https://") - 1);
	else if (slice_starts(origin, SLICE("http://")))
		origin = slice_from(origin, sizeof("http://") - 1);
	return origin.len > 0 && words_same(origin, authority);
}

/* A browser that says which site a request is from is believed; one that does not names at least the origin. */
static bool is_foreign(const struct http_request *request)
{
	struct slice site = http_header(request, SLICE("sec-fetch-site"));
	struct slice origin = http_header(request, SLICE("origin"));
	if (site.ptr != NULL)
		return !slice_eq(site, SLICE("same-origin"));
	return origin.ptr != NULL && !is_own(origin, request->authority);
}

/* HTTP/2 may have each pair in a header of its own (RFC 9113 8.2.3). */
static struct slice find_cookie(const struct http_request *request, struct slice name)
{
	for (size_t i = 0; i < request->n_headers; i++) {
		if (!slice_eq(request->headers[i].name, SLICE("cookie")))
			continue;
		struct slice pairs = request->headers[i].value;
		while (pairs.len > 0) {
			struct slice value = words_trim(words_cut(&pairs, ';'));
			struct slice own = words_cut(&value, '=');
			if (slice_eq(own, name))
				return value;
		}
	}
	return SLICE_NONE;
}

enum err cookie_session(const struct http_request *request, struct slice audience, struct slice *token,
			struct fault *fault)
{
	const struct audience *of = find_audience(audience);
	if (of == NULL)
		return fault_set(fault, ERR_FIELD_INVALID, "x-paidan-session", "desk, member or resident");
	if (is_foreign(request))
		return fault_set(fault, ERR_ORIGIN_FOREIGN, NULL, "not from a page of this origin");
	*token = find_cookie(request, slice_str(of->cookie));
	return token->len > 0 ? OK : fault_set(fault, ERR_SESSION_ENDED, NULL, "there is no cookie");
}

struct slice cookie_write(const struct txn_cookie *cookie, char text[COOKIE_CHARS])
{
	const struct audience *of = &audiences[0];
	for (size_t i = 0; i < AUDIENCES; i++) {
		if (audiences[i].role == cookie->role)
			of = &audiences[i];
	}
	int len = snprintf(text, COOKIE_CHARS, "%s=%s; Path=/; Max-Age=%lld; Secure; HttpOnly; SameSite=Strict",
			   of->cookie, cookie->value, (long long)(cookie->life_ms / 1000));
	return slice_of(text, len < COOKIE_CHARS ? (size_t)len : 0);
}
