/* Metrics of several processes as one text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rpc/metrics.h"

static const char *const paths[] = {NULL, "/a.B/C"};

static void expect(const struct metrics *m, const char *line)
{
	struct buf out = {0};
	metrics_text(m, "9", &out);
	buf_byte(&out, 0);
	assert_false(out.failed);
	if (strstr((const char *)out.ptr, line) == NULL)
		fail_msg("no \"%s\" in\n%s", line, (const char *)out.ptr);
	buf_free(&out);
}

static void workers_add_up(void **state)
{
	(void)state;
	struct metrics *m = metrics_new(3, paths, 2);
	struct metrics_slot *one = metrics_attach(m, 1), *two = metrics_attach(m, 2);
	metrics_rpc(one, 1, GRPC_OK, 200);
	metrics_rpc(one, 1, GRPC_OK, 251);
	metrics_rpc(two, 1, GRPC_NOT_FOUND, 20000000);
	metrics_rpc(two, 0, GRPC_UNIMPLEMENTED, -5);
	metrics_set(one, METRICS_LOOP_LAG, 1500);
	metrics_set(two, METRICS_LOOP_LAG, 2500000);
	metrics_set(one, METRICS_CPU, 1000001);
	metrics_set(two, METRICS_CPU, 500000);
	metrics_set(one, METRICS_NET_CONNECTIONS, 3);
	metrics_set(two, METRICS_NET_CONNECTIONS, 4);
	expect(m, "paidan_build_info{version=\"9\"} 1\n");
	expect(m, "paidan_rpc_total{method=\"a.B/C\",code=\"ok\"} 2\n");
	expect(m, "paidan_rpc_total{method=\"a.B/C\",code=\"not_found\"} 1\n");
	expect(m, "paidan_rpc_total{method=\"unknown\",code=\"unimplemented\"} 1\n");
	expect(m, "paidan_rpc_seconds_bucket{method=\"a.B/C\",le=\"0.00025\"} 1\n");
	expect(m, "paidan_rpc_seconds_bucket{method=\"a.B/C\",le=\"0.0005\"} 2\n");
	expect(m, "paidan_rpc_seconds_bucket{method=\"a.B/C\",le=\"10\"} 2\n");
	expect(m, "paidan_rpc_seconds_bucket{method=\"a.B/C\",le=\"+Inf\"} 3\n");
	expect(m, "paidan_rpc_seconds_sum{method=\"a.B/C\"} 20.000451\n");
	expect(m, "paidan_rpc_seconds_count{method=\"a.B/C\"} 3\n");
	expect(m, "# TYPE paidan_loop_lag_seconds gauge\npaidan_loop_lag_seconds 2.500000\n");
	expect(m, "# TYPE paidan_cpu_seconds_total counter\npaidan_cpu_seconds_total 1.500001\n");
	expect(m, "\npaidan_net_connections 7\n");
	metrics_free(m);
	metrics_free(NULL);
}

static void totals_outlive_a_process(void **state)
{
	(void)state;
	struct metrics *m = metrics_new(2, paths, 2);
	struct metrics_slot *slot = metrics_attach(m, 1);
	metrics_set(slot, METRICS_TXN_COMMITS, 10);
	metrics_add(slot, METRICS_RPC_OVERLOADED, 2);
	metrics_set(slot, METRICS_NET_CONNECTIONS, 5);
	metrics_rpc(slot, 1, GRPC_OK, 1);
	metrics_detach(m, 1);
	assert_int_equal(metrics_sum(m, METRICS_TXN_COMMITS), 10);
	assert_int_equal(metrics_sum(m, METRICS_NET_CONNECTIONS), 0);
	slot = metrics_attach(m, 1);
	metrics_set(slot, METRICS_TXN_COMMITS, 1);
	metrics_add(slot, METRICS_RPC_OVERLOADED, 1);
	metrics_rpc(slot, 1, GRPC_OK, 1);
	assert_int_equal(metrics_sum(m, METRICS_TXN_COMMITS), 11);
	assert_int_equal(metrics_sum(m, METRICS_RPC_OVERLOADED), 3);
	expect(m, "paidan_rpc_total{method=\"a.B/C\",code=\"ok\"} 2\n");
	metrics_free(m);
}

/* Rows of one name have one head, and their labels. */
static void families(void **state)
{
	(void)state;
	struct metrics *m = metrics_new(2, paths, 2);
	struct metrics_slot *slot = metrics_attach(m, 1);
	metrics_set(slot, METRICS_ORDERS_PLACED, 40);
	metrics_set(slot, METRICS_ORDERS_OFFERED, 2);
	expect(m,
	       "# TYPE paidan_orders gauge\npaidan_orders{state=\"placed\"} 40\npaidan_orders{state=\"offered\"} 2\n");
	expect(m, "paidan_order_events_total{kind=\"dispatched\"} 0\n# HELP paidan_webhook_delivered_total");
	metrics_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(workers_add_up),
	    cmocka_unit_test(totals_outlive_a_process),
	    cmocka_unit_test(families),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
