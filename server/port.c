#include "port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union any_address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t to_socket(const struct config_address *address, union any_address *to)
{
	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, address->host, &to->v4.sin_addr) == 1) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons((uint16_t)address->port);
		return sizeof(to->v4);
	}
	if (inet_pton(AF_INET6, address->host, &to->v6.sin6_addr) == 1) {
		to->v6.sin6_family = AF_INET6;
		to->v6.sin6_port = htons((uint16_t)address->port);
		return sizeof(to->v6);
	}
	return 0;
}

static int bound(const union any_address *to, socklen_t len, bool shared)
{
	int on = 1;
	int fd = socket(to->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	bool fine = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0;
	if (fine && to->sa.sa_family == AF_INET6)
		fine = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0;
	if (fine && shared)
		fine = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0;
	if (fine && bind(fd, &to->sa, len) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* With SO_REUSEPORT another server of the same user would go unnoticed and share our connections. */
static bool is_taken(const union any_address *to, socklen_t len)
{
	int fd = bound(to, len, false);
	bool taken = fd < 0 && errno == EADDRINUSE;
	if (fd >= 0)
		close(fd);
	return taken;
}

int port_reserve(struct config_address *address, char why[CONFIG_WHY_BYTES])
{
	union any_address to;
	socklen_t len = to_socket(address, &to);
	int fd = -1;
	const char *what = "not a numeric address";
	if (len > 0 && address->port != 0 && is_taken(&to, len)) {
		what = strerror(EADDRINUSE);
	} else if (len > 0) {
		fd = bound(&to, len, true);
		what = strerror(errno);
	}
	if (fd < 0) {
		snprintf(why, CONFIG_WHY_BYTES, "%s port %d: %s", address->host, address->port, what);
		return -1;
	}
	len = sizeof(to);
	if (getsockname(fd, &to.sa, &len) == 0)
		address->port = ntohs(to.sa.sa_family == AF_INET ? to.v4.sin_port : to.v6.sin6_port);
	return fd;
}
