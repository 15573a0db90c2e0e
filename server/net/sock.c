#include "net/sock.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

int sock_open(struct sock *s, struct event_base *base, int fd, SSL *ssl, event_callback_fn ready, void *arg)
{
	*s = (struct sock){.fd = -1, .ready = ready, .arg = arg};
	s->readable = event_new(base, fd, EV_READ | EV_PERSIST, ready, arg);
	if (s->readable == NULL || event_add(s->readable, NULL) != 0)
		goto failed;
	if (ssl != NULL && SSL_set_fd(ssl, fd) != 1)
		goto failed;
	s->fd = fd;
	s->ssl = ssl;
	return 0;
failed:
	if (s->readable != NULL)
		event_free(s->readable);
	s->readable = NULL;
	return -1;
}

static enum sock_status wait_to_write(struct sock *s)
{
	if (s->waits_to_write)
		return SOCK_AGAIN;
	if (s->writable == NULL)
		s->writable = event_new(event_get_base(s->readable), s->fd, EV_WRITE | EV_PERSIST, s->ready, s->arg);
	if (s->writable == NULL || event_add(s->writable, NULL) != 0) {
		s->failed = true;
		return SOCK_FAILED;
	}
	s->waits_to_write = true;
	return SOCK_AGAIN;
}

/* An event that is armed costs a wake-up each turn, so it goes as soon as a write went through. */
static void written_all(struct sock *s)
{
	if (!s->waits_to_write)
		return;
	event_free(s->writable);
	s->writable = NULL;
	s->waits_to_write = false;
}

static enum sock_status tls_status(struct sock *s, int result)
{
	int error = SSL_get_error(s->ssl, result);
	if (error == SSL_ERROR_WANT_READ)
		return SOCK_AGAIN;
	if (error == SSL_ERROR_WANT_WRITE)
		return wait_to_write(s);
	if (error == SSL_ERROR_ZERO_RETURN)
		return SOCK_EOF;
	s->failed = true;
	if (error == SSL_ERROR_SYSCALL && ERR_peek_error() == 0 && errno == 0)
		return SOCK_EOF; /* closed without close_notify, as many clients do */
	return SOCK_FAILED;
}

static enum sock_status plain_status(struct sock *s)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return SOCK_AGAIN;
	s->failed = true;
	return SOCK_FAILED;
}

enum sock_status sock_handshake(struct sock *s)
{
	if (s->ssl == NULL)
		return SOCK_OK;
	ERR_clear_error();
	errno = 0;
	int result = SSL_accept(s->ssl);
	enum sock_status status = result == 1 ? SOCK_OK : tls_status(s, result);
	if (status == SOCK_OK || SSL_want_read(s->ssl))
		written_all(s);
	return status;
}

enum sock_status sock_read(struct sock *s, uint8_t *into, size_t room, size_t *got)
{
	*got = 0;
	if (s->ssl == NULL) {
		ssize_t n = recv(s->fd, into, room, 0);
		if (n == 0)
			return SOCK_EOF;
		if (n < 0)
			return plain_status(s);
		*got = (size_t)n;
		return SOCK_OK;
	}
	ERR_clear_error();
	errno = 0;
	int result = SSL_read_ex(s->ssl, into, room, got);
	return result == 1 ? SOCK_OK : tls_status(s, result);
}

bool sock_has_more(const struct sock *s)
{
	return s->ssl != NULL && SSL_has_pending(s->ssl) == 1;
}

enum sock_status sock_write(struct sock *s, const uint8_t *bytes, size_t len, size_t *put)
{
	*put = 0;
	while (*put < len) {
		size_t took = 0;
		enum sock_status status = SOCK_OK;
		if (s->ssl == NULL) {
			ssize_t n = send(s->fd, bytes + *put, len - *put, MSG_NOSIGNAL);
			if (n < 0)
				status = plain_status(s);
			else
				took = (size_t)n;
		} else {
			ERR_clear_error();
			errno = 0;
			int result = SSL_write_ex(s->ssl, bytes + *put, len - *put, &took);
			if (result != 1)
				status = tls_status(s, result);
		}
		if (status == SOCK_AGAIN)
			return wait_to_write(s);
		if (status != SOCK_OK)
			return status;
		*put += took;
	}
	written_all(s);
	return SOCK_OK;
}

void sock_pause(struct sock *s, bool pause)
{
	if (s->fd < 0 || pause == s->paused)
		return;
	s->paused = pause;
	if (pause)
		event_del(s->readable);
	else
		event_add(s->readable, NULL);
}

void sock_shutdown(struct sock *s)
{
	if (s->fd < 0)
		return;
	if (s->ssl != NULL && !s->failed && SSL_is_init_finished(s->ssl)) {
		ERR_clear_error();
		SSL_shutdown(s->ssl);
	}
	shutdown(s->fd, SHUT_WR);
	written_all(s);
	sock_pause(s, false);
}

void sock_say_clear(struct sock *s, struct slice text)
{
	if (send(s->fd, text.ptr, text.len, MSG_NOSIGNAL) < 0)
		s->failed = true;
}

enum sock_status sock_discard(struct sock *s, uint8_t *scratch, size_t room, size_t *got)
{
	*got = 0;
	ssize_t n = recv(s->fd, scratch, room, 0);
	if (n == 0)
		return SOCK_EOF;
	if (n < 0)
		return plain_status(s);
	*got = (size_t)n;
	return SOCK_OK;
}

void sock_close(struct sock *s)
{
	if (s == NULL || s->fd < 0)
		return;
	if (s->writable != NULL)
		event_free(s->writable);
	event_free(s->readable);
	SSL_free(s->ssl);
	close(s->fd);
	*s = (struct sock){.fd = -1};
}
