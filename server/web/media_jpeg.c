#include "web/media_inside.h"

/* Markers (ITU-T T.81, table B.1). */
enum {
	TEM = 0x01,
	SOF0 = 0xc0,
	SOF_LAST = 0xcf, /* with DHT, DAC and JPG among them */
	DHT = 0xc4,
	DAC = 0xcc,
	RST0 = 0xd0,
	RST7 = 0xd7,
	EOI = 0xd9,
	SOS = 0xda,
	DQT = 0xdb,
	DNL = 0xdc,
	DRI = 0xdd,
	APP0 = 0xe0,
	APP1 = 0xe1,
	APP14 = 0xee,
	APP15 = 0xef,
	COM = 0xfe,
	SEGMENT_HEAD = 4,
	JFIF_BYTES = 14, /* without a thumbnail */
	ADOBE_BYTES = 12,
	EXIF_AT = 6, /* the TIFF part of an EXIF */
	IFD_ENTRY_BYTES = 12,
	TAG_ORIENTATION = 0x0112,
	TYPE_SHORT = 3,
	ORIENTATIONS = 8,
};

struct segment {
	uint8_t marker;
	struct slice whole; /* with marker and length */
	struct slice payload;
};

/* The segment at the front of what is left, and what follows it. */
static bool next_segment(struct slice *rest, struct segment *out)
{
	while (rest->len > 1 && rest->ptr[0] == 0xff && rest->ptr[1] == 0xff)
		*rest = slice_from(*rest, 1);
	if (rest->len < 2 || rest->ptr[0] != 0xff)
		return false;
	out->marker = rest->ptr[1];
	if (out->marker == EOI)
		return true;
	if (rest->len < SEGMENT_HEAD)
		return false;
	size_t len = (size_t)rest->ptr[2] << 8 | rest->ptr[3];
	if (len < 2 || len + 2 > rest->len)
		return false;
	out->whole = slice_of(rest->ptr, len + 2);
	out->payload = slice_from(out->whole, SEGMENT_HEAD);
	*rest = slice_from(*rest, len + 2);
	return true;
}

/* Behind a scan's head: up to the next marker that is no restart. */
static size_t scan_bytes(struct slice rest)
{
	for (size_t at = 0; at + 1 < rest.len; at++) {
		uint8_t next = rest.ptr[at + 1];
		if (rest.ptr[at] == 0xff && next != 0 && !(next >= RST0 && next <= RST7))
			return at;
	}
	return rest.len;
}

/* --- how the camera was held --- */

static unsigned u16(const uint8_t *p, bool big)
{
	return big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

/* 1 to 8; 0: it does not say. */
static uint8_t orientation_of(struct slice exif)
{
	struct slice tiff = slice_from(exif, EXIF_AT);
	if (!slice_starts(exif, SLICE("Exif\0\0")) || tiff.len < 8)
		return 0;
	bool big = tiff.ptr[0] == 'M';
	struct slice ifd = slice_from(tiff, big ? media_u32be(tiff.ptr + 4) : media_u32le(tiff.ptr + 4));
	size_t n = ifd.len < 2 ? 0 : u16(ifd.ptr, big);
	for (size_t i = 0; i < n; i++) {
		struct slice entry = media_cut(ifd, 2 + i * IFD_ENTRY_BYTES, IFD_ENTRY_BYTES);
		if (entry.ptr == NULL)
			return 0;
		if (u16(entry.ptr, big) != TAG_ORIENTATION || u16(entry.ptr + 2, big) != TYPE_SHORT)
			continue;
		unsigned value = u16(entry.ptr + 8, big);
		return value <= ORIENTATIONS ? (uint8_t)value : 0;
	}
	return 0;
}

static void add_orientation(struct buf *out, uint8_t orientation)
{
	static const uint8_t before[] = {0xff, APP1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0,
					 0,    0,    8, 0,  1,   1,   18,  0,   3, 0, 0,   0,   1, 0};
	static const uint8_t after[] = {0, 0, 0, 0, 0, 0};
	buf_add(out, before, sizeof(before));
	buf_byte(out, orientation);
	buf_add(out, after, sizeof(after));
}

/* --- what is kept --- */

static bool is_kept(const struct segment *s)
{
	uint8_t m = s->marker;
	if (m == APP0)
		return s->payload.len == JFIF_BYTES && slice_starts(s->payload, SLICE("JFIF\0"));
	/* It says how colours are coded. */
	if (m == APP14)
		return s->payload.len == ADOBE_BYTES && slice_starts(s->payload, SLICE("Adobe"));
	return (m >= SOF0 && m <= SOF_LAST) || m == DQT || m == DRI || m == DNL || m == SOS;
}

static bool is_known(uint8_t m)
{
	return (m >= SOF0 && m <= SOF_LAST) || (m >= SOS && m <= DRI) || (m >= APP0 && m <= APP15) || m == COM;
}

static bool is_frame(uint8_t m)
{
	return m >= SOF0 && m <= SOF_LAST && m != DHT && m != DAC;
}

bool media_jpeg(struct slice in, struct buf *out)
{
	struct slice rest = slice_from(in, 2);
	struct segment s;
	uint8_t orientation = 0;
	bool has_frame = false, has_scan = false;
	for (struct slice look = rest; next_segment(&look, &s) && s.marker != EOI && s.marker != SOS;) {
		if (s.marker == APP1 && orientation == 0)
			orientation = orientation_of(s.payload);
	}
	buf_add(out, in.ptr, 2);
	while (next_segment(&rest, &s)) {
		if (s.marker == EOI) {
			buf_add(out, "\xff\xd9", 2);
			return has_frame && has_scan;
		}
		if (!is_known(s.marker))
			return false;
		if (s.marker != APP0 && orientation > 1) {
			add_orientation(out, orientation);
			orientation = 0;
		}
		if (is_kept(&s))
			buf_slice(out, s.whole);
		has_frame |= is_frame(s.marker);
		if (s.marker != SOS)
			continue;
		has_scan = true;
		size_t len = scan_bytes(rest);
		buf_add(out, rest.ptr, len);
		rest = slice_from(rest, len);
	}
	return false;
}
