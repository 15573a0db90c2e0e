/* What paidand is told: file, command line, and what is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"

static char path[64];

static int make_file(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_config_XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static enum config_outcome load(struct server_config *config, char *why, const char *first, const char *second)
{
	char name[] = "paidand", a[256] = "", b[256] = "";
	char *argv[] = {name, a, b, NULL};
	int argc = 1;
	if (first != NULL)
		snprintf(argv[argc++], 256, "%s", first);
	if (second != NULL)
		snprintf(argv[argc++], 256, "%s", second);
	why[0] = '\0';
	return server_config_load(argc, argv, config, why);
}

static void defaults(void **state)
{
	struct server_config c;
	char why[CONFIG_WHY_BYTES];
	(void)state;
	assert_int_equal(load(&c, why, NULL, NULL), CONFIG_FINE);
	assert_string_equal(c.listen.host, "0.0.0.0");
	assert_int_equal(c.listen.port, 8443);
	assert_string_equal(c.local.host, "127.0.0.1");
	assert_int_equal(c.local.port, 8080);
	assert_int_equal(c.workers, 0);
	assert_string_equal(c.redis, "");
	assert_int_equal(c.fsync, CONFIG_FSYNC_ALWAYS);
	assert_int_equal(c.log_level, LOG_INFO);
	assert_false(c.metrics_public);
	assert_int_equal(c.drain_ms, 30000);
	server_config_free(&c);
}

static void file_and_flags(void **state)
{
	struct server_config c;
	char why[CONFIG_WHY_BYTES], flag[128];
	(void)state;
	write_file("; a comment\nworkers = 3\nlisten = [::1]:9443\nmetrics_public = yes\nfsync=everysec ; inline\n\n"
		   "local = off\nredis = /run/redis.sock\n");
	snprintf(flag, sizeof(flag), "--config=%s", path);
	assert_int_equal(load(&c, why, flag, "--workers=5"), CONFIG_FINE);
	assert_int_equal(c.workers, 5);
	assert_string_equal(c.listen.host, "::1");
	assert_int_equal(c.listen.port, 9443);
	assert_string_equal(c.local.host, "");
	assert_true(c.metrics_public);
	assert_int_equal(c.fsync, CONFIG_FSYNC_EVERYSEC);
	assert_string_equal(c.redis, "/run/redis.sock");
	server_config_free(&c);
	/* The flags win wherever they stand, and may be written with dashes or with a space. */
	assert_int_equal(load(&c, why, "--log-level=debug", flag), CONFIG_FINE);
	assert_int_equal(c.log_level, LOG_DEBUG);
	server_config_free(&c);
	assert_int_equal(load(&c, why, "--drain_ms", "7"), CONFIG_FINE);
	assert_int_equal(c.drain_ms, 7);
	server_config_free(&c);
}

