/* The same random people on store_memory and on store_redis: every reply is the same, what windows decide, and what is
 * learnt of all that. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "in_order.h"
#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "player.h"
#include "redis_fixture.h"
#include "txn/store_redis.h"

enum { ROUNDS = 250, SEEDS = 3, LEARN_ROUNDS = 25 };

struct transcript {
	struct buf text;
	size_t n_worth, n_answers; /* how often something was known of them */
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

static void write_bytes(struct buf *text, const ProtobufCMessage *message)
{
	struct buf bytes = {0};
	pb_encode(message, &bytes);
	for (size_t i = 0; i < bytes.len; i++)
		buf_printf(text, "%02x", bytes.ptr[i]);
	buf_free(&bytes);
}

static void write_down(void *arg, const char *what, const struct world_reply *reply)
{
	struct transcript *t = arg;
	buf_printf(&t->text, "%s: %s %s", what, err_info(reply->err)->reason,
		   reply->fault.field == NULL ? "" : reply->fault.field);
	if (reply->message != NULL) {
		mask(reply->message);
		write_bytes(&t->text, reply->message);
	}
	buf_byte(&t->text, '\n');
}

/* --- what was learnt --- */

struct learnt {
	struct buf text;
	bool has_worth, has_answers;
	bool done;
};

static enum err read_learnt(struct txn *t, const void *request, void *response)
{
	struct learnt *learnt = (struct learnt *)(uintptr_t)request;
	WorthRecord *worth;
	AcceptModelRecord *answers;
	(void)response;
	TRY(TXN_FIND(t, WORTH, WORTH_ID, &worth));
	TRY(TXN_FIND(t, ACCEPT_MODEL, ACCEPT_MODEL_ID, &answers));
	buf_reset(&learnt->text);
	learnt->has_worth = worth != NULL;
	learnt->has_answers = answers != NULL;
	buf_str(&learnt->text, "worth: ");
	if (worth != NULL)
		write_bytes(&learnt->text, &worth->base);
	buf_str(&learnt->text, " answers: ");
	if (answers != NULL) {
		answers->after = (char *)""; /* which is the store's own */
		write_bytes(&learnt->text, &answers->base);
	}
	buf_byte(&learnt->text, '\n');
	return OK;
}

static void learnt_read(void *arg, const struct exec_result *result)
{
	assert_int_equal(result->err, OK);
	((struct learnt *)arg)->done = true;
}

static void write_learnt(struct transcript *t, struct world *w)
{
	static const struct method method = {
	    .path = "/test/Learnt", .handler = read_learnt, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_READS};
	struct learnt learnt = {.done = false};
	struct exec_request request = {.method = &method, .request = &learnt, .done = learnt_read, .arg = &learnt};
	request.credential.kind = CREDENTIAL_SYSTEM;
	request.credential.tenant = SLICE(WORLD_TENANT);
	(void)exec_call(world_exec(w), &request);
	world_wait(w, &learnt.done, 0);
	buf_slice(&t->text, buf_view(&learnt.text));
	t->n_worth += learnt.has_worth;
	t->n_answers += learnt.has_answers;
	buf_free(&learnt.text);
}

/* --- two runs --- */

static void pump(void *arg)
{
	if (event_base_loop(arg, EVLOOP_ONCE) != 0)
		abort();
}

static bool has_windows(uint64_t seed)
{
	return seed > 1;
}

static void play(struct transcript *t, uint64_t seed, struct store *store, struct event_base *base)
{
	struct world *w = world_new(&(struct world_options){.seed = seed,
							    .cache_bytes = seed % 2 == 0 ? 1 << 20 : 0,
							    .store = store,
							    .in_order = true,
							    .pump = base == NULL ? NULL : pump,
							    .pump_arg = base});
	struct player *p = player_new(w, seed,
				      &(struct player_options){.members = 10,
							       .residents = 6,
							       .at_once = 1,
							       .windows = has_windows(seed),
							       .told = write_down,
							       .arg = t});
	for (int i = 0; i < ROUNDS; i++) {
		player_round(p);
		player_pause(p);
		if (i % LEARN_ROUNDS != LEARN_ROUNDS - 1)
			continue;
		in_order_learn(w);
		write_learnt(t, w);
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
		assert_true(memory.n_answers > 0);
		assert_int_equal(memory.n_worth > 0, has_windows(seed));
		buf_free(&memory.text);
		buf_free(&redis.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_replies)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
