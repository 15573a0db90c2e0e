/* What `paidan doctor` reads from metrics, finding by finding, in both languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "doctor_inside.h"

static const struct {
	const char *page;
	const char *name; /* of the one finding */
	enum verdict verdict;
	const char *zh, *en; /* in its text */
} cases[] = {
    {"paidan_build_info{version=\"1.0.0\"} 1\n", "version", VERDICT_FINE, "1.0.0", "1.0.0"},
    {"paidan_build_info{version=\"1.1.0\"} 1\n", "version", VERDICT_LOOK, "服务器是 1.1.0", "broker is 1.1.0"},
    {"paidan_workers 2\npaidan_store_ready_workers 2\n", "store", VERDICT_FINE, "2 个", "of 2 workers 2"},
    {"paidan_workers 2\npaidan_store_ready_workers 0\n", "store", VERDICT_WRONG, "0 个", "of 2 workers 0"},
    {"paidan_job_late_seconds 0.2\n", "timers", VERDICT_FINE, "0.2 秒", "0.2 s late"},
    {"paidan_job_late_seconds 31\n", "timers", VERDICT_LOOK, "31.0 秒", "31.0 s late"},
    {"paidan_webhook_lag_seconds 299\n", "webhooks", VERDICT_FINE, "299.0 秒", "299.0 s old"},
    {"paidan_webhook_lag_seconds 3600\n", "webhooks", VERDICT_LOOK, "3600.0 秒", "3600.0 s old"},
    {"paidan_loop_lag_seconds 0.001\n", "loop", VERDICT_FINE, "0.001 秒", "0.001 s behind"},
    {"paidan_loop_lag_seconds 0.9\n", "loop", VERDICT_LOOK, "0.900 秒", "0.900 s behind"},
};

static void test_findings(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
		struct cli cli = {.zh = i >= COUNT_OF(cases)};
		struct finding findings[INSIDE_MAX_FINDINGS];
		struct scrape s;
		struct buf page = {0};
		size_t k = i % COUNT_OF(cases);
		buf_str(&page, cases[k].page);
		assert_true(scrape_parse_take(&s, &page));
		assert_int_equal(inside_judge(&cli, &s, "1.0.0", findings), 1);
		assert_string_equal(findings[0].name, cases[k].name);
		assert_int_equal(findings[0].verdict, cases[k].verdict);
		assert_non_null(strstr(findings[0].text, TR(&cli, cases[k].zh, cases[k].en)));
		assert_int_equal(findings[0].mend[0] == '\0', cases[k].verdict == VERDICT_FINE);
		scrape_free(&s);
	}
}

static void test_a_page_of_somebody_else(void **state)
{
	struct cli cli = {0};
	struct finding findings[INSIDE_MAX_FINDINGS];
	struct scrape s;
	struct buf page = {0};
	(void)state;
	buf_str(&page, "up 1\n<html>\n");
	assert_true(scrape_parse_take(&s, &page));
	assert_int_equal(inside_judge(&cli, &s, "1.0.0", findings), 0);
	scrape_free(&s);
}

static void test_keys_by_reason(void **state)
{
	static const char *const reasons[] = {"CREDENTIAL_EXPIRED", "CREDENTIAL_REVOKED", "TOKEN_EXPIRED",
					      "TOKEN_NOT_YET", "UNAUTHENTICATED"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(inside_key_mend(&(struct cli){.zh = true}, reasons[i]),
						inside_key_mend(&(struct cli){.zh = true}, reasons[k]));
			assert_string_not_equal(inside_key_mend(&(struct cli){0}, reasons[i]),
						inside_key_mend(&(struct cli){0}, reasons[k]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_findings),
	    cmocka_unit_test(test_a_page_of_somebody_else),
	    cmocka_unit_test(test_keys_by_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
