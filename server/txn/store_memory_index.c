#include "txn/store_memory_index.h"

#include <stdlib.h>

enum {
	CHUNK_ENTRIES = 256,
	/* Two neighbours that together hold no more than this become one. */
	MERGE_ENTRIES = 160,
};

static struct slice member_key(const void *item)
{
	return memory_index_member(item);
}

void memory_index_init(struct memory_index *x)
{
	*x = (struct memory_index){.members.key = member_key};
}

void memory_index_finish(struct memory_index *x)
{
	for (size_t i = 0; i < x->n_chunks; i++) {
		for (size_t j = 0; j < x->chunks[i].n; j++)
			free(x->chunks[i].slots[j].entry);
		free(x->chunks[i].slots);
	}
	free(x->chunks);
	memory_map_finish(&x->members);
	memory_index_init(x);
}

size_t memory_index_size(const struct memory_index *x)
{
	return x->members.n;
}

/* --- places --- */

/* What a search looks for: the first entry that does not lie before the mark. */
struct mark {
	int64_t score;
	const struct slice *member; /* NULL: before or behind all members with that score */
	bool behind;                /* entries equal to the mark lie before it */
};

static bool lies_before(const struct index_slot *s, const struct mark *mark)
{
	if (s->score != mark->score)
		return s->score < mark->score;
	int order = mark->member == NULL ? 0 : slice_cmp(memory_index_member(s->entry), *mark->member);
	return order < 0 || (order == 0 && mark->behind);
}

static bool chunk_lies_before(const struct index_chunk *c, const struct mark *mark)
{
	return c->high != mark->score ? c->high < mark->score : lies_before(&c->slots[c->n - 1], mark);
}

static struct index_place place_of(const struct memory_index *x, const struct mark *mark)
{
	/* the first chunk whose last entry does not lie before the mark */
	size_t low = 0, high = x->n_chunks;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (chunk_lies_before(&x->chunks[middle], mark))
			low = middle + 1;
		else
			high = middle;
	}
	struct index_place p = {low, 0};
	if (low == x->n_chunks)
		return p;
	const struct index_chunk *c = &x->chunks[low];
	for (high = c->n; p.at < high;) {
		size_t middle = p.at + (high - p.at) / 2;
		if (lies_before(&c->slots[middle], mark))
			p.at = middle + 1;
		else
			high = middle;
	}
	return p;
}

struct index_place memory_index_at_score(const struct memory_index *x, int64_t score)
{
	return place_of(x, &(struct mark){score, NULL, false});
}

struct index_place memory_index_behind_score(const struct memory_index *x, int64_t score)
{
	return place_of(x, &(struct mark){score, NULL, true});
}

struct index_place memory_index_at_entry(const struct memory_index *x, int64_t score, struct slice member,
					 bool behind_equal)
{
	return place_of(x, &(struct mark){score, &member, behind_equal});
}

const struct index_entry *memory_index_next(const struct memory_index *x, struct index_place *p)
{
	if (p->chunk == x->n_chunks)
		return NULL;
	const struct index_entry *e = x->chunks[p->chunk].slots[p->at++].entry;
	if (p->at == x->chunks[p->chunk].n)
		*p = (struct index_place){p->chunk + 1, 0};
	return e;
}

const struct index_entry *memory_index_previous(const struct memory_index *x, struct index_place *p)
{
	if (p->at == 0) {
		if (p->chunk == 0)
			return NULL;
		*p = (struct index_place){p->chunk - 1, x->chunks[p->chunk - 1].n};
	}
	return x->chunks[p->chunk].slots[--p->at].entry;
}

size_t memory_index_between(const struct memory_index *x, struct index_place low, struct index_place high)
{
	if (low.chunk > high.chunk || (low.chunk == high.chunk && low.at >= high.at))
		return 0;
	size_t n = high.at;
	for (size_t i = low.chunk; i < high.chunk; i++)
		n += x->chunks[i].n;
	return n - low.at;
}

/* --- changes --- */

static void add_chunk(struct memory_index *x, size_t at)
{
	if (x->n_chunks == x->room) {
		x->room = x->room == 0 ? 1 : x->room * 2;
		x->chunks = memory_realloc(x->chunks, x->room * sizeof(*x->chunks));
	}
	memmove(x->chunks + at + 1, x->chunks + at, (x->n_chunks - at) * sizeof(*x->chunks));
	x->chunks[at] = (struct index_chunk){0};
	x->n_chunks++;
}

