/*
 * clock: the time that connections measure their bounds with.
 *
 * Nouns: milliseconds of a clock that never jumps; 4 ms coarse, which every bound here is far above.
 * Callbacks of the loop read it once and pass it on as now_ms.
 */
#ifndef PAIDAN_NET_CLOCK_H
#define PAIDAN_NET_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
