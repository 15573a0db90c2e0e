/*
 * frames: the envelopes of gRPC and of Connect's streams.
 *
 * Nouns: a frame is one byte of flags, a length of four (big endian) and that many bytes, its payload.
 * Bit 0 says that the payload is compressed; bit 1 is Connect's alone and marks the last frame of a
 * stream, which holds no message but how the stream ended.
 * Ownership: a frame points into the bytes it was read from.
 * Errors: FRAME_TOO_LARGE as soon as the length is known, FRAME_BAD_FLAGS for bits that mean nothing.
 */
#ifndef PAIDAN_RPC_FRAMES_H
#define PAIDAN_RPC_FRAMES_H

#include "base/slice.h"

enum { FRAME_HEAD_BYTES = 5, FRAME_COMPRESSED = 1, FRAME_END_STREAM = 2 };

enum frame_verdict {
	FRAME_WHOLE,
	FRAME_PARTIAL, /* more bytes are needed; also for no bytes at all */
	FRAME_TOO_LARGE,
	FRAME_BAD_FLAGS,
};

struct frame {
	uint8_t flags;
	struct slice payload;
};

/* Takes the first frame off `in` when it is whole; otherwise `in` stays as it is. */
enum frame_verdict frame_next(struct slice *in, uint8_t known_flags, size_t max_bytes, struct frame *out);
void frame_head(uint8_t head[FRAME_HEAD_BYTES], uint8_t flags, size_t payload_bytes);

#endif
