/*
 * arena: memory with one lifetime, capped.
 *
 * Nouns: an arena hands out memory that is freed all at once; a mark remembers a point to rewind to;
 * a guard is where control goes when the cap is reached or the machine has no memory.
 *
 * Why a guard: code that runs inside a transaction (domain, service, codecs) holds nothing but arena
 * memory, so leaving it with longjmp leaks nothing, and no line of it needs to check for NULL. Code
 * that holds anything else (sockets, malloc) must not allocate from a guarded arena while it does.
 *
 * Ownership: the arena owns all that it handed out. An arena is used by one thread.
 * Errors: arena_alloc and all that build on it never return NULL. When the cap is exceeded control
 * returns to the guard (ARENA_GUARD yields false there); without a guard the process aborts, which is
 * right for start-up code and tests only.
 */
#ifndef PAIDAN_BASE_ARENA_H
#define PAIDAN_BASE_ARENA_H

#include <setjmp.h>
#include <stdarg.h>

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used_bytes; /* in all blocks, as charged against the cap */
	size_t cap_bytes;
	jmp_buf *guard;
};

struct arena_mark {
	struct arena_block *block;
	size_t block_used;
	size_t used_bytes;
};

/* An arena that may grow to cap_bytes. Allocates nothing yet. */
void arena_init(struct arena *a, size_t cap_bytes);
/* Frees everything; the arena may be used again. NULL-safe. */
void arena_free(struct arena *a);
/* Forgets and wipes everything but keeps one block for the next use. */
void arena_reset(struct arena *a);
/* The same between two uses for one purpose: what was there is overwritten, and wiped by the next arena_reset. */
void arena_recycle(struct arena *a);

/* Zeroed memory, aligned for any object. Size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t bytes);
/* n * bytes, checked for overflow. */
void *arena_array(struct arena *a, size_t n, size_t bytes);
void *arena_copy(struct arena *a, const void *from, size_t bytes);
/* A NUL-terminated copy. */
char *arena_string(struct arena *a, struct slice s);
char *arena_strdup(struct arena *a, const char *s);
struct slice arena_slice(struct arena *a, struct slice s);
/* The parts one behind the other, NUL-terminated; ARENA_JOIN(a, SLICE("o:"), slice_str(id)). */
char *arena_join(struct arena *a, const struct slice *parts, size_t n);
#define ARENA_JOIN(a, ...)                                   \
	arena_join((a), (const struct slice[]){__VA_ARGS__}, \
		   sizeof((const struct slice[]){__VA_ARGS__}) / sizeof(struct slice))
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct arena_mark arena_mark(const struct arena *a);
/* Forgets what was allocated since the mark. */
void arena_rewind(struct arena *a, struct arena_mark mark);

/*
 * Appends one pointer to a protobuf-c repeated field (T **array, size_t n). The array is copied, for
 * an unpacked message's array has no spare room: meant for the short lists inside a record; build a
 * long list with arena_array.
 */
void arena_append(struct arena *a, void ***array, size_t *n, void *item);

/*
 *	jmp_buf guard;
 *	if (!ARENA_GUARD(&arena, &guard))
 *		return ERR_TOO_MUCH_MEMORY;      -- arrived here from an allocation
 *	…
 *	arena_unguard(&arena);
 */
#define ARENA_GUARD(arena, jmp) ((arena)->guard = (jmp), setjmp(*(jmp)) == 0)
static inline void arena_unguard(struct arena *a)
{
	a->guard = NULL;
}

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
