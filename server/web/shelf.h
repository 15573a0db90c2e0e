/*
 * shelf: the files of attachments, beside the event loop.
 *
 *	<directory>/<tenant>/<sha256 in hexadecimal>    a content, once however often it was uploaded
 *	<directory>/<tenant>/<id>                       another name of it (a hard link) for each attachment
 *
 * What is put is on disk, with its names, when that is said: a crash leaves at most a file that begins with ".new",
 * which a start removes when it is an hour old. A content goes with the last of its names.
 * Nouns: a job is one file to put, get or drop; a thread of the worker does them one after the other.
 * Ownership: a job belongs to the shelf from shelf_take until done was called, which frees it (shelf_job_free). Who is
 * not interested any more calls shelf_forget: the job is done all the same. shelf_free waits for the one under way.
 * Errors: shelf_new NULL (logged): no such directory; shelf_take false: too many wait, or no thread can be had (the
 * caller still owns the job). In a job: ERR_DISK_FULL, ERR_NOT_FOUND, ERR_UNAVAILABLE for all else (logged).
 */
#ifndef PAIDAN_WEB_SHELF_H
#define PAIDAN_WEB_SHELF_H

#include <sys/queue.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/limits.h"

enum { SHELF_SHA256_CHARS = 64, SHELF_QUEUE = 64 };

enum shelf_task { SHELF_PUT, SHELF_GET, SHELF_DROP };

struct shelf_job {
	STAILQ_ENTRY(shelf_job) link;
	enum shelf_task task;
	char tenant[LIMIT_TENANT_ID_CHARS + 1];
	char id[ID_CHARS + 1];
	char sha256[SHELF_SHA256_CHARS + 1]; /* not to get */
	struct buf bytes;                    /* to put; what was got */
	enum err err;
	void (*done)(struct shelf_job *job); /* by the loop; NULL: forgotten */
	void *arg;
};

struct shelf;

struct shelf *shelf_new(struct event_base *base, const char *directory);
/* NULL-safe. No job is done any more. */
void shelf_free(struct shelf *s);

bool shelf_take(struct shelf *s, struct shelf_job *job);
/* NULL-safe. */
void shelf_forget(struct shelf_job *job);
void shelf_job_free(struct shelf_job *job);

#endif
