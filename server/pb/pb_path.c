#include "pb/pb_path.h"

#include <stdio.h>

#include "base/limits.h"
#include "pb/utf8.h"

static void put(char *text, size_t room, size_t *len, struct slice piece)
{
	piece = utf8_cut(piece, room - *len < LIMIT_PATH_NAME_BYTES ? room - *len : LIMIT_PATH_NAME_BYTES);
	for (size_t i = 0; i < piece.len; i++) {
		uint8_t byte = piece.ptr[i];
		text[(*len)++] = byte < 0x20 || byte == 0x7F ? '?' : (char)byte;
	}
}

const char *pb_path_text(struct arena *a, const struct pb_path *path)
{
	/* A path is as deep as the message; the outermost steps tell most, so the end is what is cut. */
	const struct pb_path *steps[LIMIT_MESSAGE_DEPTH * 2];
	size_t n = 0;
	for (const struct pb_path *step = path; step != NULL && n < sizeof(steps) / sizeof(steps[0]); step = step->up)
		steps[n++] = step;
	char text[LIMIT_PATH_BYTES + 1];
	size_t room = sizeof(text) - 1, len = 0;
	for (size_t i = n; i-- > 0;) {
		if (len > 0)
			put(text, room, &len, SLICE("."));
		put(text, room, &len, steps[i]->name);
		if (steps[i]->index != PB_NO_INDEX) {
			char index[24];
			int digits = snprintf(index, sizeof(index), "[%zu]", steps[i]->index);
			put(text, room, &len, slice_of(index, (size_t)digits));
		}
	}
	return arena_string(a, slice_of(text, len));
}

enum err pb_fault(struct arena *a, struct fault *fault, enum err err, const struct pb_path *path, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fault_vset(fault, err, path == NULL ? NULL : pb_path_text(a, path), fmt, args);
	va_end(args);
	return err;
}
