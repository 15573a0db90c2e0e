/*
 * embedded_files: the files of the embedded server's data directory.
 *
 * Ownership: paths belong to the struct.
 * Errors: false, with the reason in `why`.
 */
#ifndef PAIDAN_REDIS_EMBEDDED_FILES_H
#define PAIDAN_REDIS_EMBEDDED_FILES_H

#include "redis/embedded.h"

struct embedded_files {
	char *dir; /* absolute */
	char *conf;
	char *sock;
	char *log;
	char *broker_lock;
	char *redis_lock;
	char *server; /* the executable */
	int broker_fd;
};

/* Finds the executable, makes the directory, takes broker.lock and writes redis.conf. */
bool embedded_files_init(struct embedded_files *f, const struct embedded_config *config, char *why, size_t why_bytes);
void embedded_files_finish(struct embedded_files *f);
/* Opens the lock file and takes the lock for this process. -1: it is taken, or errno tells. */
int embedded_lock(const char *path);
/* The process that holds the lock: 0 none, -1 one that this process can't name. */
pid_t embedded_lock_holder(const char *path);

#endif
