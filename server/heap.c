#include "heap.h"

#include <malloc.h>

enum { WORTH_BYTES = 8 * 1024 * 1024 };

/* Pages that hold a little of something stay: what trimming could not give back is not tried again until half
 * as much has come to it. */
void heap_tidy(struct heap *heap, uint64_t resident_bytes)
{
	struct mallinfo2 info = mallinfo2();
	uint64_t used = info.uordblks + info.hblkhd;
	uint64_t excess = resident_bytes > used ? resident_bytes - used : 0;
	if (excess < heap->rest_bytes)
		heap->rest_bytes = excess;
	if (excess < WORTH_BYTES || excess - heap->rest_bytes <= heap->rest_bytes / 2)
		return;
	malloc_trim(0);
	/* What is resident now shows at the next call; till then this is as good as none. */
	heap->rest_bytes = excess;
}
