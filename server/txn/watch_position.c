#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "txn/watch_internal.h"

/* However clocks differ, nothing gets an earlier place in the log. */
enum { SETTLED_MS = 3600000 };

bool watch_position_parse(struct slice text, char after[ID_BYTES], char entry[ID_BYTES], unsigned *skip)
{
	uint64_t ms, seq;
	unsigned n;
	char copy[EXEC_POSITION_BYTES];
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

static int64_t entry_ms(const struct exec_watch *w)
{
	return strtoll(w->after, NULL, 10);
}

/* The last entry may be older than what is kept. What was not in the log when it was read will not stand before an hour
 * ahead of that, so that place does as well. */
const char *watch_stands_at(const struct exec_watch *w, char position[EXEC_POSITION_BYTES])
{
	int64_t settled_ms = w->asked_ms - SETTLED_MS;
	if (entry_ms(w) < settled_ms)
		snprintf(position, EXEC_POSITION_BYTES, "%" PRId64 "-0-0", settled_ms);
	else
		snprintf(position, EXEC_POSITION_BYTES, "%s-%u", w->after, WATCH_WHOLE_ENTRY);
	return position;
}

static bool is_quiet(const struct exec_watch *w)
{
	return w->opened && !w->ended && !w->paused && !w->busy && !w->heard_more && w->n_tells == 0 &&
	       watch_at_rest(w);
}

/* It has seen all that was heard. */
static void catch_up(struct exec_watch *w)
{
	struct log_id last;
	if (recent_last(tenant_recent(w->tenant), &last))
		watch_pass_by(w, &last);
}

bool watch_is_unsure(struct exec_watch *w, int64_t now_ms)
{
	if (!is_quiet(w))
		return false;
	catch_up(w);
	return entry_ms(w) < now_ms - SETTLED_MS && w->asked_ms < now_ms - SETTLED_MS;
}

bool exec_watch_position(struct exec_watch *w, char position[EXEC_POSITION_BYTES])
{
	if (w == NULL || !is_quiet(w))
		return false;
	catch_up(w);
	(void)watch_stands_at(w, position);
	return true;
}
