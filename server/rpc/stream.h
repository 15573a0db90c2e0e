/*
 * stream: calls with more than one message in a direction.
 *
 * Nouns: a watch is a stream of the executor's events: one request message, then messages until the client
 * leaves, its deadline passes, its right is revoked, or the server drains (UNAVAILABLE: come again, and
 * resume behind the last event id). A heartbeat is a message with nothing but such an id, after a time without
 * others: where the stream stands now, which is farther on when what happened concerned others. A local stream answers
 * each message of its request, or tells of something once a second.
 *
 * A client that reads too slowly stops its watch at LIMIT_PENDING_HIGH_BYTES; events stay in the log and
 * are read from there when it has caught up.
 * Ownership and errors: see call.h.
 */
#ifndef PAIDAN_RPC_STREAM_H
#define PAIDAN_RPC_STREAM_H

#include "rpc/call.h"

/* Works on the whole messages that have arrived, of a local stream. */
void stream_receive(struct call *call);
void stream_request_ended(struct call *call);
/* The client has caught up. */
void stream_resume(struct call *call);
/* The call is over: stops the watch. */
void stream_forget(struct call *call);
/* Once a second: heartbeats, and what local streams have to tell. */
void stream_tick(struct rpc *rpc);
/* Ends all streams: the server drains. */
void stream_end_all(struct rpc *rpc);

#endif
