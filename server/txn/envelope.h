/*
 * envelope: the first bytes of every stored record.
 *
 * Layout: format byte (1), version (8, big endian, from 1), CRC-32 of the body (4, big endian), body.
 * The version comes at a fixed place so that the commit script can compare it without parsing.
 * Ownership: envelope_open's body points into the given bytes.
 * Errors: envelope_open answers ERR_DATA_CORRUPT on a short, unknown or damaged envelope.
 */
#ifndef PAIDAN_TXN_ENVELOPE_H
#define PAIDAN_TXN_ENVELOPE_H

#include "base/err.h"
#include "base/slice.h"

enum { ENVELOPE_BYTES = 13, ENVELOPE_FORMAT = 1 };

/* Writes the 13 bytes before a body that already stands at out + ENVELOPE_BYTES. */
void envelope_seal(uint8_t *out, size_t body_len, uint64_t version);
enum err envelope_open(struct slice bytes, uint64_t *version, struct slice *body);

#endif
