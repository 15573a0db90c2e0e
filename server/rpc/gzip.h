/*
 * gzip: the one compression we speak besides identity.
 *
 * Nouns: a payload is one gzip member (RFC 1952), nothing before or behind it.
 * Ownership: everything is borrowed; the output goes into the caller's buf, behind what it holds.
 * Errors: gzip_inflate answers ERR_BAD_REQUEST for what is not gzip or ends early, ERR_TOO_LARGE once the
 * output passes max_bytes (a bomb costs no more memory than that), ERR_INTERNAL without memory.
 * gzip_deflate answers false without memory.
 */
#ifndef PAIDAN_RPC_GZIP_H
#define PAIDAN_RPC_GZIP_H

#include "base/buf.h"
#include "base/err.h"

enum err gzip_inflate(struct slice in, size_t max_bytes, struct buf *out);
bool gzip_deflate(struct slice in, struct buf *out);

#endif
