#include <zlib.h>

#include "web/media_inside.h"

/* --- PNG (ISO 15948) --- */

enum { PNG_SIGNATURE_BYTES = 8, PNG_CHUNK_BYTES = 12 };

static bool is_in(const char *const *names, struct slice name)
{
	for (; *names != NULL; names++) {
		if (slice_eq(name, slice_str(*names)))
			return true;
	}
	return false;
}

/* What a picture is drawn from; fdAT and the like are of animated ones. */
static const char *const png_kept[] = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND", "gAMA", "cHRM", "sRGB",
				       "sBIT", "bKGD", "pHYs", "acTL", "fcTL", "fdAT", NULL};

/* The upper bit of the first letter: a reader may pass it over. */
static bool is_critical(struct slice name)
{
	return (name.ptr[0] & 0x20) == 0;
}

bool media_png(struct slice in, struct buf *out)
{
	struct slice rest = slice_from(in, PNG_SIGNATURE_BYTES);
	bool has_head = false, has_data = false;
	buf_add(out, in.ptr, PNG_SIGNATURE_BYTES);
	while (rest.len >= PNG_CHUNK_BYTES) {
		size_t len = media_u32be(rest.ptr);
		if (len > rest.len - PNG_CHUNK_BYTES)
			return false;
		struct slice name = slice_of(rest.ptr + 4, 4), whole = slice_of(rest.ptr, len + PNG_CHUNK_BYTES);
		uint32_t sum = (uint32_t)crc32(0, name.ptr, (unsigned)(len + 4));
		bool kept = is_in(png_kept, name);
		if (sum != media_u32be(rest.ptr + 8 + len) || (!kept && is_critical(name)) ||
		    slice_eq(name, SLICE("IHDR")) == has_head)
			return false;
		has_head = true;
		has_data |= slice_eq(name, SLICE("IDAT"));
		if (kept)
			buf_slice(out, whole);
		if (slice_eq(name, SLICE("IEND")))
			return has_data;
		rest = slice_from(rest, whole.len);
	}
	return false;
}

/* --- WebP (RFC 9649) --- */

enum {
	RIFF_HEAD_BYTES = 12,
	RIFF_CHUNK_BYTES = 8,
	VP8X_BYTES = 10,
	VP8X_PROFILE = 0x20,
	VP8X_EXIF = 0x08,
	VP8X_XMP = 0x04,
};

static const char *const webp_kept[] = {"VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", NULL};
static const char *const webp_pictures[] = {"VP8 ", "VP8L", "ANMF", NULL};

static void add_u32le(struct buf *out, uint32_t v)
{
	for (unsigned shift = 0; shift < 32; shift += 8)
		buf_byte(out, (uint8_t)(v >> shift));
}

static void add_webp_chunk(struct buf *out, struct slice name, struct slice data)
{
	buf_slice(out, name);
	add_u32le(out, (uint32_t)data.len);
	if (slice_eq(name, SLICE("VP8X")) && data.len == VP8X_BYTES) {
		buf_byte(out, (uint8_t)(data.ptr[0] & ~(VP8X_PROFILE | VP8X_EXIF | VP8X_XMP)));
		data = slice_from(data, 1);
	}
	buf_slice(out, data);
	if (out->len % 2 != 0)
		buf_byte(out, 0);
}

bool media_webp(struct slice in, struct buf *out)
{
	size_t size = media_u32le(in.ptr + 4);
	if (size < 4 || size > in.len - RIFF_CHUNK_BYTES)
		return false;
	struct slice rest = slice_from(slice_of(in.ptr, size + RIFF_CHUNK_BYTES), RIFF_HEAD_BYTES);
	bool has_picture = false;
	buf_add(out, in.ptr, RIFF_HEAD_BYTES);
	while (rest.len >= RIFF_CHUNK_BYTES) {
		struct slice name = slice_of(rest.ptr, 4);
		size_t len = media_u32le(rest.ptr + 4);
		if (len > rest.len - RIFF_CHUNK_BYTES)
			return false;
		struct slice data = slice_of(rest.ptr + RIFF_CHUNK_BYTES, len);
		if (is_in(webp_kept, name))
			add_webp_chunk(out, name, data);
		has_picture |= is_in(webp_pictures, name);
		rest = slice_from(rest, RIFF_CHUNK_BYTES + len + len % 2);
	}
	if (out->failed)
		return true;
	uint32_t written = (uint32_t)(out->len - RIFF_CHUNK_BYTES);
	for (unsigned i = 0; i < 4; i++)
		out->ptr[4 + i] = (uint8_t)(written >> 8 * i);
	return has_picture && rest.len == 0;
}
