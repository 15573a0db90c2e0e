#include "replay_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Dispatch answers within that; and times of the policy are about a second. */
enum { SOON_MS = 60, LATER_MS = 1200 };

void play_need_memory(bool had)
{
	if (had)
		return;
	fputs("paidan: out of memory\n", stderr);
	abort();
}

uint64_t play_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void case_park(struct play *p, struct play_case *c, bool parked)
{
	if (c->parked == parked)
		return;
	c->parked = parked;
	if (parked)
		p->active--;
	else
		p->active++;
}

void case_expect(struct play_case *c, bool soon)
{
	c->wait_ms = soon ? SOON_MS : LATER_MS;
}

void case_end(struct play *p, struct play_case *c, enum case_phase phase)
{
	if (c->phase == CASE_OVER || c->phase == CASE_UNSERVED)
		return;
	c->phase = (uint8_t)phase;
	case_park(p, c, true);
	p->over++;
	free(c->answered);
	c->answered = NULL;
	c->n_answered = c->room_answered = 0;
}
