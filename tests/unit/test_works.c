/* Hashes beside the event loop: right, bounded, and left alone when the loop ends. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <string.h>

#include <event2/event.h>

#include "loop.h"
#include "txn/scrypt.h"
#include "works.h"

enum { CHEAP = 4, SLOW = 15 };

static struct event_base *base;
static unsigned n_done, n_ok;

static void done(struct exec_work *work, bool ok)
{
	(void)work;
	n_done++;
	n_ok += ok;
}

static struct exec_work hash_of(const char *password, unsigned log2_n)
{
	return (struct exec_work){.kind = EXEC_WORK_SCRYPT,
				  .log2_n = log2_n,
				  .password = slice_str(password),
				  .salt = SLICE("salt"),
				  .done = done};
}

static void wait_for(unsigned n)
{
	while (n_done < n)
		assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
}

static struct loop *start(void)
{
	n_done = n_ok = 0;
	base = event_base_new();
	assert_non_null(base);
	struct loop *loop = loop_new(base);
	assert_non_null(loop);
	return loop;
}

static void stop(struct loop *loop)
{
	loop_free(loop);
	event_base_free(base);
}

static void test_hashes(void **state)
{
	struct loop *loop = start();
	const struct exec_env *env = loop_env(loop);
	struct exec_work a = hash_of("a", CHEAP), b = hash_of("b", CHEAP), bad = hash_of("a", 0);
	uint8_t want[TXN_SCRYPT_BYTES];
	(void)state;
	assert_true(env->work(env->arg, &a));
	assert_true(env->work(env->arg, &b));
	assert_true(env->work(env->arg, &bad));
	assert_int_equal(n_done, 0);
	wait_for(3);
	assert_int_equal(n_ok, 2);
	assert_true(scrypt_run(SLICE("a"), SLICE("salt"), (struct scrypt_params){CHEAP, SCRYPT_R, SCRYPT_P}, want,
			       sizeof(want)));
	assert_memory_equal(a.hash, want, sizeof(want));
	assert_memory_not_equal(b.hash, want, sizeof(want));
	stop(loop);
}

static unsigned count_threads(void)
{
	unsigned n = 0;
	DIR *tasks = opendir("/proc/self/task");
	assert_non_null(tasks);
	for (const struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks))
		n += entry->d_name[0] != '.';
	closedir(tasks);
	return n;
}

/* A hash takes 128 MiB: however many are wanted, no more than two are computed at once. */
static void test_two_at_once(void **state)
{
	enum { MANY = 6 };
	struct loop *loop = start();
	const struct exec_env *env = loop_env(loop);
	struct exec_work hashes[MANY];
	unsigned before = count_threads();
	(void)state;
	for (int i = 0; i < MANY; i++) {
		hashes[i] = hash_of("a", SLOW);
		assert_true(env->work(env->arg, &hashes[i]));
		assert_in_range(count_threads(), before + 1, before + 2);
	}
	wait_for(MANY);
	assert_int_equal(count_threads(), before + 2);
	stop(loop);
}

static void test_bounds(void **state)
{
	struct loop *loop = start();
	const struct exec_env *env = loop_env(loop);
	struct exec_work hashes[WORK_QUEUE + 1], idlers[WORK_IDLERS + 1];
	(void)state;
	for (int i = 0; i <= WORK_QUEUE; i++) {
		hashes[i] = hash_of("a", CHEAP);
		assert_int_equal(env->work(env->arg, &hashes[i]), i < WORK_QUEUE);
	}
	for (int i = 0; i <= WORK_IDLERS; i++) {
		idlers[i] = (struct exec_work){.kind = EXEC_WORK_IDLE, .done = done};
		assert_int_equal(env->work(env->arg, &idlers[i]), i < WORK_IDLERS);
	}
	wait_for(WORK_QUEUE + WORK_IDLERS);
	assert_int_equal(n_ok, WORK_QUEUE + WORK_IDLERS);
	/* There is room again. */
	assert_true(env->work(env->arg, &hashes[0]));
	wait_for(WORK_QUEUE + WORK_IDLERS + 1);
	stop(loop);
}

/* Who asked may be gone before the loop is. */
static void test_end_under_way(void **state)
{
	struct loop *loop = start();
	const struct exec_env *env = loop_env(loop);
	struct exec_work hashes[4];
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		hashes[i] = hash_of("a", SLOW);
		assert_true(env->work(env->arg, &hashes[i]));
	}
	struct exec_work idler = {.kind = EXEC_WORK_IDLE, .done = done};
	assert_true(env->work(env->arg, &idler));
	memset(hashes, 0xff, sizeof(hashes));
	stop(loop);
	assert_int_equal(n_done, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hashes),
	    cmocka_unit_test(test_two_at_once),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_end_under_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