static void wrong_flags(void **state)
{
	static const char *const rows[][2] = {
	    {"--nonsense=1", "there is no option --nonsense"},
	    {"nonsense", "is not an option"},
	    {"--workers", "--workers needs a value"},
	    {"--workers=many", "--workers: \"many\" is not a number from 0 to 256"},
	    {"--workers=257", "is not a number"},
	    {"--workers=-1", "is not a number"},
	    {"--workers=", "is not a number"},
	    {"--workers=1x", "is not a number"},
	    {"--drain_ms=99999999999999999999", "is not a number"},
	    {"--listen=8443", "is not of the form HOST:PORT"},
	    {"--listen=::1:8443", "is not of the form"},
	    {"--listen=[::1]8443", "is not of the form"},
	    {"--listen=[]:8443", "is not of the form"},
	    {"--listen=:8443", "is not of the form"},
	    {"--listen=127.0.0.1:65536", "is not of the form"},
	    {"--metrics_public=maybe", "is not of the form yes|no"},
	    {"--fsync=never", "always|everysec"},
	    {"--log_level=loud", "debug|info|warn|error"},
	    {"--local=0.0.0.0:8080", "only a loopback address"},
	    {"--tls_cert=a.pem", "go together"},
	    {"--redis=localhost", "redis: neither"},
	    {"--cors_origins=desk.example", "cors_origins: not a list"},
	    {"--cors_origins=https://a.example/page", "cors_origins: not a list"},
	    {"--trusted_proxies=10.0.0.1/8", "trusted_proxies: up to 32 networks"},
	    {"--trusted_proxies=proxy.example", "trusted_proxies: up to 32 networks"},
	    {"--data=", "a directory is needed"},
	    {"--config=/does/not/exist", "No such file"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server_config c;
		char why[CONFIG_WHY_BYTES];
		assert_int_equal(load(&c, why, rows[i][0], NULL), CONFIG_WRONG);
		if (strstr(why, rows[i][1]) == NULL)
			fail_msg("%s: %s", rows[i][0], why);
	}
	struct server_config c;
	char why[CONFIG_WHY_BYTES];
	assert_int_equal(load(&c, why, "--listen=off", "--local=off"), CONFIG_WRONG);
}

static void wrong_files(void **state)
{
	static const char *const rows[][2] = {
	    {"workers = 2\n\nwrokers = 3\n", ":3: there is no option \"wrokers\""},
	    {"workers = 2\nworkers = 3\n", ":2: workers is given twice"},
	    {"workers = two\n", ":1: workers: \"two\" is not a number"},
	    {"workers = 2\nnonsense\n", ":2: neither"},
	    {"[server]\nworkers = 2\n", ":2: there are no [sections]"},
	};
	(void)state;
	for (size_t i = 0; i <= sizeof(rows) / sizeof(rows[0]); i++) {
		struct server_config c;
		char why[CONFIG_WHY_BYTES], flag[128], line[600];
		memset(line, 'x', sizeof(line) - 1);
		line[sizeof(line) - 1] = '\0';
		bool last = i == sizeof(rows) / sizeof(rows[0]);
		write_file(last ? line : rows[i][0]);
		snprintf(flag, sizeof(flag), "--config=%s", path);
		assert_int_equal(load(&c, why, flag, NULL), CONFIG_WRONG);
		const char *want = last ? ":1: the line is too long" : rows[i][1];
		if (strstr(why, want) == NULL || strstr(why, path) == NULL)
			fail_msg("%s: %s", want, why);
	}
}

/* What is printed is taken back and means the same. */
static void printed(void **state)
{
	struct server_config c, again;
	char why[CONFIG_WHY_BYTES], flag[128], first[16384] = "", second[16384] = "";
	(void)state;
	assert_int_equal(load(&c, why, "--listen=[::1]:1", "--log_level=warn"), CONFIG_FINE);
	FILE *file = fmemopen(first, sizeof(first), "w");
	server_config_print(&c, file);
	fclose(file);
	write_file(first);
	snprintf(flag, sizeof(flag), "--config=%s", path);
	assert_int_equal(load(&again, why, flag, NULL), CONFIG_FINE);
	file = fmemopen(second, sizeof(second), "w");
	server_config_print(&again, file);
	fclose(file);
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "listen = [::1]:1\n"));
	server_config_free(&c);
	server_config_free(&again);
	file = fmemopen(second, sizeof(second), "w");
	server_config_help(file);
	fclose(file);
	assert_non_null(strstr(second, "workers=N"));
	assert_int_equal(load(&c, why, "--help", NULL), CONFIG_HELP);
	server_config_free(&c);
	assert_int_equal(load(&c, why, "--print-config", "--workers=2"), CONFIG_PRINT);
	assert_int_equal(c.workers, 2);
	server_config_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults),
	    cmocka_unit_test_setup_teardown(file_and_flags, make_file, remove_file),
	    cmocka_unit_test(wrong_flags),
	    cmocka_unit_test_setup_teardown(wrong_files, make_file, remove_file),
	    cmocka_unit_test_setup_teardown(printed, make_file, remove_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
