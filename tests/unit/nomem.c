#include "nomem.h"

#include <string.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *ptr, size_t bytes);

static unsigned countdown; /* 0: nothing fails */
static bool has_failed;
bool (*nomem_counts)(void);

void nomem_fail_at(unsigned n)
{
	has_failed = false;
	countdown = n;
}

void nomem_stop(void)
{
	countdown = 0;
}

bool nomem_failed(void)
{
	return has_failed;
}

static bool fails(void)
{
	if (countdown == 0 || (nomem_counts != NULL && !nomem_counts()) || --countdown > 0)
		return false;
	has_failed = true;
	return true;
}

void *__wrap_malloc(size_t bytes)
{
	return fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t n, size_t bytes)
{
	return fails() ? NULL : __real_calloc(n, bytes);
}

void *__wrap_realloc(void *ptr, size_t bytes)
{
	return fails() ? NULL : __real_realloc(ptr, bytes);
}

char *__wrap_strdup(const char *text)
{
	char *copy = fails() ? NULL : __real_malloc(strlen(text) + 1);
	return copy == NULL ? NULL : strcpy(copy, text);
}
