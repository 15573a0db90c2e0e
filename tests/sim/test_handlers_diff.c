/* The same random people on store_memory and on store_redis: every reply is the same. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "player.h"
#include "redis_fixture.h"
#include "txn/store_redis.h"

enum { ROUNDS = 250, SEEDS = 3 };

struct transcript {
	struct buf text;
};

/* Codes are random, and how often the dice were rolled before depends on when events arrive. */
static void mask(const ProtobufCMessage *message)
{
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "order");
	Order *order = f == NULL ? NULL : *(Order *const *)pb_member_const(message, f);
	if (order != NULL && order->completion_code[0] != '\0')
		order->completion_code = (char *)"code";
}

static void write_down(void *arg, const char *what, const struct world_reply *reply)
{
	struct transcript *t = arg;
	buf_printf(&t->text, "%s: %s %s", what, err_info(reply->err)->reason,
		   reply->fault.field == NULL ? "" : reply->fault.field);
	if (reply->message != NULL) {
		struct buf bytes = {0};
		mask(reply->message);
		pb_encode(reply->message, &bytes);
		for (size_t i = 0; i < bytes.len; i++)
			buf_printf(&t->text, "%02x", bytes.ptr[i]);
		buf_free(&bytes);
	}
	buf_byte(&t->text, '\n');
}

static void pump(void *arg)
{
	if (event_base_loop(arg, EVLOOP_ONCE) != 0)
		abort();
}

static void play(struct transcript *t, uint64_t seed, struct store *store, struct event_base *base)
{
	struct world *w = world_new(&(struct world_options){.seed = seed,
							    .cache_bytes = seed % 2 == 0 ? 1 << 20 : 0,
							    .store = store,
							    .in_order = true,
							    .pump = base == NULL ? NULL : pump,
							    .pump_arg = base});
	struct player *p = player_new(
	    w, seed,
	    &(struct player_options){.members = 10, .residents = 6, .at_once = 1, .told = write_down, .arg = t});
	for (int i = 0; i < ROUNDS; i++) {
		player_round(p);
		player_pause(p);
	}
	assert_int_equal(player_wrongs(p), 0);
	assert_true(player_orders(p) > 10);
	player_free(p);
	world_free(w);
}

static void assert_same(const struct transcript *memory, const struct transcript *redis)
{
	const char *m = (const char *)memory->text.ptr, *r = (const char *)redis->text.ptr;
	const char *m_end = m + memory->text.len, *r_end = r + redis->text.len;
	unsigned line = 0;
	while (m < m_end && r < r_end) {
		size_t m_len = (size_t)((const char *)memchr(m, '\n', (size_t)(m_end - m)) - m);
		size_t r_len = (size_t)((const char *)memchr(r, '\n', (size_t)(r_end - r)) - r);
		line++;
		if (m_len != r_len || memcmp(m, r, m_len) != 0)
			fail_msg("reply %u:\nmemory %.*s\nredis  %.*s", line, (int)m_len, m, (int)r_len, r);
		m += m_len + 1;
		r += r_len + 1;
	}
	assert_int_equal(memory->text.len, redis->text.len);
}

static void test_same_replies(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct fixture f;
		struct transcript memory = {0}, redis = {0};
		play(&memory, seed, NULL, NULL);
		fixture_start(&f, true, NULL);
		struct store *store = store_redis_new(f.base, &f.config);
		assert_non_null(store);
		fixture_wait_ready(f.base, store);
		play(&redis, seed, store, f.base);
		store->ops->destroy(store);
		fixture_stop(&f);
		assert_same(&memory, &redis);
		buf_free(&memory.text);
		buf_free(&redis.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_replies)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
