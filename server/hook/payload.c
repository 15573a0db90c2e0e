#include "hook/payload.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "domain/webhook.h"
#include "pb/base64.h"
#include "pb/json_write.h"
#include "pb/wkt_text.h"

enum { JSON_ARENA_BYTES = 1 << 20, MS = 1000, NANOS_PER_MS = 1000000 };

void payload_id(const char *tenant, const char *event_id, struct buf *out)
{
	buf_printf(out, "evt_%s_%s", tenant, event_id);
}

bool payload_body(const Event *event, struct buf *out)
{
	char type[WEBHOOK_TYPE_BYTES];
	struct arena arena;
	struct fault fault;
	jmp_buf guard;
	volatile bool fine = false;
	webhook_type(event->kind, type);
	buf_printf(out, "{\"type\":\"%s\",\"timestamp\":\"", type);
	if (!wkt_time_put(out, event->at_ms / MS, (int32_t)(event->at_ms % MS * NANOS_PER_MS)))
		return false;
	buf_str(out, "\",\"data\":");
	arena_init(&arena, JSON_ARENA_BYTES);
	if (ARENA_GUARD(&arena, &guard))
		fine = json_encode(event, NULL, &arena, &fault, out) == OK;
	arena_unguard(&arena);
	arena_free(&arena);
	buf_byte(out, '}');
	return fine && !out->failed;
}

static bool sign(ProtobufCBinaryData secret, struct slice head, struct slice body, uint8_t mac[EVP_MAX_MD_SIZE],
		 size_t *mac_len)
{
	struct buf text = {0};
	unsigned len = 0;
	buf_slice(&text, head);
	buf_slice(&text, body);
	bool fine =
	    !text.failed && HMAC(EVP_sha256(), secret.data, (int)secret.len, text.ptr, text.len, mac, &len) != NULL;
	buf_free(&text);
	*mac_len = len;
	return fine;
}

bool payload_sign(const ProtobufCBinaryData *secrets, size_t n_secrets, struct slice id, int64_t seconds,
		  struct slice body, struct buf *out)
{
	struct buf head = {0};
	bool fine = true;
	buf_printf(&head, "%.*s.%" PRId64 ".", SLICE_FMT(id), seconds);
	for (size_t i = 0; i < n_secrets && fine; i++) {
		uint8_t mac[EVP_MAX_MD_SIZE];
		size_t len;
		fine = !head.failed && sign(secrets[i], buf_view(&head), body, mac, &len);
		if (!fine)
			break;
		buf_str(out, i == 0 ? "v1," : " v1,");
		base64_encode(slice_of(mac, len), out);
	}
	buf_free(&head);
	return fine && !out->failed;
}
