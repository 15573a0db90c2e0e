#include "web/shelf_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define NEW_PREFIX ".new-"
enum { NAME_BYTES = 48, PUT_TRIES = 3, OLD_S = 3600 };

static bool keep_errno(int fd, bool fine)
{
	int error = errno;
	close(fd);
	errno = error;
	return fine;
}

/* The tenant's directory, made when it is missing; -1 with errno. */
static int open_tenant(int fd, const char *tenant, bool makes)
{
	if (makes && mkdirat(fd, tenant, 0700) == 0 && fsync(fd) != 0)
		return -1;
	return openat(fd, tenant, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* --- put --- */

static bool has_room(int dir, size_t bytes)
{
	struct statvfs disk;
	if (fstatvfs(dir, &disk) != 0)
		return false;
	if ((uint64_t)disk.f_bavail * disk.f_frsize >= (uint64_t)LIMIT_DISK_RESERVE_BYTES + bytes)
		return true;
	errno = ENOSPC;
	return false;
}

static bool write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = slice_from(bytes, (size_t)n);
	}
	return true;
}

/* Whole, on disk, under its content's name. Two workers may write the same at once: each has a file of its own, named
 * after the attachment. */
static bool write_content(int dir, const struct shelf_job *job)
{
	char name[NAME_BYTES];
	snprintf(name, sizeof(name), NEW_PREFIX "%s", job->id);
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	bool fine = keep_errno(fd, write_all(fd, buf_view(&job->bytes)) && fsync(fd) == 0);
	fine = fine && renameat(dir, name, dir, job->sha256) == 0;
	int error = errno;
	if (!fine)
		unlinkat(dir, name, 0);
	errno = error;
	return fine;
}

/* The content may be there already, and may be dropped between two looks: then it is written again. */
static bool put_in(int dir, const struct shelf_job *job)
{
	for (unsigned i = 0; i < PUT_TRIES; i++) {
		if (linkat(dir, job->sha256, dir, job->id, 0) == 0 || errno == EEXIST)
			return fsync(dir) == 0;
		if (errno != ENOENT || !has_room(dir, job->bytes.len) || !write_content(dir, job))
			return false;
	}
	return false;
}

bool shelf_file_put(int fd, const struct shelf_job *job)
{
	int dir = open_tenant(fd, job->tenant, true);
	return dir >= 0 && keep_errno(dir, put_in(dir, job));
}

/* --- get --- */

static bool read_all(int fd, struct shelf_job *job)
{
	struct stat about;
	if (fstat(fd, &about) != 0)
		return false;
	if (!S_ISREG(about.st_mode) || about.st_size > LIMIT_ATTACHMENT_BYTES) {
		errno = EINVAL;
		return false;
	}
	size_t left = (size_t)about.st_size;
	uint8_t *to = buf_reserve(&job->bytes, left + 1);
	if (to == NULL) {
		errno = ENOMEM;
		return false;
	}
	while (left > 0) {
		ssize_t n = read(fd, job->bytes.ptr + job->bytes.len, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		job->bytes.len += (size_t)n;
		left -= (size_t)n;
	}
	return true;
}

static bool get_in(int dir, struct shelf_job *job)
{
	int file = openat(dir, job->id, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return file >= 0 && keep_errno(file, read_all(file, job));
}

bool shelf_file_get(int fd, struct shelf_job *job)
{
	int dir = open_tenant(fd, job->tenant, false);
	return dir >= 0 && keep_errno(dir, get_in(dir, job));
}

/* --- drop --- */

static bool drop_in(int dir, const struct shelf_job *job)
{
	struct stat about;
	if (unlinkat(dir, job->id, 0) != 0 && errno != ENOENT)
		return false;
	if (fstatat(dir, job->sha256, &about, AT_SYMLINK_NOFOLLOW) == 0 && about.st_nlink == 1 &&
	    unlinkat(dir, job->sha256, 0) != 0 && errno != ENOENT)
		return false;
	return fsync(dir) == 0;
}

bool shelf_file_drop(int fd, const struct shelf_job *job)
{
	int dir = open_tenant(fd, job->tenant, false);
	if (dir < 0)
		return errno == ENOENT;
	return keep_errno(dir, drop_in(dir, job));
}

/* --- tidying --- */

/* Another worker may be writing one just now. */
static bool is_old(int dir, const char *name)
{
	struct stat about;
	return fstatat(dir, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && about.st_mtime < time(NULL) - OLD_S;
}

static void tidy_tenant(int dir)
{
	DIR *list = fdopendir(dir);
	if (list == NULL) {
		close(dir);
		return;
	}
	for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
		if (strncmp(entry->d_name, NEW_PREFIX, sizeof(NEW_PREFIX) - 1) == 0 && is_old(dir, entry->d_name))
			unlinkat(dir, entry->d_name, 0);
	}
	closedir(list);
}

void shelf_file_tidy(int fd)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	if (list == NULL)
		return;
	for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
		int dir = entry->d_name[0] == '.' ? -1 : open_tenant(fd, entry->d_name, false);
		if (dir >= 0)
			tidy_tenant(dir);
	}
	closedir(list);
}
