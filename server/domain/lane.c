#include "domain/lane.h"

#include <stdlib.h>

char *lane_id(struct arena *a, const char *webhook_id, const char *subject_id)
{
	return arena_printf(a, "%s.%s", webhook_id, subject_id);
}

LaneRecord *lane_new(struct arena *a, const char *webhook_id, const char *subject_id)
{
	LaneRecord *lane = ARENA_NEW(a, LaneRecord);
	LaneRecord_init(lane);
	lane->id = lane_id(a, webhook_id, subject_id);
	lane->webhook_id = arena_strdup(a, webhook_id);
	lane->subject_id = arena_strdup(a, subject_id);
	return lane;
}

int lane_compare_ids(const char *a, const char *b)
{
	/* "ms-seq-n": numbers that grow from left to right. */
	for (int part = 0; part < 3; part++) {
		char *a_end, *b_end;
		unsigned long long x = strtoull(a, &a_end, 10), y = strtoull(b, &b_end, 10);
		if (x != y)
			return x < y ? -1 : 1;
		a = *a_end == '-' ? a_end + 1 : a_end;
		b = *b_end == '-' ? b_end + 1 : b_end;
	}
	return 0;
}

bool lane_add(struct arena *a, LaneRecord *lane, LaneItem *item, int64_t now_ms)
{
	size_t at = lane->n_items;
	/* Nearly always behind the last one. */
	while (at > 0) {
		int order = lane_compare_ids(lane->items[at - 1]->event_id, item->event_id);
		if (order == 0)
			return false;
		if (order < 0)
			break;
		at--;
	}
	arena_append(a, (void ***)&lane->items, &lane->n_items, item);
	memmove(&lane->items[at + 1], &lane->items[at], (lane->n_items - 1 - at) * sizeof(*lane->items));
	lane->items[at] = item;
	if (at == 0)
		lane->due_ms = now_ms;
	return true;
}

LaneItem *lane_item(const LaneRecord *lane, const char *event_id)
{
	for (size_t i = 0; i < lane->n_items; i++) {
		if (strcmp(lane->items[i]->event_id, event_id) == 0)
			return lane->items[i];
	}
	return NULL;
}

void lane_remove(LaneRecord *lane, const LaneItem *item, int64_t now_ms)
{
	size_t at = 0;
	while (at < lane->n_items && lane->items[at] != item)
		at++;
	if (at == lane->n_items)
		return;
	lane->n_items--;
	memmove(&lane->items[at], &lane->items[at + 1], (lane->n_items - at) * sizeof(*lane->items));
	if (at == 0)
		lane->due_ms = lane->n_items > 0 ? now_ms : now_ms + LANE_LINGER_MS;
}
