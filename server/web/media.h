/*
 * media: pictures and voice memos that people upload: what they are, and without what they say beside that.
 *
 * Nouns: the kind is found by the bytes alone, whatever a client calls it: JPEG, PNG, WebP; MP3, MPEG-4 audio, Ogg
 * with Opus. To clean is to write the container anew with what is to be seen or heard and nothing else: no EXIF (with
 * the place and the camera), XMP, IPTC, colour profile, comment, tag, thumbnail, or bytes behind the end. Nothing is
 * decoded. How a camera was held is kept of a JPEG's EXIF, in an EXIF of that alone: else the picture would lie.
 * Ownership: in is borrowed; out is the caller's, empty at first.
 * Errors: MEDIA_NONE for another kind, or one that is not whole (*is_broken), or without memory (out->failed).
 */
#ifndef PAIDAN_WEB_MEDIA_H
#define PAIDAN_WEB_MEDIA_H

#include "base/buf.h"

enum media { MEDIA_NONE, MEDIA_JPEG, MEDIA_PNG, MEDIA_WEBP, MEDIA_MP3, MEDIA_MP4, MEDIA_OGG };

enum media media_clean(struct slice in, struct buf *out, bool *is_broken);
/* "image/jpeg", and ".jpg" as a file's ending. Not of MEDIA_NONE. */
const char *media_type(enum media media);
const char *media_ending(enum media media);
/* The kind that has this type; MEDIA_NONE: none. */
enum media media_of_type(struct slice type);

#endif
