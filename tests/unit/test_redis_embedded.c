/* The embedded server: start, restart, stop, locks, and what a killed broker leaves behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "redis/embedded_files.h"
#include "redis_fixture.h"

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	fixture_start(f, false, NULL);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture_stop(*state);
	free(*state);
	return 0;
}

static bool is_ready(void *arg)
{
	return embedded_ready(((const struct fixture *)arg)->server);
}

static bool is_not_ready(void *arg)
{
	return !is_ready(arg);
}

static void check_setting(struct fixture *f, const char *name, const char *want)
{
	char line[200];
	snprintf(line, sizeof(line), "%s %s", name, want);
	assert_string_equal(COMMAND(f, "CONFIG", "GET", name), line);
}

static void test_configuration(void **state)
{
	struct fixture *f = *state;
	static const char *const settings[][2] = {
	    {"appendonly", "yes"},
	    {"appendfsync", "always"},
	    {"no-appendfsync-on-rewrite", "no"},
	    {"maxmemory-policy", "noeviction"},
	    {"maxmemory", "0"},
	    {"save", ""},
	    {"port", "0"},
	    {"hash-max-listpack-entries", "128"},
	    {"hash-max-listpack-value", "512"},
	    {"zset-max-listpack-entries", "128"},
	    {"aof-use-rdb-preamble", "yes"},
	};
	struct stat st;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		check_setting(f, settings[i][0], settings[i][1]);
	assert_int_equal(stat(f->dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(embedded_socket(f->server), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

struct readiness {
	unsigned ups;
	unsigned downs;
};

static void on_ready(void *arg, bool ready)
{
	struct readiness *r = arg;
	if (ready)
		r->ups++;
	else
		r->downs++;
}

static void test_restart(void **state)
{
	struct fixture *f = *state;
	struct readiness r = {0};
	embedded_on_ready(f->server, on_ready, &r);
	for (unsigned i = 1; i <= 3; i++) {
		char value[8];
		pid_t before = embedded_pid(f->server);
		snprintf(value, sizeof(value), "v%u", i);
		assert_string_equal(COMMAND(f, "SET", "k", value), "OK");
		assert_int_equal(kill(before, SIGKILL), 0);
		fixture_wait(f->base, is_not_ready, f);
		fixture_wait(f->base, is_ready, f);
		assert_int_not_equal(embedded_pid(f->server), before);
		assert_int_equal(embedded_restarts(f->server), i);
		assert_string_equal(COMMAND(f, "GET", "k"), value);
		assert_int_equal(r.ups, i);
		assert_int_equal(r.downs, i);
	}
}

static void on_stopped(void *arg)
{
	*(bool *)arg = true;
}

static void test_stop(void **state)
{
	struct fixture *f = *state;
	bool stopped = false;
	pid_t pid = embedded_pid(f->server);
	assert_string_equal(COMMAND(f, "SET", "k", "kept"), "OK");
	embedded_stop(f->server, on_stopped, &stopped);
	assert_false(embedded_ready(f->server));
	fixture_wait_flag(f->base, &stopped);
	assert_int_equal(embedded_pid(f->server), 0);
	assert_int_equal(kill(pid, 0), -1);
	/* and once more, when it is stopped already */
	stopped = false;
	embedded_stop(f->server, on_stopped, &stopped);
	assert_true(stopped);
	embedded_free(f->server);
	f->server = embedded_new(f->base, &f->embedded_config, (char[200]){0}, 200);
	assert_non_null(f->server);
	f->config.unix_path = embedded_socket(f->server);
	fixture_wait(f->base, is_ready, f);
	assert_string_equal(COMMAND(f, "GET", "k"), "kept");
}

/* A server that does not stop is killed. */
static void test_stop_hanging(void **state)
{
	struct fixture *f = *state;
	bool stopped = false;
	assert_int_equal(kill(embedded_pid(f->server), SIGSTOP), 0);
	embedded_stop(f->server, on_stopped, &stopped);
	fixture_wait_flag(f->base, &stopped);
}

/* --- two brokers, and killed ones --- */

/* Runs fn in a child process with a loop of its own; gives what it exits with. */
static int in_child(int (*fn)(struct fixture *f), struct fixture *f)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		f->base = event_base_new();
		_exit(fn(f));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int try_same_dir(struct fixture *f)
{
	char why[300] = "", holder[40];
	snprintf(holder, sizeof(holder), "in use by process %ld", (long)getppid());
	if (embedded_new(f->base, &f->embedded_config, why, sizeof(why)) != NULL)
		return 1;
	return strstr(why, holder) != NULL ? 0 : 2;
}

