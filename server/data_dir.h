/*
 * data_dir: the data directory and the keys in it.
 *
 *	paidand.lock      held while a master runs
 *	paidand.json      pid, ports and files of the running broker, written when it is ready (state_file.h)
 *	root.key          the key that makes tenants, text
 *	tenant.key        the keys that seal personal data (base/key_ring.h)
 *	tls/              certificates made here (self_signed.h)
 *	redis/            the embedded Redis
 *	attachments/      uploaded pictures and memos
 *
 * Everything is made at the first start, readable by its owner alone. A tenant.key that is missing beside
 * existing data is not replaced: what was sealed with it could never be read again.
 * Nouns: files = the paths that count, from the config or in here, all absolute.
 * Ownership: paths lie in data_files; the lock is held until data_dir_close, or the process ends.
 * Errors: false, and `why` says what failed on which path.
 */
#ifndef PAIDAN_SERVER_DATA_DIR_H
#define PAIDAN_SERVER_DATA_DIR_H

#include <limits.h>

#include "config.h"

enum { DATA_KEY_BYTES = 32, DATA_PATH_BYTES = PATH_MAX + 32 };

struct data_files {
	int lock_fd;
	char dir[PATH_MAX];
	char state[DATA_PATH_BYTES];
	char redis_dir[DATA_PATH_BYTES];
	char tls_dir[DATA_PATH_BYTES];
	char tls_cert[DATA_PATH_BYTES];
	char tls_key[DATA_PATH_BYTES];
	char tls_ca[DATA_PATH_BYTES]; /* "": the certificate is not ours */
	char root_key[DATA_PATH_BYTES];
	char tenant_key[DATA_PATH_BYTES];
	char attachments[DATA_PATH_BYTES];
	uint8_t root_key_sha256[DATA_KEY_BYTES];
};

bool data_dir_open(const struct server_config *config, struct data_files *files, char why[CONFIG_WHY_BYTES]);
/* In a forked child it only closes; the master keeps the lock. */
void data_dir_close(struct data_files *files);

#endif
