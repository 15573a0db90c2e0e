#include "web/media_inside.h"

/* --- MP3: frames, and nothing but frames --- */

enum {
	ID3_BYTES = 10,
	ID3_FOOTER = 0x10,
	MP3_HEAD_BYTES = 4,
	MP3_FRAMES_MIN = 2, /* two bytes may look like one by chance */
	MPEG_1 = 3,
	MPEG_RESERVED = 1,
	LAYER_3 = 1,
};

/* Length of the tag at the front; 0: there is none. */
static size_t id3_bytes(struct slice in)
{
	if (in.len < ID3_BYTES || !media_is(in, 0, "ID3"))
		return 0;
	size_t size = 0;
	for (size_t i = 6; i < ID3_BYTES; i++) {
		if (in.ptr[i] >= 0x80)
			return 0;
		size = size << 7 | in.ptr[i];
	}
	return size + ID3_BYTES + ((in.ptr[5] & ID3_FOOTER) != 0 ? ID3_BYTES : 0);
}

/* Length of the frame at the front; 0: there is none (a free bitrate is none either). */
static size_t frame_bytes(struct slice in)
{
	static const unsigned kbits[2][16] = {
	    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
	    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
	};
	static const unsigned hertz[4] = {44100, 48000, 32000, 0};
	if (in.len < MP3_HEAD_BYTES || in.ptr[0] != 0xff || (in.ptr[1] & 0xe0) != 0xe0)
		return 0;
	unsigned version = in.ptr[1] >> 3 & 3, layer = in.ptr[1] >> 1 & 3;
	if (version == MPEG_RESERVED || layer != LAYER_3)
		return 0;
	unsigned rate = hertz[in.ptr[2] >> 2 & 3] / (version == MPEG_1 ? 1 : version == 2 ? 2 : 4);
	unsigned bits = kbits[version == MPEG_1][in.ptr[2] >> 4] * 1000;
	if (rate == 0 || bits == 0)
		return 0;
	return (version == MPEG_1 ? 144 : 72) * bits / rate + (in.ptr[2] >> 1 & 1);
}

bool media_mp3(struct slice in, struct buf *out)
{
	size_t n = 0;
	for (size_t len; (len = id3_bytes(in)) > 0;)
		in = slice_from(in, len);
	for (size_t len; (len = frame_bytes(in)) > 0 && len <= in.len; n++) {
		buf_add(out, in.ptr, len);
		in = slice_from(in, len);
	}
	return n >= MP3_FRAMES_MIN;
}

/* --- MPEG-4 (ISO 14496-12): sample tables point into the file, so nothing may move: what goes is blanked --- */

enum { BOX_BYTES = 8, BOX_LARGE_BYTES = 16, BOX_DEPTH = 8, HANDLER_AT = 8 };

struct box {
	uint8_t *head;
	struct slice name;
	uint8_t *body;
	size_t body_len;
	size_t len;
};

static bool read_box(uint8_t *at, size_t room, struct box *out)
{
	if (room < BOX_BYTES)
		return false;
	uint64_t len = media_u32be(at);
	size_t head = BOX_BYTES;
	if (len == 1 && room >= BOX_LARGE_BYTES) {
		head = BOX_LARGE_BYTES;
		len = (uint64_t)media_u32be(at + 8) << 32 | media_u32be(at + 12);
	} else if (len == 0) {
		len = room;
	}
	if (len < head || len > room)
		return false;
	*out = (struct box){at, slice_of(at + 4, 4), at + head, (size_t)len - head, (size_t)len};
	return true;
}

static bool is_one_of(struct slice name, const char *names)
{
	for (; *names != '\0'; names += 4) {
		if (slice_eq(name, slice_of(names, 4)))
			return true;
	}
	return false;
}

static void blank(const struct box *box)
{
	memcpy(box->head + 4, "free", 4);
	memset(box->body, 0, box->body_len);
}

/* depth 0: the file's own boxes, of which only what plays is known. False: broken, or not sound alone. */
static bool clean_boxes(uint8_t *at, size_t room, unsigned depth, bool *has_sound)
{
	struct box box;
	if (depth > BOX_DEPTH)
		return false;
	for (; room > 0; at += box.len, room -= box.len) {
		if (!read_box(at, room, &box))
			return false;
		bool plays = depth > 0 || is_one_of(box.name, "ftypstypmoovmdatmoofsidxmfra");
		if (!plays || is_one_of(box.name, "udtametauuidfreeskip")) {
			blank(&box);
		} else if (slice_eq(box.name, SLICE("hdlr")) && depth > 0) {
			if (!media_is(slice_of(box.body, box.body_len), HANDLER_AT, "soun"))
				return false;
			*has_sound = true;
		} else if (is_one_of(box.name, "moovtrakmdiaminfmooftrafmvexedts") &&
			   !clean_boxes(box.body, box.body_len, depth + 1, has_sound)) {
			return false;
		}
	}
	return true;
}

