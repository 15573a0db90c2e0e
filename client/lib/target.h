/*
 * target: where a server is, from its URL.
 *
 * Nouns: a target is https (TLS) or http (the loopback port, h2 with prior knowledge), a host and a
 * port. Cleartext is for the machine itself only: a key must not cross a network in the clear.
 * Ownership: a value.
 * Errors: ERR_FIELD_INVALID with the field "server" and a detail for people.
 */
#ifndef PAIDAN_CLIENT_TARGET_H
#define PAIDAN_CLIENT_TARGET_H

#include "base/err.h"
#include "base/slice.h"

struct target {
	bool tls;
	bool literal; /* the host is an IP address, without brackets */
	char host[256];
	char port[6];
	char authority[272]; /* as in :authority, without the scheme's default port */
	char url[288];       /* in its canonical form */
};

/* "https://host[:port][/]", "http://localhost[:port]", or "host[:port]" for https. */
enum err target_parse(struct target *t, const char *url, struct fault *fault);

#endif
