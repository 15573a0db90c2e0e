#include "redis/embedded_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"

static bool say(char *why, size_t why_bytes, const char *what, const char *name)
{
	snprintf(why, why_bytes, "%s %s: %s", what, name, strerror(errno));
	return false;
}

/* --- locks: POSIX record locks, for the kernel names their holder and drops them with it --- */

int embedded_lock(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	if (fd >= 0 && fcntl(fd, F_SETLK, &lock) != 0) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

pid_t embedded_lock_holder(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	int failed = fcntl(fd, F_GETLK, &lock);
	close(fd);
	if (failed != 0 || lock.l_type == F_UNLCK)
		return 0;
	/* 0 is a process in another pid namespace. */
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

/* --- redis.conf --- */

/* In double quotes, as redis.conf wants names that may hold anything. */
static void put_quoted(struct buf *b, const char *text)
{
	buf_byte(b, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			buf_printf(b, "\\x%02x", c);
		else
			buf_byte(b, c);
	}
	buf_byte(b, '"');
}

static void put_path(struct buf *b, const char *name, const char *path)
{
	buf_str(b, name);
	buf_byte(b, ' ');
	put_quoted(b, path);
	buf_byte(b, '\n');
}

static void put_conf(struct buf *b, const struct embedded_files *f, const struct embedded_config *config)
{
	buf_str(b, "# Written by paidand at every start; changes made here are lost.\n");
	put_path(b, "dir", f->dir);
	put_path(b, "logfile", f->log);
	put_path(b, "unixsocket", f->sock);
	buf_str(b, "unixsocketperm 700\n"
		   "port 0\n"
		   "protected-mode yes\n"
		   "daemonize no\n"
		   "databases 1\n"
		   "always-show-logo no\n"
		   "\n"
		   "# What was acknowledged is on disk.\n"
		   "save \"\"\n"
		   "appendonly yes\n"
		   "aof-use-rdb-preamble yes\n"
		   "no-appendfsync-on-rewrite no\n"
		   "auto-aof-rewrite-percentage 100\n"
		   "auto-aof-rewrite-min-size 256mb\n");
	buf_printf(b, "appendfsync %s\n", config->everysec ? "everysec" : "always");
	buf_str(b, "\n"
		   "# Full is an error, never a reason to drop data.\n"
		   "maxmemory-policy noeviction\n");
	buf_printf(b, "maxmemory %" PRIu64 "\n", config->max_memory_bytes);
	buf_str(b, "\n"
		   "# Packs hold 64 records of up to 512 bytes, claim buckets up to 128 entries; most\n"
		   "# indexes are short: a grid's open orders, a member's tasks. Beyond these bounds an entry\n"
		   "# takes five times the memory, but from some hundred on to move one would take twice as\n"
		   "# long: 4.5 us among 240, and 2.8 beyond the bound.\n"
		   "hash-max-listpack-entries 128\n"
		   "hash-max-listpack-value 512\n"
		   "zset-max-listpack-entries 128\n"
		   "zset-max-listpack-value 64\n"
		   "\n"
		   "# Histograms per command cost 3 % of a commit.\n"
		   "latency-tracking no\n"
		   "disable-thp yes\n");
	if (config->extra != NULL) {
		buf_byte(b, '\n');
		buf_str(b, config->extra);
		buf_byte(b, '\n');
	}
}

static bool write_whole(int fd, const struct buf *b)
{
	size_t at = 0;
	while (at < b->len) {
		ssize_t n = write(fd, b->ptr + at, b->len - at);
		if (n < 0 && errno != EINTR)
			return false;
		at += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool write_conf(const struct embedded_files *f, const struct embedded_config *config, char *why,
		       size_t why_bytes)
{
	struct buf b = {0};
	put_conf(&b, f, config);
	int fd = b.failed ? -1 : open(f->conf, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write_whole(fd, &b);
	if (!ok)
		say(why, why_bytes, "can't write", f->conf);
	if (fd >= 0)
		close(fd);
	buf_free(&b);
	return ok;
}

/* --- the directory --- */

static char *join(const char *dir, const char *name)
{
	char *path = NULL;
	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

/* The name of a file that can be executed, or NULL. */
static char *executable(char *path)
{
	if (path != NULL && access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static char *find_server(const char *name)
{
	if (name == NULL)
		name = "redis-server";
	if (strchr(name, '/') != NULL)
		return executable(strdup(name));
	const char *at = getenv("PATH");
	if (at == NULL)
		at = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t len = strcspn(at, ":");
		char *path = NULL;
		if (len > 0 && asprintf(&path, "%.*s/%s", (int)len, at, name) >= 0) {
			path = executable(path);
			if (path != NULL)
				return path;
		}
		if (at[len] == '\0')
			return NULL;
		at += len + 1;
	}
}

static bool make_dir(struct embedded_files *f, const char *dir, char *why, size_t why_bytes)
{
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return say(why, why_bytes, "can't make", dir);
	f->dir = realpath(dir, NULL);
	/* Whoever can open the socket can do everything. */
	if (f->dir == NULL || chmod(f->dir, 0700) != 0)
		return say(why, why_bytes, "can't use", dir);
	return true;
}

static bool name_files(struct embedded_files *f, char *why, size_t why_bytes)
{
	f->conf = join(f->dir, "redis.conf");
	f->sock = join(f->dir, "redis.sock");
	f->log = join(f->dir, "redis.log");
	f->broker_lock = join(f->dir, "broker.lock");
	f->redis_lock = join(f->dir, "redis.lock");
	if (f->conf == NULL || f->sock == NULL || f->log == NULL || f->broker_lock == NULL || f->redis_lock == NULL)
		return say(why, why_bytes, "can't use", f->dir);
	if (strlen(f->sock) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		snprintf(why, why_bytes, "the name of the data directory is too long for a unix socket in it: %s",
			 f->dir);
		return false;
	}
	return true;
}

static bool lock_dir(struct embedded_files *f, char *why, size_t why_bytes)
{
	f->broker_fd = embedded_lock(f->broker_lock);
	if (f->broker_fd >= 0)
		return fcntl(f->broker_fd, F_SETFD, FD_CLOEXEC) == 0;
	if (errno != EAGAIN && errno != EACCES)
		return say(why, why_bytes, "can't lock", f->broker_lock);
	snprintf(why, why_bytes, "the data directory %s is in use by process %ld", f->dir,
		 (long)embedded_lock_holder(f->broker_lock));
	return false;
}

bool embedded_files_init(struct embedded_files *f, const struct embedded_config *config, char *why, size_t why_bytes)
{
	*f = (struct embedded_files){.broker_fd = -1};
	f->server = find_server(config->server);
	if (f->server == NULL)
		snprintf(why, why_bytes, "can't find %s", config->server != NULL ? config->server : "redis-server");
	else if (make_dir(f, config->dir, why, why_bytes) && name_files(f, why, why_bytes) &&
		 lock_dir(f, why, why_bytes) && write_conf(f, config, why, why_bytes))
		return true;
	embedded_files_finish(f);
	return false;
}

void embedded_files_finish(struct embedded_files *f)
{
	if (f->broker_fd >= 0)
		close(f->broker_fd);
	free(f->dir);
	free(f->conf);
	free(f->sock);
	free(f->log);
	free(f->broker_lock);
	free(f->redis_lock);
	free(f->server);
	*f = (struct embedded_files){.broker_fd = -1};
}