static void drop_chunk(struct memory_index *x, size_t at)
{
	free(x->chunks[at].slots);
	memmove(x->chunks + at, x->chunks + at + 1, (x->n_chunks - at - 1) * sizeof(*x->chunks));
	x->n_chunks--;
}

/* Most indexes are short: a chunk starts small. */
static void reserve(struct index_chunk *c, size_t n)
{
	if (n <= c->room)
		return;
	for (c->room = c->room == 0 ? 2 : c->room; c->room < n;)
		c->room *= 2;
	c->slots = memory_realloc(c->slots, c->room * sizeof(*c->slots));
}

static void mark_high(struct index_chunk *c)
{
	c->high = c->slots[c->n - 1].score;
}

/* A full chunk gives its upper half to a new one; but at the very end only a new one is begun, so that
 * entries that come in order fill their chunks. */
static struct index_place make_room(struct memory_index *x, struct index_place p)
{
	if (x->chunks[p.chunk].n < CHUNK_ENTRIES)
		return p;
	add_chunk(x, p.chunk + 1);
	struct index_chunk *c = &x->chunks[p.chunk], *upper = c + 1;
	if (p.at == c->n && p.chunk + 2 == x->n_chunks)
		return (struct index_place){p.chunk + 1, 0};
	size_t half = c->n / 2;
	reserve(upper, c->n - half);
	upper->n = c->n - half;
	memcpy(upper->slots, c->slots + half, upper->n * sizeof(*c->slots));
	c->n = half;
	mark_high(c);
	mark_high(upper);
	return p.at <= half ? p : (struct index_place){p.chunk + 1, p.at - half};
}

static void insert(struct memory_index *x, struct index_entry *e)
{
	struct index_place p = memory_index_at_entry(x, e->score, memory_index_member(e), false);
	if (x->n_chunks == 0)
		add_chunk(x, 0);
	else if (p.chunk == x->n_chunks) /* behind everything: into the last chunk */
		p = (struct index_place){p.chunk - 1, x->chunks[p.chunk - 1].n};
	p = make_room(x, p);
	struct index_chunk *c = &x->chunks[p.chunk];
	reserve(c, c->n + 1);
	memmove(c->slots + p.at + 1, c->slots + p.at, (c->n - p.at) * sizeof(*c->slots));
	c->slots[p.at] = (struct index_slot){e->score, e};
	c->n++;
	mark_high(c);
}

static void merge(struct memory_index *x, size_t at)
{
	if (at + 1 >= x->n_chunks || x->chunks[at].n + x->chunks[at + 1].n > MERGE_ENTRIES)
		return;
	struct index_chunk *c = &x->chunks[at], *upper = c + 1;
	reserve(c, c->n + upper->n);
	memcpy(c->slots + c->n, upper->slots, upper->n * sizeof(*c->slots));
	c->n += upper->n;
	mark_high(c);
	drop_chunk(x, at + 1);
}

static void take_out(struct memory_index *x, const struct index_entry *e)
{
	struct index_place p = memory_index_at_entry(x, e->score, memory_index_member(e), false);
	struct index_chunk *c = &x->chunks[p.chunk];
	memmove(c->slots + p.at, c->slots + p.at + 1, (c->n - p.at - 1) * sizeof(*c->slots));
	c->n--;
	if (c->n == 0) {
		drop_chunk(x, p.chunk);
		return;
	}
	mark_high(c);
	merge(x, p.chunk);
	if (p.chunk > 0)
		merge(x, p.chunk - 1);
}

int64_t memory_index_score(const struct memory_index *x, struct slice member)
{
	const struct index_entry *e = memory_map_get(&x->members, member);
	return e == NULL ? 0 : e->score;
}

void memory_index_put(struct memory_index *x, struct slice member, int64_t score)
{
	struct index_entry *e = memory_map_get(&x->members, member);
	if (e != NULL) {
		if (e->score == score)
			return;
		take_out(x, e);
		e->score = score;
		insert(x, e);
		return;
	}
	e = memory_alloc(sizeof(*e) + member.len);
	e->score = score;
	e->len = (uint32_t)member.len;
	if (member.len > 0)
		memcpy(e->bytes, member.ptr, member.len);
	memory_map_add(&x->members, e);
	insert(x, e);
}

bool memory_index_remove(struct memory_index *x, struct slice member)
{
	struct index_entry *e = memory_map_remove(&x->members, member);
	if (e == NULL)
		return false;
	take_out(x, e);
	free(e);
	return true;
}
