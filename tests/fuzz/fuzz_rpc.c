/* Requests of a peer against server/rpc on a fake exchange and a fake executor: headers, queries and bodies of every
 * protocol. The fake looks at what comes back: one answer, in order, with headers that HTTP can carry.
 *
 * Input: a byte each for HTTP method (and, in bit 2, HTTP/2), path, content type and how the body is cut; then a line
 * with the query, lines "name: value", an empty line, and the body. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/event.h>

#include "../unit/rpc_fake.h"
#include "base/log.h"
#include "paidan_pb.h"
#include "rpc/methods.h"
#include "rpc/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct method fake_methods[] = {
    {.path = "/paidan.v1.OrderService/GetOrder", .request = &GetOrderRequest_desc, .response = &GetOrderResponse_desc},
    {.path = "/paidan.v1.OrderService/WatchOrders",
     .request = &WatchOrdersRequest_desc,
     .response = &WatchOrdersResponse_desc,
     .flags = METHOD_STREAMS},
};

static const char *const methods[] = {"POST", "GET", "OPTIONS", "PUT"};
static const char *const paths[] = {
    "/paidan.v1.OrderService/GetOrder",
    "/paidan.v1.OrderService/WatchOrders",
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/paidan.v1.OrderService/RateOrder",
    "/no.Such/Method",
    "/metrics",
};
static const char *const types[] = {
    "application/grpc",         "application/grpc+json",     "application/json", "application/proto",
    "application/connect+json", "application/connect+proto", "text/plain",       "",
};

static struct rpc *rpc;
static GetOrderResponse response;
static Order order;
static char description[3000];

static void start(void)
{
	size_t n;
	static const char **names; /* the metrics borrow them */
	names = methods_paths(&n);
	struct metrics *metrics = metrics_new(1, names, n);
	struct rpc_config config = {
	    .base = event_base_new(),
	    .exec = (struct exec *)&rpc, /* only passed on to the fake */
	    .metrics = metrics,
	    .slot = metrics_attach(metrics, 0),
	    .version = "1",
	    .cors_origins = "https://desk.example",
	};
	log_setup(open("/dev/null", O_WRONLY), LOG_ERROR, "fuzz");
	Order_init(&order);
	GetOrderResponse_init(&response);
	memset(description, 'x', sizeof(description) - 1);
	order.description = description; /* long enough to be compressed */
	response.order = &order;
	fake_exec = (struct fake_exec){.methods = fake_methods, .n_methods = 2, .response = &response.base};
	rpc = rpc_new(&config);
}

/* Up to the end of the line, in a copy without what net lets no header have. */
static struct slice take_line(struct slice *rest, char *room, size_t max)
{
	const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->ptr, '\n', rest->len);
	size_t len = end == NULL ? rest->len : (size_t)(end - rest->ptr);
	size_t keep = len < max ? len : max;
	for (size_t i = 0; i < keep; i++)
		room[i] = rest->ptr[i] < ' ' || rest->ptr[i] == 0x7f ? ' ' : (char)rest->ptr[i];
	*rest = slice_from(*rest, end == NULL ? len : len + 1);
	return slice_of(room, keep);
}

static void take_headers(struct http_exchange *x, struct slice *rest, const char *type)
{
	static char room[FAKE_HEADERS][512];
	size_t n = 0;
	x->headers[n++] = (struct http_header){.name = SLICE("te"), .value = SLICE("trailers")};
	if (type[0] != '\0')
		x->headers[n++] = (struct http_header){.name = SLICE("content-type"), .value = slice_str(type)};
	while (rest->len > 0 && n < FAKE_HEADERS) {
		struct slice line = take_line(rest, room[n], sizeof(room[n]));
		if (line.len == 0)
			break;
		const uint8_t *colon = memchr(line.ptr, ':', line.len);
		size_t name = colon == NULL ? line.len : (size_t)(colon - line.ptr);
		x->headers[n++] =
		    (struct http_header){.name = slice_of(line.ptr, name), .value = slice_from(line, name + 2)};
	}
	x->request.headers = x->headers;
	x->request.n_headers = n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct http_exchange x;
	static char query[2048];
	if (rpc == NULL)
		start();
	if (len < 4)
		return 0;
	struct slice rest = slice_of(data + 4, len - 4);
	fake_request(&x, methods[data[0] & 3], paths[data[1] % (sizeof(paths) / sizeof(paths[0]))], (data[0] & 4) != 0,
		     NULL);
	x.request.query = take_line(&rest, query, sizeof(query));
	take_headers(&x, &rest, types[data[2] % (sizeof(types) / sizeof(types[0]))]);
	fake_run(rpc_app(rpc), &x, rest, data[3] % 8);
	fake_gone(rpc_app(rpc), &x);
	return 0;
}
