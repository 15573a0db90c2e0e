#include "txn/store_log_id.h"

#include "base/decimal.h"

static bool parse_number(struct slice text, uint64_t *value)
{
	uint64_t sum = 0;
	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (c < '0' || c > '9')
			return false;
		if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, (uint64_t)(c - '0'), &sum))
			return false;
	}
	*value = sum;
	return true;
}

bool log_id_parse(struct slice text, struct log_id *id)
{
	const uint8_t *dash = text.len == 0 ? NULL : memchr(text.ptr, '-', text.len);
	if (dash == NULL)
		return false;
	size_t at = (size_t)(dash - text.ptr);
	return parse_number(slice_of(text.ptr, at), &id->ms) && parse_number(slice_from(text, at + 1), &id->seq);
}

size_t log_id_format(struct log_id id, char out[LOG_ID_BYTES])
{
	char ms_room[DECIMAL_CHARS], seq_room[DECIMAL_CHARS];
	struct slice ms = decimal_unsigned(id.ms, ms_room), seq = decimal_unsigned(id.seq, seq_room);
	memcpy(out, ms.ptr, ms.len);
	out[ms.len] = '-';
	memcpy(out + ms.len + 1, seq.ptr, seq.len);
	out[ms.len + 1 + seq.len] = '\0';
	return ms.len + 1 + seq.len;
}
