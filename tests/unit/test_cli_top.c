/* Metrics as `paidan top` reads and reckons them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "top_show.h"

static void parse(struct scrape *s, const char *text)
{
	struct buf page = {0};
	buf_str(&page, text);
	assert_true(scrape_parse_take(s, &page));
	assert_null(page.ptr);
}

static double sum_of(const struct scrape *s, const char *name)
{
	double sum;
	return scrape_sum(s, name, &sum) ? sum : -1;
}

/* --- the format --- */

static void test_reads_samples(void **state)
{
	struct scrape s;
	(void)state;
	parse(&s, "# HELP a text\n# TYPE a counter\na 1\n"
		  "\tb{x=\"1\",y=\"}\"}  2.5e3 1700000000000\r\n"
		  "b{x=\"2\"} 0.5\n\nc{} 7 # {trace=\"1\"} 1\nd +Inf\nlast 3");
	assert_int_equal(s.skipped, 0);
	assert_int_equal(s.n, 6);
	assert_true(sum_of(&s, "a") == 1);
	assert_true(sum_of(&s, "b") == 2500.5);
	assert_true(sum_of(&s, "c") == 7);
	assert_true(sum_of(&s, "d") == 0);
	assert_true(sum_of(&s, "last") == 3);
	assert_true(sum_of(&s, "nothing") == -1);
	scrape_free(&s);
}

static void test_skips_what_is_no_sample(void **state)
{
	static const char *const lines[] = {
	    "a",       "a ",       "9a 1",       "a{ 1",        "a{x=\"} 1", "a{x=\"\\\"} 1", "a one",   "a 1 then",
	    "a 1 2 3", "<html> 1", "a{x=\"1\"}", "{x=\"1\"} 1", "a 1x",      "a{x=\"\\",      "a\x80 1",
	};
	struct scrape s;
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		parse(&s, lines[i]);
		assert_int_equal(s.n, 0);
		assert_int_equal(s.skipped, 1);
		scrape_free(&s);
	}
	parse(&s, "a 1111111111111111111111111111111111111111111111111111111111111111111111\nb 1\n");
	assert_int_equal(s.n, 1);
	scrape_free(&s);
	parse(&s, "");
	assert_int_equal(s.n + s.skipped, 0);
	scrape_free(&s);
}

static void test_bounds_the_samples(void **state)
{
	struct buf page = {0};
	struct scrape s;
	(void)state;
	for (int i = 0; i < SCRAPE_MAX_SAMPLES + 10; i++)
		buf_str(&page, "a 1\n");
	assert_true(scrape_parse_take(&s, &page));
	assert_int_equal(s.n, SCRAPE_MAX_SAMPLES);
	assert_int_equal(s.skipped, 10);
	scrape_free(&s);
}

