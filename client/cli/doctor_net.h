/*
 * doctor_net: the way to the broker: its name, TCP, TLS and ALPN, each by itself.
 *
 * Nouns: finding.h. Ownership: all is borrowed.
 * Errors: a check that can't be made because one before it failed is left out.
 */
#ifndef PAIDAN_CLI_DOCTOR_NET_H
#define PAIDAN_CLI_DOCTOR_NET_H

#include "finding.h"
#include "target.h"

/* True when calls can be tried. */
bool doctor_network(struct cli *cli, const struct target *target, bool *wrong);

#endif
