/* Webhooks on both stores, with a receiver that fails at random and couriers that die: every event arrives, the
 * events of one subject in their order, and nothing after a webhook was disabled. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "domain/lane.h"
#include "hook/courier.h"
#include "pb/pb_message.h"
#include "player.h"
#include "redis_fixture.h"
#include "txn/store_redis.h"

enum { MAX_ARRIVALS = 20000, MAX_COURIERS = 64, EVENT_BYTES = 64, MINUTE_MS = 60000 };
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

/* --- a receiver --- */

enum mood { UP, DOWN, FLAKY, GONE, BUSY };

struct arrival {
	char event_id[EVENT_BYTES], subject[32], type[64];
	int64_t at_ms;
	unsigned signatures;
};

struct receiver {
	struct world *w;
	enum mood mood;
	const char *poison; /* a type that it never takes */
	unsigned epoch;     /* parcels of a courier that died are not answered */
	bool over;
	uint64_t dice;
	struct arrival arrivals[MAX_ARRIVALS];
	size_t n;
	size_t sent; /* tries begun */
};

struct parcel {
	struct receiver *r;
	struct hook_parcel p;
	unsigned epoch;
};

static uint64_t roll(struct receiver *r)
{
	r->dice = r->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return r->dice >> 33;
}

static void copy_text(struct slice body, const char *key, char *to, size_t bytes)
{
	char pattern[32];
	size_t len = (size_t)snprintf(pattern, sizeof(pattern), "\"%s\":\"", key);
	const char *at = memmem(body.ptr, body.len, pattern, len);
	assert_non_null(at);
	at += len;
	snprintf(to, bytes, "%.*s", (int)strcspn(at, "\""), at);
}

static void receive(struct receiver *r, const struct hook_parcel *p)
{
	assert_true(r->n < MAX_ARRIVALS);
	struct arrival *a = &r->arrivals[r->n++];
	char id[96];
	copy_text(p->body, "id", a->event_id, sizeof(a->event_id));
	copy_text(p->body, "subjectId", a->subject, sizeof(a->subject));
	copy_text(p->body, "type", a->type, sizeof(a->type));
	snprintf(id, sizeof(id), "evt_" WORLD_TENANT "_%s", a->event_id);
	assert_string_equal(p->id, id);
	assert_int_equal(strncmp(p->signature, "v1,", 3), 0);
	a->signatures = strchr(p->signature, ' ') == NULL ? 1 : 2;
	a->at_ms = world_now_ms(r->w);
}

static bool is_poison(const struct receiver *r, const struct hook_parcel *p)
{
	char type[64];
	copy_text(p->body, "type", type, sizeof(type));
	return r->poison != NULL && strcmp(type, r->poison) == 0;
}

static struct hook_answer judge(struct receiver *r, const struct hook_parcel *p)
{
	static const struct hook_answer good = {.result = DELIVERY_RESULT_DELIVERED, .status = 204};
	static const struct hook_answer bad = {.result = DELIVERY_RESULT_REFUSED, .status = 500};
	static const struct hook_answer gone = {.result = DELIVERY_RESULT_REFUSED, .status = 410};
	static const struct hook_answer busy = {
	    .result = DELIVERY_RESULT_REFUSED, .status = 503, .retry_after_ms = 7 * MINUTE_MS};
	static const struct hook_answer late = {.result = DELIVERY_RESULT_TIMEOUT};
	if (is_poison(r, p))
		return bad;
	switch (r->mood) {
	case UP:
		break;
	case DOWN:
		return late;
	case FLAKY:
		if (roll(r) % 3 == 0)
			return bad;
		if (roll(r) % 4 == 0) { /* it has it, and nobody knows */
			receive(r, p);
			return late;
		}
		break;
	case GONE:
		return gone;
	case BUSY:
		return busy;
	}
	receive(r, p);
	return good;
}

static void arrive(void *arg)
{
	struct parcel *parcel = arg;
	struct receiver *r = parcel->r;
	struct hook_parcel p = parcel->p;
	bool alive = !r->over && parcel->epoch == r->epoch;
	free(parcel);
	if (!alive)
		return;
	struct hook_answer answer = judge(r, &p);
	p.done(p.arg, &answer);
}

