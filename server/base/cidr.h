/*
 * cidr: networks of IPv4 and IPv6 addresses, as text: "10.20.0.0/16", "2001:db8::/32", or one address.
 *
 * An IPv4 address that came in over an IPv6 socket ("::ffff:192.0.2.7") is the IPv4 address.
 * Errors: cidr_parse answers false for what is no network, also when bits beyond the prefix are set:
 * "10.0.0.1/8" was meant otherwise.
 */
#ifndef PAIDAN_BASE_CIDR_H
#define PAIDAN_BASE_CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cidr {
	uint8_t address[16];
	unsigned bits; /* of the prefix */
	bool v4;       /* 4 bytes of the address count */
};

bool cidr_parse(const char *text, struct cidr *out);
/* Whether an address (without a prefix) lies in the network; false for what is no address. */
bool cidr_has(const struct cidr *network, const char *address);

enum { CIDR_HOUSEHOLD_BYTES = 8 };
/* Of an address what a household or office has, however it is written: all of IPv4, the first 64 bits of IPv6, the rest
 * of which its owner may change at will. The number of bytes; 0 for what is no address. */
size_t cidr_household(const char *address, uint8_t out[CIDR_HOUSEHOLD_BYTES]);

#endif
