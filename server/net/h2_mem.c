#include "net/h2_mem.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/wipe.h"

enum {
	/* 9 + 1 + 16384 bytes, in whole pages. */
	CELL_BYTES = 20480,
	CELL_MIN_BYTES = 16385,
};

static void *cell_take(struct h2_mem *m)
{
	if (m->n_free > 0)
		return m->cells + (size_t)m->free_list[--m->n_free] * CELL_BYTES;
	if (m->n_used < m->n_cells)
		return m->cells + m->n_used++ * CELL_BYTES;
	return NULL;
}

static int cell_index(const struct h2_mem *m, const void *ptr, size_t *index)
{
	uintptr_t at = (uintptr_t)ptr;
	uintptr_t start = (uintptr_t)m->cells;
	if (m->cells == NULL || at < start || at - start >= m->n_cells * CELL_BYTES)
		return -1;
	*index = (at - start) / CELL_BYTES;
	return 0;
}

static void *mem_malloc(size_t size, void *arg)
{
	if (size >= CELL_MIN_BYTES && size <= CELL_BYTES) {
		void *cell = cell_take(arg);
		if (cell != NULL)
			return cell;
	}
	return malloc(size);
}

/* Header fields lie in this memory, decoded, and with the path of a GET what somebody asked for. A cell goes back to
 * the system, which gives it out empty: to wipe it would make the pages resident that were never used. */
static void mem_free(void *ptr, void *arg)
{
	struct h2_mem *m = arg;
	size_t index;
	if (ptr == NULL || cell_index(m, ptr, &index) != 0) {
		wipe_free(ptr);
		return;
	}
	madvise(ptr, CELL_BYTES, MADV_DONTNEED);
	m->free_list[m->n_free++] = (uint32_t)index;
}

static void *mem_calloc(size_t n, size_t size, void *arg)
{
	(void)arg;
	return calloc(n, size);
}

static void *mem_realloc(void *ptr, size_t size, void *arg)
{
	struct h2_mem *m = arg;
	size_t index;
	if (ptr == NULL)
		return mem_malloc(size, arg); /* how nghttp2 asks for its frame buffers */
	if (cell_index(m, ptr, &index) != 0)
		return wipe_realloc(ptr, size);
	if (size <= CELL_BYTES)
		return ptr;
	void *moved = malloc(size);
	if (moved == NULL)
		return NULL;
	__builtin_memcpy(moved, ptr, CELL_BYTES);
	mem_free(ptr, arg);
	return moved;
}

void h2_mem_init(struct h2_mem *m, size_t n_sessions)
{
	*m = (struct h2_mem){.functions = {m, mem_malloc, mem_free, mem_calloc, mem_realloc}};
	size_t bytes;
	if (n_sessions == 0 || __builtin_mul_overflow(n_sessions, (size_t)CELL_BYTES, &bytes))
		return;
	m->free_list = malloc(n_sessions * sizeof(*m->free_list));
	if (m->free_list == NULL)
		return;
	void *cells = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (cells == MAP_FAILED)
		return;
	/* A huge page would make all of its cells resident at once. */
	madvise(cells, bytes, MADV_NOHUGEPAGE);
	m->cells = cells;
	m->n_cells = n_sessions;
}

void h2_mem_finish(struct h2_mem *m)
{
	if (m->cells != NULL)
		munmap(m->cells, m->n_cells * CELL_BYTES);
	free(m->free_list);
	*m = (struct h2_mem){0};
}
