#include "txn/squash.h"

#include <zlib.h>

/* A window of 1 KiB spans dictionary and record; larger tables would only cost time to clear. Looking harder for
 * matches than level 3 does costs a third more time and saves a byte of a record. */
enum { LENGTH_BYTES = 3, LENGTH_MAX = (1 << 24) - 1, WINDOW_BITS = -10, MEMORY_LEVEL = 2, LEVEL = 3 };

static const char dictionary[] =
    "\x0a\x08\x6f\x30\x30\x30\x30\x30\x30\x30\x10\x07\x22\x08\x63\x30\x30\x30\x30\x30\x30\x30\x28\x03"
    "\x4a\x08\x72\x30\x30\x30\x30\x30\x30\x30\x50\x01\x62\x08\x6e\x30\x30\x30\x30\x30\x30\x30\x6a\x08"
    "\x62\x30\x30\x30\x30\x30\x30\x30\x82\x01\x18\x1a\x08\x6d\x30\x30\x30\x30\x30\x30\x30\x20\xe0\xd4"
    "\x03\x28\xc0\xcf\x24\x30\x80\x9f\x49\x38\x0f\x90\x01\x02\xa8\x01\x80\x88\xb2\xa0\x02\xca\x01\x0f"
    "\x08\x01\x1a\x09\xe5\xb7\xb2\xe5\xae\x8c\xe6\x88\x90\x28\x14\xd2\x01\x06\x08\x05\x18\x01\x20\x01"
    "\xda\x01\x04\x08\x01\x20\x01\xda\x01\x10\x08\x02\x10\x01\x20\x05\x32\x08\x6d\x30\x30\x30\x30\x30"
    "\x30\x30\xda\x01\x12\x08\x05\x10\xe0\xd4\x03\x20\x02\x32\x08\x6d\x30\x30\x30\x30\x30\x30\x30\xda"
    "\x01\x12\x08\x06\x10\xc0\xcf\x24\x20\x02\x32\x08\x6d\x30\x30\x30\x30\x30\x30\x30\xda\x01\x12\x08"
    "\x07\x10\x80\x9f\x49\x20\x02\x32\x08\x6d\x30\x30\x30\x30\x30\x30\x30\xda\x01\x08\x08\x08\x10\xa0"
    "\xac\x4f\x20\x01\xda\x01\x08\x08\x09\x10\xa0\xac\x4f\x20\x01\xe2\x01\x04\x08\x01\x10\x01\xe2\x01"
    "\x06\x08\x02\x10\xe0\xd4\x03\xe2\x01\x06\x08\x03\x10\x80\x9f\x49\xe2\x01\x06\x08\x04\x10\xa0\x8d"
    "\x06\xc2\x02\x08\x68\x30\x30\x30\x30\x30\x30\x30\xe0\x02\x80\x9f\x49\xe8\x02\xa0\xac\x4f";

enum { DICTIONARY_BYTES = sizeof(dictionary) - 1 };

bool squash(struct arena *a, struct slice plain, struct slice *squashed)
{
	z_stream z = {.zalloc = Z_NULL};
	bool fine = false;
	if (plain.len <= LENGTH_BYTES || plain.len > LENGTH_MAX)
		return false;
	uint8_t *out = arena_alloc(a, plain.len);
	if (deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	z.next_in = (uint8_t *)(uintptr_t)plain.ptr;
	z.avail_in = (uInt)plain.len;
	z.next_out = out + LENGTH_BYTES;
	z.avail_out = (uInt)(plain.len - LENGTH_BYTES);
	if (deflateSetDictionary(&z, (const uint8_t *)dictionary, DICTIONARY_BYTES) == Z_OK)
		fine = deflate(&z, Z_FINISH) == Z_STREAM_END;
	deflateEnd(&z);
	out[0] = (uint8_t)(plain.len >> 16);
	out[1] = (uint8_t)(plain.len >> 8);
	out[2] = (uint8_t)plain.len;
	*squashed = slice_of(out, LENGTH_BYTES + z.total_out);
	return fine;
}

enum err unsquash(struct arena *a, struct slice squashed, struct slice *plain)
{
	z_stream z = {.zalloc = Z_NULL};
	bool fine = false;
	if (squashed.len <= LENGTH_BYTES)
		return ERR_DATA_CORRUPT;
	size_t len = (size_t)squashed.ptr[0] << 16 | (size_t)squashed.ptr[1] << 8 | squashed.ptr[2];
	uint8_t *out = arena_alloc(a, len);
	if (inflateInit2(&z, WINDOW_BITS) != Z_OK)
		return ERR_INTERNAL;
	z.next_in = (uint8_t *)(uintptr_t)squashed.ptr + LENGTH_BYTES;
	z.avail_in = (uInt)(squashed.len - LENGTH_BYTES);
	z.next_out = out;
	z.avail_out = (uInt)len;
	if (inflateSetDictionary(&z, (const uint8_t *)dictionary, DICTIONARY_BYTES) == Z_OK)
		fine = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == len;
	inflateEnd(&z);
	*plain = slice_of(out, len);
	return fine ? OK : ERR_DATA_CORRUPT;
}
