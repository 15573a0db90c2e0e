/* rpc without memory: the nth allocation fails, for every n, while calls of every kind are answered. Whatever
 * fails, the client gets an answer or sees the exchange aborted, and nothing is leaked. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/event.h>

#include "base/limits.h"
#include "base/log.h"
#include "nomem.h"
#include "paidan_pb.h"
#include "rpc/methods.h"
#include "rpc/rpc.h"
#include "rpc_fake.h"

#define KEY "authorization: Bearer pdk_demo_k1_secret"

static const struct method fake_methods[] = {
    {.path = "/paidan.v1.OrderService/GetOrder"},
    {.path = "/paidan.v1.OrderService/WatchOrders", .flags = METHOD_STREAMS},
};

struct scene_row {
	const char *name;
	const char *method;
	const char *path;
	const char *headers[5];
	const char *body;
	size_t len;
	enum err err;
	bool loopback;
};

static const struct scene_row scenes[] = {
    {"grpc",
     "POST",
     "/paidan.v1.OrderService/GetOrder",
     {"te: trailers", "content-type: application/grpc", KEY, "grpc-accept-encoding: gzip"},
     "\0\0\0\0\4\n\2o1",
     9,
     OK,
     false},
    {"grpc json error",
     "POST",
     "/paidan.v1.OrderService/GetOrder",
     {"te: trailers", "content-type: application/grpc+json", KEY},
     "\0\0\0\0\20{\"orderId\":\"o1\"}",
     21,
     ERR_NOT_FOUND,
     false},
    {"connect",
     "POST",
     "/paidan.v1.OrderService/GetOrder",
     {"content-type: application/json", KEY, "accept-encoding: gzip"},
     "{\"orderId\":\"o1\"}",
     16,
     OK,
     false},
    {"connect error",
     "POST",
     "/paidan.v1.OrderService/GetOrder",
     {"content-type: application/json", KEY},
     "{}",
     2,
     ERR_ETAG_STALE,
     false},
    {"get", "GET", "/paidan.v1.OrderService/GetOrder?encoding=proto&base64=1&message=CgJvMQ", {KEY}, "", 0, OK, false},
    {"watch",
     "POST",
     "/paidan.v1.OrderService/WatchOrders",
     {"content-type: application/connect+json", KEY},
     "\0\0\0\0\2{}",
     7,
     OK,
     false},
    {"refused watch",
     "POST",
     "/paidan.v1.OrderService/WatchOrders",
     {"content-type: application/connect+proto", KEY},
     "\0\0\0\0\0",
     5,
     ERR_NOT_FOUND,
     false},
    {"reflection",
     "POST",
     "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
     {"te: trailers", "content-type: application/grpc"},
     "\0\0\0\0\2:\0",
     7,
     OK,
     false},
    {"health", "POST", "/grpc.health.v1.Health/Check", {"content-type: application/json"}, "{}", 2, OK, false},
    {"no route", "POST", "/nothing", {NULL}, "x", 1, OK, false},
    {"metrics", "GET", "/metrics", {NULL}, "", 0, OK, true},
};

static GetOrderResponse response;
static Order order;

static void go_on(const struct rpc *rpc, struct http_exchange *x)
{
	if (!fake_exec.watching || x->ended || x->aborted)
		return;
	WatchOrdersResponse message = WatchOrdersResponse_INIT;
	message.order = &order;
	fake_exec.watch.message(fake_exec.watch.arg,
				&(struct exec_told){.event_id = SLICE("1-0-0"), .message = &message.base, .same = 1});
	if (!x->ended && !x->aborted)
		rpc_drain((struct rpc *)(uintptr_t)rpc);
}

/* The recording of the fakes needs memory too: what is checked is the order of calls and the end. */
static void play(const struct scene_row *row, const struct rpc_config *config)
{
	static struct http_exchange x;
	const char *headers[6] = {NULL};
	struct rpc *rpc = rpc_new(config);
	if (rpc == NULL)
		return;
	memcpy(headers, row->headers, sizeof(row->headers));
	fake_exec.err = row->err;
	fake_request(&x, row->method, row->path, true, headers);
	x.request.loopback = row->loopback;
	fake_run(rpc_app(rpc), &x, slice_of(row->body, row->len), 0);
	go_on(rpc, &x);
	if (!x.ended && !x.aborted)
		fail_msg("%s: no end", row->name);
	fake_gone(rpc_app(rpc), &x);
	rpc_free(rpc);
}

static void every_allocation(void **state)
{
	size_t n_methods;
	(void)state;
	const char **paths = methods_paths(&n_methods);
	struct event_base *base = event_base_new();
	struct metrics *metrics = metrics_new(1, paths, n_methods);
	static char note[8001];
	memset(note, 'a', sizeof(note) - 1);
	Order_init(&order);
	order.description = note;
	GetOrderResponse_init(&response);
	response.order = &order;
	struct rpc_config config = {
	    .base = base,
	    .exec = (struct exec *)(void *)base, /* only passed on to the fake */
	    .metrics = metrics,
	    .slot = metrics_attach(metrics, 0),
	    .version = "1",
	};
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		unsigned n = 0;
		do {
			fake_exec =
			    (struct fake_exec){.methods = fake_methods, .n_methods = 2, .response = &response.base};
			nomem_fail_at(++n);
			play(&scenes[i], &config);
			nomem_stop();
		} while (nomem_failed());
		assert_true(n > 1);
	}
	metrics_free(metrics);
	event_base_free(base);
	free(paths);
}

int main(void)
{
	log_setup(open("/dev/null", 1), LOG_ERROR, "test");
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
