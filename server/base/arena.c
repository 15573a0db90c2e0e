#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_BLOCK_BYTES = 4096, MAX_BLOCK_BYTES = 256 * 1024, KEPT_BLOCK_BYTES = 64 * 1024 };

struct arena_block {
	struct arena_block *prev;
	size_t size;
	size_t used;
	size_t dirty; /* bytes that may hold what was there before the arena was recycled */
	alignas(max_align_t) uint8_t bytes[];
};

/* What was in use may have held personal data. */
static void wipe_block(struct arena_block *block)
{
	explicit_bzero(block->bytes, block->used > block->dirty ? block->used : block->dirty);
	block->used = block->dirty = 0;
}

static void drop_block(struct arena_block *block)
{
	wipe_block(block);
	free(block);
}

void arena_init(struct arena *a, size_t cap_bytes)
{
	*a = (struct arena){.cap_bytes = cap_bytes};
}

void arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	while (a->head != NULL) {
		struct arena_block *prev = a->head->prev;
		drop_block(a->head);
		a->head = prev;
	}
	a->used_bytes = 0;
}

/* Keeps the newest block, which is the largest: what was needed once fits into it next time. */
static struct arena_block *keep_newest(struct arena *a)
{
	struct arena_block *kept = a->head;
	if (kept == NULL || kept->size > KEPT_BLOCK_BYTES) {
		arena_free(a);
		return NULL;
	}
	a->head = kept->prev;
	arena_free(a);
	kept->prev = NULL;
	a->head = kept;
	return kept;
}

void arena_reset(struct arena *a)
{
	struct arena_block *kept = keep_newest(a);
	if (kept != NULL)
		wipe_block(kept);
}

void arena_recycle(struct arena *a)
{
	struct arena_block *kept = keep_newest(a);
	if (kept == NULL)
		return;
	if (kept->dirty < kept->used)
		kept->dirty = kept->used;
	kept->used = 0;
}

/* There is no way on from here but the guard. */
static _Noreturn void out_of_memory(struct arena *a)
{
	if (a->guard == NULL) {
		fputs("arena: out of memory without a guard\n", stderr);
		abort();
	}
	longjmp(*a->guard, 1);
}

static void add_block(struct arena *a, size_t at_least)
{
	size_t size = a->head == NULL ? FIRST_BLOCK_BYTES : a->head->size * 2;
	if (size > MAX_BLOCK_BYTES)
		size = MAX_BLOCK_BYTES;
	if (size < at_least)
		size = at_least;
	struct arena_block *block = malloc(sizeof(*block) + size);
	if (block == NULL)
		out_of_memory(a);
	block->prev = a->head;
	block->size = size;
	block->used = block->dirty = 0;
	a->head = block;
}

static void *take(struct arena *a, size_t bytes)
{
	if (bytes > SIZE_MAX - alignof(max_align_t))
		out_of_memory(a);
	size_t rounded = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (rounded > a->cap_bytes - a->used_bytes)
		out_of_memory(a);
	if (a->head == NULL || rounded > a->head->size - a->head->used)
		add_block(a, rounded);
	void *ptr = a->head->bytes + a->head->used;
	a->head->used += rounded;
	a->used_bytes += rounded;
	return ptr;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	void *ptr = take(a, bytes);
	memset(ptr, 0, bytes);
	return ptr;
}

void *arena_array(struct arena *a, size_t n, size_t bytes)
{
	size_t total;
	if (__builtin_mul_overflow(n, bytes, &total))
		out_of_memory(a);
	return arena_alloc(a, total);
}

void *arena_copy(struct arena *a, const void *from, size_t bytes)
{
	void *ptr = take(a, bytes);
	if (bytes > 0)
		memcpy(ptr, from, bytes);
	return ptr;
}

char *arena_string(struct arena *a, struct slice s)
{
	if (s.len == SIZE_MAX)
		out_of_memory(a);
	char *str = take(a, s.len + 1);
	if (s.len > 0)
		memcpy(str, s.ptr, s.len);
	str[s.len] = '\0';
	return str;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_string(a, slice_str(s));
}

struct slice arena_slice(struct arena *a, struct slice s)
{
	return slice_of(arena_copy(a, s.ptr, s.len), s.len);
}

char *arena_join(struct arena *a, const struct slice *parts, size_t n)
{
	size_t len = 1;
	for (size_t i = 0; i < n; i++) {
		if (__builtin_add_overflow(len, parts[i].len, &len))
			out_of_memory(a);
	}
	char *str = take(a, len), *to = str;
	for (size_t i = 0; i < n; i++) {
		if (parts[i].len > 0)
			memcpy(to, parts[i].ptr, parts[i].len);
		to += parts[i].len;
	}
	*to = '\0';
	return str;
}

/* What the newest block can still give. */
static size_t room_left(const struct arena *a)
{
	if (a->head == NULL)
		return 0;
	size_t in_block = a->head->size - a->head->used, in_cap = a->cap_bytes - a->used_bytes;
	return (in_block < in_cap ? in_block : in_cap) & ~(alignof(max_align_t) - 1);
}

/* Straight into what is left of the newest block; a second time, elsewhere, if that is too little. */
char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args, again;
	char *rest = a->head == NULL ? NULL : (char *)a->head->bytes + a->head->used;
	size_t room = room_left(a);
	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(rest, room, fmt, args);
	va_end(args);
	if (len < 0) {
		va_end(again);
		out_of_memory(a);
	}
	if ((size_t)len >= room && room > 0)
		explicit_bzero(rest, room);
	char *str = take(a, (size_t)len + 1);
	if (str != rest)
		vsnprintf(str, (size_t)len + 1, fmt, again);
	va_end(again);
	return str;
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->head, a->head == NULL ? 0 : a->head->used, a->used_bytes};
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
	while (a->head != mark.block) {
		struct arena_block *prev = a->head->prev;
		/* The first block is kept for reuse even when the mark was taken before it. */
		if (prev == NULL && mark.block == NULL) {
			wipe_block(a->head);
			a->used_bytes = 0;
			return;
		}
		drop_block(a->head);
		a->head = prev;
	}
	if (a->head != NULL) {
		explicit_bzero(a->head->bytes + mark.block_used, a->head->used - mark.block_used);
		a->head->used = mark.block_used;
	}
	a->used_bytes = mark.used_bytes;
}

void arena_append(struct arena *a, void ***array, size_t *n, void *item)
{
	void **grown = arena_array(a, *n + 1, sizeof(void *));
	if (*n > 0)
		memcpy(grown, *array, *n * sizeof(void *));
	grown[(*n)++] = item;
	*array = grown;
}
