/* media: each kind with everything in it that a phone, a camera or a joker puts there: none of it comes out, what is to
 * be seen or heard does, and nothing that is cut off or twisted does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#include "web/media.h"

#define CANARY "canary-30.5016N-119.5018E"
enum { TWISTS = 20000 };

static void bytes(struct buf *b, const char *text, size_t n)
{
	buf_add(b, text, n);
}
#define LITERAL(b, text) bytes((b), (text), sizeof(text) - 1)

static bool has_canary(const struct buf *b)
{
	return b->len > 0 && memmem(b->ptr, b->len, CANARY, sizeof(CANARY) - 1) != NULL;
}

/* --- JPEG --- */

static void segment(struct buf *b, uint8_t marker, struct slice payload)
{
	buf_byte(b, 0xff);
	buf_byte(b, marker);
	buf_byte(b, (uint8_t)((payload.len + 2) >> 8));
	buf_byte(b, (uint8_t)(payload.len + 2));
	buf_slice(b, payload);
}

static void scan(struct buf *b)
{
	segment(b, 0xda, SLICE("\x01\x01\x00\x00\x3f\x00"));
	LITERAL(b, "\x12\xff\x00\x34\xff\xd0\x56\xff\x00");
}

static void picture(struct buf *b, bool progressive)
{
	segment(b, 0xdb, SLICE("\x00quantisation"));
	segment(b, progressive ? 0xc2 : 0xc0, SLICE("\x08\x00\x01\x00\x01\x01\x01\x11\x00"));
	segment(b, 0xc4, SLICE("\x00huffman"));
	scan(b);
	if (progressive) {
		segment(b, 0xc4, SLICE("\x00more"));
		scan(b);
	}
}

static void make_jpeg(struct buf *b, bool big_endian, bool progressive)
{
	LITERAL(b, "\xff\xd8");
	segment(b, 0xe0, SLICE("JFIF\0\1\1\0\0\1\0\1\0\0"));
	if (big_endian)
		segment(b, 0xe1,
			SLICE("Exif\0\0MM\0\x2a\0\0\0\x08\0\2\x01\x0f\0\2\0\0\0\1\0\0\0\0"
			      "\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0" CANARY));
	else
		segment(b, 0xe1,
			SLICE("Exif\0\0II\x2a\0\x08\0\0\0\2\0\x0f\x01\2\0\1\0\0\0\0\0\0\0"
			      "\x12\x01\3\0\1\0\0\0\6\0\0\0\0\0\0\0" CANARY));
	segment(b, 0xe1, SLICE("http://ns.adobe.com/xap/1.0/\0<x>" CANARY "</x>"));
	segment(b, 0xe2, SLICE("ICC_PROFILE\0\1\1" CANARY));
	segment(b, 0xed, SLICE("Photoshop 3.0\0" CANARY));
	segment(b, 0xee, SLICE("Adobe\0d\0\0\0\0\1"));
	segment(b, 0xfe, SLICE(CANARY));
	LITERAL(b, "\xff\xff"); /* fill bytes */
	picture(b, progressive);
	segment(b, 0xfe, SLICE(CANARY));
	LITERAL(b, "\xff\xd9" CANARY "a video behind the picture");
}

static void clean_jpeg(struct buf *b, bool progressive)
{
	LITERAL(b, "\xff\xd8");
	segment(b, 0xe0, SLICE("JFIF\0\1\1\0\0\1\0\1\0\0"));
	segment(b, 0xe1, SLICE("Exif\0\0MM\0\x2a\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"));
	segment(b, 0xee, SLICE("Adobe\0d\0\0\0\0\1"));
	picture(b, progressive);
	LITERAL(b, "\xff\xd9");
}

/* --- PNG --- */

static void chunk(struct buf *b, const char *name, struct slice data)
{
	buf_u32be(b, (uint32_t)data.len);
	size_t at = b->len;
	buf_add(b, name, 4);
	buf_slice(b, data);
	buf_u32be(b, (uint32_t)crc32(0, b->ptr + at, (unsigned)(b->len - at)));
}

