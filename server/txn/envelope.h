/*
 * envelope: the first bytes of every stored record.
 *
 * Layout: format byte (plain, or squash.h), version (8, big endian, from 1), CRC-32 of the body (4, big endian), body.
 * The version comes at a fixed place so that the commit script can compare it without parsing.
 * Ownership: envelope_open's body points into the given bytes.
 * Errors: envelope_open answers ERR_DATA_CORRUPT on a short, unknown or damaged envelope.
 */
#ifndef PAIDAN_TXN_ENVELOPE_H
#define PAIDAN_TXN_ENVELOPE_H

#include "base/err.h"
#include "base/slice.h"

/* What the body is. */
enum envelope_format { ENVELOPE_PLAIN = 1, ENVELOPE_SQUASHED = 2 };
enum { ENVELOPE_BYTES = 13 };

/* Writes the 13 bytes before a body that already stands at out + ENVELOPE_BYTES. */
void envelope_seal(uint8_t *out, enum envelope_format format, size_t body_len, uint64_t version);
/* The body as it is stored; envelope_is_squashed tells how. */
enum err envelope_open(struct slice bytes, uint64_t *version, struct slice *body);
/* The same of an envelope that this process has sealed or opened before: its checksum is not asked again. */
void envelope_reopen(struct slice bytes, uint64_t *version, struct slice *body);

static inline bool envelope_is_squashed(struct slice bytes)
{
	return bytes.len > 0 && bytes.ptr[0] == ENVELOPE_SQUASHED;
}

#endif
