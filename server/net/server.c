#include "net/server.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/log.h"
#include "net/clock.h"
#include "net/conn.h"
#include "net/listener.h"
#include "net/shared.h"
#include "net/tls.h"

enum {
	/* How often connections are looked at for bounds in time, and how exact those are at least. */
	TICK_MAX_MS = 1000,
	TICK_MIN_MS = 20,
	TICK_PART = 4,
};

struct net_server {
	struct net_shared shared;
	struct listener *tls_listener;
	struct listener *clear_listener;
	SSL_CTX *tls;
	uint8_t ticket_key[NET_TICKET_KEY_BYTES];
	struct event *tick;
	struct event *drain_end; /* the drain's time is up */
	struct event *drained;   /* activated when the last connection is gone */
	bool draining;
	void (*done)(void *arg);
	void *done_arg;
};

static void pause_listeners(struct net_server *s, bool pause)
{
	if (s->tls_listener != NULL)
		listener_pause(s->tls_listener, pause);
	if (s->clear_listener != NULL)
		listener_pause(s->clear_listener, pause);
}

static void accept_conn(struct net_server *s, int fd, SSL *ssl, const struct sockaddr *peer)
{
	struct net_shared *shared = &s->shared;
	struct conn *c = conn_new(shared, fd, ssl, peer);
	if (c == NULL) {
		SSL_free(ssl);
		close(fd);
		return;
	}
	if (s->draining)
		conn_drain(c);
	if (shared->stats.connections_now >= (uint64_t)shared->limits.connections) {
		log_warn("net", "at the connection limit", LOG_I("connections", shared->stats.connections_now));
		pause_listeners(s, true);
	}
}

static void accepted_tls(void *arg, int fd, const struct sockaddr *peer)
{
	struct net_server *s = arg;
	SSL *ssl = tls_session(s->tls);
	if (ssl == NULL) {
		close(fd);
		return;
	}
	accept_conn(s, fd, ssl, peer);
}

static void accepted_clear(void *arg, int fd, const struct sockaddr *peer)
{
	accept_conn(arg, fd, NULL, peer);
}

/* A connection was freed. */
static void on_freed(void *arg)
{
	struct net_server *s = arg;
	if (s->shared.stats.connections_now < (uint64_t)s->shared.limits.connections)
		pause_listeners(s, false);
	if (s->draining && s->shared.stats.connections_now == 0)
		event_active(s->drained, EV_TIMEOUT, 0);
}

static int tick_ms(const struct net_limits *limits)
{
	int shortest_ms = limits->handshake_ms;
	const int others_ms[] = {limits->idle_ms, limits->request_ms, limits->linger_ms};
	for (size_t i = 0; i < sizeof(others_ms) / sizeof(others_ms[0]); i++) {
		if (others_ms[i] < shortest_ms)
			shortest_ms = others_ms[i];
	}
	int ms = shortest_ms / TICK_PART;
	return ms > TICK_MAX_MS ? TICK_MAX_MS : ms < TICK_MIN_MS ? TICK_MIN_MS : ms;
}

static struct timeval timeval_of_ms(int ms)
{
	return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct net_server *s = arg;
	struct conn *c;
	int64_t now_ms = clock_now_ms();
	TAILQ_FOREACH(c, &s->shared.all, all_link)
	{
		conn_tick(c, now_ms);
	}
}

static void close_all(struct net_server *s)
{
	struct conn *c;
	TAILQ_FOREACH(c, &s->shared.all, all_link)
	{
		conn_close(c);
	}
}

static void on_drain_end(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct net_server *s = arg;
	log_warn("net", "drain time is up", LOG_I("connections", s->shared.stats.connections_now));
	close_all(s);
}

static void on_drained(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct net_server *s = arg;
	event_del(s->drain_end);
	if (s->done != NULL)
		s->done(s->done_arg);
}

