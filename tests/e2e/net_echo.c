/*
 * net_echo: a small app on net, for test_net.py and for measuring net alone.
 *
 *	net_echo [--cert FILE --key FILE] [--limit NAME=NUMBER]...
 *
 * Prints "ready tls=PORT clear=PORT" (a port not served is -1); SIGHUP reloads the certificate, SIGTERM
 * drains and exits 0.
 *
 *	/hello           "hello"
 *	/echo            the request's body, once complete
 *	/stream          the request's body piece by piece, then trailers
 *	/headers         the request as net understood it
 *	/bytes?N         N bytes, made as the peer takes them
 *	/events?N,MS     N events, one each MS ms
 *	/slow?MS         "slow" after MS ms
 *	/early           answers before the body has come
 *	/hang            never answers
 *	/abort           gives up
 *	/stats           counters
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "net/server.h"

enum { PIECE_BYTES = 16384 };

enum route {
	R_HELLO,
	R_ECHO,
	R_STREAM,
	R_HEADERS,
	R_BYTES,
	R_EVENTS,
	R_SLOW,
	R_EARLY,
	R_HANG,
	R_ABORT,
	R_STATS,
	R_NONE
};

static const char *const route_names[R_NONE] = {"/hello", "/echo",  "/stream", "/headers", "/bytes", "/events",
						"/slow",  "/early", "/hang",   "/abort",   "/stats"};

struct app {
	struct event_base *base;
	struct net_server *server;
	const char *cert;
	const char *key;
	uint64_t begun;
	uint64_t gone;
	uint64_t completed;
	uint64_t body_bytes;
	size_t pending_max;
};

struct request {
	struct app *app;
	struct http_exchange *x;
	enum route route;
	struct buf body;
	long left;
	long every_ms;
	struct event *timer;
};

static const struct http_header text_plain[] = {
    {.name = {(const uint8_t *)"content-type", 12}, .value = {(const uint8_t *)"text/plain", 10}},
};

static void respond(struct request *r, struct slice body)
{
	http_respond_body(r->x, 200, text_plain, 1, body);
}

static enum route find_route(struct slice path)
{
	for (int i = 0; i < R_NONE; i++) {
		if (slice_eq(path, slice_str(route_names[i])))
			return (enum route)i;
	}
	return R_NONE;
}

/* "12,34" */
static void read_numbers(struct slice query, long *a, long *b)
{
	char text[64];
	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(query));
	char *rest;
	*a = strtol(text, &rest, 10);
	*b = *rest == ',' ? strtol(rest + 1, NULL, 10) : 0;
}

static void send_headers(struct request *r, const struct http_request *q)
{
	struct buf out = {0};
	buf_printf(
	    &out,
	    "method=%.*s\npath=%.*s\nquery=%.*s\nauthority=%.*s\nlength=%lld\nh2=%d\ntls=%d\nloopback=%d\npeer=%s\n",
	    SLICE_FMT(q->method), SLICE_FMT(q->path), SLICE_FMT(q->query), SLICE_FMT(q->authority),
	    (long long)q->content_length, q->h2, q->tls, q->loopback, q->peer);
	for (size_t i = 0; i < q->n_headers; i++)
		buf_printf(&out, "%.*s: %.*s\n", SLICE_FMT(q->headers[i].name), SLICE_FMT(q->headers[i].value));
	respond(r, buf_view(&out));
	buf_free(&out);
}

static void send_stats(struct request *r)
{
	const struct net_stats *s = net_server_stats(r->app->server);
	struct buf out = {0};
#define STAT(name) buf_printf(&out, #name " %llu\n", (unsigned long long)s->name)
	STAT(connections_now);
	STAT(connections_total);
	STAT(accept_pauses);
	STAT(handshakes);
	STAT(handshakes_resumed);
	STAT(handshakes_failed);
	STAT(requests_now);
	STAT(held_bytes_now);
	STAT(requests_h1);
	STAT(requests_h2);
	STAT(requests_refused);
	STAT(resets_in);
	STAT(resets_out);
	STAT(closed_abuse);
	STAT(closed_timeout);
	STAT(bytes_in);
	STAT(bytes_out);
#undef STAT
	buf_printf(&out, "begun %llu\ngone %llu\ncompleted %llu\nbody_bytes %llu\npending_max %zu\n",
		   (unsigned long long)r->app->begun, (unsigned long long)r->app->gone,
		   (unsigned long long)r->app->completed, (unsigned long long)r->app->body_bytes, r->app->pending_max);
	respond(r, buf_view(&out));
	buf_free(&out);
}

