/*
 * transport: how the courier sends a webhook's POST: over HTTP (post.h), or in tests by a fake.
 *
 * Ownership: a parcel's texts are the courier's and stay until `done` was called.
 * `done` is called exactly once, never from within send, and not at all after the transport's end.
 * Errors: send answers false when it can't even begin (memory); everything else is in the answer.
 */
#ifndef PAIDAN_HOOK_TRANSPORT_H
#define PAIDAN_HOOK_TRANSPORT_H

#include "base/slice.h"
#include "paidan_pb.h"

struct hook_answer {
	DeliveryResult result;
	uint32_t status;        /* HTTP; 0: none came */
	int64_t retry_after_ms; /* what the receiver asked for; 0: nothing */
};

struct hook_parcel {
	const char *url;
	const char *id, *timestamp, *signature; /* webhook-id, webhook-timestamp, webhook-signature */
	struct slice body;                      /* JSON */
	void (*done)(void *arg, const struct hook_answer *answer);
	void *arg;
};

struct hook_transport {
	void *arg;
	bool (*send)(void *arg, const struct hook_parcel *parcel);
};

#endif
