/* The connection: order, batching, fates, timeouts, reconnecting, ACL and TLS; all on a real server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/event.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "redis/resp.h"
#include "redis/tls.h"
#include "redis_fixture.h"
#include "store_contract.h"
#include "txn/store_redis.h"

struct client {
	struct fixture *fixture;
	struct redis_conn *conn;
	unsigned changes;
	size_t fates[3];
	size_t expected; /* the next reply's number; replies out of order fail */
	bool in_order;
};

static void on_changed(void *owner, bool ready)
{
	struct client *c = owner;
	assert_int_equal(ready, redis_conn_ready(c->conn));
	c->changes++;
}

static void client_open(struct client *c, struct fixture *f, const struct redis_config *config)
{
	struct redis_conn_hooks hooks = {.changed = on_changed};
	*c = (struct client){.fixture = f, .in_order = true};
	c->conn = redis_conn_new(f->base, config, &hooks, c);
	assert_non_null(c->conn);
}

static bool client_is_ready(void *arg)
{
	return redis_conn_ready(((const struct client *)arg)->conn);
}

static bool client_is_not_ready(void *arg)
{
	return !client_is_ready(arg);
}

static bool client_is_idle(void *arg)
{
	return redis_conn_in_flight(((const struct client *)arg)->conn) == 0;
}

static bool client_has_failed(void *arg)
{
	return redis_conn_stats(((const struct client *)arg)->conn)->failures >= 2;
}

static void on_echo(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct client *c = owner;
	char text[24];
	c->fates[fate]++;
	if (fate != REDIS_REPLIED)
		return;
	snprintf(text, sizeof(text), "%zu", (size_t)(uintptr_t)arg);
	c->in_order = c->in_order && (size_t)(uintptr_t)arg == c->expected && slice_eq(reply->bytes, slice_str(text));
	c->expected++;
}

static void echo(struct client *c, size_t number)
{
	redis_conn_begin(c->conn, 2);
	resp_str(redis_conn_out(c->conn), "ECHO");
	resp_int(redis_conn_out(c->conn), (int64_t)number);
	redis_conn_end(c->conn, on_echo, (void *)(uintptr_t)number);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	fixture_start(f, true, NULL);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture_stop(*state);
	free(*state);
	return 0;
}

static void test_order_and_batches(void **state)
{
	struct fixture *f = *state;
	struct client c;
	client_open(&c, f, &f->config);
	/* nothing goes out before it is ready */
	echo(&c, 0);
	assert_int_equal(c.fates[REDIS_NOT_SENT], 1);
	fixture_wait(f->base, client_is_ready, &c);
	uint64_t writes = redis_conn_stats(c.conn)->writes;
	/* who has many to send does not have the server wait for the last of them */
	for (size_t i = 0; i < 1000; i++)
		echo(&c, i);
	assert_int_equal(redis_conn_in_flight(c.conn), 1000);
	assert_int_equal(redis_conn_stats(c.conn)->writes - writes, 1000 / REDIS_CONN_BATCH);
	fixture_wait(f->base, client_is_idle, &c);
	assert_int_equal(c.fates[REDIS_REPLIED], 1000);
	assert_true(c.in_order);
	assert_int_equal(redis_conn_stats(c.conn)->writes - writes, 1000 / REDIS_CONN_BATCH);
	/* and the few of a turn of the loop leave in one write */
	c.expected = 0;
	for (size_t i = 0; i < REDIS_CONN_BATCH - 1; i++)
		echo(&c, i);
	fixture_wait(f->base, client_is_idle, &c);
	assert_true(c.in_order);
	assert_int_equal(redis_conn_stats(c.conn)->writes - writes, 1000 / REDIS_CONN_BATCH + 1);
	redis_conn_free(c.conn);
	assert_int_equal(c.changes, 1);
}

