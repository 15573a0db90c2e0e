#include "net/h2_guard.h"

/* What a client may send for one DATA frame of ours: WINDOW_UPDATE for stream and connection, a PING. */
enum { CONTROL_PER_FRAME = 3 };

void h2_guard_init(struct h2_guard *g, int max_resets, int max_control, int window_ms)
{
	*g = (struct h2_guard){.max_resets = max_resets, .max_control = max_control, .window_ms = window_ms};
}

static void window_roll(struct h2_guard *g, int64_t now_ms)
{
	if (g->window_end_ms != 0 && now_ms < g->window_end_ms)
		return;
	g->resets = 0;
	g->control = 0;
	g->window_end_ms = now_ms + g->window_ms;
}

bool h2_guard_reset(struct h2_guard *g, int64_t now_ms)
{
	window_roll(g, now_ms);
	if (++g->resets > g->max_resets)
		g->tripped = true;
	return g->tripped;
}

bool h2_guard_control(struct h2_guard *g, int64_t now_ms)
{
	window_roll(g, now_ms);
	if (++g->control > g->max_control)
		g->tripped = true;
	return g->tripped;
}

void h2_guard_credit(struct h2_guard *g)
{
	g->control = g->control > CONTROL_PER_FRAME ? g->control - CONTROL_PER_FRAME : 0;
}
