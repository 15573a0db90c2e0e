/*
 * redis_place: which Redis a process talks to, by the config.
 *
 * Ownership: redis_place owns what config points to until redis_place_close.
 * Errors: false, and `why` says what is wrong.
 */
#ifndef PAIDAN_SERVER_REDIS_PLACE_H
#define PAIDAN_SERVER_REDIS_PLACE_H

#include "config.h"
#include "loop.h"
#include "redis/config.h"

enum { REDIS_PASSWORD_CHARS = 512 };

struct redis_place {
	struct redis_config config;
	struct config_address address;
	struct loop *loop;
	char password[REDIS_PASSWORD_CHARS + 1];
};

/* embedded_socket: of our own Redis, or NULL for the one of the config. */
bool redis_place_open(struct redis_place *place, const struct server_config *config, const char *embedded_socket,
		      struct loop *loop, char why[CONFIG_WHY_BYTES]);
void redis_place_close(struct redis_place *place);

#endif
