/*
 * rpc_call_stage: an rpc on fakes, and requests to it.
 */
#ifndef PAIDAN_TESTS_RPC_CALL_STAGE_H
#define PAIDAN_TESTS_RPC_CALL_STAGE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <event2/event.h>

#include "base/limits.h"
#include "base/log.h"
#include "paidan_pb.h"
#include "pb/base64.h"
#include "pb/pb_wire.h"
#include "rpc/gzip.h"
#include "rpc/inside.h"
#include "rpc/methods.h"
#include "rpc/rpc.h"
#include "rpc_fake.h"
#include "rpc_pb.h"

#define GET_ORDER "/paidan.v1.OrderService/GetOrder"
#define PLACE_ORDER "/paidan.v1.OrderService/PlaceOrder"
#define WATCH_ORDERS "/paidan.v1.OrderService/WatchOrders"
#define CHECK "/grpc.health.v1.Health/Check"
#define REFLECTION "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
#define KEY "authorization: Bearer pdk_demo_k1_secret"

extern const struct method fake_methods[];

struct world {
	struct event_base *base;
	const char **paths;
	struct metrics *metrics;
	struct metrics_slot *slot;
	struct rpc *rpc;
	const struct http_app *app;
	bool store_ready;
	struct http_exchange x;
};

bool store_ready(void *arg);
extern GetOrderResponse order_response;
extern Order order;
int set_up(void **state);
int tear_down(void **state);
void run(struct world *w, const char *path, const char *const *headers, struct slice body);
void gone(struct world *w);
extern const char *const grpc_headers[];

#endif
