#include "rpc_call_stage.h"

const struct method fake_methods[] = {
    {.path = GET_ORDER, .request = &GetOrderRequest_desc, .response = &GetOrderResponse_desc},
    {.path = PLACE_ORDER,
     .request = &PlaceOrderRequest_desc,
     .response = &PlaceOrderResponse_desc,
     .flags = METHOD_WRITES},
    {.path = WATCH_ORDERS,
     .request = &WatchOrdersRequest_desc,
     .response = &WatchOrdersResponse_desc,
     .flags = METHOD_STREAMS},
};

bool store_ready(void *arg)
{
	const struct world *w = arg;
	return w->store_ready;
}

GetOrderResponse order_response;

Order order;

int set_up(void **state)
{
	static struct world w;
	size_t n;
	w = (struct world){.base = event_base_new(), .paths = methods_paths(&n), .store_ready = true};
	w.metrics = metrics_new(1, w.paths, n);
	w.slot = metrics_attach(w.metrics, 0);
	Order_init(&order);
	GetOrderResponse_init(&order_response);
	order.id = (char *)(uintptr_t) "o0000001";
	order_response.order = &order;
	fake_exec = (struct fake_exec){
	    .methods = fake_methods,
	    .n_methods = sizeof(fake_methods) / sizeof(fake_methods[0]),
	    .response = &order_response.base,
	};
	struct rpc_config config = {
	    .base = w.base,
	    .exec = (struct exec *)&w, /* only passed on to the fake */
	    .store_ready = store_ready,
	    .store_ready_arg = &w,
	    .metrics = w.metrics,
	    .slot = w.slot,
	    .version = "1",
	    .heartbeat_ms = 1,
	    .max_requests = 2,
	    .max_streams = 2,
	};
	w.rpc = rpc_new(&config);
	assert_non_null(w.rpc);
	w.app = rpc_app(w.rpc);
	*state = &w;
	return 0;
}

int tear_down(void **state)
{
	struct world *w = *state;
	assert_int_equal(rpc_in_flight(w->rpc), 0);
	rpc_free(w->rpc);
	metrics_free(w->metrics);
	free(w->paths);
	event_base_free(w->base);
	return 0;
}

void run(struct world *w, const char *path, const char *const *headers, struct slice body)
{
	fake_request(&w->x, "POST", path, true, headers);
	fake_run(w->app, &w->x, body, 0);
}

void gone(struct world *w)
{
	fake_gone(w->app, &w->x);
}

const char *const grpc_headers[] = {"content-type: application/grpc", "te: trailers", KEY, "x-request-id: abc", NULL};
