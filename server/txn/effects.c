/* What a transaction does beside putting records: sums, logs, and what is dropped. */
#include "txn/txn_internal.h"

/* The array of the run arena, with room for one more: it doubles when n is a power of two. */
static void *room_for_one(struct txn *t, void *array, size_t n, size_t bytes)
{
	if ((n & (n - 1)) != 0)
		return array;
	void *grown = arena_array(&t->run, n == 0 ? 1 : 2 * n, bytes);
	if (n > 0)
		memcpy(grown, array, n * bytes);
	return grown;
}

void txn_add(struct txn *t, const char *key, int64_t delta)
{
	if (delta == 0)
		return;
	t->deltas = room_for_one(t, t->deltas, t->n_deltas, sizeof(*t->deltas));
	t->deltas[t->n_deltas++] = (struct txn_delta){key, delta};
}

void txn_append(struct txn *t, const char *key, const void *message)
{
	t->appends = room_for_one(t, t->appends, t->n_appends, sizeof(*t->appends));
	t->appends[t->n_appends++] = (struct txn_log_entry){key, message};
}

static void add_cleanup(struct txn *t, struct store_write write)
{
	t->cleanups = room_for_one(t, t->cleanups, t->n_cleanups, sizeof(*t->cleanups));
	t->cleanups[t->n_cleanups++] = write;
}

void txn_trim(struct txn *t, const char *key, const char *before_id)
{
	add_cleanup(t, (struct store_write){STORE_TRIM, slice_str(key), slice_str(before_id), 0, SLICE_NONE});
}

void txn_drop(struct txn *t, const char *key)
{
	add_cleanup(t, (struct store_write){.kind = STORE_DELETE, .key = slice_str(key)});
}