static void make_bytes(struct request *r)
{
	static uint8_t piece[PIECE_BYTES];
	memset(piece, 'x', sizeof(piece));
	while (r->left > 0 && http_pending_bytes(r->x) < LIMIT_PENDING_HIGH_BYTES) {
		size_t take = r->left < PIECE_BYTES ? (size_t)r->left : PIECE_BYTES;
		http_write(r->x, slice_of(piece, take));
		r->left -= (long)take;
		if (http_pending_bytes(r->x) > r->app->pending_max)
			r->app->pending_max = http_pending_bytes(r->x);
	}
	if (r->left == 0) {
		http_finish(r->x, NULL, 0);
		r->left = -1;
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct request *r = arg;
	if (r->route == R_SLOW) {
		respond(r, SLICE("slow"));
		return;
	}
	char text[32];
	int len = snprintf(text, sizeof(text), "event %ld\n", r->left);
	http_write(r->x, slice_of(text, (size_t)len));
	if (--r->left <= 0) {
		event_del(r->timer);
		http_finish(r->x, NULL, 0);
	}
}

static void start_timer(struct request *r, long ms, short flags)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	r->timer = event_new(r->app->base, -1, flags, on_timer, r);
	if (r->timer == NULL || event_add(r->timer, &tv) != 0)
		http_abort(r->x);
}

static void *app_begin(void *arg, struct http_exchange *x, const struct http_request *q)
{
	struct app *app = arg;
	struct request *r = calloc(1, sizeof(*r));
	if (r == NULL)
		abort();
	*r = (struct request){.app = app, .x = x, .route = find_route(q->path)};
	app->begun++;
	read_numbers(q->query, &r->left, &r->every_ms);
	switch (r->route) {
	case R_HELLO:
		respond(r, SLICE("hello"));
		break;
	case R_ECHO:
	case R_HANG:
		break;
	case R_STREAM:
		http_respond(x, 200, text_plain, 1, false);
		break;
	case R_HEADERS:
		send_headers(r, q);
		break;
	case R_BYTES:
		http_respond(x, 200, text_plain, 1, false);
		make_bytes(r);
		break;
	case R_EVENTS:
		http_respond(x, 200, text_plain, 1, false);
		start_timer(r, r->every_ms, EV_PERSIST);
		break;
	case R_SLOW:
		start_timer(r, r->left, 0);
		break;
	case R_EARLY:
		respond(r, SLICE("early"));
		break;
	case R_ABORT:
		http_abort(x);
		break;
	case R_STATS:
		send_stats(r);
		break;
	case R_NONE:
		http_respond(x, 404, NULL, 0, true);
		break;
	}
	return r;
}

static void app_body(void *state, struct slice piece)
{
	struct request *r = state;
	r->app->body_bytes += piece.len;
	if (r->route == R_ECHO)
		buf_slice(&r->body, piece);
	else if (r->route == R_STREAM)
		http_write(r->x, piece);
}

static void app_end(void *state)
{
	struct request *r = state;
	if (r->route == R_ECHO)
		respond(r, buf_view(&r->body));
	if (r->route == R_STREAM) {
		const struct http_header trailers[] = {
		    {.name = SLICE("x-status"), .value = SLICE("0")},
		    {.name = SLICE("x-message"), .value = SLICE("line\r\nbreak")},
		};
		http_finish(r->x, trailers, 2);
	}
}

static void app_writable(void *state)
{
	struct request *r = state;
	if (r->route == R_BYTES)
		make_bytes(r);
}

