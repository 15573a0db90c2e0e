/*
 * h2_pings: how often the peer of an HTTP/2 connection may send PING, as gRPC has it
 * (https://github.com/grpc/proposal/blob/master/A8-client-side-keepalive.md). Private to net.
 *
 * Nouns: a strike is a PING that came too early behind the last one that was in time; more than two of them are
 * too many. Whatever we send of a response forgives all, so that probes of the bandwidth cost nothing. Without a
 * request under way the peer has less reason to ask, and waits longer.
 * Ownership: none. Pure: the caller passes the time.
 * Errors: h2_pings_came answers true when there were too many; the answer stays true.
 */
#ifndef PAIDAN_NET_H2_PINGS_H
#define PAIDAN_NET_H2_PINGS_H

#include <stdbool.h>
#include <stdint.h>

struct h2_pings {
	int busy_ms; /* what must lie between two while requests are under way */
	int idle_ms; /* and while none is */
	int strikes;
	bool free; /* the next one is in time, whenever it comes */
	int64_t good_ms;
	bool tripped;
};

void h2_pings_init(struct h2_pings *p, int busy_ms, int idle_ms);
bool h2_pings_came(struct h2_pings *p, bool busy, int64_t now_ms);
/* We sent HEADERS or DATA. */
void h2_pings_forgive(struct h2_pings *p);

#endif