static void test_labels(void **state)
{
	struct scrape s;
	char value[16];
	(void)state;
	parse(&s, "a{x=\"q\\\"b\\\\n\\n\", long=\"0123456789abcdef\",y = \"\"} 1\n");
	assert_true(sample_label(&s.samples[0], "x", value, sizeof(value)));
	assert_string_equal(value, "q\"b\\n\n");
	assert_true(sample_label(&s.samples[0], "y", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_false(sample_label(&s.samples[0], "long", value, sizeof(value)));
	assert_false(sample_label(&s.samples[0], "z", value, sizeof(value)));
	scrape_free(&s);
	parse(&s, "a{x} 1\na{x=1} 1\na{=\"1\"} 1\na{x=\"1\" y=\"2\"} 1\n");
	assert_int_equal(s.n, 4);
	for (size_t i = 0; i < s.n; i++)
		assert_false(sample_label(&s.samples[i], "z", value, sizeof(value)));
	scrape_free(&s);
}

/* --- two scrapes --- */

static void test_growth(void **state)
{
	struct scrape before, now;
	double grown;
	(void)state;
	parse(&before, "a{m=\"1\"} 10\na{m=\"2\"} 5\nreset 100\nhuge 1e308\nnan NaN\n");
	parse(&now, "a{m=\"1\"} 13\na{m=\"2\"} 5\na{m=\"3\"} 2\nreset 4\nhuge +Inf\nnan NaN\nless -3\n");
	assert_true(scrape_grown(&before, &now, "a", &grown) && grown == 5);
	assert_true(scrape_grown(&before, &now, "reset", &grown) && grown == 4);
	assert_true(scrape_grown(&before, &now, "huge", &grown) && grown == 0);
	assert_true(scrape_grown(&before, &now, "nan", &grown) && grown == 0);
	assert_true(scrape_grown(&before, &now, "less", &grown) && grown == 0);
	assert_false(scrape_grown(&before, &now, "gone", &grown));
	scrape_free(&before);
	scrape_free(&now);
}

static void test_quantiles(void **state)
{
	static const struct bucket buckets[] = {{0.001, 0}, {0.002, 50}, {0.004, 100}, {INFINITY, 100}};
	static const struct bucket slow[] = {{0.001, 1}, {INFINITY, 100}};
	(void)state;
	assert_true(fabs(bucket_quantile(buckets, 4, 0.5) - 0.002) < 1e-9);
	assert_true(fabs(bucket_quantile(buckets, 4, 0.25) - 0.0015) < 1e-9);
	assert_true(fabs(bucket_quantile(buckets, 4, 1) - 0.004) < 1e-9);
	assert_true(bucket_quantile(slow, 2, 0.99) == 0.001);
	assert_true(bucket_quantile(NULL, 0, 0.5) == 0);
}

static const char before_text[] = "paidan_build_info{version=\"1.2.3\"} 1\n"
				  "paidan_rpc_total{method=\"p.v1.A/One\",code=\"ok\"} 10\n"
				  "paidan_net_connections 3\npaidan_extra_total 5\n";
static const char now_text[] = "paidan_build_info{version=\"1.2.3\"} 1\n"
			       "paidan_rpc_total{method=\"p.v1.A/One\",code=\"ok\"} 30\n"
			       "paidan_rpc_total{method=\"p.v1.A/One\",code=\"not_found\"} 2\n"
			       "paidan_rpc_total{method=\"p.v1.A/Two\",code=\"ok\"} 80\n"
			       "paidan_rpc_seconds_bucket{method=\"p.v1.A/Two\",le=\"0.001\"} 0\n"
			       "paidan_rpc_seconds_bucket{method=\"p.v1.A/Two\",le=\"0.003\"} 80\n"
			       "paidan_rpc_seconds_bucket{method=\"p.v1.A/Two\",le=\"+Inf\"} 80\n"
			       "paidan_net_connections 4\npaidan_store_sent_bytes_total 1e300\npaidan_extra_total 9\n";

static void test_calls(void **state)
{
	static struct top_calls calls;
	struct scrape before, now;
	(void)state;
	parse(&before, before_text);
	parse(&now, now_text);
	struct round round = {.before = &before, .now = &now, .seconds = 2};
	top_calls_of(&round, &calls);
	assert_int_equal(calls.n_methods, 2);
	assert_string_equal(calls.methods[0].name, "A/Two");
	assert_true(calls.methods[0].calls == 80);
	assert_true(fabs(calls.methods[0].p50_s - 0.002) < 1e-9);
	assert_true(calls.methods[1].calls == 22 && calls.methods[1].errors == 2);
	assert_int_equal(calls.n_codes, 1);
	assert_string_equal(calls.codes[0].name, "not_found");
	scrape_free(&before);
	scrape_free(&now);
}

static void test_frame_fits_the_screen(void **state)
{
	struct scrape before, now;
	struct cli cli = {0};
	(void)state;
	parse(&before, before_text);
	parse(&now, now_text);
	struct round round = {.before = &before, .now = &now, .seconds = 2};
	for (size_t rows = 1; rows < 20; rows++) {
		struct screen screen = {.columns = 30, .rows = rows, .verbose = true, .url = "http://x", .note = ""};
		struct buf out = {0};
		size_t lines = 0, width = 0;
		top_frame(&cli, &screen, &round, &out);
		for (size_t i = 0; i < out.len; i++) {
			width = out.ptr[i] == '\n' ? 0 : width + ((out.ptr[i] & 0xc0) != 0x80);
			lines += out.ptr[i] == '\n';
			assert_true(width <= 30);
		}
		assert_true(lines <= rows);
		buf_free(&out);
	}
	scrape_free(&before);
	scrape_free(&now);
}

static void test_frame_and_json(void **state)
{
	struct scrape before, now;
	struct cli cli = {0};
	struct buf out = {0};
	struct screen screen = {.verbose = true, .url = "http://x", .note = ""};
	(void)state;
	parse(&before, before_text);
	parse(&now, now_text);
	struct round round = {.before = &before, .now = &now, .seconds = 2, .at_ms = 1};
	top_frame(&cli, &screen, &round, &out);
	buf_byte(&out, 0);
	assert_non_null(strstr((char *)out.ptr, "paidan_extra_total  2/s"));
	assert_non_null(strstr((char *)out.ptr, "open 4"));
	assert_non_null(strstr((char *)out.ptr, "not_found 1/s"));
	buf_reset(&out);
	top_json(&screen, &round, &out);
	json_t *row = json_loadb((const char *)out.ptr, out.len, 0, NULL);
	assert_non_null(row);
	assert_true(json_real_value(json_object_get(json_object_get(row, "rpc"), "perSecond")) == 51);
	assert_true(json_real_value(json_object_get(json_object_get(row, "redis"), "sentPerSecond")) == 5e299);
	assert_int_equal(json_array_size(json_object_get(row, "methods")), 2);
	json_decref(row);
	buf_free(&out);
	scrape_free(&before);
	scrape_free(&now);
}

static void test_every_figure_has_its_group(void **state)
{
	(void)state;
	for (size_t i = 0; i < top_n_figures; i++) {
		size_t k = 0;
		while (k < top_n_groups && strcmp(top_groups[k].name, top_figures[i].group) != 0)
			k++;
		assert_true(k < top_n_groups);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reads_samples),
	    cmocka_unit_test(test_skips_what_is_no_sample),
	    cmocka_unit_test(test_bounds_the_samples),
	    cmocka_unit_test(test_labels),
	    cmocka_unit_test(test_growth),
	    cmocka_unit_test(test_quantiles),
	    cmocka_unit_test(test_calls),
	    cmocka_unit_test(test_frame_fits_the_screen),
	    cmocka_unit_test(test_frame_and_json),
	    cmocka_unit_test(test_every_figure_has_its_group),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
