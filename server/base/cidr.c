#include "base/cidr.h"

#include <arpa/inet.h>
#include <string.h>

enum { V4_BYTES = 4, V6_BYTES = 16, BYTE_BITS = 8, TEXT_BYTES = 64, PREFIX_DIGITS = 3 };

static bool read_address(const char *text, struct cidr *out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	memset(out->address, 0, sizeof(out->address));
	out->v4 = inet_pton(AF_INET, text, out->address) == 1;
	if (!out->v4 && inet_pton(AF_INET6, text, out->address) != 1)
		return false;
	if (!out->v4 && memcmp(out->address, mapped, sizeof(mapped)) == 0) {
		memmove(out->address, out->address + sizeof(mapped), V4_BYTES);
		memset(out->address + V4_BYTES, 0, V6_BYTES - V4_BYTES);
		out->v4 = true;
	}
	out->bits = (out->v4 ? V4_BYTES : V6_BYTES) * BYTE_BITS;
	return true;
}

/* Digits only, without leading zeros. */
static bool read_bits(const char *text, unsigned max, unsigned *bits)
{
	size_t len = strlen(text);
	*bits = 0;
	if (len == 0 || len > PREFIX_DIGITS || (text[0] == '0' && len > 1))
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		*bits = *bits * 10 + (unsigned)(*text - '0');
	}
	return *bits <= max;
}

static bool bit(const struct cidr *c, unsigned i)
{
	return (c->address[i / BYTE_BITS] >> (BYTE_BITS - 1 - i % BYTE_BITS) & 1) != 0;
}

bool cidr_parse(const char *text, struct cidr *out)
{
	char copy[TEXT_BYTES];
	size_t len = strlen(text);
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len + 1);
	char *slash = strchr(copy, '/');
	if (slash != NULL)
		*slash = '\0';
	if (!read_address(copy, out))
		return false;
	unsigned all = out->bits;
	/* Whose bits would the prefix of a mapped address count? */
	if (slash != NULL && out->v4 && strchr(copy, ':') != NULL)
		return false;
	if (slash != NULL && !read_bits(slash + 1, all, &out->bits))
		return false;
	for (unsigned i = out->bits; i < all; i++) {
		if (bit(out, i))
			return false;
	}
	return true;
}

bool cidr_has(const struct cidr *network, const char *address)
{
	struct cidr one;
	if (!read_address(address, &one) || one.v4 != network->v4)
		return false;
	for (unsigned i = 0; i < network->bits; i++) {
		if (bit(&one, i) != bit(network, i))
			return false;
	}
	return true;
}

size_t cidr_household(const char *address, uint8_t out[CIDR_HOUSEHOLD_BYTES])
{
	struct cidr host;
	if (!read_address(address, &host))
		return 0;
	size_t bytes = host.v4 ? V4_BYTES : CIDR_HOUSEHOLD_BYTES;
	memcpy(out, host.address, bytes);
	return bytes;
}
