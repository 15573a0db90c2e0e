#include <inttypes.h>
#include <stdio.h>

#include "txn/watch.h"

enum { ID_BYTES = 48, POSITION_BYTES = 64 };

bool watch_position_parse(struct slice text, char after[ID_BYTES], char entry[ID_BYTES], unsigned *skip)
{
	uint64_t ms, seq;
	unsigned n;
	char copy[POSITION_BYTES];
	int used = 0;
	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	/* sscanf would also take signs and spaces. */
	for (size_t i = 0; i < text.len; i++) {
		bool digit = copy[i] >= '0' && copy[i] <= '9';
		if (!digit && (copy[i] != '-' || i == 0 || copy[i - 1] == '-'))
			return false;
	}
	if (sscanf(copy, "%20" SCNu64 "-%20" SCNu64 "-%9u%n", &ms, &seq, &n, &used) != 3 || (size_t)used != text.len)
		return false;
	snprintf(entry, ID_BYTES, "%" PRIu64 "-%" PRIu64, ms, seq);
	/* The id just before: the entry itself is read again and its told events are skipped. */
	if (seq > 0)
		snprintf(after, ID_BYTES, "%" PRIu64 "-%" PRIu64, ms, seq - 1);
	else
		snprintf(after, ID_BYTES, "%" PRIu64 "-%" PRIu64, ms == 0 ? 0 : ms - 1, ms == 0 ? 0 : UINT64_MAX);
	*skip = n + 1;
	return true;
}
