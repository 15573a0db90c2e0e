#include "txn/change.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LEN = 2, WIRE_32 = 5, VARINT_MAX_BYTES = 10 };

struct field {
	uint32_t number;
	unsigned wire;
	struct slice whole; /* with its tag */
	struct slice body;  /* WIRE_LEN: without the length */
};

static bool take_varint(struct slice *in, uint64_t *v)
{
	*v = 0;
	for (size_t i = 0; i < in->len && i < VARINT_MAX_BYTES; i++) {
		*v |= (uint64_t)(in->ptr[i] & 0x7f) << 7 * i;
		if (in->ptr[i] < 0x80) {
			*in = slice_from(*in, i + 1);
			return true;
		}
	}
	return false;
}

/* The next field; false at the end, and where the bytes are no message. */
static bool take_field(struct slice *in, struct field *f)
{
	struct slice rest = *in;
	uint64_t tag, len = 0;
	if (rest.len == 0 || !take_varint(&rest, &tag))
		return false;
	f->number = (uint32_t)(tag >> 3);
	f->wire = (unsigned)(tag & 7);
	f->body = SLICE_NONE;
	if (f->wire == WIRE_VARINT) {
		if (!take_varint(&rest, &len))
			return false;
		len = 0;
	} else if (f->wire == WIRE_64 || f->wire == WIRE_32) {
		len = f->wire == WIRE_64 ? 8 : 4;
	} else if (f->wire != WIRE_LEN || !take_varint(&rest, &len)) {
		return false;
	}
	if (len > rest.len)
		return false;
	if (f->wire == WIRE_LEN)
		f->body = slice_of(rest.ptr, (size_t)len);
	rest = slice_from(rest, (size_t)len);
	f->whole = slice_of(in->ptr, in->len - rest.len);
	*in = rest;
	return true;
}

/* All occurrences of a field, which stand together: *in moves up to behind them. */
static struct slice take_run(struct slice *in, uint32_t number)
{
	struct slice before = *in, at = *in, run = SLICE_NONE;
	struct field f;
	while (take_field(&before, &f) && f.number <= number) {
		if (f.number == number)
			run = run.ptr == NULL ? f.whole : slice_of(run.ptr, run.len + f.whole.len);
		at = before;
	}
	*in = at;
	return run;
}

static void put_varint(uint8_t *to, size_t *n, uint64_t v)
{
	while (v >= 0x80) {
		to[(*n)++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	to[(*n)++] = (uint8_t)v;
}

/* The messages of a run with only their told parts. Leaving out never makes them longer. */
static void put_parts(uint8_t *to, size_t *n, struct slice run, uint64_t parts)
{
	struct field message, part;
	while (take_field(&run, &message)) {
		size_t len = 0;
		struct slice body = message.body;
		while (take_field(&body, &part))
			len += part.number < 64 && (parts & TOLD_PART(part.number)) != 0 ? part.whole.len : 0;
		put_varint(to, n, (uint64_t)message.number << 3 | WIRE_LEN);
		put_varint(to, n, len);
		body = message.body;
		while (take_field(&body, &part)) {
			if (part.number >= 64 || (parts & TOLD_PART(part.number)) == 0)
				continue;
			memcpy(to + *n, part.whole.ptr, part.whole.len);
			*n += part.whole.len;
		}
	}
}

void change_note(struct arena *a, const struct told_field *fields, struct slice before, struct slice after,
		 EventRecord *event)
{
	size_t n_fields = 0, n = 0;
	while (fields[n_fields].number != 0)
		n_fields++;
	uint8_t *told = arena_alloc(a, after.len);
	event->changed = arena_array(a, n_fields, sizeof(*event->changed));
	event->n_changed = 0;
	for (const struct told_field *f = fields; f->number != 0; f++) {
		struct slice was = take_run(&before, f->number), is = take_run(&after, f->number);
		bool changed = !slice_eq(was, is);
		bool value = f->how == TOLD_ALWAYS || (f->how == TOLD_VALUE && changed);
		/* A value tells by itself that it changed. */
		if (changed && (f->how != TOLD_VALUE || is.len == 0))
			event->changed[event->n_changed++] = f->number;
		if (!value || is.len == 0)
			continue;
		if (f->parts != 0) {
			put_parts(told, &n, is, f->parts);
		} else {
			memcpy(told + n, is.ptr, is.len);
			n += is.len;
		}
	}
	event->told = (ProtobufCBinaryData){n, told};
}
