#include "lab_stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab_windows.h"

struct arena arena;

int setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)256 << 20);
	return 0;
}

int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const char *file_with(const char *text)
{
	static char path[64];
	snprintf(path, sizeof(path), "/tmp/test_lab_XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return path;
}

struct lab_trace read_good(read_fn *read, const char *text)
{
	struct lab_trace trace;
	struct lab_problem problem = {.en = ""};
	const char *path = file_with(text);
	bool ok = read(&arena, path, &trace, &problem);
	unlink(path);
	if (!ok)
		fail_msg("%s: %s", problem.place, problem.en);
	return trace;
}

void expect_bad(read_fn *read, const char *text, size_t line, const char *why)
{
	struct lab_trace trace;
	struct lab_problem problem = {.en = ""};
	char place[100];
	const char *path = file_with(text);
	assert_false(read(&arena, path, &trace, &problem));
	unlink(path);
	snprintf(place, sizeof(place), "%s:%zu", path, line);
	assert_string_equal(problem.place, place);
	assert_non_null(strstr(problem.en, why));
	assert_true(problem.zh[0] != '\0');
}

bool read_city(struct arena *a, const char *path, struct lab_trace *trace, struct lab_problem *problem)
{
	return lab_read_boston(a, path, path, 3000, trace, problem);
}

struct lab_run play(const struct lab_trace *t, const char *policy_text, double accept, uint64_t seed)
{
	struct lab_policy policy;
	struct lab_policy_problem problem;
	struct lab_coins coins = {seed, accept};
	assert_true(lab_policy_parse(policy_text, t->dataset, &policy, &problem));
	struct lab_pairs p = lab_pairs_find(&arena, t);
	return lab_windows_play(&arena, t, &p, &policy, &coins, 0);
}