static bool send_parcel(void *arg, const struct hook_parcel *p)
{
	struct receiver *r = arg;
	struct parcel *parcel = malloc(sizeof(*parcel));
	assert_non_null(parcel);
	*parcel = (struct parcel){r, *p, r->epoch};
	r->sent++;
	const struct exec_env *env = world_env(r->w);
	env->later(env->arg, 1 + (int64_t)(roll(r) % 3000), arrive, parcel);
	return true;
}

/* --- a stage --- */

struct stage {
	struct fixture fixture;
	struct store *redis; /* NULL: memory */
	struct world *w;
	struct player *player;
	struct receiver *receiver;
	struct courier *courier, *dead[MAX_COURIERS];
	size_t n_dead;
	/* The player forgets what the world's arena holds. */
	char hook_id[16];
	char from[EVENT_BYTES]; /* the last event before the test */
};

static void *must(struct world_reply reply)
{
	if (reply.err != OK)
		print_error("%s %s %s\n", err_info(reply.err)->reason,
			    reply.fault.field == NULL ? "" : reply.fault.field, reply.fault.detail);
	assert_int_equal(reply.err, OK);
	return reply.message;
}

static void pump(void *arg)
{
	if (event_base_loop(arg, EVLOOP_ONCE) != 0)
		abort();
}

static void new_courier(struct stage *s)
{
	s->courier = courier_new(&(struct courier_config){
	    .exec = world_exec(s->w), .env = world_env(s->w), .transport = {s->receiver, send_parcel}});
	assert_non_null(s->courier);
}

/* The worker dies: what it had sent is answered to nobody. */
static void kill_courier(struct stage *s)
{
	world_settle(s->w);
	courier_stop(s->courier);
	assert_true(s->n_dead < MAX_COURIERS);
	s->dead[s->n_dead++] = s->courier;
	s->receiver->epoch++;
	new_courier(s);
}

static void step(struct stage *s, int64_t ms)
{
	courier_visit(s->courier, SLICE(WORLD_TENANT));
	world_settle(s->w);
	world_advance(s->w, ms);
	world_settle(s->w);
}

static void run_for(struct stage *s, int64_t ms, int64_t each_ms)
{
	for (int64_t past_ms = 0; past_ms < ms; past_ms += each_ms)
		step(s, each_ms);
}

static struct stage *stage_new(uint64_t seed, bool redis)
{
	struct stage *s = calloc(1, sizeof(*s));
	assert_non_null(s);
	if (redis) {
		fixture_start(&s->fixture, true, NULL);
		s->redis = store_redis_new(s->fixture.base, &s->fixture.config);
		assert_non_null(s->redis);
		fixture_wait_ready(s->fixture.base, s->redis);
	}
	s->w = world_new(&(struct world_options){.seed = seed,
						 .store = s->redis,
						 .in_order = true,
						 .pump = redis ? pump : NULL,
						 .pump_arg = s->fixture.base});
	s->player = player_new(s->w, seed, &(struct player_options){.members = 8, .residents = 6, .at_once = 1});
	s->receiver = calloc(1, sizeof(*s->receiver));
	assert_non_null(s->receiver);
	s->receiver->w = s->w;
	s->receiver->dice = seed;
	new_courier(s);
	return s;
}

static void stage_free(struct stage *s)
{
	courier_stop(s->courier);
	s->receiver->over = true;
	world_settle(s->w);
	player_free(s->player);
	world_free(s->w);
	courier_free(s->courier);
	for (size_t i = 0; i < s->n_dead; i++)
		courier_free(s->dead[i]);
	if (s->redis != NULL) {
		s->redis->ops->destroy(s->redis);
		fixture_stop(&s->fixture);
	}
	free(s->receiver);
	free(s);
}

static void new_hook(struct stage *s)
{
	REQUEST(s->w, CreateWebhookRequest, request);
	request->webhook = PB_NEW(world_arena(s->w), Webhook);
	request->webhook->url = "https://receiver.example/hook";
	CreateWebhookResponse *rsp = must(world_call(s->w, AS_ADMIN, "WebhookService/CreateWebhook", request));
	assert_int_equal(strncmp(rsp->secret, "whsec_", 6), 0);
	snprintf(s->hook_id, sizeof(s->hook_id), "%s", rsp->webhook->id);
}