static void make_png(struct buf *b, bool clean)
{
	LITERAL(b, "\x89PNG\r\n\x1a\n");
	chunk(b, "IHDR", SLICE("\0\0\0\1\0\0\0\1\x08\2\0\0\0"));
	if (!clean) {
		chunk(b, "iCCP", SLICE(CANARY));
		chunk(b, "eXIf", SLICE("MM" CANARY));
		chunk(b, "tEXt", SLICE("Author\0" CANARY));
		chunk(b, "iTXt", SLICE("XML:com.adobe.xmp\0" CANARY));
		chunk(b, "tIME", SLICE("1234567"));
		chunk(b, "prVt", SLICE(CANARY));
	}
	chunk(b, "gAMA", SLICE("\0\0\xb1\x8f"));
	chunk(b, "IDAT", SLICE("the picture"));
	chunk(b, "IEND", SLICE(""));
	if (!clean)
		LITERAL(b, CANARY);
}

/* --- WebP --- */

static void riff_chunk(struct buf *b, const char *name, struct slice data)
{
	buf_add(b, name, 4);
	for (unsigned shift = 0; shift < 32; shift += 8)
		buf_byte(b, (uint8_t)(data.len >> shift));
	buf_slice(b, data);
	if (data.len % 2 != 0)
		buf_byte(b, 0);
}

static void make_webp(struct buf *b, bool clean)
{
	LITERAL(b, "RIFF\0\0\0\0WEBP");
	riff_chunk(b, "VP8X", clean ? SLICE("\x10\0\0\0\0\0\0\0\0\0") : SLICE("\x3c\0\0\0\0\0\0\0\0\0"));
	if (!clean)
		riff_chunk(b, "ICCP", SLICE(CANARY));
	riff_chunk(b, "ALPH", SLICE("odd"));
	riff_chunk(b, "VP8 ", SLICE("the picture"));
	if (!clean) {
		riff_chunk(b, "EXIF", SLICE("MM" CANARY));
		riff_chunk(b, "XMP ", SLICE("<x>" CANARY));
		riff_chunk(b, "junk", SLICE(CANARY));
	}
	for (unsigned i = 0; i < 4; i++)
		b->ptr[4 + i] = (uint8_t)((b->len - 8) >> 8 * i);
	if (!clean)
		LITERAL(b, CANARY);
}

/* --- MP3: frames of 128 kbit/s at 44.1 kHz have 417 bytes --- */

static void frame(struct buf *b)
{
	enum { FRAME_BYTES = 417 };
	LITERAL(b, "\xff\xfb\x90\x00");
	for (size_t i = 4; i < FRAME_BYTES; i++)
		buf_byte(b, (uint8_t)i);
}

static void make_mp3(struct buf *b, bool clean)
{
	if (!clean)
		LITERAL(b, "ID3\3\0\0\0\0\0\x23TIT2\0\0\0\x19\0\0" CANARY);
	for (unsigned i = 0; i < 3; i++)
		frame(b);
	if (!clean)
		LITERAL(b, "APETAGEX" CANARY "TAG" CANARY);
}

/* --- MPEG-4 --- */

static void box(struct buf *b, const char *name, struct slice body)
{
	buf_u32be(b, (uint32_t)(body.len + 8));
	buf_add(b, name, 4);
	buf_slice(b, body);
}

/* The body is a buf that is used up. */
static void box_of(struct buf *b, const char *name, struct buf *body)
{
	box(b, name, buf_view(body));
	buf_free(body);
	*body = (struct buf){0};
}

