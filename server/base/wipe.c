#include "base/wipe.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void wipe_free(void *ptr)
{
	if (ptr == NULL)
		return;
	explicit_bzero(ptr, malloc_usable_size(ptr));
	free(ptr);
}

/* Never by realloc: it may move, and leave the old bytes behind. */
void *wipe_realloc(void *ptr, size_t bytes)
{
	size_t old = ptr == NULL ? 0 : malloc_usable_size(ptr);
	if (ptr != NULL && bytes <= old && bytes >= old / 2)
		return ptr;
	void *moved = malloc(bytes);
	if (moved == NULL)
		return NULL;
	if (ptr != NULL)
		memcpy(moved, ptr, old < bytes ? old : bytes);
	wipe_free(ptr);
	return moved;
}