static void app_gone(void *state, bool completed)
{
	struct request *r = state;
	r->app->gone++;
	r->app->completed += completed;
	if (r->timer != NULL)
		event_free(r->timer);
	buf_free(&r->body);
	free(r);
}

static void on_hup(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct app *app = arg;
	if (net_server_reload(app->server, app->cert, app->key, &(struct net_client_certs){.ca_file = NULL}) == 0)
		printf("reloaded\n");
	fflush(stdout);
}

static void on_drained(void *arg)
{
	struct app *app = arg;
	event_base_loopbreak(app->base);
}

static void on_term(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct app *app = arg;
	net_server_drain(app->server, on_drained, app);
	printf("draining\n");
	fflush(stdout);
}

static int set_limit(struct net_limits *limits, const char *text)
{
	const struct {
		const char *name;
		int *value;
	} all[] = {
	    {"connections", &limits->connections},
	    {"handshake_ms", &limits->handshake_ms},
	    {"idle_ms", &limits->idle_ms},
	    {"request_ms", &limits->request_ms},
	    {"drain_ms", &limits->drain_ms},
	    {"linger_ms", &limits->linger_ms},
	    {"header_bytes", &limits->header_bytes},
	    {"headers", &limits->headers},
	    {"body_bytes", &limits->body_bytes},
	    {"held_bytes", &limits->held_bytes},
	    {"connection_held_bytes", &limits->connection_held_bytes},
	    {"pressed_ms", &limits->pressed_ms},
	    {"streams", &limits->streams},
	    {"resets", &limits->resets},
	    {"control_frames", &limits->control_frames},
	    {"abuse_ms", &limits->abuse_ms},
	    {"silent_ms", &limits->silent_ms},
	    {"probe_ms", &limits->probe_ms},
	    {"ping_ms", &limits->ping_ms},
	    {"ping_idle_ms", &limits->ping_idle_ms},
	};
	const char *value = strchr(text, '=');
	for (size_t i = 0; value != NULL && i < sizeof(all) / sizeof(all[0]); i++) {
		if (strlen(all[i].name) == (size_t)(value - text) &&
		    strncmp(all[i].name, text, (size_t)(value - text)) == 0) {
			*all[i].value = atoi(value + 1);
			return 0;
		}
	}
	return -1;
}

static int parse_args(int argc, char **argv, struct app *app, struct net_config *config)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--cert") == 0)
			app->cert = argv[i + 1];
		else if (strcmp(argv[i], "--key") == 0)
			app->key = argv[i + 1];
		else if (strcmp(argv[i], "--limit") != 0 || set_limit(&config->limits, argv[i + 1]) != 0)
			return -1;
	}
	if (app->cert != NULL) {
		config->tls_address = "127.0.0.1";
		config->cert_file = app->cert;
		config->key_file = app->key;
	}
	return argc % 2 == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct app app = {0};
	struct net_config config = {.clear_address = "127.0.0.1"};
	if (parse_args(argc, argv, &app, &config) != 0) {
		fprintf(stderr, "usage: net_echo [--cert FILE --key FILE] [--limit NAME=NUMBER]...\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing behind */
	log_setup(2, LOG_DEBUG, "net_echo");
	app.base = event_base_new();
	const struct http_app http = {&app, app_begin, app_body, app_end, app_writable, app_gone};
	app.server = net_server_new(app.base, &config, &http);
	if (app.server == NULL) {
		event_base_free(app.base);
		return 1;
	}
	struct event *hup = evsignal_new(app.base, SIGHUP, on_hup, &app);
	struct event *term = evsignal_new(app.base, SIGTERM, on_term, &app);
	event_add(hup, NULL);
	event_add(term, NULL);
	printf("ready tls=%d clear=%d\n", net_server_tls_port(app.server), net_server_clear_port(app.server));
	fflush(stdout);
	event_base_dispatch(app.base);
	net_server_free(app.server);
	printf("gone begun=%llu gone=%llu\n", (unsigned long long)app.begun, (unsigned long long)app.gone);
	event_free(hup);
	event_free(term);
	event_base_free(app.base);
	return app.begun == app.gone ? 0 : 3;
}
