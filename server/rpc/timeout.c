#include "rpc/timeout.h"

enum { GRPC_DIGITS = 8, CONNECT_DIGITS = 10 };

static bool read_digits(struct slice digits, size_t max, int64_t *value)
{
	if (digits.len == 0 || digits.len > max)
		return false;
	*value = 0;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
		*value = *value * 10 + (digits.ptr[i] - '0');
	}
	return true;
}

bool timeout_grpc(struct slice value, int64_t *timeout_ms)
{
	int64_t n;
	if (value.len == 0 || !read_digits(slice_of(value.ptr, value.len - 1), GRPC_DIGITS, &n))
		return false;
	switch (value.ptr[value.len - 1]) {
	case 'H':
		*timeout_ms = n * 3600 * 1000;
		return true;
	case 'M':
		*timeout_ms = n * 60 * 1000;
		return true;
	case 'S':
		*timeout_ms = n * 1000;
		return true;
	case 'm':
		*timeout_ms = n;
		return true;
	case 'u':
		*timeout_ms = (n + 999) / 1000;
		return true;
	case 'n':
		*timeout_ms = (n + 999999) / 1000000;
		return true;
	}
	return false;
}

bool timeout_connect(struct slice value, int64_t *timeout_ms)
{
	return read_digits(value, CONNECT_DIGITS, timeout_ms);
}
