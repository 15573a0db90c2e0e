/*
 * h2_guard: counts what a peer makes cheaply and we pay dearly for, on one HTTP/2 connection.
 *
 * Nouns: a reset is a stream torn down by either side's RST_STREAM (the peer's: rapid reset,
 * CVE-2023-44487; ours, provoked by the peer: MadeYouReset, CVE-2025-8671) or a header list thrown away
 * for its size; a control frame is any frame that moves no request forward (PING, SETTINGS, PRIORITY,
 * WINDOW_UPDATE, CONTINUATION, empty DATA, HEADERS of a stream that is no more; unknown types are skipped and cost no
 * more than their bytes). Credit: well-behaved clients answer our DATA with WINDOW_UPDATE and PING (BDP probes), so
 * each frame of a response pays for a few. Counts belong to a window of time that starts with the first count and is
 * forgotten when it ends.
 *
 * Ownership: none. Pure: the caller passes the time.
 * Errors: the counting calls answer true when the peer has gone too far; the answer stays true.
 */
#ifndef PAIDAN_NET_H2_GUARD_H
#define PAIDAN_NET_H2_GUARD_H

#include <stdbool.h>
#include <stdint.h>

struct h2_guard {
	int max_resets;
	int max_control;
	int window_ms;
	int resets;
	int control;
	int64_t window_end_ms; /* 0: no window is open */
	bool tripped;
};

void h2_guard_init(struct h2_guard *g, int max_resets, int max_control, int window_ms);
bool h2_guard_reset(struct h2_guard *g, int64_t now_ms);
bool h2_guard_control(struct h2_guard *g, int64_t now_ms);
/* We sent a HEADERS or DATA frame of a response. */
void h2_guard_credit(struct h2_guard *g);

#endif
