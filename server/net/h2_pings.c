#include "net/h2_pings.h"

enum {
	MAX_STRIKES = 2,
	/* The network moves PINGs together and apart: a tenth too early is in time. */
	FUZZ_PART = 10,
};

void h2_pings_init(struct h2_pings *p, int busy_ms, int idle_ms)
{
	*p = (struct h2_pings){.busy_ms = busy_ms, .idle_ms = idle_ms, .free = true};
}

bool h2_pings_came(struct h2_pings *p, bool busy, int64_t now_ms)
{
	int apart_ms = busy ? p->busy_ms : p->idle_ms;
	if (p->free || now_ms - p->good_ms >= apart_ms - apart_ms / FUZZ_PART) {
		p->free = false;
		p->good_ms = now_ms;
	} else if (++p->strikes > MAX_STRIKES) {
		p->tripped = true;
	}
	return p->tripped;
}

void h2_pings_forgive(struct h2_pings *p)
{
	p->strikes = 0;
	p->free = true;
}
