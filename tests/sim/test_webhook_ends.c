/* Webhooks that are disabled, dead letters, rotation and replay. */
#include "webhooks_stage.h"

#define HOUR_MS INT64_C(3600000)

#define DAY_MS (24 * HOUR_MS)

static void nothing_after_disable(void **state)
{
	(void)state;
	for (int redis = 0; redis < 2; redis++) {
		struct stage *s = stage_new(21, redis == 1);
		new_hook(s);
		note_last_event(s);
		play(s, 20, false);
		REQUEST(s->w, DisableWebhookRequest, off);
		off->webhook_id = s->hook_id;
		must(world_call(s->w, AS_ADMIN, "WebhookService/DisableWebhook", off));
		size_t sent = s->receiver->sent;
		play(s, 20, false);
		run_for(s, 2 * MINUTE_MS, 10000);
		assert_int_equal(s->receiver->sent, sent);
		REQUEST(s->w, TestWebhookRequest, test);
		test->webhook_id = s->hook_id;
		assert_int_equal(world_call(s->w, AS_ADMIN, "WebhookService/TestWebhook", test).err,
				 ERR_WEBHOOK_DISABLED);
		REQUEST(s->w, EnableWebhookRequest, on);
		on->webhook_id = s->hook_id;
		must(world_call(s->w, AS_ADMIN, "WebhookService/EnableWebhook", on));
		drain(s, 1000, 200);
		assert_all_arrived(s);
		assert_in_order(s->receiver);
		stage_free(s);
	}
}

static bool heard_of(struct stage *s, EventKind kind)
{
	REQUEST(s->w, ListEventsRequest, request);
	request->kinds = &kind;
	request->n_kinds = 1;
	ListEventsResponse *page = must(world_call(s->w, AS_ADMIN, "EventService/ListEvents", request));
	return page->n_events > 0 && strcmp(page->events[0]->subject_id, s->hook_id) == 0;
}

static bool happened(struct stage *s, EventKind kind)
{
	REQUEST(s->w, ListEventsRequest, request);
	request->kinds = &kind;
	request->n_kinds = 1;
	ListEventsResponse *page = must(world_call(s->w, AS_ADMIN, "EventService/ListEvents", request));
	return page->n_events > 0;
}

static void gone_disables_at_once(void **state)
{
	(void)state;
	struct stage *s = stage_new(31, false);
	new_hook(s);
	s->receiver->mood = GONE;
	play(s, 10, false);
	run_for(s, MINUTE_MS, 5000);
	assert_int_equal(get_hook(s)->webhook->disabled, WEBHOOK_DISABLED_GONE);
	assert_true(heard_of(s, EVENT_KIND_WEBHOOK_DISABLED));
	assert_int_equal(courier_stats(s->courier)->disabled, 1);
	size_t sent = s->receiver->sent;
	play(s, 10, false);
	assert_int_equal(s->receiver->sent, sent);
	stage_free(s);
}

/* Days of nothing but failures: dead letters after three, the end after five. */
static void days_of_failures_disable(void **state)
{
	(void)state;
	struct stage *s = stage_new(32, false);
	new_hook(s);
	s->receiver->mood = DOWN;
	play(s, 20, false);
	int64_t began_ms = world_now_ms(s->w);
	while (get_hook(s)->webhook->disabled == WEBHOOK_DISABLED_UNSPECIFIED) {
		player_round(s->player);
		run_for(s, HOUR_MS, 10 * MINUTE_MS);
		assert_true(world_now_ms(s->w) < began_ms + 7 * DAY_MS);
	}
	assert_true(world_now_ms(s->w) > began_ms + 4 * DAY_MS);
	assert_int_equal(get_hook(s)->webhook->disabled, WEBHOOK_DISABLED_FAILING);
	assert_true(get_hook(s)->backlog->dead_letters > 0);
	assert_true(heard_of(s, EVENT_KIND_WEBHOOK_DISABLED));
	assert_int_equal(s->receiver->n, 0);
	stage_free(s);
}

static void poison_becomes_a_dead_letter(void **state)
{
	(void)state;
	struct stage *s = stage_new(33, false);
	new_hook(s);
	s->receiver->poison = "order.rated";
	play(s, 200, false);
	while (!happened(s, EVENT_KIND_RATED))
		play(s, 20, false);
	/* Other orders go on all the time; what stands behind the poison waits until it is given up. */
	for (unsigned hours = 0; get_hook(s)->backlog->dead_letters == 0; hours++) {
		assert_true(hours < 5 * 24); /* three days, and a last pause of a day and a fifth */
		player_round(s->player);
		run_for(s, HOUR_MS, 20 * MINUTE_MS);
	}
	assert_true(s->receiver->n > 100);
	GetWebhookResponse *hook = get_hook(s);
	assert_int_equal(hook->webhook->disabled, WEBHOOK_DISABLED_UNSPECIFIED);
	REQUEST(s->w, ListDeadLettersRequest, list);
	list->webhook_id = s->hook_id;
	ListDeadLettersResponse *letters = must(world_call(s->w, AS_ADMIN, "WebhookService/ListDeadLetters", list));
	assert_int_equal(letters->dead_letters[0]->kind, EVENT_KIND_RATED);
	assert_int_equal(letters->dead_letters[0]->status, 500);
	assert_true(letters->dead_letters[0]->attempts >= 9);
	s->receiver->poison = NULL;
	REQUEST(s->w, ReplayDeadLettersRequest, one);
	one->webhook_id = s->hook_id;
	one->event_ids = &letters->dead_letters[0]->event_id;
	one->n_event_ids = 1;
	ReplayDeadLettersResponse *replayed = must(world_call(s->w, AS_ADMIN, "WebhookService/ReplayDeadLetters", one));
	assert_int_equal(replayed->replayed, 1);
	assert_int_equal(replayed->left, hook->backlog->dead_letters - 1);
	assert_int_equal(world_call(s->w, AS_ADMIN, "WebhookService/ReplayDeadLetters", one).err, ERR_NOT_FOUND);
	one->n_event_ids = 0;
	must(world_call(s->w, AS_ADMIN, "WebhookService/ReplayDeadLetters", one));
	drain(s, HOUR_MS, 60);
	size_t rated = 0;
	for (size_t i = 0; i < s->receiver->n; i++)
		rated += strcmp(s->receiver->arrivals[i].type, "order.rated") == 0;
	assert_true(rated >= hook->backlog->dead_letters);
	assert_int_equal(get_hook(s)->backlog->dead_letters, 0);
	stage_free(s);
}

