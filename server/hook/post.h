/*
 * post: HTTP POSTs to receivers of webhooks, by libcurl on the worker's event loop.
 *
 * What it refuses: plain http and addresses that are not public (address.h), looked at when a connection is opened,
 * so behind every name and every change of it; both are allowed with `plain`, for networks of one's own. Redirects
 * are not followed, proxies of the environment not used, certificates always checked.
 * Bounds: LIMIT_HOOK_CONNECT_MS, LIMIT_HOOK_MS, LIMIT_HOOK_ANSWER_BYTES. Connections are kept for the next POST.
 * Ownership: borrows base and the texts of its config; post_free ends what is under way without calling `done`.
 * Errors: post_new NULL without memory; the rest is in the answers (DeliveryResult).
 */
#ifndef PAIDAN_HOOK_POST_H
#define PAIDAN_HOOK_POST_H

#include <event2/event.h>

#include "hook/transport.h"

struct post_config {
	struct event_base *base;
	bool plain;
	const char *ca_file;    /* further authorities, beside the system's; "": none */
	const char *user_agent; /* "paidan/0.1.0" */
	long timeout_ms;        /* of a POST; 0: LIMIT_HOOK_MS */
};

struct post;

struct post *post_new(const struct post_config *config);
void post_free(struct post *post);
struct hook_transport post_transport(struct post *post);

#endif
