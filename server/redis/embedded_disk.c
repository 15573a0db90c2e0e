#include "redis/embedded_disk.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "redis/conn.h"
#include "redis/resp.h"

/* So much more than the reserve must be free before commits are taken again. */
static const uint64_t again_bytes = 32 * 1024 * 1024;

static void on_told(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)owner;
	struct embedded_disk *d = arg;
	d->telling = false;
	/* Not told: the timer tries again. */
	if (fate != REDIS_REPLIED || reply->type == REDIS_ERROR)
		d->told_low = !d->told_low;
}

static void tell(struct embedded_disk *d)
{
	char text[24];
	if (d->telling || d->told_low == d->low || !redis_conn_ready(d->conn))
		return;
	d->telling = true;
	d->told_low = d->low;
	snprintf(text, sizeof(text), "%" PRIu64, d->low ? 1 : d->max_memory_bytes);
	redis_conn_begin(d->conn, 4);
	struct buf *out = redis_conn_out(d->conn);
	resp_str(out, "CONFIG");
	resp_str(out, "SET");
	resp_str(out, "maxmemory");
	resp_str(out, text);
	redis_conn_end(d->conn, on_told, d);
}

static void look(struct embedded_disk *d)
{
	struct statvfs fs;
	if (statvfs(d->dir, &fs) != 0) {
		log_warn("redis", "can't see how full the disk is", LOG_I("errno", errno));
		return;
	}
	uint64_t free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	bool low = free_bytes < d->reserve_bytes + (d->low ? again_bytes : 0);
	if (low != d->low)
		log_error("redis", low ? "the disk is full: commits are refused" : "the disk has room again",
			  LOG_S("dir", d->dir), LOG_I("free_bytes", free_bytes),
			  LOG_I("reserve_bytes", d->reserve_bytes));
	d->low = low;
	tell(d);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	look(arg);
}

bool embedded_disk_init(struct embedded_disk *d, struct event_base *base)
{
	struct timeval every = {LIMIT_DISK_LOOK_MS / 1000, LIMIT_DISK_LOOK_MS % 1000 * 1000};
	d->timer = event_new(base, -1, EV_PERSIST, on_timer, d);
	return d->timer != NULL && event_add(d->timer, &every) == 0;
}

void embedded_disk_finish(struct embedded_disk *d)
{
	if (d->timer != NULL)
		event_free(d->timer);
	d->timer = NULL;
}

void embedded_disk_new_server(struct embedded_disk *d)
{
	d->told_low = false;
	look(d);
}