/* Each order has a lane: all of them are read at once. */
static void many_dead_letters_come_back(void **state)
{
	enum { MANY = 20 };
	(void)state;
	struct stage *s = stage_new(35, false);
	new_hook(s);
	s->receiver->poison = "order.offered";
	play(s, 200, false);
	for (unsigned hours = 0; get_hook(s)->backlog->dead_letters < MANY; hours++) {
		assert_true(hours < 5 * 24);
		player_round(s->player);
		run_for(s, HOUR_MS, 20 * MINUTE_MS);
	}
	uint64_t dead = get_hook(s)->backlog->dead_letters;
	REQUEST(s->w, ReplayDeadLettersRequest, all);
	all->webhook_id = s->hook_id;
	ReplayDeadLettersResponse *replayed = must(world_call(s->w, AS_ADMIN, "WebhookService/ReplayDeadLetters", all));
	assert_true(replayed->replayed >= MANY);
	assert_int_equal(replayed->replayed + replayed->left, dead);
	stage_free(s);
}

static void rotation_signs_twice(void **state)
{
	(void)state;
	struct stage *s = stage_new(42, false);
	new_hook(s);
	play(s, 5, false);
	run_for(s, 10000, 1000);
	assert_int_equal(s->receiver->arrivals[0].signatures, 1);
	REQUEST(s->w, RotateWebhookSecretRequest, rotate);
	rotate->webhook_id = s->hook_id;
	rotate->overlap_ms = 2 * HOUR_MS;
	must(world_call(s->w, AS_ADMIN, "WebhookService/RotateWebhookSecret", rotate));
	size_t before = s->receiver->n;
	play(s, 10, false);
	run_for(s, 10000, 1000);
	assert_true(s->receiver->n > before);
	assert_int_equal(s->receiver->arrivals[s->receiver->n - 1].signatures, 2);
	run_for(s, 2 * HOUR_MS, 10 * MINUTE_MS);
	before = s->receiver->n;
	play(s, 10, false);
	run_for(s, 10000, 1000);
	assert_true(s->receiver->n > before);
	assert_int_equal(s->receiver->arrivals[s->receiver->n - 1].signatures, 1);
	stage_free(s);
}

static void replay_and_delete(void **state)
{
	(void)state;
	struct stage *s = stage_new(43, false);
	play(s, 10, false);
	note_last_event(s);
	play(s, 20, false);
	new_hook(s);
	play(s, 20, false);
	drain(s, MINUTE_MS, 40); /* until time makes no event of its own for a moment */
	REQUEST(s->w, ReplayEventsRequest, replay);
	replay->webhook_id = s->hook_id;
	replay->after = s->from;
	must(world_call(s->w, AS_ADMIN, "WebhookService/ReplayEvents", replay));
	s->receiver->mood = FLAKY;
	run_for(s, 10000, 200);
	s->receiver->mood = UP;
	drain(s, 10 * MINUTE_MS, 20);
	assert_all_arrived(s);
	s->receiver->mood = DOWN;
	play(s, 20, false);
	REQUEST(s->w, DeleteWebhookRequest, gone);
	gone->webhook_id = s->hook_id;
	must(world_call(s->w, AS_ADMIN, "WebhookService/DeleteWebhook", gone));
	size_t sent = s->receiver->sent;
	run_for(s, 10 * MINUTE_MS, 10000);
	assert_int_equal(s->receiver->sent, sent);
	REQUEST(s->w, GetWebhookRequest, get);
	get->webhook_id = s->hook_id;
	assert_int_equal(world_call(s->w, AS_ADMIN, "WebhookService/GetWebhook", get).err, ERR_NOT_FOUND);
	char *all = world_dump(s->w);
	assert_null(strstr(all, s->hook_id)); /* nothing is left but its events */
	stage_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_after_disable),       cmocka_unit_test(gone_disables_at_once),
	    cmocka_unit_test(days_of_failures_disable),    cmocka_unit_test(poison_becomes_a_dead_letter),
	    cmocka_unit_test(many_dead_letters_come_back), cmocka_unit_test(rotation_signs_twice),
	    cmocka_unit_test(replay_and_delete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
