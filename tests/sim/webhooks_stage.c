#include "webhooks_stage.h"

uint64_t roll(struct receiver *r)
{
	r->dice = r->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return r->dice >> 33;
}

void copy_text(struct slice body, const char *key, char *to, size_t bytes)
{
	char pattern[32];
	size_t len = (size_t)snprintf(pattern, sizeof(pattern), "\"%s\":\"", key);
	const char *at = memmem(body.ptr, body.len, pattern, len);
	assert_non_null(at);
	at += len;
	snprintf(to, bytes, "%.*s", (int)strcspn(at, "\""), at);
}

void receive(struct receiver *r, const struct hook_parcel *p)
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

bool is_poison(const struct receiver *r, const struct hook_parcel *p)
{
	char type[64];
	copy_text(p->body, "type", type, sizeof(type));
	return r->poison != NULL && strcmp(type, r->poison) == 0;
}

struct hook_answer judge(struct receiver *r, const struct hook_parcel *p)
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

void arrive(void *arg)
{
	struct parcel *parcel = arg;
	struct receiver *r = parcel->r;
	struct hook_parcel p = parcel->p;
	bool alive = !r->over && parcel->epoch == r->epoch;
	free(parcel);
	if (!alive)
		return;
	r->under_way--;
	struct hook_answer answer = judge(r, &p);
	p.done(p.arg, &answer);
}

bool send_parcel(void *arg, const struct hook_parcel *p)
{
	struct receiver *r = arg;
	struct parcel *parcel = malloc(sizeof(*parcel));
	assert_non_null(parcel);
	*parcel = (struct parcel){r, *p, r->epoch};
	r->sent++;
	if (++r->under_way > r->most_under_way)
		r->most_under_way = r->under_way;
	const struct exec_env *env = world_env(r->w);
	env->later(env->arg, 1 + (int64_t)(roll(r) % 3000), arrive, parcel);
	return true;
}

void pump(void *arg)
{
	if (event_base_loop(arg, EVLOOP_ONCE) != 0)
		abort();
}

void new_courier(struct stage *s)
{
	s->courier = courier_new(&(struct courier_config){
	    .exec = world_exec(s->w), .env = world_env(s->w), .transport = {s->receiver, send_parcel}});
	assert_non_null(s->courier);
}

void kill_courier(struct stage *s)
{
	world_settle(s->w);
	courier_stop(s->courier);
	assert_true(s->n_dead < MAX_COURIERS);
	s->dead[s->n_dead++] = s->courier;
	s->receiver->epoch++;
	s->receiver->under_way = 0;
	new_courier(s);
}

void step(struct stage *s, int64_t ms)
{
	courier_visit(s->courier, SLICE(WORLD_TENANT));
	world_settle(s->w);
	world_advance(s->w, ms);
	world_settle(s->w);
}

void run_for(struct stage *s, int64_t ms, int64_t each_ms)
{
	for (int64_t past_ms = 0; past_ms < ms; past_ms += each_ms)
		step(s, each_ms);
}

struct stage *stage_new(uint64_t seed, bool redis)
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

void stage_free(struct stage *s)
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

void new_hook(struct stage *s)
{
	REQUEST(s->w, CreateWebhookRequest, request);
	request->webhook = PB_NEW(world_arena(s->w), Webhook);
	request->webhook->url = "https://receiver.example/hook";
	CreateWebhookResponse *rsp = must(world_call(s->w, AS_ADMIN, "WebhookService/CreateWebhook", request));
	assert_int_equal(strncmp(rsp->secret, "whsec_", 6), 0);
	snprintf(s->hook_id, sizeof(s->hook_id), "%s", rsp->webhook->id);
}

GetWebhookResponse *get_hook(struct stage *s)
{
	REQUEST(s->w, GetWebhookRequest, request);
	request->webhook_id = s->hook_id;
	return must(world_call(s->w, AS_ADMIN, "WebhookService/GetWebhook", request));
}

void play(struct stage *s, unsigned rounds, bool deadly)
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

size_t assert_all_arrived(struct stage *s)
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

bool arrived_before(const struct receiver *r, size_t at)
{
	for (size_t k = 0; k < at; k++) {
		if (strcmp(r->arrivals[k].event_id, r->arrivals[at].event_id) == 0)
			return true;
	}
	return false;
}

void assert_in_order(const struct receiver *r)
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

void note_last_event(struct stage *s)
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

void drain(struct stage *s, int64_t each_ms, unsigned most)
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
