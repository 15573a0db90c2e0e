#include "rpc/cors.h"

#include "rpc/words.h"

/* All that we read, but for what a script may set anyway; and all that we answer with beyond the body. */
#define ALLOW_HEADERS                                                                                       \
	"authorization, connect-accept-encoding, connect-content-encoding, connect-protocol-version, "      \
	"connect-timeout-ms, content-encoding, content-type, grpc-timeout, idempotency-key, traceparent, "  \
	"tracestate, x-grpc-web, x-paidan-act-as, x-paidan-tenant, x-paidan-unknown-fields, x-request-id, " \
	"x-user-agent"
#define EXPOSE_HEADERS                                                                             \
	"accept-encoding, accept-post, allow, connect-accept-encoding, connect-content-encoding, " \
	"content-encoding, grpc-message, grpc-status, grpc-status-details-bin, traceresponse, "    \
	"trailer-server-timing, www-authenticate, x-request-id"
/* Chrome's longest: the configuration changes with a restart only. */
#define MAX_AGE_S "7200"

/* The next origin of a list; empty at its end. */
static struct slice next_word(struct slice *list)
{
	while (list->len > 0 && (list->ptr[0] == ' ' || list->ptr[0] == ',' || list->ptr[0] == '\t'))
		*list = slice_from(*list, 1);
	size_t len = 0;
	while (len < list->len && list->ptr[len] != ' ' && list->ptr[len] != ',' && list->ptr[len] != '\t')
		len++;
	struct slice word = slice_of(list->ptr, len);
	*list = slice_from(*list, len);
	return word;
}

/* scheme://host[:port] in lower case, as browsers write it. */
static bool is_origin(struct slice s)
{
	if (slice_starts(s, SLICE("https://")))
		s = slice_from(s, sizeof("https://") - 1);
	else if (slice_starts(s, SLICE("http://")))
		s = slice_from(s, sizeof("http://") - 1);
	else
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];
		bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' ||
			    c == '[' || c == ']';
		if (!fine)
			return false;
	}
	return s.len > 0;
}

bool cors_is_list(const char *origins)
{
	struct slice list = slice_str(origins);
	for (struct slice word = next_word(&list); word.len > 0; word = next_word(&list)) {
		if (!slice_eq(word, SLICE("*")) && !is_origin(word))
			return false;
	}
	return true;
}

static bool is_in(struct slice list, struct slice origin)
{
	for (struct slice word = next_word(&list); word.len > 0; word = next_word(&list)) {
		if (slice_eq(word, SLICE("*")) || slice_eq(word, origin))
			return true;
	}
	return false;
}

static bool is_preflight(const struct http_request *request)
{
	return slice_eq(request->method, SLICE("OPTIONS")) &&
	       http_header(request, SLICE("access-control-request-method")).len > 0;
}

bool cors_admit(const char *origins, struct http_exchange *x, const struct http_request *request)
{
	struct slice list = slice_str(origins);
	if (list.len == 0)
		return false;
	struct slice origin = http_header(request, SLICE("origin"));
	if (origin.len == 0)
		return false;
	http_add_header(x, SLICE("vary"),
			is_preflight(request)
			    ? SLICE("origin, access-control-request-method, access-control-request-headers")
			    : SLICE("origin"));
	if (!is_in(list, origin))
		return false;
	http_add_header(x, SLICE("access-control-allow-origin"), origin);
	http_add_header(x, SLICE("access-control-expose-headers"), SLICE(EXPOSE_HEADERS));
	return true;
}

void cors_preflight(struct http_exchange *x, const struct http_request *request, struct slice methods)
{
	if (!is_preflight(request))
		return;
	http_add_header(x, SLICE("access-control-allow-methods"), methods);
	http_add_header(x, SLICE("access-control-allow-headers"), SLICE(ALLOW_HEADERS));
	http_add_header(x, SLICE("access-control-max-age"), SLICE(MAX_AGE_S));
}
