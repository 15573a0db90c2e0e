#include "hook/address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct range4 {
	uint8_t net[4];
	unsigned bits;
};

static const struct range4 special4[] = {
    {{0, 0, 0, 0}, 8},                                                    /* this network */
    {{10, 0, 0, 0}, 8},                                                   /* private */
    {{100, 64, 0, 0}, 10},                                                /* carriers' NAT */
    {{127, 0, 0, 0}, 8},                                                  /* loopback */
    {{169, 254, 0, 0}, 16},                                               /* link-local, with the clouds' metadata */
    {{172, 16, 0, 0}, 12},                                                /* private */
    {{192, 0, 0, 0}, 24},                                                 /* protocol assignments */
    {{192, 0, 2, 0}, 24},                                                 /* documentation */
    {{192, 88, 99, 0}, 24},                                               /* 6to4 relays */
    {{192, 168, 0, 0}, 16},                                               /* private */
    {{198, 18, 0, 0}, 15},                                                /* benchmarks */
    {{198, 51, 100, 0}, 24}, {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 4}, /* multicast */
    {{240, 0, 0, 0}, 4},                                                  /* reserved, and broadcast */
};

struct range6 {
	uint8_t net[16];
	unsigned bits;
};

/* Within 2000::/3, outside of which nothing is public. */
static const struct range6 special6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments: Teredo, ORCHID, benchmarks … */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff}, 20},             /* documentation */
};

static bool starts(const uint8_t *address, const uint8_t *net, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;
	if (memcmp(address, net, bytes) != 0)
		return false;
	return rest == 0 || ((address[bytes] ^ net[bytes]) >> (8 - rest)) == 0;
}

static bool public4(const uint8_t address[4])
{
	for (size_t i = 0; i < sizeof(special4) / sizeof(special4[0]); i++) {
		if (starts(address, special4[i].net, special4[i].bits))
			return false;
	}
	return true;
}

static bool public6(const uint8_t address[16])
{
	static const uint8_t none[16], mapped[16] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t nat64[16] = {0x00, 0x64, 0xff, 0x9b}, six_to_four[16] = {0x20, 0x02};
	static const uint8_t global[16] = {0x20};
	/* ::a.b.c.d is long out of use; ::1 and :: are no public IPv4 addresses either. */
	if (starts(address, none, 96) || starts(address, mapped, 96) || starts(address, nat64, 96))
		return public4(address + 12);
	if (starts(address, six_to_four, 16))
		return public4(address + 2);
	if (!starts(address, global, 3))
		return false;
	for (size_t i = 0; i < sizeof(special6) / sizeof(special6[0]); i++) {
		if (starts(address, special6[i].net, special6[i].bits))
			return false;
	}
	return true;
}

bool address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, address, sizeof(in));
		return public4((const uint8_t *)&in.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, address, sizeof(in6));
		return public6(in6.sin6_addr.s6_addr);
	}
	return false;
}
