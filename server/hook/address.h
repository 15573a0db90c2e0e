/*
 * address: which addresses a webhook may lead to: those of the public internet and no others.
 *
 * Why: the URL is somebody else's choice, and the broker stands inside a network that they don't. What counts is the
 * address that a connection is opened to, after names were looked up, so a name that changes its mind between the
 * check and the use (DNS rebinding) gains nothing.
 * Special ranges are those of the IANA registries (RFC 6890 and its updates). IPv6 addresses that carry an IPv4
 * one (mapped, compatible, NAT64, 6to4) are what they carry.
 * Ownership: borrowed. Errors: none; an address family that is not known is not public.
 */
#ifndef PAIDAN_HOOK_ADDRESS_H
#define PAIDAN_HOOK_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

bool address_is_public(const struct sockaddr *address);

#endif
