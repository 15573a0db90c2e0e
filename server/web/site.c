#include "web/site.h"

#include "rpc/encoding.h"
#include "rpc/words.h"

#define CONTENT_POLICY                                                                          \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " \
	"media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "    \
	"worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/* A photo of the leak, a voice memo, where I am: and for no frame of somebody else's. */
#define PERMISSIONS "camera=(self), microphone=(self), geolocation=(self)"

enum { SITE_HEADERS = 16 };

struct head {
	struct http_header items[SITE_HEADERS];
	size_t n;
};

static void add(struct head *head, struct slice name, struct slice value)
{
	head->items[head->n++] = (struct http_header){.name = name, .value = value};
}

static void add_guards(struct head *head)
{
	add(head, SLICE("content-security-policy"), SLICE(CONTENT_POLICY));
	add(head, SLICE("x-content-type-options"), SLICE("nosniff"));
	add(head, SLICE("referrer-policy"), SLICE("no-referrer"));
	add(head, SLICE("permissions-policy"), SLICE(PERMISSIONS));
	add(head, SLICE("cross-origin-opener-policy"), SLICE("same-origin"));
	add(head, SLICE("cross-origin-resource-policy"), SLICE("same-origin"));
}

/* Whether a list of tags has this one; weak tags are compared like strong ones (RFC 9110 13.1.2). */
static bool names_tag(struct slice list, struct slice tag)
{
	while (list.len > 0) {
		struct slice one = words_trim(words_cut(&list, ','));
		if (slice_starts(one, SLICE("W/")))
			one = slice_from(one, 2);
		if (slice_eq(one, tag) || slice_eq(one, SLICE("*")))
			return true;
	}
	return false;
}

/* The header may come in several lines. */
static bool has_it(const struct http_request *request, struct slice tag)
{
	for (size_t i = 0; i < request->n_headers; i++) {
		const struct http_header *h = &request->headers[i];
		if (slice_eq(h->name, SLICE("if-none-match")) && names_tag(h->value, tag))
			return true;
	}
	return false;
}

static void answer_way(struct http_exchange *x, const struct asset *asset)
{
	struct head head = {.n = 0};
	add(&head, SLICE("location"), asset->location);
	add(&head, SLICE("cache-control"), SLICE("no-cache"));
	add_guards(&head);
	http_respond_body(x, 302, head.items, head.n, SLICE(""));
}

static void answer_asset(struct http_exchange *x, const struct http_request *request, const struct asset *asset)
{
	bool packs = asset->packed.len > 0 && encoding_wish(request, SLICE("accept-encoding"), true) == ENCODING_GZIP;
	struct slice tag = packs ? asset->packed_tag : asset->plain_tag;
	struct head head = {.n = 0};
	add(&head, SLICE("etag"), tag);
	add(&head, SLICE("cache-control"),
	    asset->lasts ? SLICE("public, max-age=31536000, immutable") : SLICE("no-cache"));
	add(&head, SLICE("vary"), SLICE("accept-encoding"));
	add_guards(&head);
	if (has_it(request, tag)) {
		http_respond(x, 304, head.items, head.n, true);
		return;
	}
	add(&head, SLICE("content-type"), asset->type);
	if (packs)
		add(&head, SLICE("content-encoding"), SLICE("gzip"));
	http_respond_body(x, 200, head.items, head.n, packs ? asset->packed : asset->plain);
}

struct route_state *site_begin(const struct asset_table *table, struct http_exchange *x,
			       const struct http_request *request)
{
	const struct asset *asset = asset_find(table, request->path);
	if (asset == NULL)
		return NULL;
	bool get = slice_eq(request->method, SLICE("GET")) || slice_eq(request->method, SLICE("HEAD"));
	if (!get) {
		bool asks = slice_eq(request->method, SLICE("OPTIONS"));
		struct route_refusal refusal = {
		    asks ? 204 : 405, {.name = SLICE("allow"), .value = SLICE("GET, HEAD")}, ""};
		return route_refuse(x, &refusal);
	}
	if (asset->location.len > 0)
		answer_way(x, asset);
	else
		answer_asset(x, request, asset);
	return route_answered();
}
