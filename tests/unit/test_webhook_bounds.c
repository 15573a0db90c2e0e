/* What is kept of a webhook: events of one lane, entries of the log, dead letters. What there is no room for is the
 * oldest, and nothing else goes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/limits.h"
#include "job/webhook_jobs.h"
#include "must.h"
#include "pb/pb_message.h"
#include "service/webhook.h"
#include "world.h"

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)
#define SUBJECT "m000test"

struct stage {
	struct world *w;
	char *hook_id;
};

static struct stage stage_new(void)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = 1, .no_jobs = true})};
	(void)world_town(s.w, 1);
	REQUEST(s.w, CreateWebhookRequest, rq);
	rq->webhook = PB_NEW(world_arena(s.w), Webhook);
	rq->webhook->url = (char *)"https://receiver.example/hook";
	s.hook_id =
	    ((CreateWebhookResponse *)must(world_call(s.w, AS_ADMIN, "WebhookService/CreateWebhook", rq)))->webhook->id;
	return s;
}

/* --- transactions of the test's own, and the courier's --- */

struct made {
	size_t first, n;
	const char *hook_id;
};

static enum err make_events(struct txn *t, const void *request, void *response)
{
	const struct made *made = request;
	(void)response;
	for (size_t i = 0; i < made->n; i++) {
		EventRecord *event = PB_NEW(txn_arena(t), EventRecord);
		event->kind = EVENT_KIND_MEMBER_CHANGED;
		event->subject_id = (char *)SUBJECT;
		event->version = made->first + i;
		txn_event(t, event);
	}
	return OK;
}

static enum err make_tries(struct txn *t, const void *request, void *response)
{
	const struct made *made = request;
	(void)response;
	for (size_t i = 0; i < made->n; i++) {
		DeliveryRecord *entry = PB_NEW(txn_arena(t), DeliveryRecord);
		entry->event_id = arena_printf(txn_arena(t), "1-1-%zu", made->first + i);
		txn_append(t, arena_printf(txn_arena(t), LOG_DELIVERIES, made->hook_id), entry);
	}
	return OK;
}

/* One a second. */
static enum err make_dead(struct txn *t, const void *request, void *response)
{
	const struct made *made = request;
	(void)response;
	for (size_t i = 0; i < made->n; i++) {
		DeadLetterRecord *dead = PB_NEW(txn_arena(t), DeadLetterRecord);
		dead->item = PB_NEW(txn_arena(t), LaneItem);
		dead->item->event_id = arena_printf(txn_arena(t), "1-1-%zu", made->first + i);
		dead->item->event = PB_NEW(txn_arena(t), EventRecord);
		dead->item->event->subject_id = (char *)SUBJECT;
		dead->webhook_id = (char *)made->hook_id;
		dead->id = dead_letter_id(t, made->hook_id, dead->item->event_id);
		dead->dead_ms = txn_now_ms(t) + (int64_t)(1000 * (made->first + i));
		txn_put(t, KIND_DEAD_LETTER, dead);
	}
	return OK;
}

#define MAKING(fn)                                                                        \
	{                                                                                 \
		.path = "/test/" #fn, .handler = fn, .roles = ~0U, .flags = METHOD_WRITES \
	}
static const struct method making_events = MAKING(make_events);
static const struct method making_tries = MAKING(make_tries);
static const struct method making_dead = MAKING(make_dead);

static void done(void *arg, const struct exec_result *result)
{
	assert_int_equal(result->err, OK);
	if (arg != NULL)
		*(bool *)arg = ((const HookProgress *)result->response)->more;
}

static void run(struct stage *s, const struct method *method, const void *request, bool *more)
{
	struct exec_request rq = {.method = method,
				  .credential = {.kind = CREDENTIAL_SYSTEM, .tenant = SLICE(WORLD_TENANT)},
				  .request = request,
				  .done = done,
				  .arg = more};
	assert_null(exec_call(world_exec(s->w), &rq));
}

static void make(struct stage *s, const struct method *method, size_t first, size_t n)
{
	enum { AT_ONCE = 250 };
	for (size_t i = 0; i < n; i += AT_ONCE) {
		struct made made = {first + i, n - i < AT_ONCE ? n - i : AT_ONCE, s->hook_id};
		run(s, method, &made, NULL);
	}
}

/* Until there is nothing more to do. */
static void run_all(struct stage *s, const struct method *job)
{
	struct hook_request request = {.webhook_id = s->hook_id};
	for (bool more = true; more;)
		run(s, job, &request, &more);
}

/* --- what is there --- */

static const GetWebhookResponse *hook(struct stage *s)
{
	REQUEST(s->w, GetWebhookRequest, rq);
	rq->webhook_id = s->hook_id;
	return must(world_call(s->w, AS_ADMIN, "WebhookService/GetWebhook", rq));
}

static ListDeadLettersResponse *dead_letters(struct stage *s, uint32_t most)
{
	REQUEST(s->w, ListDeadLettersRequest, rq);
	rq->webhook_id = s->hook_id;
	rq->page_size = most;
	return must(world_call(s->w, AS_ADMIN, "WebhookService/ListDeadLetters", rq));
}

static ReplayDeadLettersResponse *replay(struct stage *s)
{
	REQUEST(s->w, ReplayDeadLettersRequest, rq);
	rq->webhook_id = s->hook_id;
	return must(world_call(s->w, AS_ADMIN, "WebhookService/ReplayDeadLetters", rq));
}

