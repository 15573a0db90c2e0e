#include "txn/recent.h"

#include <stdlib.h>

static struct recent_entry *entry_at(struct recent *r, size_t i)
{
	return &r->entries[(r->first + i) % RECENT_ENTRIES];
}

static void clear(struct recent *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(entry_at(r, i)->value);
	r->first = r->n = 0;
}

void recent_free(struct recent *r)
{
	clear(r);
	r->started = false;
}

static void drop_oldest(struct recent *r)
{
	struct recent_entry *oldest = entry_at(r, 0);
	r->from = oldest->id;
	free(oldest->value);
	r->first = (r->first + 1) % RECENT_ENTRIES;
	r->n--;
}

void recent_add(struct recent *r, struct slice id, struct slice value)
{
	struct log_id parsed;
	uint8_t *copy = malloc(value.len == 0 ? 1 : value.len);
	if (copy == NULL || !log_id_parse(id, &parsed)) {
		free(copy);
		recent_free(r); /* a gap: what is here must not be taken for all */
		return;
	}
	memcpy(copy, value.ptr, value.len);
	if (!r->started) {
		/* Whatever was just before the first entry heard is not known. */
		r->started = true;
		r->from = parsed;
		free(copy);
		return;
	}
	if (r->n == RECENT_ENTRIES)
		drop_oldest(r);
	*entry_at(r, r->n++) = (struct recent_entry){parsed, copy, value.len};
}

bool recent_last(const struct recent *r, struct log_id *id)
{
	if (!r->started)
		return false;
	*id = r->n == 0 ? r->from : r->entries[(r->first + r->n - 1) % RECENT_ENTRIES].id;
	return true;
}

bool recent_read(const struct recent *r, struct slice after, struct arena *a, struct store_entry *out, size_t max,
		 size_t *n)
{
	struct log_id last;
	*n = 0;
	if (!r->started || !log_id_parse(after, &last) || log_id_cmp(last, r->from) < 0)
		return false;
	size_t lo = 0, hi = r->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (log_id_cmp(r->entries[(r->first + mid) % RECENT_ENTRIES].id, last) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = lo; i < r->n && *n < max; i++) {
		const struct recent_entry *e = &r->entries[(r->first + i) % RECENT_ENTRIES];
		char id[LOG_ID_BYTES];
		size_t len = log_id_format(e->id, id);
		out[(*n)++] = (struct store_entry){.member = arena_slice(a, slice_of(id, len)),
						   .value = arena_slice(a, slice_of(e->value, e->len))};
	}
	return true;
}
