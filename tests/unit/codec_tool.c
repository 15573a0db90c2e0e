/*
 * The codecs behind a pipe, for check_codec.py: reads questions from stdin until it ends and answers each.
 *
 * A question is: what is wanted (b binary to JSON, j JSON to binary, w binary to binary), the message's full
 * name, its bytes; the last two each behind a length of four bytes, big-endian. An answer is the error's
 * reason or OK, then the bytes, in the same way.
 */
#include <stdio.h>
#include <stdlib.h>

#include "codec_pb.h"
#include "pb/json_read.h"
#include "pb/json_write.h"
#include "pb/pb_wire.h"
#include "wkt_pb.h"

static bool read_piece(struct buf *b)
{
	uint8_t head[4];
	if (fread(head, 1, 4, stdin) != 4)
		return false;
	size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	buf_reset(b);
	uint8_t *to = buf_reserve(b, len);
	if (to == NULL || fread(to, 1, len, stdin) != len)
		return false;
	b->len = len;
	return true;
}

static void write_piece(struct slice piece)
{
	uint8_t head[4] = {(uint8_t)(piece.len >> 24), (uint8_t)(piece.len >> 16), (uint8_t)(piece.len >> 8),
			   (uint8_t)piece.len};
	fwrite(head, 1, 4, stdout);
	fwrite(piece.ptr, 1, piece.len, stdout);
}

static enum err answer(int wanted, const struct pb_side *side, struct slice in, struct arena *a, struct buf *out)
{
	static const struct pb_set *const sets[] = {&codec_pb_set, &wkt_pb_set, NULL};
	static const struct json_opts opts = {.sets = sets};
	struct fault fault;
	ProtobufCMessage *m;
	if (wanted == 'j')
		TRY(json_decode(a, side->descriptor, in, &opts, &fault, &m));
	else
		TRY(pb_decode(a, side->descriptor, in, &fault, &m));
	if (wanted == 'b')
		return json_encode(m, &opts, a, &fault, out);
	pb_encode(m, out);
	return OK;
}

int main(void)
{
	struct arena arena;
	struct buf name = {0}, in = {0}, out = {0};
	int wanted;
	arena_init(&arena, 64 * 1024 * 1024);
	while ((wanted = getchar()) != EOF && read_piece(&name) && read_piece(&in)) {
		const struct pb_side *side = pb_message_by_name(&codec_pb_set, buf_view(&name));
		if (side == NULL)
			return EXIT_FAILURE;
		arena_reset(&arena);
		buf_reset(&out);
		enum err err = answer(wanted, side, buf_view(&in), &arena, &out);
		write_piece(slice_str(err_info(err)->reason));
		write_piece(buf_view(&out));
		fflush(stdout);
	}
	buf_free(&name);
	buf_free(&in);
	buf_free(&out);
	arena_free(&arena);
	return EXIT_SUCCESS;
}
