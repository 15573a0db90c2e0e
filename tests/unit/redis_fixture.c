#include "redis_fixture.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "redis/resp.h"

enum { WAIT_S = 30 };

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	*(bool *)arg = true;
}

void fixture_wait(struct event_base *base, bool (*holds)(void *arg), void *arg)
{
	bool late = false;
	struct timeval tv = {WAIT_S, 0};
	struct event *deadline = event_new(base, -1, 0, on_deadline, &late);
	event_add(deadline, &tv);
	while (!late && !holds(arg))
		event_base_loop(base, EVLOOP_ONCE);
	event_free(deadline);
	if (late)
		fail_msg("waited too long");
}

struct store_and_state {
	struct store *store;
};

static bool store_is_ready(void *arg)
{
	const struct store_and_state *s = arg;
	return s->store->ops->ready(s->store);
}

void fixture_wait_ready(struct event_base *base, struct store *store)
{
	struct store_and_state s = {store};
	fixture_wait(base, store_is_ready, &s);
}

static bool flag_is_set(void *arg)
{
	return *(const bool *)arg;
}

void fixture_wait_flag(struct event_base *base, const bool *flag)
{
	fixture_wait(base, flag_is_set, (void *)(uintptr_t)flag);
}

/* --- commands --- */

struct answer {
	bool done;
	char text[400];
};

static void show(struct answer *a, const struct redis_reply *reply)
{
	size_t at = strlen(a->text);
	char *to = a->text + at;
	size_t room = sizeof(a->text) - at;
	switch (reply->type) {
	case REDIS_NIL:
		snprintf(to, room, "nil");
		return;
	case REDIS_INTEGER:
		snprintf(to, room, "%lld", (long long)reply->integer);
		return;
	case REDIS_STRING:
	case REDIS_STATUS:
	case REDIS_ERROR:
		snprintf(to, room, "%.*s", SLICE_FMT(reply->bytes));
		return;
	case REDIS_ARRAY:
		for (size_t i = 0; i < reply->n; i++) {
			if (i > 0 && strlen(a->text) + 1 < sizeof(a->text))
				strcat(a->text, " ");
			show(a, &reply->elements[i]);
		}
		return;
	}
}

static void on_answer(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)owner;
	struct answer *a = arg;
	a->done = true;
	a->text[0] = '\0';
	if (fate == REDIS_REPLIED)
		show(a, reply);
	else
		snprintf(a->text, sizeof(a->text), "no answer");
}

static bool conn_is_ready(void *arg)
{
	return redis_conn_ready(arg);
}

const char *fixture_command(struct fixture *f, const char *const *words, size_t n)
{
	static struct answer a;
	struct redis_conn_hooks hooks = {0};
	struct redis_conn *c = redis_conn_new(f->base, &f->config, &hooks, NULL);
	assert_non_null(c);
	a.done = false;
	fixture_wait(f->base, conn_is_ready, c);
	redis_conn_begin(c, n);
	for (size_t i = 0; i < n; i++)
		resp_str(redis_conn_out(c), words[i]);
	redis_conn_end(c, on_answer, &a);
	fixture_wait_flag(f->base, &a.done);
	redis_conn_free(c);
	return a.text;
}

/* --- life --- */

static bool server_is_ready(void *arg)
{
	return embedded_ready(arg);
}

uint32_t fixture_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static uint32_t next_random(void *arg)
{
	return fixture_random(arg);
}

void fixture_start(struct fixture *f, bool everysec, const char *extra)
{
	char why[200] = "";
	*f = (struct fixture){.dir = "/tmp/paidan-test-XXXXXX", .seed = 12345};
	log_setup(2, LOG_ERROR, "test");
	/* As paidand does: a server that dies must not take us along. */
	signal(SIGPIPE, SIG_IGN);
	assert_non_null(mkdtemp(f->dir));
	f->base = event_base_new();
	assert_non_null(f->base);
	f->embedded_config = (struct embedded_config){.dir = f->dir,
						      .everysec = everysec,
						      .stop_timeout_ms = 1000,
						      .extra = extra,
						      .random = next_random,
						      .random_arg = &f->seed};
	f->server = embedded_new(f->base, &f->embedded_config, why, sizeof(why));
	if (f->server == NULL)
		fail_msg("%s", why);
	f->config = (struct redis_config){
	    .unix_path = embedded_socket(f->server), .random = next_random, .random_arg = &f->seed};
	fixture_wait(f->base, server_is_ready, f->server);
}

void fixture_stop(struct fixture *f)
{
	char command[100];
	embedded_free(f->server);
	event_base_free(f->base);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	assert_int_equal(system(command), 0);
}

int fixture_free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	return ntohs(address.sin_port);
}
