/*
 * embedded_disk: refuses commits in time, before the disk of the embedded server is full.
 *
 * Why: with `appendfsync always` Redis 7.0 exits when it can't write its append-only file, and then
 * even reading is over. So when less than the reserve is free, the server is told that it is out of
 * memory (maxmemory 1): commits answer STORE_FULL, reading goes on. With room again, writing does too.
 * Ownership: everything is borrowed until embedded_disk_finish.
 * Errors: embedded_disk_init answers false without memory.
 */
#ifndef PAIDAN_REDIS_EMBEDDED_DISK_H
#define PAIDAN_REDIS_EMBEDDED_DISK_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct event_base;
struct redis_conn;

struct embedded_disk {
	const char *dir;
	struct redis_conn *conn;
	uint64_t reserve_bytes;
	uint64_t max_memory_bytes; /* what the server has otherwise */
	bool low;
	bool told_low; /* what the server was told last */
	bool telling;
	struct event *timer;
};

bool embedded_disk_init(struct embedded_disk *d, struct event_base *base);
void embedded_disk_finish(struct embedded_disk *d);
/* A server has started, with what its configuration says. */
void embedded_disk_new_server(struct embedded_disk *d);

#endif
