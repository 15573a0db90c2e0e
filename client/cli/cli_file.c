#include "cli_file.h"

#include <errno.h>
#include <stdio.h>

int file_read(const char *path, struct buf *out)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	int error = 0;
	if (file == NULL)
		return -1;
	for (;;) {
		enum { PIECE = 64 * 1024 };
		uint8_t *to = buf_reserve(out, PIECE);
		if (to == NULL) {
			error = ENOMEM;
			break;
		}
		size_t n = fread(to, 1, PIECE, file);
		out->len += n;
		if (ferror(file))
			error = errno;
		else if (out->len > FILE_MAX_BYTES)
			error = EFBIG;
		if (n == 0 || error != 0)
			break;
	}
	if (!is_stdin)
		fclose(file);
	errno = error;
	return error == 0 ? 0 : -1;
}
