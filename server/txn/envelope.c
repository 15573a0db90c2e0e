#include "txn/envelope.h"

#include <libdeflate.h>

static void put_be(uint8_t *out, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static uint64_t get_be(const uint8_t *in, unsigned bytes)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | in[i];
	return value;
}

static uint32_t checksum(const uint8_t *body, size_t len)
{
	return libdeflate_crc32(0, body, len);
}

void envelope_seal(uint8_t *out, enum envelope_format format, size_t body_len, uint64_t version)
{
	out[0] = (uint8_t)format;
	put_be(out + 1, version, 8);
	put_be(out + 9, checksum(out + ENVELOPE_BYTES, body_len), 4);
}

void envelope_reopen(struct slice bytes, uint64_t *version, struct slice *body)
{
	*version = get_be(bytes.ptr + 1, 8);
	*body = slice_of(bytes.ptr + ENVELOPE_BYTES, bytes.len - ENVELOPE_BYTES);
}

enum err envelope_open(struct slice bytes, uint64_t *version, struct slice *body)
{
	if (bytes.len < ENVELOPE_BYTES || (bytes.ptr[0] != ENVELOPE_PLAIN && bytes.ptr[0] != ENVELOPE_SQUASHED))
		return ERR_DATA_CORRUPT;
	envelope_reopen(bytes, version, body);
	return *version == 0 || get_be(bytes.ptr + 9, 4) != checksum(body->ptr, body->len) ? ERR_DATA_CORRUPT : OK;
}
