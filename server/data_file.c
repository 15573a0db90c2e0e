#include "data_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool data_file_write(const char *path, const void *bytes, size_t len, unsigned mode)
{
	char beside[PATH_MAX + 64];
	int room = snprintf(beside, sizeof(beside), "%s.new", path);
	if (room < 0 || (size_t)room >= sizeof(beside)) {
		errno = ENAMETOOLONG;
		return false;
	}
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return false;
	bool fine = fchmod(fd, mode) == 0 && write(fd, bytes, len) == (ssize_t)len && fsync(fd) == 0;
	int error = errno;
	close(fd);
	if (fine && rename(beside, path) == 0)
		return true;
	if (fine)
		error = errno;
	unlink(beside);
	errno = error;
	return false;
}