bool media_mp4(struct slice in, struct buf *out)
{
	bool has_sound = false;
	buf_slice(out, in);
	return out->failed || (clean_boxes(out->ptr, out->len, 0, &has_sound) && has_sound);
}

/* --- Ogg with Opus (RFC 3533, RFC 7845): the second packet has the tags, on a page of its own --- */

enum {
	OGG_HEAD_BYTES = 27,
	OGG_SEGMENTS_AT = 26,
	OGG_SUM_AT = 22,
	OGG_SERIAL_AT = 14,
	OGG_FIRST = 2,
	OGG_TAGS_PAGE = 1
};

/* Length of the page at the front; 0: there is none. */
static size_t page_bytes(struct slice in)
{
	if (in.len < OGG_HEAD_BYTES || !media_is(in, 0, "OggS") || in.ptr[4] != 0)
		return 0;
	size_t n = in.ptr[OGG_SEGMENTS_AT], len = OGG_HEAD_BYTES + n;
	for (size_t i = 0; i < n && OGG_HEAD_BYTES + i < in.len; i++)
		len += in.ptr[OGG_HEAD_BYTES + i];
	return len > in.len ? 0 : len;
}

static uint32_t ogg_sum(struct slice page)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < page.len; i++) {
		bool is_sum = i >= OGG_SUM_AT && i < OGG_SUM_AT + 4;
		sum ^= (uint32_t)(is_sum ? 0 : page.ptr[i]) << 24;
		for (unsigned bit = 0; bit < 8; bit++)
			sum = (sum & 0x80000000) != 0 ? sum << 1 ^ 0x04c11db7 : sum << 1;
	}
	return sum;
}

/* The page with the tags, of which there are none in the new one. */
static bool add_tags_page(struct slice page, struct buf *out)
{
	static const uint8_t none[] = {'O', 'p', 'u', 's', 'T', 'a', 'g', 's', 0, 0, 0, 0, 0, 0, 0, 0};
	size_t n = page.ptr[OGG_SEGMENTS_AT], start = out->len;
	/* One packet that ends on it, or what is on the next page would be tags too. */
	if (n == 0 || page.ptr[OGG_HEAD_BYTES + n - 1] == 255 || !media_is(page, OGG_HEAD_BYTES + n, "OpusTags"))
		return false;
	for (size_t i = 0; i + 1 < n; i++) {
		if (page.ptr[OGG_HEAD_BYTES + i] != 255)
			return false;
	}
	buf_add(out, page.ptr, OGG_SEGMENTS_AT);
	buf_byte(out, 1);
	buf_byte(out, sizeof(none));
	buf_add(out, none, sizeof(none));
	if (out->failed)
		return true;
	uint32_t sum = ogg_sum(slice_from(buf_view(out), start));
	for (unsigned i = 0; i < 4; i++)
		out->ptr[start + OGG_SUM_AT + i] = (uint8_t)(sum >> 8 * i);
	return true;
}

bool media_ogg(struct slice in, struct buf *out)
{
	size_t n = 0;
	struct slice serial = media_cut(in, OGG_SERIAL_AT, 4);
	for (size_t len; (len = page_bytes(in)) > 0; n++, in = slice_from(in, len)) {
		struct slice page = slice_of(in.ptr, len);
		/* One stream: another could be anything. */
		if (!slice_eq(media_cut(page, OGG_SERIAL_AT, 4), serial) ||
		    ((page.ptr[5] & OGG_FIRST) != 0) != (n == 0) || ogg_sum(page) != media_u32le(page.ptr + OGG_SUM_AT))
			return false;
		if (n == 0 && !media_is(page, OGG_HEAD_BYTES + page.ptr[OGG_SEGMENTS_AT], "OpusHead"))
			return false;
		if (n == OGG_TAGS_PAGE) {
			if (!add_tags_page(page, out))
				return false;
		} else {
			buf_slice(out, page);
		}
	}
	return n > OGG_TAGS_PAGE + 1;
}
