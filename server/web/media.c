#include "web/media_inside.h"

static const struct row {
	const char *type, *ending;
	bool (*clean)(struct slice in, struct buf *out);
} rows[] = {
    [MEDIA_JPEG] = {"image/jpeg", ".jpg", media_jpeg},  [MEDIA_PNG] = {"image/png", ".png", media_png},
    [MEDIA_WEBP] = {"image/webp", ".webp", media_webp}, [MEDIA_MP3] = {"audio/mpeg", ".mp3", media_mp3},
    [MEDIA_MP4] = {"audio/mp4", ".m4a", media_mp4},     [MEDIA_OGG] = {"audio/ogg", ".ogg", media_ogg},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static bool is_mp3(struct slice in)
{
	return media_is(in, 0, "ID3") || (in.len > 1 && in.ptr[0] == 0xff && (in.ptr[1] & 0xe6) == 0xe2);
}

static enum media sniff(struct slice in)
{
	if (media_is(in, 0, "\xff\xd8\xff"))
		return MEDIA_JPEG;
	if (media_is(in, 0, "\x89PNG\r\n\x1a\n"))
		return MEDIA_PNG;
	if (media_is(in, 0, "RIFF") && media_is(in, 8, "WEBP"))
		return MEDIA_WEBP;
	if (media_is(in, 4, "ftyp"))
		return MEDIA_MP4;
	if (media_is(in, 0, "OggS"))
		return MEDIA_OGG;
	return is_mp3(in) ? MEDIA_MP3 : MEDIA_NONE;
}

enum media media_clean(struct slice in, struct buf *out, bool *is_broken)
{
	enum media media = sniff(in);
	*is_broken = media != MEDIA_NONE && !rows[media].clean(in, out);
	return *is_broken || out->failed ? MEDIA_NONE : media;
}

const char *media_type(enum media media)
{
	return rows[media].type;
}

const char *media_ending(enum media media)
{
	return rows[media].ending;
}

enum media media_of_type(struct slice type)
{
	for (size_t i = MEDIA_NONE + 1; i < ROWS; i++) {
		if (slice_eq(type, slice_str(rows[i].type)))
			return (enum media)i;
	}
	return MEDIA_NONE;
}