/* Of the lane of SUBJECT. */
static size_t n_items;
static char first_item[64];

static enum err look_into_lane(struct txn *t, const void *request, void *response)
{
	const struct made *made = request;
	LaneRecord *lane;
	(void)response;
	TRY(TXN_GET(t, LANE, lane_id(txn_arena(t), made->hook_id, SUBJECT), &lane));
	n_items = lane->n_items;
	snprintf(first_item, sizeof(first_item), "%s", n_items == 0 ? "" : lane->items[0]->event_id);
	return OK;
}

static const struct method looking = MAKING(look_into_lane);

static void assert_items(struct stage *s, size_t n)
{
	run(s, &looking, &(struct made){.hook_id = s->hook_id}, NULL);
	assert_int_equal(n_items, n);
}

static void deliver_first(struct stage *s)
{
	struct hook_outcome_request outcome = {.webhook_id = s->hook_id,
					       .lane_id = lane_id(world_arena(s->w), s->hook_id, SUBJECT),
					       .event_id = first_item,
					       .result = DELIVERY_RESULT_DELIVERED};
	run(s, &job_hook_outcome, &outcome, NULL);
}

/* --- bounds --- */

static void test_lane(void **state)
{
	(void)state;
	struct stage s = stage_new();
	char oldest[sizeof(first_item)];
	make(&s, &making_events, 0, LIMIT_LANE_ITEMS);
	run_all(&s, &job_hook_take);
	assert_items(&s, LIMIT_LANE_ITEMS);
	assert_int_equal(hook(&s)->backlog->dead_letters, 0);
	memcpy(oldest, first_item, sizeof(oldest));
	make(&s, &making_events, LIMIT_LANE_ITEMS, 1);
	run_all(&s, &job_hook_take);
	assert_items(&s, LIMIT_LANE_ITEMS);
	assert_string_not_equal(first_item, oldest);
	ListDeadLettersResponse *dead = dead_letters(&s, 0);
	assert_int_equal(dead->n_dead_letters, 1);
	assert_string_equal(dead->dead_letters[0]->event_id, oldest);
	assert_string_equal(dead->dead_letters[0]->subject_id, SUBJECT);
	/* Back it goes only where there is room. */
	ReplayDeadLettersResponse *replayed = replay(&s);
	assert_int_equal(replayed->replayed, 0);
	assert_int_equal(replayed->left, 1);
	assert_items(&s, LIMIT_LANE_ITEMS);
	deliver_first(&s);
	assert_items(&s, LIMIT_LANE_ITEMS - 1);
	replayed = replay(&s);
	assert_int_equal(replayed->replayed, 1);
	assert_int_equal(replayed->left, 0);
	assert_items(&s, LIMIT_LANE_ITEMS);
	assert_string_equal(first_item, oldest);
	world_free(s.w);
}

/* How many entries the log has; the oldest. */
static size_t log_entries(struct stage *s, const char **oldest)
{
	size_t n = 0;
	REQUEST(s->w, ListDeliveriesRequest, rq);
	rq->webhook_id = s->hook_id;
	rq->page_size = LIMIT_PAGE_SIZE;
	do {
		ListDeliveriesResponse *rsp = must(world_call(s->w, AS_ADMIN, "WebhookService/ListDeliveries", rq));
		n += rsp->n_deliveries;
		rq->page_token = rsp->next_page_token;
		if (rsp->n_deliveries > 0)
			*oldest = rsp->deliveries[rsp->n_deliveries - 1]->event_id;
	} while (rq->page_token[0] != '\0');
	return n;
}

static void test_delivery_log(void **state)
{
	(void)state;
	struct stage s = stage_new();
	const char *oldest;
	make(&s, &making_tries, 0, LIMIT_DELIVERY_LOG);
	run_all(&s, &job_hook_tidy);
	assert_int_equal(log_entries(&s, &oldest), LIMIT_DELIVERY_LOG);
	assert_string_equal(oldest, "1-1-0");
	make(&s, &making_tries, LIMIT_DELIVERY_LOG, 3);
	run_all(&s, &job_hook_tidy);
	assert_int_equal(log_entries(&s, &oldest), LIMIT_DELIVERY_LOG);
	assert_string_equal(oldest, "1-1-3");
	world_free(s.w);
}

static void test_dead_letters(void **state)
{
	enum { MORE = 130 };
	(void)state;
	struct stage s = stage_new();
	make(&s, &making_dead, 0, LIMIT_DEAD_LETTERS);
	run_all(&s, &job_hook_tidy);
	assert_int_equal(hook(&s)->backlog->dead_letters, LIMIT_DEAD_LETTERS);
	make(&s, &making_dead, LIMIT_DEAD_LETTERS, 1);
	run_all(&s, &job_hook_tidy);
	assert_int_equal(hook(&s)->backlog->dead_letters, LIMIT_DEAD_LETTERS);
	assert_string_equal(dead_letters(&s, 1)->dead_letters[0]->event_id, "1-1-1");
	make(&s, &making_dead, LIMIT_DEAD_LETTERS + 1, MORE);
	run_all(&s, &job_hook_tidy);
	assert_int_equal(hook(&s)->backlog->dead_letters, LIMIT_DEAD_LETTERS);
	assert_string_equal(dead_letters(&s, 1)->dead_letters[0]->event_id, "1-1-131");
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lane),
	    cmocka_unit_test(test_delivery_log),
	    cmocka_unit_test(test_dead_letters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
