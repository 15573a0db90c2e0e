/* Webhooks on both stores, with a receiver that fails at random and couriers that die: every event arrives, the
 * events of one subject in their order, and nothing after a webhook was disabled. */
#include "webhooks_stage.h"

/* --- the tests; each on both stores --- */

static void a_flaky_receiver_misses_nothing(struct stage *s, unsigned rounds)
{
	play(s, 10, false);
	new_hook(s);
	note_last_event(s);
	s->receiver->mood = FLAKY;
	play(s, rounds, true);
	s->receiver->mood = UP;
	drain(s, 10 * MINUTE_MS, 100);
	assert_true(assert_all_arrived(s) > rounds / 4);
	assert_in_order(s->receiver);
	assert_true(s->receiver->most_under_way <= LIMIT_HOOK_IN_FLIGHT);
	assert_int_equal(get_hook(s)->backlog->dead_letters, 0);
	step(s, 200);
	assert_int_equal(courier_lag_ms(s->courier), 0);
}

static void flaky_memory(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct stage *s = stage_new(seed, false);
		a_flaky_receiver_misses_nothing(s, 400);
		assert_int_equal(s->receiver->most_under_way, LIMIT_HOOK_IN_FLIGHT);
		stage_free(s);
	}
}

static void flaky_redis(void **state)
{
	(void)state;
	struct stage *s = stage_new(4, true);
	a_flaky_receiver_misses_nothing(s, 150);
	stage_free(s);
}

/* Ten minutes of silence: soon after it is back all have it, whatever pauses they had come to. */
static void ten_minutes_down(void **state)
{
	(void)state;
	struct stage *s = stage_new(11, false);
	new_hook(s);
	note_last_event(s);
	play(s, 20, false);
	s->receiver->mood = DOWN;
	for (unsigned i = 0; i < 60; i++) {
		player_round(s->player);
		run_for(s, 10000, 1000);
	}
	assert_true(get_hook(s)->webhook->failing_since_ms != 0);
	assert_true(get_hook(s)->backlog->subjects > 3);
	assert_true(courier_lag_ms(s->courier) > 5 * MINUTE_MS);
	s->receiver->mood = UP;
	player_round(s->player);
	run_for(s, 6 * MINUTE_MS, 1000); /* the next try of some lane, and all others with it */
	for (unsigned i = 0; i < 10 || get_hook(s)->backlog->subjects > 0; i++) {
		assert_true(i < 100);
		step(s, 100); /* what the last second brought */
	}
	assert_int_equal(get_hook(s)->backlog->subjects, 0);
	assert_int_equal(get_hook(s)->webhook->failing_since_ms, 0);
	assert_all_arrived(s);
	assert_in_order(s->receiver);
	stage_free(s);
}

static void test_and_log(void **state)
{
	(void)state;
	struct stage *s = stage_new(41, false);
	new_hook(s);
	REQUEST(s->w, TestWebhookRequest, test);
	test->webhook_id = s->hook_id;
	must(world_call(s->w, AS_ADMIN, "WebhookService/TestWebhook", test));
	s->receiver->mood = BUSY;
	run_for(s, 10000, 200);
	REQUEST(s->w, ListDeliveriesRequest, list);
	list->webhook_id = s->hook_id;
	ListDeliveriesResponse *log = must(world_call(s->w, AS_ADMIN, "WebhookService/ListDeliveries", list));
	assert_int_equal(log->n_deliveries, 1);
	assert_int_equal(log->deliveries[0]->status, 503);
	/* Retry-After: 7 minutes, not 5 seconds. */
	assert_true(log->deliveries[0]->next_try_ms >= log->deliveries[0]->at_ms + 6 * MINUTE_MS);
	s->receiver->mood = UP;
	run_for(s, 8 * MINUTE_MS, 1000);
	assert_int_equal(s->receiver->n, 1);
	assert_string_equal(s->receiver->arrivals[0].type, "webhook.test");
	log = must(world_call(s->w, AS_ADMIN, "WebhookService/ListDeliveries", list));
	assert_int_equal(log->n_deliveries, 2);
	assert_int_equal(log->deliveries[0]->result, DELIVERY_RESULT_DELIVERED);
	assert_int_equal(log->deliveries[0]->attempt, 2);
	stage_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(flaky_memory),
	    cmocka_unit_test(flaky_redis),
	    cmocka_unit_test(ten_minutes_down),
	    cmocka_unit_test(test_and_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
