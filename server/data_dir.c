#include "data_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/key_ring.h"
#include "data_file.h"
#include "self_signed.h"

enum { ROOT_KEY_MIN_CHARS = 32, ROOT_KEY_MAX_CHARS = 512, ROOT_KEY_RANDOM_BYTES = 24 };

static bool fail(char *why, const char *path, const char *what)
{
	snprintf(why, CONFIG_WHY_BYTES, "%.300s: %s", path, what);
	return false;
}

static bool fail_errno(char *why, const char *path)
{
	return fail(why, path, strerror(errno));
}

static bool join(char *to, const char *dir, const char *name, char *why)
{
	int len = snprintf(to, DATA_PATH_BYTES, "%s/%s", dir, name);
	return (len > 0 && len < DATA_PATH_BYTES) || fail(why, dir, "the path is too long");
}

/* The whole of a small file; -1: errno. */
static ssize_t read_small(const char *path, void *to, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t len = read(fd, to, room);
	int error = errno;
	close(fd);
	errno = error;
	return len;
}

static bool make_dir(const char *path, char *why)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST || fail_errno(why, path);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool lock(struct data_files *f, char *why)
{
	char path[DATA_PATH_BYTES];
	if (!join(path, f->dir, "paidand.lock", why))
		return false;
	f->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f->lock_fd < 0)
		return fail_errno(why, path);
	if (flock(f->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	return errno == EWOULDBLOCK ? fail(why, f->dir, "another paidand uses this data directory")
				    : fail_errno(why, path);
}

/* --- keys --- */

static bool make_root_key(const char *path, char *why)
{
	uint8_t random[ROOT_KEY_RANDOM_BYTES];
	unsigned char text[ROOT_KEY_RANDOM_BYTES * 2];
	char line[ROOT_KEY_RANDOM_BYTES * 2 + 8];
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return fail_errno(why, path);
	EVP_EncodeBlock(text, random, sizeof(random)); /* 24 bytes: no padding */
	int len = snprintf(line, sizeof(line), "pdr_%s\n", text);
	for (int i = 0; i < len; i++) {
		if (line[i] == '+' || line[i] == '/')
			line[i] = line[i] == '+' ? '-' : '_';
	}
	if (!data_file_write(path, line, (size_t)len, 0600))
		return fail_errno(why, path);
	log_info("main", "made a root key", LOG_S("file", path));
	return true;
}

static bool read_root_key(struct data_files *f, char *why)
{
	char text[ROOT_KEY_MAX_CHARS + 2];
	ssize_t len = read_small(f->root_key, text, sizeof(text));
	if (len < 0)
		return fail_errno(why, f->root_key);
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r' || text[len - 1] == ' '))
		len--;
	if (len < ROOT_KEY_MIN_CHARS || len > ROOT_KEY_MAX_CHARS)
		return fail(why, f->root_key, "a root key has 32 to 512 characters");
	return EVP_Digest(text, (size_t)len, f->root_key_sha256, NULL, EVP_sha256(), NULL) == 1 ||
	       fail(why, f->root_key, "can't be hashed");
}

static bool make_tenant_key(const struct data_files *f, char *why)
{
	uint8_t key[DATA_KEY_BYTES];
	char data[DATA_PATH_BYTES];
	if (!join(data, f->redis_dir, "appendonlydir", why))
		return false;
	if (exists(data))
		return fail(why, f->tenant_key, "missing beside existing data, which can't be read without it");
	if (getrandom(key, sizeof(key), 0) != sizeof(key) || !data_file_write(f->tenant_key, key, sizeof(key), 0600))
		return fail_errno(why, f->tenant_key);
	log_info("main", "made a key for personal data: keep a copy of it", LOG_S("file", f->tenant_key));
	return true;
}

/* Workers read it when they start, and again when it changed; here it is only looked at. */
static bool check_tenant_key(const struct data_files *f, char *why)
{
	struct key_ring ring;
	char because[KEY_RING_WHY_BYTES];
	bool fine = key_ring_load(f->tenant_key, &ring, because);
	key_ring_wipe(&ring);
	return fine || fail(why, f->tenant_key, because);
}

/* One that the config names must exist; our own is made. */
static bool keys(const struct server_config *c, struct data_files *f, char *why)
{
	if (c->root_key_file[0] != '\0')
		snprintf(f->root_key, sizeof(f->root_key), "%s", c->root_key_file);
	else if (!join(f->root_key, f->dir, "root.key", why))
		return false;
	else if (!exists(f->root_key) && !make_root_key(f->root_key, why))
		return false;
	if (c->tenant_key_file[0] != '\0')
		snprintf(f->tenant_key, sizeof(f->tenant_key), "%s", c->tenant_key_file);
	else if (!join(f->tenant_key, f->dir, "tenant.key", why))
		return false;
	else if (!exists(f->tenant_key) && !make_tenant_key(f, why))
		return false;
	return read_root_key(f, why) && check_tenant_key(f, why);
}

/* --- attachments --- */

static bool attachments(const struct server_config *c, struct data_files *f, char *why)
{
	if (c->attachments[0] == '\0')
		return join(f->attachments, f->dir, "attachments", why) && make_dir(f->attachments, why);
	snprintf(f->attachments, sizeof(f->attachments), "%s", c->attachments);
	return make_dir(f->attachments, why);
}

/* --- certificates --- */

static bool certificates(const struct server_config *c, struct data_files *f, char *why)
{
	if (c->tls_cert[0] != '\0') {
		snprintf(f->tls_cert, sizeof(f->tls_cert), "%s", c->tls_cert);
		snprintf(f->tls_key, sizeof(f->tls_key), "%s", c->tls_key);
		return true;
	}
	if (c->listen.host[0] == '\0')
		return true;
	if (!join(f->tls_dir, f->dir, "tls", why) || !make_dir(f->tls_dir, why) ||
	    !join(f->tls_cert, f->tls_dir, "server.crt", why) || !join(f->tls_key, f->tls_dir, "server.key", why) ||
	    !join(f->tls_ca, f->tls_dir, "ca.crt", why))
		return false;
	if (exists(f->tls_key) && self_signed_is_good(f->tls_cert))
		return true;
	if (!self_signed_make(f->tls_ca, f->tls_cert, f->tls_key, c->listen.host, why))
		return false;
	log_warn("main", "made a certificate of our own: clients must be given its authority", LOG_S("ca", f->tls_ca),
		 LOG_S("certificate", f->tls_cert));
	return true;
}

bool data_dir_open(const struct server_config *config, struct data_files *files, char why[CONFIG_WHY_BYTES])
{
	*files = (struct data_files){.lock_fd = -1};
	if (!make_dir(config->data, why))
		return false;
	if (realpath(config->data, files->dir) == NULL)
		return fail_errno(why, config->data);
	if (!lock(files, why) || !join(files->state, files->dir, "paidand.json", why) ||
	    !join(files->redis_dir, files->dir, "redis", why) || !keys(config, files, why) ||
	    !attachments(config, files, why) || !certificates(config, files, why)) {
		data_dir_close(files);
		return false;
	}
	return true;
}

void data_dir_close(struct data_files *files)
{
	if (files->lock_fd >= 0)
		close(files->lock_fd);
	files->lock_fd = -1;
}
