#include "txn/watch_index.h"

#include <stdlib.h>

#include "base/hash.h"

enum { FIRST_BUCKETS = 64 };

void watch_index_free(struct watch_index *index)
{
	free(index->buckets);
	*index = (struct watch_index){0};
}

static uint64_t hash_of(const char *id)
{
	/* 0 is for those who listen for everything. */
	return hash_bytes(0, slice_str(id)) | 1;
}

static void link_in(struct watch_listener **list, struct watch_listener *listener)
{
	listener->next = *list;
	listener->at = list;
	if (listener->next != NULL)
		listener->next->at = &listener->next;
	*list = listener;
}

static struct watch_listener **bucket_of(const struct watch_index *index, uint64_t hash)
{
	return &index->buckets[hash >> 1 & (index->n_buckets - 1)];
}

static bool widen(struct watch_index *index)
{
	struct watch_index wide = *index;
	wide.n_buckets = index->n_buckets == 0 ? FIRST_BUCKETS : index->n_buckets * 2;
	wide.buckets = calloc(wide.n_buckets, sizeof(*wide.buckets));
	if (wide.buckets == NULL)
		return index->n_buckets > 0; /* longer chains, nothing worse */
	for (size_t i = 0; i < index->n_buckets; i++) {
		while (index->buckets[i] != NULL) {
			struct watch_listener *listener = index->buckets[i];
			index->buckets[i] = listener->next;
			link_in(bucket_of(&wide, listener->hash), listener);
		}
	}
	free(index->buckets);
	*index = wide;
	return true;
}

bool watch_index_join(struct watch_index *index, struct watch_listener *listener, const char *id)
{
	listener->hash = id[0] == '\0' ? 0 : hash_of(id);
	if (listener->hash == 0) {
		link_in(&index->broad, listener);
		return true;
	}
	if (index->n >= index->n_buckets && !widen(index))
		return false;
	index->n++;
	link_in(bucket_of(index, listener->hash), listener);
	return true;
}

void watch_index_leave(struct watch_index *index, struct watch_listener *listener)
{
	if (listener->at == NULL)
		return;
	*listener->at = listener->next;
	if (listener->next != NULL)
		listener->next->at = listener->at;
	listener->at = NULL;
	index->n -= listener->hash != 0;
}

struct finder {
	const struct watch_index *index;
	void (*fn)(void *arg, struct watch_listener *listener);
	void *arg;
};

static void find_id(const struct finder *finder, const char *id)
{
	if (id[0] == '\0' || finder->index->n_buckets == 0)
		return;
	uint64_t hash = hash_of(id);
	for (struct watch_listener *l = *bucket_of(finder->index, hash); l != NULL; l = l->next) {
		if (l->hash == hash)
			finder->fn(finder->arg, l);
	}
}

void watch_index_find(const struct watch_index *index, const EventBatch *batch,
		      void (*fn)(void *arg, struct watch_listener *listener), void *arg)
{
	struct finder finder = {index, fn, arg};
	for (struct watch_listener *l = index->broad; l != NULL; l = l->next)
		fn(arg, l);
	for (size_t i = 0; i < batch->n_events; i++) {
		const EventRecord *event = batch->events[i];
		find_id(&finder, event->subject_id);
		find_id(&finder, event->resident_id);
		find_id(&finder, event->requester_id);
		find_id(&finder, event->member_id);
		for (size_t k = 0; k < event->n_member_ids; k++)
			find_id(&finder, event->member_ids[k]);
	}
}