static int listen_all(struct net_server *s, const struct net_config *config)
{
	struct event_base *base = s->shared.base;
	uint64_t *pauses = &s->shared.stats.accept_pauses;
	if (config->tls_address != NULL) {
		s->tls = tls_new(config->cert_file, config->key_file, &config->clients, s->ticket_key);
		if (s->tls == NULL)
			return -1;
		s->tls_listener = listener_new(base, config->tls_address, config->tls_port, accepted_tls, s, pauses);
		if (s->tls_listener == NULL)
			return -1;
	}
	if (config->clear_address != NULL) {
		if (!listener_is_loopback(config->clear_address)) {
			log_error("net", "the cleartext port is for a loopback address only",
				  LOG_S("address", config->clear_address));
			return -1;
		}
		s->clear_listener =
		    listener_new(base, config->clear_address, config->clear_port, accepted_clear, s, pauses);
		if (s->clear_listener == NULL)
			return -1;
	}
	return 0;
}

static int make_events(struct net_server *s)
{
	struct event_base *base = s->shared.base;
	struct timeval every = timeval_of_ms(tick_ms(&s->shared.limits));
	s->tick = event_new(base, -1, EV_PERSIST, on_tick, s);
	s->drain_end = evtimer_new(base, on_drain_end, s);
	s->drained = event_new(base, -1, 0, on_drained, s);
	if (s->tick == NULL || s->drain_end == NULL || s->drained == NULL)
		return -1;
	return event_add(s->tick, &every);
}

struct net_server *net_server_new(struct event_base *base, const struct net_config *config, const struct http_app *app)
{
	struct net_server *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	/* OpenSSL writes with write(2), which has no MSG_NOSIGNAL. */
	signal(SIGPIPE, SIG_IGN);
	if (config->ticket_key != NULL)
		memcpy(s->ticket_key, config->ticket_key, sizeof(s->ticket_key));
	else if (RAND_bytes(s->ticket_key, sizeof(s->ticket_key)) != 1)
		goto failed;
	if (shared_init(&s->shared, base, app, &config->limits) != 0 || make_events(s) != 0)
		goto failed;
	s->shared.on_freed = on_freed;
	s->shared.on_freed_arg = s;
	if (listen_all(s, config) != 0)
		goto failed;
	log_info("net", "listening", LOG_I("tls_port", net_server_tls_port(s)),
		 LOG_I("clear_port", net_server_clear_port(s)));
	return s;
failed:
	net_server_free(s);
	return NULL;
}

void net_server_free(struct net_server *s)
{
	if (s == NULL)
		return;
	listener_free(s->tls_listener);
	listener_free(s->clear_listener);
	s->tls_listener = s->clear_listener = NULL;
	if (s->shared.base != NULL) {
		s->shared.on_freed = NULL;
		close_all(s);
		shared_finish(&s->shared);
	}
	if (s->tick != NULL)
		event_free(s->tick);
	if (s->drain_end != NULL)
		event_free(s->drain_end);
	if (s->drained != NULL)
		event_free(s->drained);
	SSL_CTX_free(s->tls);
	OPENSSL_cleanse(s->ticket_key, sizeof(s->ticket_key));
	free(s);
}

int net_server_tls_port(const struct net_server *s)
{
	return s->tls_listener == NULL ? -1 : listener_port(s->tls_listener);
}

int net_server_clear_port(const struct net_server *s)
{
	return s->clear_listener == NULL ? -1 : listener_port(s->clear_listener);
}

int net_server_reload(struct net_server *s, const char *cert_file, const char *key_file,
		      const struct net_client_certs *clients)
{
	SSL_CTX *fresh = tls_new(cert_file, key_file, clients, s->ticket_key);
	if (fresh == NULL)
		return -1;
	SSL_CTX_free(s->tls);
	s->tls = fresh;
	log_info("net", "certificate reloaded", LOG_S("cert", cert_file));
	return 0;
}

void net_server_drain(struct net_server *s, void (*done)(void *arg), void *arg)
{
	struct conn *c;
	if (s->draining)
		return;
	s->draining = true;
	s->done = done;
	s->done_arg = arg;
	listener_stop(s->tls_listener);
	listener_stop(s->clear_listener);
	log_info("net", "draining", LOG_I("connections", s->shared.stats.connections_now));
	TAILQ_FOREACH(c, &s->shared.all, all_link)
	{
		conn_drain(c);
	}
	struct timeval limit = timeval_of_ms(s->shared.limits.drain_ms);
	event_add(s->drain_end, &limit);
	if (s->shared.stats.connections_now == 0)
		event_active(s->drained, EV_TIMEOUT, 0);
}

const struct net_stats *net_server_stats(const struct net_server *s)
{
	return &s->shared.stats;
}