static void make_mp4(struct buf *b, bool clean, const char *handler)
{
	static const char blank[sizeof(CANARY)] = {0};
	struct slice secret = clean ? slice_of(blank, sizeof(CANARY) - 1) : SLICE(CANARY);
	struct buf mdia = {0}, trak = {0}, moov = {0}, hdlr = {0};
	LITERAL(&hdlr, "\0\0\0\0\0\0\0\0");
	buf_str(&hdlr, handler);
	LITERAL(&hdlr, "\0\0\0\0\0\0\0\0\0\0\0\0\0");
	box_of(&mdia, "hdlr", &hdlr);
	box(&mdia, "minf", SLICE(""));
	box(&trak, "tkhd", SLICE("head"));
	box(&trak, clean ? "free" : "udta", secret);
	box_of(&trak, "mdia", &mdia);
	box(&moov, "mvhd", SLICE("head"));
	box_of(&moov, "trak", &trak);
	box(&moov, clean ? "free" : "meta", secret);
	box(b, "ftyp", SLICE("M4A \0\0\0\0"));
	box_of(b, "moov", &moov);
	box(b, clean ? "free" : "uuid", secret);
	box(b, "free", secret);
	box(b, "mdat", SLICE("the sound"));
}

/* --- Ogg --- */

static void ogg_page(struct buf *b, uint8_t flags, uint8_t number, struct slice packet)
{
	size_t at = b->len;
	LITERAL(b, "OggS\0");
	buf_byte(b, flags);
	LITERAL(b, "\0\0\0\0\0\0\0\0abcd");
	buf_byte(b, number);
	LITERAL(b, "\0\0\0\0\0\0\0\1");
	buf_byte(b, (uint8_t)packet.len);
	buf_slice(b, packet);
	uint32_t sum = 0;
	for (size_t i = at; i < b->len; i++) {
		sum ^= (uint32_t)b->ptr[i] << 24;
		for (unsigned bit = 0; bit < 8; bit++)
			sum = (sum >> 31) != 0 ? sum << 1 ^ 0x04c11db7 : sum << 1;
	}
	for (unsigned i = 0; i < 4; i++)
		b->ptr[at + 22 + i] = (uint8_t)(sum >> 8 * i);
}

static void make_ogg(struct buf *b, bool clean)
{
	ogg_page(b, 2, 0, SLICE("OpusHead\1\1\0\0\x80\xbb\0\0\0\0\0"));
	ogg_page(b, 0, 1, clean ? SLICE("OpusTags\0\0\0\0\0\0\0\0") : SLICE("OpusTags\x19\0\0\0" CANARY "\0\0\0\0"));
	ogg_page(b, 0, 2, SLICE("sound"));
	ogg_page(b, 4, 3, SLICE("more of it"));
	if (!clean)
		LITERAL(b, CANARY);
}

/* --- all of them --- */

static const struct sample {
	enum media media;
	const char *type;
} samples[] = {{MEDIA_JPEG, "image/jpeg"}, {MEDIA_JPEG, "image/jpeg"}, {MEDIA_PNG, "image/png"},
	       {MEDIA_WEBP, "image/webp"}, {MEDIA_MP3, "audio/mpeg"},  {MEDIA_MP4, "audio/mp4"},
	       {MEDIA_OGG, "audio/ogg"}};
enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

static void make(size_t i, struct buf *b, bool clean)
{
	switch (samples[i].media) {
	case MEDIA_NONE:
		break;
	case MEDIA_JPEG:
		if (clean)
			clean_jpeg(b, i == 1);
		else
			make_jpeg(b, i == 0, i == 1);
		break;
	case MEDIA_PNG:
		make_png(b, clean);
		break;
	case MEDIA_WEBP:
		make_webp(b, clean);
		break;
	case MEDIA_MP3:
		make_mp3(b, clean);
		break;
	case MEDIA_MP4:
		make_mp4(b, clean, "soun");
		break;
	case MEDIA_OGG:
		make_ogg(b, clean);
		break;
	}
}

static void cleaned(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct buf in = {0}, want = {0}, out = {0}, again = {0};
		bool is_broken;
		make(i, &in, false);
		make(i, &want, true);
		assert_true(has_canary(&in));
		assert_int_equal(media_clean(buf_view(&in), &out, &is_broken), samples[i].media);
		if (!slice_eq(buf_view(&out), buf_view(&want)))
			fail_msg("%s: %zu bytes, %zu wanted", samples[i].type, out.len, want.len);
		/* What is clean stays as it is. */
		assert_int_equal(media_clean(buf_view(&out), &again, &is_broken), samples[i].media);
		assert_true(slice_eq(buf_view(&again), buf_view(&want)));
		assert_string_equal(media_type(samples[i].media), samples[i].type);
		assert_int_equal(media_of_type(slice_str(samples[i].type)), samples[i].media);
		buf_free(&in);
		buf_free(&want);
		buf_free(&out);
		buf_free(&again);
	}
	assert_int_equal(media_of_type(SLICE("text/html")), MEDIA_NONE);
}