static void test_two_brokers(void **state)
{
	assert_int_equal(in_child(try_same_dir, *state), 0);
	/* the attempt has not taken the lock from the first */
	assert_int_equal(in_child(try_same_dir, *state), 0);
	assert_true(embedded_ready(((const struct fixture *)*state)->server));
}

/* A child made by fork may drop the module without any harm to the server. */
static int forget(struct fixture *f)
{
	embedded_forget(f->server);
	return 0;
}

static void test_forget(void **state)
{
	struct fixture *f = *state;
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		event_reinit(f->base);
		_exit(forget(f));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_equal(COMMAND(f, "PING"), "PONG");
	assert_true(embedded_ready(f->server));
}

/* A broker that starts a server, writes, and is killed without a chance to tell it. */
static int start_and_die(struct fixture *f)
{
	f->server = embedded_new(f->base, &f->embedded_config, (char[200]){0}, 200);
	if (f->server == NULL)
		return 1;
	f->config.unix_path = embedded_socket(f->server);
	fixture_wait(f->base, is_ready, f);
	COMMAND(f, "SET", "k", "survives");
	/* One that can't even hear SIGTERM is an orphan for longer. */
	if (f->seed == 1)
		kill(embedded_pid(f->server), SIGSTOP);
	kill(getpid(), SIGKILL);
	return 1;
}

static void test_killed_broker(void **state)
{
	struct fixture *f = *state;
	embedded_free(f->server);
	f->embedded_config.stop_timeout_ms = 300;
	for (uint32_t hanging = 0; hanging <= 1; hanging++) {
		f->seed = hanging;
		f->embedded_config.random = NULL;
		assert_int_equal(in_child(start_and_die, f), 128 + SIGKILL);
		f->server = embedded_new(f->base, &f->embedded_config, (char[200]){0}, 200);
		assert_non_null(f->server);
		f->config = (struct redis_config){.unix_path = embedded_socket(f->server)};
		fixture_wait(f->base, is_ready, f);
		assert_string_equal(COMMAND(f, "GET", "k"), "survives");
		embedded_free(f->server);
	}
	f->server = NULL;
}

static void test_bad_configs(void **state)
{
	struct fixture *f = *state;
	char why[300], sub[200];
	char deep[200];
	snprintf(sub, sizeof(sub), "%s/none/sub", f->dir);
	memset(deep, 'd', sizeof(deep));
	int len = snprintf(deep, sizeof(deep), "%s/", f->dir);
	deep[len] = 'd';
	deep[len + 100] = '\0';
	const struct {
		struct embedded_config config;
		const char *why;
	} rows[] = {
	    {{.dir = sub}, "can't make"},
	    {{.dir = "/dev/null"}, "can't"},
	    {{.dir = f->dir, .server = "/nonexistent/redis"}, "can't find /nonexistent/redis"},
	    {{.dir = f->dir, .server = "no-such-server"}, "can't find no-such-server"},
	    {{.dir = deep}, "too long"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		why[0] = '\0';
		assert_null(embedded_new(f->base, &rows[i].config, why, sizeof(why)));
		assert_non_null(strstr(why, rows[i].why));
	}
	embedded_free(NULL);
	embedded_forget(NULL);
}

static bool has_restarted_twice(void *arg)
{
	return embedded_restarts(arg) >= 2;
}

/* A server that can't start is tried again and again, with pauses, and never ready. The directory's
 * name may hold anything. */
static void test_failing_server(void **state)
{
	struct fixture *f = *state;
	char dir[120], why[200];
	snprintf(dir, sizeof(dir), "%s/a \"b\\' \xe6\xb4\xbe", f->dir);
	struct embedded_config config = {.dir = dir, .extra = "no-such-setting 1"};
	log_setup(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR, "test");
	struct embedded *e = embedded_new(f->base, &config, why, sizeof(why));
	assert_non_null(e);
	fixture_wait(f->base, has_restarted_twice, e);
	assert_false(embedded_ready(e));
	embedded_free(e);
	config.extra = NULL;
	e = embedded_new(f->base, &config, why, sizeof(why));
	assert_non_null(e);
	struct fixture other = {.base = f->base, .server = e};
	fixture_wait(f->base, is_ready, &other);
	embedded_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_configuration, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_restart, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_stop, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_stop_hanging, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_two_brokers, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_forget, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_killed_broker, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_bad_configs, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_failing_server, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
