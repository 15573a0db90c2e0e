#include "bench_wire.h"

/* Numbers of proto/paidan/v1/order.proto; test_bench_wire.c holds them against the descriptors. */
enum {
	ORDER_ID = 1,
	ORDER_STATE = 3,
	ORDER_OFFERS = 16,
	OFFER_MEMBER_ID = 1,
	OFFER_STATE = 3,
	OFFER_LIVE = 1,
};

static bool varint(struct slice *s, uint64_t *out)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < 10 && i < s->len; i++) {
		value |= (uint64_t)(s->ptr[i] & 0x7f) << (7 * i);
		if ((s->ptr[i] & 0x80) == 0) {
			*s = slice_from(*s, i + 1);
			*out = value;
			return true;
		}
	}
	return false;
}

static bool take(struct slice *s, uint64_t len, struct slice *out)
{
	if (len > s->len)
		return false;
	*out = slice_of(s->ptr, (size_t)len);
	*s = slice_of(s->ptr + len, s->len - (size_t)len);
	return true;
}

bool wire_next(struct slice *message, struct wire_field *field, bool *broken)
{
	enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
	uint64_t tag, len;
	*broken = message->len > 0;
	if (message->len == 0 || !varint(message, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX)
		return false;
	*field = (struct wire_field){.number = (uint32_t)(tag >> 3), .type = (unsigned)(tag & 7)};
	bool ok = false;
	if (field->type == VARINT)
		ok = varint(message, &field->value);
	else if (field->type == FIXED64)
		ok = take(message, 8, &field->bytes);
	else if (field->type == FIXED32)
		ok = take(message, 4, &field->bytes);
	else if (field->type == BYTES)
		ok = varint(message, &len) && take(message, len, &field->bytes);
	*broken = !ok;
	return ok;
}

static bool glance_offer(struct slice offer, struct order_glance *glance)
{
	struct wire_field f;
	struct slice member = SLICE_NONE;
	uint64_t state = 0;
	bool broken;
	while (wire_next(&offer, &f, &broken)) {
		if (f.number == OFFER_MEMBER_ID)
			member = f.bytes;
		else if (f.number == OFFER_STATE)
			state = f.value;
	}
	if (state == OFFER_LIVE)
		glance->asked = member;
	return !broken;
}

bool wire_order(struct slice order, struct order_glance *glance)
{
	struct wire_field f;
	bool broken, ok = true;
	*glance = (struct order_glance){.state = 0};
	while (ok && wire_next(&order, &f, &broken)) {
		if (f.number == ORDER_ID)
			glance->id = f.bytes;
		else if (f.number == ORDER_STATE)
			glance->state = f.value;
		else if (f.number == ORDER_OFFERS)
			ok = glance_offer(f.bytes, glance);
		else if (f.number > ORDER_OFFERS)
			return glance->id.len > 0; /* fields come in order */
	}
	return ok && !broken && glance->id.len > 0;
}

bool wire_order_in(struct slice message, uint32_t number, struct order_glance *glance)
{
	struct slice order = wire_bytes_in(message, number);
	return order.len > 0 && wire_order(order, glance);
}

uint64_t wire_number_in(struct slice message, uint32_t number)
{
	struct wire_field f;
	bool broken;
	while (wire_next(&message, &f, &broken)) {
		if (f.number == number && f.type == 0)
			return f.value;
	}
	return 0;
}

struct slice wire_bytes_in(struct slice message, uint32_t number)
{
	struct wire_field f;
	bool broken;
	while (wire_next(&message, &f, &broken)) {
		if (f.number == number && f.type == 2)
			return f.bytes;
	}
	return SLICE_NONE;
}
