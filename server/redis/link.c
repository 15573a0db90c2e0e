#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/limits.h"
#include "base/log.h"
#include "redis/resp.h"
#include "redis/conn_internal.h"
#include "redis/tls.h"

enum {
	FIRST_BACKOFF_MS = 10,
	/* How long a server that is late may still answer when it was this process that did not look. */
	GRACE_MS = 200,
	/* Failures in a row are logged at the first and then at every so many. */
	LOG_EVERY = 60,
	READ_AT_ONCE_BYTES = 256 * 1024,
};

static void arm(struct event *timer, uint64_t ms)
{
	struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	event_add(timer, &tv);
}

static uint32_t connect_timeout_ms(const struct redis_conn *c)
{
	return c->config->connect_timeout_ms != 0 ? c->config->connect_timeout_ms : LIMIT_REDIS_CONNECT_MS;
}

static uint32_t command_timeout_ms(const struct redis_conn *c)
{
	return c->config->command_timeout_ms != 0 ? c->config->command_timeout_ms : LIMIT_REDIS_COMMAND_MS;
}

static const char *target(const struct redis_conn *c)
{
	return c->config->unix_path != NULL ? c->config->unix_path : c->config->host;
}

/* --- breaking and trying again --- */

static uint64_t pause_ms(const struct redis_conn *c)
{
	uint64_t most = FIRST_BACKOFF_MS;
	for (unsigned i = 1; i < c->failures && most < LIMIT_REDIS_BACKOFF_MS; i++)
		most *= 2;
	if (most > LIMIT_REDIS_BACKOFF_MS)
		most = LIMIT_REDIS_BACKOFF_MS;
	uint32_t random = c->config->random == NULL ? 0 : c->config->random(c->config->random_arg);
	/* Between half and all of it: workers that lost the same server don't come back at once. */
	return most / 2 + random % (most / 2 + 1);
}

static void close_link(struct redis_conn *c)
{
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	c->bev = NULL;
	redis_reader_finish(&c->reader);
	event_del(c->watch);
	c->phase = PHASE_PAUSE;
	c->broken = NULL;
	c->suspect = false;
	c->reloads_left = 0;
	c->out.len = 0;
	c->out_commands = 0;
}

void redis_link_break(struct redis_conn *c, const char *reason)
{
	uint64_t written = redis_conn_written(c);
	bool was_ready = c->phase == PHASE_READY;
	c->failures = was_ready ? 1 : c->failures + 1;
	c->stats.failures++;
	if (was_ready || c->failures % LOG_EVERY == 1)
		log_warn("redis", was_ready ? "connection lost" : "can't connect", LOG_S("to", target(c)),
			 LOG_S("reason", reason), LOG_I("unanswered", c->count), LOG_I("failures", c->failures));
	close_link(c);
	c->handed = c->answered = 0;
	arm(c->retry, pause_ms(c));
	if (was_ready && c->hooks.changed != NULL)
		c->hooks.changed(c->owner, false);
	redis_conn_fail_all(c, written);
}

static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct redis_conn *c = arg;
	if (c->phase != PHASE_READY) {
		redis_link_break(c, "timed out while connecting");
		return;
	}
	if (c->count == 0)
		return;
	uint64_t age_ms = redis_conn_now_ms() - c->ring[c->head].since_ms;
	if (age_ms < command_timeout_ms(c)) {
		arm(c->watch, command_timeout_ms(c) - age_ms);
	} else if (!c->suspect) {
		/* Perhaps this process was stopped, and the answer waits in the socket. */
		c->suspect = true;
		arm(c->watch, GRACE_MS);
	} else {
		redis_link_break(c, "no answer in time");
	}
}

void redis_link_watch_command(struct redis_conn *c)
{
	if (c->phase == PHASE_READY && !event_pending(c->watch, EV_TIMEOUT, NULL))
		arm(c->watch, command_timeout_ms(c));
}

/* --- set-up --- */

static void on_setup(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct redis_conn *c = arg;
	if (fate != REDIS_REPLIED) {
		/* Not sent though there is a connection: no memory for it. Without it there is no set-up. */
		redis_conn_drop(c, "out of memory");
		return;
	}
	if (reply->type == REDIS_ERROR) {
		char text[120];
		size_t len = reply->bytes.len < sizeof(text) - 1 ? reply->bytes.len : sizeof(text) - 1;
		memcpy(text, reply->bytes.ptr, len);
		text[len] = '\0';
		if (c->failures % LOG_EVERY == 0)
			log_warn("redis", "set-up refused", LOG_S("to", target(c)), LOG_S("reply", text));
		redis_conn_drop(c, "set-up refused");
		return;
	}
	if (--c->setup_left > 0)
		return;
	c->phase = PHASE_READY;
	c->failures = 0;
	c->stats.connects++;
	event_del(c->watch);
	log_info("redis", "connected", LOG_S("to", target(c)));
	if (c->hooks.changed != NULL)
		c->hooks.changed(owner, true);
}

static void setup_end(struct redis_conn *c)
{
	c->setup_left++;
	redis_conn_end(c, on_setup, c);
}

