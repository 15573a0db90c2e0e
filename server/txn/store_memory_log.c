#include "txn/store_memory_log.h"

#include <stdlib.h>

#include "txn/store_memory_map.h"

void memory_log_finish(struct memory_log *l)
{
	for (size_t i = l->first; i < l->end; i++)
		free(l->entries[i]);
	free(l->entries);
	*l = (struct memory_log){0};
}

static struct log_id next_id(struct log_id last, int64_t now_ms)
{
	uint64_t now = now_ms < 0 ? 0 : (uint64_t)now_ms;
	if (now > last.ms)
		return (struct log_id){now, 0};
	return last.seq == UINT64_MAX ? (struct log_id){last.ms + 1, 0} : (struct log_id){last.ms, last.seq + 1};
}

static void reserve(struct memory_log *l)
{
	if (l->end < l->room)
		return;
	size_t n = l->end - l->first;
	/* Use what trimming has freed, once that is the larger half. */
	if (l->first > n) {
		memmove(l->entries, l->entries + l->first, n * sizeof(*l->entries));
		l->first = 0;
		l->end = n;
		return;
	}
	l->room = l->room == 0 ? 4 : l->room * 2;
	l->entries = memory_realloc(l->entries, l->room * sizeof(*l->entries));
}

struct log_id memory_log_append(struct memory_log *l, struct slice value, int64_t now_ms)
{
	reserve(l);
	struct log_entry *e = memory_alloc(sizeof(*e) + value.len);
	e->id = l->last = next_id(l->last, now_ms);
	e->len = value.len;
	if (value.len > 0)
		memcpy(e->bytes, value.ptr, value.len);
	l->entries[l->end++] = e;
	return e->id;
}

size_t memory_log_at(const struct memory_log *l, struct log_id id)
{
	size_t low = l->first, high = l->end;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (log_id_cmp(l->entries[middle]->id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t memory_log_behind(const struct memory_log *l, struct log_id id)
{
	size_t at = memory_log_at(l, id);
	return at < l->end && log_id_cmp(l->entries[at]->id, id) == 0 ? at + 1 : at;
}

void memory_log_trim(struct memory_log *l, struct log_id id)
{
	size_t keep = memory_log_at(l, id);
	while (l->first < keep)
		free(l->entries[l->first++]);
}
