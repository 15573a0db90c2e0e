#include "rpc/frames.h"

enum frame_verdict frame_next(struct slice *in, uint8_t known_flags, size_t max_bytes, struct frame *out)
{
	if (in->len > 0 && (in->ptr[0] & ~known_flags) != 0)
		return FRAME_BAD_FLAGS;
	if (in->len < FRAME_HEAD_BYTES)
		return FRAME_PARTIAL;
	const uint8_t *p = in->ptr;
	size_t len = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
	if (len > max_bytes)
		return FRAME_TOO_LARGE;
	if (in->len - FRAME_HEAD_BYTES < len)
		return FRAME_PARTIAL;
	*out = (struct frame){p[0], slice_of(p + FRAME_HEAD_BYTES, len)};
	*in = slice_of(p + FRAME_HEAD_BYTES + len, in->len - FRAME_HEAD_BYTES - len);
	return FRAME_WHOLE;
}

void frame_head(uint8_t head[FRAME_HEAD_BYTES], uint8_t flags, size_t payload_bytes)
{
	head[0] = flags;
	head[1] = (uint8_t)(payload_bytes >> 24);
	head[2] = (uint8_t)(payload_bytes >> 16);
	head[3] = (uint8_t)(payload_bytes >> 8);
	head[4] = (uint8_t)payload_bytes;
}