static void set_up(struct redis_conn *c)
{
	const char *user = c->config->user != NULL ? c->config->user : "default";
	c->phase = PHASE_SETUP;
	c->setup_left = 0;
	if (c->config->password != NULL) {
		redis_conn_begin_setup(c, 3);
		resp_str(&c->out, "AUTH");
		resp_str(&c->out, user);
		resp_str(&c->out, c->config->password);
		setup_end(c);
	}
	for (size_t i = 0; i < c->hooks.n_scripts; i++) {
		redis_conn_begin_setup(c, 3);
		resp_str(&c->out, "SCRIPT");
		resp_str(&c->out, "LOAD");
		resp_str(&c->out, c->hooks.scripts[i].text);
		setup_end(c);
	}
	/* Answers "LOADING" while the data is being read. */
	redis_conn_begin_setup(c, 1);
	resp_str(&c->out, "PING");
	setup_end(c);
}

static void on_reloaded(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)owner;
	struct redis_conn *c = arg;
	if (c->reloads_left > 0)
		c->reloads_left--;
	if (fate == REDIS_REPLIED && reply->type == REDIS_ERROR)
		redis_conn_drop(c, "scripts refused");
}

void redis_conn_load_scripts(struct redis_conn *c)
{
	if (c->reloads_left > 0)
		return;
	c->reloads_left = (unsigned)c->hooks.n_scripts;
	for (size_t i = 0; i < c->hooks.n_scripts; i++) {
		redis_conn_begin(c, 3);
		resp_str(&c->out, "SCRIPT");
		resp_str(&c->out, "LOAD");
		resp_str(&c->out, c->hooks.scripts[i].text);
		redis_conn_end(c, on_reloaded, c);
	}
}

/* --- connecting --- */

static const char *why(struct redis_conn *c, short what)
{
	unsigned long tls_error = bufferevent_get_openssl_error(c->bev);
	int dns_error = bufferevent_socket_get_dns_error(c->bev);
	if (tls_error != 0) {
		const char *text = ERR_reason_error_string(tls_error);
		return text != NULL ? text : "TLS error";
	}
	if (dns_error != 0)
		return evutil_gai_strerror(dns_error);
	if ((what & BEV_EVENT_EOF) != 0)
		return "closed by the server";
	return evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR());
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct redis_conn *c = arg;
	if ((what & BEV_EVENT_CONNECTED) == 0) {
		redis_link_break(c, why(c, what));
		return;
	}
	if (c->config->unix_path == NULL) {
		/* A dead peer is found within 20 s even while nothing is asked of it. */
		const int on = 1, idle_s = 10, probe_s = 5, probes = 2;
		evutil_socket_t fd = bufferevent_getfd(bev);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe_s, sizeof(probe_s));
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	}
	set_up(c);
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	redis_conn_read(arg);
}

static struct bufferevent *new_bufferevent(struct redis_conn *c)
{
	const struct redis_config *config = c->config;
	if (config->unix_path != NULL || config->tls == NULL)
		return bufferevent_socket_new(c->base, -1, BEV_OPT_CLOSE_ON_FREE);
	SSL *ssl = redis_tls_session(config->tls, config->tls_name != NULL ? config->tls_name : config->host);
	if (ssl == NULL)
		return NULL;
	struct bufferevent *bev =
	    bufferevent_openssl_socket_new(c->base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		SSL_free(ssl);
	else
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

static int start_connecting(struct redis_conn *c)
{
	const struct redis_config *config = c->config;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (config->unix_path == NULL)
		return bufferevent_socket_connect_hostname(c->bev, c->dns, AF_UNSPEC, config->host, config->port);
	if (strlen(config->unix_path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, config->unix_path, strlen(config->unix_path) + 1);
	return bufferevent_socket_connect(c->bev, (struct sockaddr *)&address, sizeof(address));
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct redis_conn *c = arg;
	c->phase = PHASE_CONNECTING;
	c->handed = c->answered = 0;
	c->bev = new_bufferevent(c);
	if (c->bev == NULL || !redis_reader_init(&c->reader)) {
		redis_link_break(c, "out of memory");
		return;
	}
	arm(c->watch, connect_timeout_ms(c));
	bufferevent_setcb(c->bev, on_readable, NULL, on_event, c);
	bufferevent_set_max_single_read(c->bev, READ_AT_ONCE_BYTES);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	/* A unix socket that nobody serves fails at once; most other failures come through on_event. */
	errno = 0;
	if (start_connecting(c) != 0 && c->phase == PHASE_CONNECTING)
		redis_link_break(c, strerror(errno));
}

static bool is_address(const char *host)
{
	struct in6_addr any;
	return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

bool redis_link_init(struct redis_conn *c)
{
	c->retry = event_new(c->base, -1, 0, on_retry, c);
	c->watch = event_new(c->base, -1, 0, on_watch, c);
	if (c->retry == NULL || c->watch == NULL)
		return false;
	if (c->config->unix_path == NULL && !is_address(c->config->host)) {
		/* getaddrinfo would stop the whole loop. */
		c->dns = evdns_base_new(c->base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
		if (c->dns == NULL)
			return false;
	}
	arm(c->retry, 0);
	return true;
}

void redis_link_finish(struct redis_conn *c)
{
	if (c->watch != NULL && c->retry != NULL)
		close_link(c);
	if (c->retry != NULL)
		event_free(c->retry);
	if (c->watch != NULL)
		event_free(c->watch);
	if (c->dns != NULL)
		evdns_base_free(c->dns, 0);
	c->retry = c->watch = NULL;
	c->dns = NULL;
}
