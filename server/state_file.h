/*
 * state_file: data/paidand.json, by which scripts and tests find the running broker.
 *
 *	{"pid": 1, "version": "0.1.0", "listen": "0.0.0.0:8443", "local": "127.0.0.1:8080", "ca": "…/ca.crt",
 *	 "root_key_file": "…", "data": "…", "redis": "…/redis.sock", "redis_pid": 2, "workers": [3, 4]}
 *
 * It is there while the broker is ready: written whole, again when a worker or Redis was replaced, removed at
 * the end. Ports are the real ones. "ca" is "" when the certificate is not ours.
 * Ownership: everything is borrowed. Errors: false, errno.
 */
#ifndef PAIDAN_SERVER_STATE_FILE_H
#define PAIDAN_SERVER_STATE_FILE_H

#include <sys/types.h>

#include "data_dir.h"

struct state {
	const struct data_files *files;
	struct config_address listen; /* with the real port; host "": off */
	struct config_address local;
	const char *redis; /* path or host:port */
	pid_t redis_pid;   /* 0: not ours */
	const pid_t *workers;
	size_t n_workers;
};

bool state_file_write(const struct state *state);

#endif
