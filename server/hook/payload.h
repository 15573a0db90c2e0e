/*
 * payload: what a webhook's receiver gets: body and headers as Standard Webhooks say.
 *
 * Nouns: the id is the same for every try of an event, in all of the tenant's webhooks: "evt_<tenant>_<event id>";
 * the signature header has one "v1,<base64>" for each valid secret, HMAC-SHA256 over "<id>.<seconds>.<body>".
 * Ownership: appended to the caller's bufs; check their `failed`.
 * Errors: false when the event can't be written as JSON or OpenSSL fails.
 */
#ifndef PAIDAN_HOOK_PAYLOAD_H
#define PAIDAN_HOOK_PAYLOAD_H

#include "base/buf.h"
#include "paidan_pb.h"

void payload_id(const char *tenant, const char *event_id, struct buf *out);
/* {"type": …, "timestamp": …, "data": event} */
bool payload_body(const Event *event, struct buf *out);
bool payload_sign(const ProtobufCBinaryData *secrets, size_t n_secrets, struct slice id, int64_t seconds,
		  struct slice body, struct buf *out);

#endif
