/* How long what is kept: words and pictures of orders that ended, events, dead letters, each by its rule of the
 * policy. Contacts and access logs are in test_privacy_end.c. */
#include "privacy_stage.h"

#define DAY_MS (24 * HOUR_MS)

static void put_rules(struct stage *s, PrivacyRules rules)
{
	const GetPolicyResponse *now = must(call(s, AS_ADMIN, "OrgService/GetPolicy", "{}"));
	PutPolicyRequest *rq = ARENA_NEW(world_arena(s->w), PutPolicyRequest);
	PutPolicyRequest_init(rq);
	rq->policy = now->policy;
	rules.base = now->policy->privacy->base;
	rq->policy->privacy = &rules;
	must(world_call(s->w, AS_ADMIN, "OrgService/PutPolicy", rq));
}

static bool stored(struct stage *s, const char *text)
{
	return strstr(world_dump(s->w), text) != NULL;
}

/* --- words --- */

static char *talkative_order(struct stage *s)
{
	struct who resident = as(s, ROLE_RESIDENT, s->resident), member = as(s, ROLE_MEMBER, s->member);
	PlaceOrderResponse *rsp = must(call(s, resident, "OrderService/PlaceOrder",
					    "{\"category_id\":\"%s\",\"title\":\"the tap\",\"description\":\"under the "
					    "sink\",\"contact\":{\"name\":\"甲老三\"}}",
					    s->town.plain_category));
	char *id = rsp->order->id;
	must(call(s, resident, "OrderService/AddNote", "{\"order_id\":\"%s\",\"text\":\"ring twice\"}", id));
	must(call(s, member, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", id));
	must(call(s, member, "TaskService/CompleteTask", "{\"order_id\":\"%s\",\"text\":\"mended\"}", id));
	must(call(s, resident, "OrderService/RateOrder", "{\"order_id\":\"%s\",\"stars\":4,\"comment\":\"dry\"}", id));
	return id;
}

static void test_words(void **state)
{
	(void)state;
	struct stage s = stage_up();
	char *kept = talkative_order(&s); /* nothing said how long: for good */
	put_rules(&s, (PrivacyRules){.text_days = 30});
	char *id = talkative_order(&s);
	put_rules(&s, (PrivacyRules){.text_days = 90}); /* the rule of that time counts */
	world_advance(s.w, 29 * DAY_MS);
	assert_string_equal(world_get_order(s.w, id)->title, "the tap");
	world_advance(s.w, 2 * DAY_MS);
	const Order *order = world_get_order(s.w, id);
	assert_string_equal(order->title, "");
	assert_string_equal(order->description, "");
	assert_string_equal(order->completion->text, "");
	assert_string_equal(order->rating->comment, "");
	char contact[64];
	snprintf(contact, sizeof(contact), "pii:%s", id);
	assert_false(stored(&s, contact));
	for (size_t i = 0; i < order->n_timeline; i++)
		assert_string_equal(order->timeline[i]->text, "");
	/* What happened stays. */
	assert_int_equal(order->state, ORDER_STATE_CLOSED);
	assert_int_equal(order->rating->stars, 4);
	assert_string_equal(order->beneficiary_id, s.resident);
	assert_string_equal(world_get_order(s.w, kept)->title, "the tap");
	world_free(s.w);
}

/* An order that is opened again has its words, and is counted anew when it ends. */
static void test_words_of_reopened(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who resident = as(&s, ROLE_RESIDENT, s.resident), member = as(&s, ROLE_MEMBER, s.member);
	put_rules(&s, (PrivacyRules){.text_days = 7});
	char *id = talkative_order(&s);
	must(call(&s, resident, "OrderService/ReopenOrder", "{\"order_id\":\"%s\",\"reason\":\"drips\"}", id));
	must(call(&s, member, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", id));
	world_advance(s.w, 8 * DAY_MS);
	assert_string_equal(world_get_order(s.w, id)->title, "the tap");
	must(call(&s, member, "TaskService/CompleteTask", "{\"order_id\":\"%s\",\"text\":\"mended\"}", id));
	must(call(&s, resident, "OrderService/RateOrder", "{\"order_id\":\"%s\",\"stars\":4}", id));
	world_advance(s.w, 8 * DAY_MS);
	assert_string_equal(world_get_order(s.w, id)->title, "");
	world_free(s.w);
}

/* Reopened, it would have nothing to say: that can't be a rule. */
static void test_rules_that_can_t_be(void **state)
{
	(void)state;
	struct stage s = stage_up();
	const GetPolicyResponse *now = must(call(&s, AS_ADMIN, "OrgService/GetPolicy", "{}"));
	PutPolicyRequest *rq = ARENA_NEW(world_arena(s.w), PutPolicyRequest);
	PutPolicyRequest_init(rq);
	rq->policy = now->policy;
	rq->policy->privacy->text_days = 6; /* reopen_window_ms is a week */
	struct world_reply reply = world_call(s.w, AS_ADMIN, "OrgService/PutPolicy", rq);
	assert_int_equal(reply.err, ERR_FIELD_OUT_OF_RANGE);
	assert_string_equal(reply.fault.field, "policy.reopen_window_ms");
	rq->policy->privacy->text_days = 0;
	rq->policy->privacy->event_days = 31;
	reply = world_call(s.w, AS_ADMIN, "OrgService/PutPolicy", rq);
	assert_int_equal(reply.err, ERR_FIELD_OUT_OF_RANGE);
	assert_string_equal(reply.fault.field, "policy.privacy.event_days");
	world_free(s.w);
}

/* --- events --- */

static char *last_event(struct stage *s)
{
	place(s, as(s, ROLE_RESIDENT, s->resident), "");
	ListEventsResponse *page = must(call(s, AS_ADMIN, "EventService/ListEvents", "{\"page_size\":200}"));
	while (page->next_page_token[0] != '\0')
		page = must(call(s, AS_ADMIN, "EventService/ListEvents", "{\"page_size\":200,\"page_token\":\"%s\"}",
				 page->next_page_token));
	return page->last_event_id;
}

static void on_result(void *arg, const struct exec_result *result)
{
	*(enum err *)arg = result->err;
}

static void on_message(void *arg, const struct exec_told *told)
{
	(void)arg;
	(void)told;
}

/* By the list, by a stream, and by a webhook that is to have them again. */
static enum err go_on(struct stage *s, const char *webhook, const char *after)
{
	enum err listed = call(s, AS_ADMIN, "EventService/ListEvents", "{\"after\":\"%s\"}", after).err, watched = OK;
	WatchRequest *rq = ARENA_NEW(world_arena(s->w), WatchRequest);
	WatchRequest_init(rq);
	exec_unwatch(exec_watch(world_exec(s->w),
				&(struct exec_watch_request){.method = world_method(s->w, "EventService/Watch"),
							     .credential = world_credential(AS_ADMIN),
							     .request = rq,
							     .after = slice_str(after),
							     .opened = on_result,
							     .message = on_message,
							     .ended = on_result,
							     .arg = &watched}));
	enum err replayed =
	    call(s, AS_ADMIN, "WebhookService/ReplayEvents", "{\"webhook_id\":\"%s\",\"after\":\"%s\"}", webhook, after)
		.err;
	assert_int_equal(watched, listed);
	assert_int_equal(replayed, listed);
	return listed;
}

static void test_events(void **state)
{
	(void)state;
	struct stage s = stage_up();
	CreateWebhookResponse *hook =
	    must(call(&s, AS_ADMIN, "WebhookService/CreateWebhook", "{\"webhook\":{\"url\":\"https://a.example\"}}"));
	char *webhook = hook->webhook->id;
	char *first = last_event(&s);
	world_advance(s.w, 47 * HOUR_MS);
	assert_int_equal(go_on(&s, webhook, first), OK);
	assert_true(stored(&s, "\"events\"") || stored(&s, " events"));
	world_advance(s.w, 2 * HOUR_MS);
	assert_int_equal(go_on(&s, webhook, first), ERR_EVENTS_GONE);
	/* Longer. */
	put_rules(&s, (PrivacyRules){.event_days = 10});
	char *second = last_event(&s);
	world_advance(s.w, 9 * DAY_MS);
	assert_int_equal(go_on(&s, webhook, second), OK);
	assert_int_equal(go_on(&s, webhook, first), ERR_EVENTS_GONE); /* what went does not come back */
	/* Shorter: they go with the next round of housekeeping; longer again, they are still known to be gone. */
	put_rules(&s, (PrivacyRules){.event_days = 1});
	assert_int_equal(go_on(&s, webhook, second), ERR_EVENTS_GONE);
	world_advance(s.w, HOUR_MS);
	put_rules(&s, (PrivacyRules){.event_days = 30});
	assert_int_equal(go_on(&s, webhook, second), ERR_EVENTS_GONE);
	must(call(&s, AS_ADMIN, "OrgService/RestorePolicy", "{\"version\":2}")); /* ten days */
	assert_int_equal(go_on(&s, webhook, second), ERR_EVENTS_GONE);
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_words_of_reopened),
	    cmocka_unit_test(test_rules_that_can_t_be),
	    cmocka_unit_test(test_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
