/*
 * cli_channel_stage: calls on a channel to a peer of the test, and what became of them.
 */
#ifndef PAIDAN_TESTS_CLI_CHANNEL_STAGE_H
#define PAIDAN_TESTS_CLI_CHANNEL_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <nghttp2/nghttp2.h>

#include "channel.h"
#include "cli_peer.h"

struct fix {
	struct event_base *base;
	struct peer *peer;
	struct channel *channel;
	/* The script: what the handler does with the nth request. */
	void (*script)(struct fix *f, struct peer_request *r, unsigned n);
	struct peer_request *held[8];
	unsigned n_held;
	/* What came back. */
	unsigned done, messages;
	enum grpc_code code;
	struct rpc_error error;
	char message[4096];
	size_t message_len;
	unsigned attempts;
	size_t stream_bytes;
	bool lag; /* messages are not consumed */
	struct call *stream;
	struct peer_request last;
	int64_t sent_ms; /* when the last call was sent */
};

void handle(void *arg, struct peer_request *r);
void on_done(void *arg, const struct call_result *result);
void on_message(void *arg, struct call *call, struct slice message);
void on_too_long(evutil_socket_t fd, short what, void *arg);
void set_up(struct fix *f, const struct peer_options *peer, struct channel_options options);
void tear_down(struct fix *f);
void run_until(struct fix *f, unsigned done);
struct call_options options_for(struct fix *f);
void send_one(struct fix *f, struct call_options o, const char *message);
/* The last request told what was left of its time when it went out, some time between then and now. */
void expect_timeout(const struct fix *f, int64_t whole_ms);
void echo(struct fix *f, struct peer_request *r, unsigned n);
void hold(struct fix *f, struct peer_request *r, unsigned n);
void ten_messages(struct fix *f, struct peer_request *r, unsigned n);
void stream(void **state);

#endif
