#include "bench_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench_wire.h"
#include "pb/pb_wire.h"

/* Numbers of proto/paidan/v1/event_service.proto. */
enum { RESPONSE_EVENT = 2, EVENT_AT_MS = 3 };

struct watchers {
	struct channel *link;
	struct watchers_result result;
};

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void on_message(void *arg, struct call *call, struct slice message)
{
	struct watchers *w = arg;
	uint64_t at_ms = wire_number_in(wire_bytes_in(message, RESPONSE_EVENT), EVENT_AT_MS);
	int64_t took_us = now_us() - (int64_t)at_ms * 1000;
	if (at_ms != 0) /* a heartbeat has no event */
		hist_add(&w->result.times, took_us > 0 ? (uint64_t)took_us * 1000 : 0);
	call_consumed(call, message.len);
}

static void on_done(void *arg, const struct call_result *result)
{
	(void)result;
	((struct watchers *)arg)->result.ended++;
}

static bool open_one(struct watchers *w, const struct town *town, bool everything, size_t i)
{
	WatchRequest request;
	char *grid = (char *)(uintptr_t)town->grid_ids[i % town->n_grids];
	struct buf encoded = {0};
	WatchRequest_init(&request);
	if (!everything) {
		request.node_ids = &grid;
		request.n_node_ids = 1;
	}
	pb_encode(&request, &encoded);
	bool fine = !encoded.failed && channel_send(w->link, buf_view(&encoded),
						    &(struct call_options){.path = rpc_rows[RPC_WATCH].path,
									   .safety = CALL_READ,
									   .on_message = on_message,
									   .on_done = on_done,
									   .arg = w}) == 0;
	buf_free(&encoded);
	return fine;
}

struct watchers *watchers_open(struct rpcs *r, struct channel *link, const struct town *town,
			       const struct watchers_options *options, struct rpc_error *error)
{
	unsigned connections = (options->n + WATCHERS_PER_CONNECTION - 1) / WATCHERS_PER_CONNECTION;
	struct watchers *w = calloc(1, sizeof(*w));
	bool fine = w != NULL;
	if (fine)
		w->link = link;
	channel_connect(link);
	while (channel_stats(link)->ready < connections)
		event_base_loop(rpcs_base(r), EVLOOP_ONCE);
	for (size_t i = 0; fine && i < options->n; i++)
		fine = open_one(w, town, options->everything, i);
	if (!fine) {
		rpc_error_local(error, ERR_INTERNAL, "no memory for the watchers");
		watchers_free(w);
		return NULL;
	}
	return w;
}

void watchers_reset(struct watchers *w)
{
	w->result = (struct watchers_result){.ended = w->result.ended};
}

const struct watchers_result *watchers_result(const struct watchers *w)
{
	return &w->result;
}

void watchers_free(struct watchers *w)
{
	free(w); /* the streams go with their link */
}