static void test_queue_bound(void **state)
{
	struct fixture *f = *state;
	struct client c;
	client_open(&c, f, &f->config);
	fixture_wait(f->base, client_is_ready, &c);
	for (size_t i = 0; i < LIMIT_REDIS_IN_FLIGHT + 1; i++)
		echo(&c, i);
	assert_int_equal(c.fates[REDIS_NOT_SENT], 1);
	fixture_wait(f->base, client_is_idle, &c);
	assert_int_equal(c.fates[REDIS_REPLIED], LIMIT_REDIS_IN_FLIGHT);
	assert_true(c.in_order);
	/* too many bytes: the command is taken back whole, the others go through */
	struct slice big = slice_of(calloc(1, LIMIT_REDIS_QUEUED_BYTES), LIMIT_REDIS_QUEUED_BYTES);
	c.expected = 0;
	echo(&c, 0);
	redis_conn_begin(c.conn, 2);
	resp_str(redis_conn_out(c.conn), "ECHO");
	resp_arg(redis_conn_out(c.conn), big);
	redis_conn_end(c.conn, on_echo, NULL);
	assert_int_equal(c.fates[REDIS_NOT_SENT], 2);
	echo(&c, 1);
	fixture_wait(f->base, client_is_idle, &c);
	assert_true(c.in_order);
	assert_int_equal(c.expected, 2);
	free((void *)(uintptr_t)big.ptr);
	redis_conn_free(c.conn);
}

/* More than the socket takes at once: the rest goes through the bufferevent, in order. */
static void test_large_output(void **state)
{
	struct fixture *f = *state;
	struct client c;
	client_open(&c, f, &f->config);
	fixture_wait(f->base, client_is_ready, &c);
	static char text[3000001];
	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < 10; i++) {
		redis_conn_begin(c.conn, 3);
		resp_str(redis_conn_out(c.conn), "SET");
		resp_str(redis_conn_out(c.conn), "k");
		resp_str(redis_conn_out(c.conn), text);
		redis_conn_end(c.conn, on_echo, NULL);
	}
	fixture_wait(f->base, client_is_idle, &c);
	assert_int_equal(c.fates[REDIS_REPLIED], 10);
	assert_string_equal(COMMAND(f, "STRLEN", "k"), "3000000");
	redis_conn_free(c.conn);
}

/* What was in flight when the connection is freed still ends, once. */
static void test_free_in_flight(void **state)
{
	struct fixture *f = *state;
	struct client c;
	client_open(&c, f, &f->config);
	fixture_wait(f->base, client_is_ready, &c);
	for (size_t i = 0; i < REDIS_CONN_BATCH + 2; i++)
		echo(&c, i);
	redis_conn_free(c.conn);
	assert_int_equal(c.fates[REDIS_LOST], REDIS_CONN_BATCH);
	assert_int_equal(c.fates[REDIS_NOT_SENT], 2);
}

/* A server that hangs is taken for dead: what it may have read is lost, what it can't have is not sent. */
static void test_hang(void **state)
{
	struct fixture *f = *state;
	struct redis_config config = f->config;
	struct client c;
	config.command_timeout_ms = 100;
	config.connect_timeout_ms = 200;
	client_open(&c, f, &config);
	fixture_wait(f->base, client_is_ready, &c);
	assert_int_equal(kill(embedded_pid(f->server), SIGSTOP), 0);
	static char text[1000001];
	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < 20; i++) {
		redis_conn_begin(c.conn, 3);
		resp_str(redis_conn_out(c.conn), "SET");
		resp_int(redis_conn_out(c.conn), (int64_t)i);
		resp_str(redis_conn_out(c.conn), text);
		redis_conn_end(c.conn, on_echo, NULL);
	}
	fixture_wait(f->base, client_is_not_ready, &c);
	/* a unix socket's buffer is far smaller than 20 MB */
	assert_int_equal(c.fates[REDIS_REPLIED], 0);
	assert_int_equal(c.fates[REDIS_LOST] + c.fates[REDIS_NOT_SENT], 20);
	assert_true(c.fates[REDIS_NOT_SENT] >= 15);
	assert_int_equal(kill(embedded_pid(f->server), SIGCONT), 0);
	fixture_wait(f->base, client_is_ready, &c);
	assert_int_equal(c.changes, 3);
	/* None of those that were not sent was executed. */
	char count[24];
	int done = atoi(COMMAND(f, "DBSIZE"));
	assert_true(done <= (int)c.fates[REDIS_LOST]);
	snprintf(count, sizeof(count), "%d", done);
	c.expected = 0;
	echo(&c, 0);
	fixture_wait(f->base, client_is_idle, &c);
	assert_true(c.in_order);
	redis_conn_free(c.conn);
}

