/*
 * port: ports that several processes listen on.
 *
 * Nouns: the master reserves a port by binding without listening: the kernel then deals connections out
 * among the workers' sockets only, the number (when 0 was asked for) is known before the first worker
 * starts and stays ours while workers come and go.
 * Ownership: the socket belongs to the caller. Errors: -1, and `why` says what is wrong.
 */
#ifndef PAIDAN_SERVER_PORT_H
#define PAIDAN_SERVER_PORT_H

#include "config.h"

/* Puts the real port into the address. */
int port_reserve(struct config_address *address, char why[CONFIG_WHY_BYTES]);

#endif
