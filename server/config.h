/*
 * config: what paidand is told at start: one table for the file, the command line, --help and the docs.
 *
 * Nouns: an option is a row of CONFIG_OPTIONS: its name is the key in the file ("workers = 4") and the flag
 * on the command line (--workers=4), which wins. An address is "host:port" with a numeric host, "[::1]:port"
 * for IPv6; "off" is no address.
 * Ownership: a config owns its texts until server_config_free; it does not change after loading. What is
 * derived (file names in the data directory) is worked out by data_dir.c.
 * Errors: CONFIG_WRONG with a message that names file and line, or the flag.
 */
#ifndef PAIDAN_SERVER_CONFIG_H
#define PAIDAN_SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/log.h"

enum { CONFIG_HOST_CHARS = 63, CONFIG_MAX_WORKERS = 256, CONFIG_WHY_BYTES = 512 };

struct config_address {
	char host[CONFIG_HOST_CHARS + 1]; /* "": off */
	int port;
};

enum config_fsync { CONFIG_FSYNC_ALWAYS, CONFIG_FSYNC_EVERYSEC };

struct server_config {
	struct arena arena;
	struct config_address listen;
	struct config_address local;
	const char *tls_cert;
	const char *tls_key;
	const char *tls_client_ca;
	const char *tls_client_crl;
	bool tls_client_required;
	int64_t workers; /* 0: as many as there are cores */
	const char *data;
	const char *attachments;
	const char *redis; /* "": embedded */
	const char *redis_user;
	const char *redis_password_file;
	bool redis_tls;
	const char *redis_ca;
	int64_t redis_replicas;
	const char *redis_server;
	int64_t redis_max_memory_mb;
	int64_t fsync; /* enum config_fsync */
	const char *root_key_file;
	const char *tenant_key_file;
	int64_t log_level;  /* enum log_level */
	int64_t log_format; /* enum log_format */
	bool log_ok_requests;
	int64_t log_slow_ms;
	bool metrics_public;
	const char *cors_origins;
	const char *trusted_proxies;
	int64_t drain_ms;
	int64_t keepalive_ms;
	int64_t keepalive_idle_ms;
	int64_t max_requests;
	int64_t max_streams;
	int64_t cache_mb;
	bool webhook_plain;
	const char *webhook_ca;
	const char *webhook_retry;
	int64_t webhook_disable_h;
	bool json_ignore_unknown;
};

enum config_outcome {
	CONFIG_FINE,
	CONFIG_WRONG, /* `why` says what */
	CONFIG_HELP,  /* --help, --version, --print-config were asked for */
	CONFIG_VERSION,
	CONFIG_PRINT,
};

/* Defaults, then the file that --config names, then the command line. On anything but CONFIG_WRONG the
 * config is to be freed. */
enum config_outcome server_config_load(int argc, char *const *argv, struct server_config *config,
				       char why[CONFIG_WHY_BYTES]);
void server_config_free(struct server_config *config);

/* --help */
void server_config_help(FILE *to);
/* --print-config: the effective values, as a file that --config takes, each with what it means. */
void server_config_print(const struct server_config *config, FILE *to);

/* "127.0.0.1:8080", "[::1]:8080", "off". */
bool config_address_parse(const char *text, struct config_address *address);
/* The Redis server outside: host and port, or a path. Only when config->redis is not "". */
bool config_redis_parse(const char *text, const char **unix_path, struct config_address *address);

#endif