static void test_drop(void **state)
{
	struct fixture *f = *state;
	struct client c;
	client_open(&c, f, &f->config);
	fixture_wait(f->base, client_is_ready, &c);
	redis_conn_drop(c.conn, "test");
	assert_false(redis_conn_ready(c.conn));
	echo(&c, 0);
	assert_int_equal(c.fates[REDIS_NOT_SENT], 1);
	fixture_wait(f->base, client_is_ready, &c);
	/* killed from the other side, commands or not */
	for (int i = 0; i < 3; i++) {
		unsigned changes = c.changes;
		for (int j = 0; j < i; j++)
			echo(&c, 0);
		COMMAND(f, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
		while (c.changes == changes)
			event_base_loop(f->base, EVLOOP_ONCE);
		fixture_wait(f->base, client_is_ready, &c);
	}
	redis_conn_free(c.conn);
}

/* --- ACL and TLS, on a server of their own --- */

struct secure {
	struct fixture fixture;
	int port;
	char certs[80];
};

static const char make_certs[] =
    "cd '%s' && exec 2>/dev/null && "
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem "
    "-days 2 -subj /CN=ca && "
    "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout redis.key -out redis.csr "
    "-subj /CN=redis && "
    "printf 'subjectAltName=DNS:localhost,DNS:redis.test,IP:127.0.0.1\\n' > ext && "
    "openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out redis.pem && "
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout other.key -out other.pem "
    "-days 2 -subj /CN=other";

static int set_up_secure(void **state)
{
	struct secure *s = calloc(1, sizeof(*s));
	char command[1200], extra[900];
	snprintf(s->certs, sizeof(s->certs), "/tmp/paidan-certs-XXXXXX");
	assert_non_null(mkdtemp(s->certs));
	snprintf(command, sizeof(command), make_certs, s->certs);
	assert_int_equal(system(command), 0);
	s->port = fixture_free_port();
	snprintf(extra, sizeof(extra),
		 "bind 127.0.0.1\ntls-port %d\ntls-auth-clients yes\n"
		 "tls-cert-file %s/redis.pem\ntls-key-file %s/redis.key\ntls-ca-cert-file %s/ca.pem\n"
		 "user paidan on >s3cret ~pd:* +@read +@write +@scripting +@connection +@stream +wait\n",
		 s->port, s->certs, s->certs, s->certs);
	fixture_start(&s->fixture, true, extra);
	*state = s;
	return 0;
}

static int tear_down_secure(void **state)
{
	struct secure *s = *state;
	char command[120];
	fixture_stop(&s->fixture);
	snprintf(command, sizeof(command), "rm -rf '%s'", s->certs);
	assert_int_equal(system(command), 0);
	free(s);
	return 0;
}

static void on_entry(void *arg, struct slice id, struct slice value)
{
	(void)id, (void)value;
	*(bool *)arg = true;
}

static struct ssl_ctx_st *tls_with(const struct secure *s, const char *ca, const char *cert)
{
	char ca_file[120], cert_file[120], key_file[120], why[200];
	snprintf(ca_file, sizeof(ca_file), "%s/%s", s->certs, ca);
	snprintf(cert_file, sizeof(cert_file), "%s/%s.pem", s->certs, cert);
	snprintf(key_file, sizeof(key_file), "%s/%s.key", s->certs, cert);
	struct ssl_ctx_st *tls = redis_tls_new(ca_file, cert_file, key_file, why, sizeof(why));
	if (tls == NULL)
		fail_msg("%s", why);
	return tls;
}

static void test_tls_and_acl(void **state)
{
	struct secure *s = *state;
	struct fixture *f = &s->fixture;
	struct ssl_ctx_st *good = tls_with(s, "ca.pem", "redis"), *bad_ca = tls_with(s, "other.pem", "redis");
	struct ssl_ctx_st *bad_cert = tls_with(s, "ca.pem", "other");
	const struct {
		struct redis_config config;
		bool ok;
	} rows[] = {
	    {{.host = "127.0.0.1", .user = "paidan", .password = "s3cret", .tls = good}, true},
	    {{.host = "localhost", .user = "paidan", .password = "s3cret", .tls = good}, true},
	    {{.host = "127.0.0.1", .user = "paidan", .password = "s3cret", .tls = good, .tls_name = "redis.test"},
	     true},
	    {{.host = "127.0.0.1", .user = "paidan", .password = "wrong", .tls = good}, false},
	    {{.host = "127.0.0.1", .user = "nobody", .password = "s3cret", .tls = good}, false},
	    {{.host = "127.0.0.1", .user = "paidan", .password = "s3cret", .tls = good, .tls_name = "evil.test"},
	     false},
	    {{.host = "127.0.0.1", .user = "paidan", .password = "s3cret", .tls = bad_ca}, false},
	    {{.host = "127.0.0.1", .user = "paidan", .password = "s3cret", .tls = bad_cert}, false},
	    {{.host = "127.0.0.1", .user = "paidan", .password = "s3cret"}, false}, /* no TLS */
	};
	log_setup(2, LOG_ERROR, "test");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct redis_config config = rows[i].config;
		struct client c;
		config.port = (uint16_t)s->port;
		config.connect_timeout_ms = 300;
		client_open(&c, f, &config);
		if (!rows[i].ok) {
			fixture_wait(f->base, client_has_failed, &c);
			assert_int_equal(c.changes, 0);
			redis_conn_free(c.conn);
			continue;
		}
		fixture_wait(f->base, client_is_ready, &c);
		for (size_t n = 0; n < 500; n++)
			echo(&c, n);
		fixture_wait(f->base, client_is_idle, &c);
		assert_int_equal(c.fates[REDIS_REPLIED], 500);
		assert_true(c.in_order);
		redis_conn_free(c.conn);
	}
	char why[200];
	assert_null(redis_tls_new("/nonexistent.pem", NULL, NULL, why, sizeof(why)));
	assert_non_null(strstr(why, "/nonexistent.pem"));
	redis_tls_free(good);
	redis_tls_free(bad_ca);
	redis_tls_free(bad_cert);
}

/* The rights that store_redis.h asks for are enough for all that it does, and TLS carries it. */
static void test_store_with_least_rights(void **state)
{
	struct secure *s = *state;
	struct ssl_ctx_st *tls = tls_with(s, "ca.pem", "redis");
	struct redis_config config = {
	    .host = "127.0.0.1", .port = (uint16_t)s->port, .user = "paidan", .password = "s3cret", .tls = tls};
	struct store *store = store_redis_new(s->fixture.base, &config);
	struct probe p;
	bool followed = false;
	probe_init(&p, store, s->fixture.base);
	fixture_wait_ready(s->fixture.base, store);
	store_contract(&p);
	struct store_follower *f =
	    store->ops->follow(store, SLICE("town"), SLICE("log"), SLICE("0-0"), on_entry, &followed);
	fixture_wait_flag(s->fixture.base, &followed);
	store->ops->unfollow(f);
	store->ops->destroy(store);
	probe_finish(&p);
	redis_tls_free(tls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_order_and_batches, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_queue_bound, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_large_output, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_free_in_flight, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_hang, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_drop, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_tls_and_acl, set_up_secure, tear_down_secure),
	    cmocka_unit_test_setup_teardown(test_store_with_least_rights, set_up_secure, tear_down_secure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