static GetWebhookResponse *get_hook(struct stage *s)
{
	REQUEST(s->w, GetWebhookRequest, request);
	request->webhook_id = s->hook_id;
	return must(world_call(s->w, AS_ADMIN, "WebhookService/GetWebhook", request));
}

static void play(struct stage *s, unsigned rounds, bool deadly)
{
	for (unsigned i = 0; i < rounds; i++) {
		player_round(s->player);
		if (i % 5 == 0)
			player_pause(s->player);
		step(s, 200);
		if (deadly && i % 40 == 39)
			kill_courier(s);
	}
}

/* --- what must hold --- */

/* Every event behind `from` arrived, and of each subject the first arrivals came in the order of the events. */
static size_t assert_all_arrived(struct stage *s)
{
	struct receiver *r = s->receiver;
	REQUEST(s->w, ListEventsRequest, request);
	size_t n = 0;
	request->after = s->from;
	request->page_size = LIMIT_PAGE_SIZE;
	for (;;) {
		ListEventsResponse *page = must(world_call(s->w, AS_ADMIN, "EventService/ListEvents", request));
		for (size_t i = 0; i < page->n_events; i++, n++) {
			size_t k = 0;
			while (k < r->n && strcmp(r->arrivals[k].event_id, page->events[i]->id) != 0)
				k++;
			if (k == r->n)
				fail_msg("%s of %s never arrived", page->events[i]->id, page->events[i]->subject_id);
		}
		if (page->next_page_token[0] == '\0')
			break;
		request->page_token = page->next_page_token;
	}
	return n;
}

static bool arrived_before(const struct receiver *r, size_t at)
{
	for (size_t k = 0; k < at; k++) {
		if (strcmp(r->arrivals[k].event_id, r->arrivals[at].event_id) == 0)
			return true;
	}
	return false;
}

/* A first arrival is later in the log than all that arrived before of the same subject. */
static void assert_in_order(const struct receiver *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (arrived_before(r, i))
			continue; /* again: at least once */
		for (size_t k = 0; k < i; k++) {
			if (strcmp(r->arrivals[k].subject, r->arrivals[i].subject) == 0 &&
			    lane_compare_ids(r->arrivals[k].event_id, r->arrivals[i].event_id) > 0)
				fail_msg("%s of %s arrived after %s", r->arrivals[i].event_id, r->arrivals[i].subject,
					 r->arrivals[k].event_id);
		}
	}
}

static void note_last_event(struct stage *s)
{
	REQUEST(s->w, ListEventsRequest, request);
	request->page_size = LIMIT_PAGE_SIZE;
	for (;;) {
		ListEventsResponse *page = must(world_call(s->w, AS_ADMIN, "EventService/ListEvents", request));
		if (page->next_page_token[0] == '\0') {
			snprintf(s->from, sizeof(s->from), "%s", page->last_event_id);
			return;
		}
		request->page_token = page->next_page_token;
	}
}

/* Lets it go on until nothing waits. */
static void drain(struct stage *s, int64_t each_ms, unsigned most)
{
	for (unsigned i = 0; i < most; i++) {
		step(s, each_ms);
		/* Time makes events of its own: they have their moment to be sent. */
		for (unsigned calm = 0; calm < 10; calm++) {
			step(s, 200);
			if (get_hook(s)->backlog->subjects == 0)
				return;
		}
	}
	fail_msg("%llu subjects still wait", (unsigned long long)get_hook(s)->backlog->subjects);
}

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
	assert_int_equal(get_hook(s)->backlog->subjects, 0);
	assert_int_equal(get_hook(s)->webhook->failing_since_ms, 0);
	assert_all_arrived(s);
	assert_in_order(s->receiver);
	stage_free(s);
}

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
		assert_true(hours < 4 * 24);
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
	drain(s, MINUTE_MS, 10);
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
	    cmocka_unit_test(flaky_memory),
	    cmocka_unit_test(flaky_redis),
	    cmocka_unit_test(ten_minutes_down),
	    cmocka_unit_test(nothing_after_disable),
	    cmocka_unit_test(gone_disables_at_once),
	    cmocka_unit_test(days_of_failures_disable),
	    cmocka_unit_test(poison_becomes_a_dead_letter),
	    cmocka_unit_test(test_and_log),
	    cmocka_unit_test(rotation_signs_twice),
	    cmocka_unit_test(replay_and_delete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