/* In memory of exactly that size, so that a read beyond it is found. */
static void try_bytes(struct slice bytes_of, enum media want)
{
	uint8_t *exact = malloc(bytes_of.len + (bytes_of.len == 0));
	struct buf out = {0};
	bool is_broken;
	memcpy(exact, bytes_of.ptr, bytes_of.len);
	enum media got = media_clean(slice_of(exact, bytes_of.len), &out, &is_broken);
	if (want != MEDIA_NONE)
		assert_true(got == want || got == MEDIA_NONE);
	assert_false(got != MEDIA_NONE && is_broken);
	buf_free(&out);
	free(exact);
}

static void cut_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct buf in = {0};
		make(i, &in, false);
		for (size_t len = 0; len < in.len; len++)
			try_bytes(slice_of(in.ptr, len), samples[i].media);
		buf_free(&in);
	}
}

static void twisted(void **state)
{
	unsigned seed = 1;
	(void)state;
	for (size_t n = 0; n < TWISTS; n++) {
		struct buf in = {0};
		make(n % SAMPLES, &in, false);
		for (unsigned k = 0; k < 1 + n % 4; k++) {
			seed = seed * 1103515245 + 12345;
			in.ptr[(seed >> 8) % in.len] = (uint8_t)(k % 2 == 0 ? 0xff : seed >> 24);
		}
		try_bytes(buf_view(&in), MEDIA_NONE);
		buf_free(&in);
	}
}

static void refused(void **state)
{
	static const struct {
		struct slice bytes;
		bool is_broken;
	} rows[] = {
	    {{(const uint8_t *)"", 0}, false},
	    {{(const uint8_t *)"<html><script>alert(1)</script>", 31}, false},
	    {{(const uint8_t *)"<svg xmlns='http://www.w3.org/2000/svg'/>", 41}, false},
	    {{(const uint8_t *)"GIF89a", 6}, false},
	    {{(const uint8_t *)"%PDF-1.7", 8}, false},
	    {{(const uint8_t *)"PK\3\4", 4}, false},
	    {{(const uint8_t *)"\x1a\x45\xdf\xa3", 4}, false},
	    {{(const uint8_t *)"RIFF\4\0\0\0WAVE", 12}, false},
	    {{(const uint8_t *)"\xff\xd8\xff\xd9", 4}, true},
	    {{(const uint8_t *)"ID3\3\0\0\0\0\0\0<script>", 18}, true},
	    {{(const uint8_t *)"\0\0\0\x08"
			       "ftyp",
	      8},
	     true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = {0};
		bool is_broken;
		if (media_clean(rows[i].bytes, &out, &is_broken) != MEDIA_NONE || is_broken != rows[i].is_broken)
			fail_msg("row %zu", i);
		buf_free(&out);
	}
	/* A video is no memo. */
	struct buf video = {0}, out = {0};
	bool is_broken;
	make_mp4(&video, false, "vide");
	assert_int_equal(media_clean(buf_view(&video), &out, &is_broken), MEDIA_NONE);
	buf_free(&video);
	buf_free(&out);
	/* A cap is no damage. */
	make(0, &video, false);
	out.cap_bytes = 10;
	assert_int_equal(media_clean(buf_view(&video), &out, &is_broken), MEDIA_NONE);
	assert_true(out.failed);
	buf_free(&video);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cleaned), cmocka_unit_test(cut_off),
					   cmocka_unit_test(twisted), cmocka_unit_test(refused)};
	return cmocka_run_group_tests_name("web_media", tests, NULL, NULL);
}
