/* What a transaction reads beside records: ranges of indexes and logs, counts and sums. */
#include "txn/txn_internal.h"

static bool same_read(const struct store_read *a, const struct store_read *b)
{
	return a->kind == b->kind && slice_eq(a->key, b->key) && a->min == b->min && a->max == b->max &&
	       slice_eq(a->after, b->after) && a->after_score == b->after_score && a->reverse == b->reverse &&
	       a->limit == b->limit;
}

static enum err query(struct txn *t, enum query_kind kind, const struct store_read *wanted, struct txn_query **out)
{
	for (size_t i = 0; i < t->n_queries; i++) {
		if (t->queries[i].kind == kind && same_read(&t->queries[i].read, wanted)) {
			*out = &t->queries[i];
			return t->queries[i].known ? OK : txn_wanted(t);
		}
	}
	t->queries = txn_grow(&t->keep, t->queries, t->n_queries, &t->room_queries, sizeof(*t->queries));
	struct txn_query *q = &t->queries[t->n_queries++];
	*q = (struct txn_query){.kind = kind, .read = *wanted};
	q->read.key = arena_slice(&t->keep, wanted->key);
	q->read.after = wanted->after.ptr == NULL ? SLICE_NONE : arena_slice(&t->keep, wanted->after);
	*out = q;
	return txn_wanted(t);
}

enum err txn_range(struct txn *t, const struct txn_range *range, struct store_entry **entries, size_t *n)
{
	struct txn_query *q;
	struct store_read read = {
	    .kind = range->log ? STORE_LOG : STORE_RANGE,
	    .key = slice_str(range->key),
	    .min = range->min,
	    .max = range->max,
	    .reverse = range->reverse,
	    .limit = range->limit,
	};
	if (range->has_after) {
		read.after = slice_str(range->after);
		read.after_score = range->after_score;
	}
	*n = 0;
	TRY(query(t, range->log ? QUERY_LOG : QUERY_RANGE, &read, &q));
	*entries = q->read.entries;
	*n = q->read.n_entries;
	return OK;
}

enum err txn_count(struct txn *t, const char *key, int64_t min, int64_t max, int64_t *count)
{
	struct txn_query *q;
	struct store_read read = {.kind = STORE_COUNT, .key = slice_str(key), .min = min, .max = max};
	TRY(query(t, QUERY_COUNT, &read, &q));
	*count = q->read.number;
	return OK;
}

enum err txn_counter(struct txn *t, const char *key, int64_t *value)
{
	struct txn_query *q;
	struct store_read read = {.kind = STORE_COUNTER, .key = slice_str(key)};
	TRY(query(t, QUERY_COUNTER, &read, &q));
	*value = q->read.number;
	return OK;
}
