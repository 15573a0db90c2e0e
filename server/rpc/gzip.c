#include "rpc/gzip.h"

#include <stdlib.h>

#include <zlib.h>

#include "base/wipe.h"

enum {
	GZIP_WINDOW_BITS = 15 + 16, /* 32 KiB of window, gzip's head and tail */
	/* A server under load has no time for more than the first level, which gets most of it. */
	GZIP_LEVEL = 1,
	GZIP_MEMORY_LEVEL = 8,
	FIRST_STEP_BYTES = 4096,
};

/* What is packed and unpacked passes through zlib's windows, and may be personal data. */
static voidpf window_take(voidpf arg, uInt n, uInt bytes)
{
	size_t all;
	(void)arg;
	return __builtin_mul_overflow((size_t)n, (size_t)bytes, &all) ? NULL : malloc(all);
}

static void window_drop(voidpf arg, voidpf window)
{
	(void)arg;
	wipe_free(window);
}

enum err gzip_inflate(struct slice in, size_t max_bytes, struct buf *out)
{
	z_stream z = {.zalloc = window_take, .zfree = window_drop};
	if (in.len > UINT32_MAX)
		return ERR_TOO_LARGE;
	if (inflateInit2(&z, GZIP_WINDOW_BITS) != Z_OK)
		return ERR_INTERNAL;
	z.next_in = (Bytef *)(uintptr_t)in.ptr;
	z.avail_in = (uInt)in.len;
	enum err err = OK;
	size_t total = 0;
	size_t step = FIRST_STEP_BYTES;
	for (;;) {
		/* One byte beyond the bound, to tell "full" from "too much". */
		if (step > max_bytes - total + 1)
			step = max_bytes - total + 1;
		uint8_t *to = buf_reserve(out, step);
		if (to == NULL) {
			err = ERR_INTERNAL;
			break;
		}
		z.next_out = to;
		z.avail_out = (uInt)step;
		int rc = inflate(&z, Z_NO_FLUSH);
		size_t made = step - z.avail_out;
		total += made;
		out->len += made;
		if (total > max_bytes) {
			err = ERR_TOO_LARGE;
			break;
		}
		if (rc == Z_STREAM_END) {
			err = z.avail_in == 0 ? OK : ERR_BAD_REQUEST;
			break;
		}
		if (rc != Z_OK || (z.avail_in == 0 && z.avail_out > 0)) {
			err = ERR_BAD_REQUEST;
			break;
		}
		step *= 2;
	}
	inflateEnd(&z);
	return err;
}

bool gzip_deflate(struct slice in, struct buf *out)
{
	z_stream z = {.zalloc = window_take, .zfree = window_drop};
	if (in.len > UINT32_MAX / 2 ||
	    deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, GZIP_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size_t bound = deflateBound(&z, (uLong)in.len);
	uint8_t *to = buf_reserve(out, bound);
	int rc = Z_MEM_ERROR;
	if (to != NULL) {
		z.next_in = (Bytef *)(uintptr_t)in.ptr;
		z.avail_in = (uInt)in.len;
		z.next_out = to;
		z.avail_out = (uInt)bound;
		rc = deflate(&z, Z_FINISH);
		if (rc == Z_STREAM_END)
			out->len += bound - z.avail_out;
	}
	deflateEnd(&z);
	return rc == Z_STREAM_END;
}
