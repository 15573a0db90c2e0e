/* hook without memory: the nth allocation fails, for every n, while payloads are made, events are carried and POSTs
 * are sent. Whatever fails, what is due arrives later, nothing is sent half, and nothing is leaked. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "hook/courier.h"
#include "hook/payload.h"
#include "hook/post.h"
#include "job/webhook_jobs.h"
#include "nomem.h"

struct exec_call_state *__wrap_exec_call(struct exec *e, const struct exec_request *request);

/* --- payloads --- */

static Event event;
static ProtobufCBinaryData secrets[2] = {{3, (uint8_t *)(uintptr_t) "one"}, {3, (uint8_t *)(uintptr_t) "two"}};

static bool make(struct buf *id, struct buf *body, struct buf *signature)
{
	payload_id("elm", "1-0-0", id);
	bool fine =
	    payload_body(&event, body) && payload_sign(secrets, 2, buf_view(id), 1700000000, buf_view(body), signature);
	return fine && !id->failed;
}

static void payloads(void **state)
{
	struct buf whole[3] = {{0}};
	(void)state;
	assert_true(make(&whole[0], &whole[1], &whole[2]));
	unsigned n = 0;
	do {
		struct buf some[3] = {{0}};
		nomem_fail_at(++n);
		bool fine = make(&some[0], &some[1], &some[2]);
		nomem_stop();
		/* Whole, or said not to be. */
		for (size_t i = 0; i < 3 && fine; i++)
			assert_true(slice_eq(buf_view(&some[i]), buf_view(&whole[i])));
		assert_true(fine || nomem_failed());
		for (size_t i = 0; i < 3; i++)
			buf_free(&some[i]);
	} while (nomem_failed());
	assert_true(n > 3);
	for (size_t i = 0; i < 3; i++)
		buf_free(&whole[i]);
}

/* --- the courier, on jobs that answer at once and a transport that delivers later --- */

enum { LANES = 3, DEFERRED = 16, STEP_MS = 3000, STEPS = 12 };

static struct {
	bool delivered[LANES];
	int64_t now_ms;
	struct {
		void (*fn)(void *arg);
		void *arg;
	} later[DEFERRED];
	size_t n_later;
	struct hook_parcel under_way[LANES];
	size_t n_under_way;
} outside;

static const char *const lanes[LANES] = {"w1.o1", "w1.o2", "w1.o3"};

static size_t lane_of(const char *id)
{
	size_t i = 0;
	while (strcmp(lanes[i], id) != 0)
		i++;
	return i;
}

static const ProtobufCMessage *look(HooksDue *due, HookDue *hook)
{
	static HookDue *hooks[1];
	static char *ids[LANES];
	HooksDue_init(due);
	HookDue_init(hook);
	hook->webhook_id = (char *)"w1";
	hook->lane_ids = ids;
	for (size_t i = 0; i < LANES; i++) {
		if (!outside.delivered[i])
			ids[hook->n_lane_ids++] = (char *)(uintptr_t)lanes[i];
	}
	hooks[0] = hook;
	due->hooks = hooks;
	due->n_hooks = 1;
	return &due->base;
}

struct exec_call_state *__wrap_exec_call(struct exec *e, const struct exec_request *rq)
{
	static const struct fault no_fault;
	HooksDue due;
	HookDue hook;
	HookProgress progress = HookProgress_INIT;
	HookPlan plan = HookPlan_INIT;
	HookOutcome outcome = HookOutcome_INIT;
	struct exec_result result = {.err = OK, .fault = &no_fault, .response = &progress.base};
	(void)e;
	if (rq->method == &job_hooks_look) {
		result.response = look(&due, &hook);
	} else if (rq->method == &job_hook_plan) {
		plan.event_id = (char *)"1-0-0";
		plan.event = &event;
		plan.url = (char *)"https://receiver.example/hook";
		plan.secrets = secrets;
		plan.n_secrets = 2;
		result.response = &plan.base;
	} else if (rq->method == &job_hook_outcome) {
		const struct hook_outcome_request *told = rq->request;
		outside.delivered[lane_of(told->lane_id)] |= told->result == DELIVERY_RESULT_DELIVERED;
		result.response = &outcome.base;
	}
	rq->done(rq->arg, &result);
	return NULL;
}

static int64_t now_ms(void *arg)
{
	(void)arg;
	return outside.now_ms;
}

static uint64_t no_dice(void *arg)
{
	(void)arg;
	return 4;
}

static void later(void *arg, int64_t delay_ms, void (*fn)(void *), void *fn_arg)
{
	(void)arg;
	(void)delay_ms;
	assert_true(outside.n_later < DEFERRED);
	outside.later[outside.n_later].fn = fn;
	outside.later[outside.n_later++].arg = fn_arg;
}

static bool send_parcel(void *arg, const struct hook_parcel *parcel)
{
	(void)arg;
	assert_string_equal(parcel->id, "evt_elm_1-0-0");
	assert_string_equal(parcel->url, "https://receiver.example/hook");
	assert_int_equal(strncmp(parcel->signature, "v1,", 3), 0);
	assert_true(outside.n_under_way < LANES);
	outside.under_way[outside.n_under_way++] = *parcel;
	return true;
}

static void step(struct courier *courier)
{
	static const struct hook_answer good = {.result = DELIVERY_RESULT_DELIVERED, .status = 204};
	outside.now_ms += STEP_MS;
	courier_visit(courier, SLICE("elm"));
	while (outside.n_later > 0 || outside.n_under_way > 0) {
		if (outside.n_later > 0) {
			outside.n_later--;
			outside.later[outside.n_later].fn(outside.later[outside.n_later].arg);
		} else {
			struct hook_parcel parcel = outside.under_way[--outside.n_under_way];
			parcel.done(parcel.arg, &good);
		}
	}
}

static void carrying(void **state)
{
	static const struct exec_env env = {.now_ms = now_ms, .random = no_dice, .later = later};
	unsigned n = 0;
	(void)state;
	do {
		memset(&outside, 0, sizeof(outside));
		nomem_fail_at(++n);
		struct courier *courier =
		    courier_new(&(struct courier_config){.env = &env, .transport = {NULL, send_parcel}});
		for (int i = 0; i < STEPS && courier != NULL; i++) {
			step(courier);
			if (nomem_failed())
				nomem_stop();
		}
		nomem_stop();
		for (size_t i = 0; i < LANES && courier != NULL; i++) {
			if (!outside.delivered[i])
				fail_msg("allocation %u: %s is never delivered", n, lanes[i]);
		}
		assert_true(courier == NULL || courier_stats(courier)->in_flight == 0);
		courier_stop(courier);
		courier_free(courier);
	} while (nomem_failed());
	assert_true(n > LANES);
}

/* --- POSTs: ours and libevent's allocations --- */

struct waiting {
	struct hook_answer answer;
	unsigned answers;
};

static void on_answer(void *arg, const struct hook_answer *answer)
{
	struct waiting *w = arg;
	w->answer = *answer;
	w->answers++;
}

/* A port where nobody listens. */
static int closed_port(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	close(fd);
	return ntohs(at.sin_port);
}

static void post_once(struct event_base *base, const char *url)
{
	struct waiting w = {.answers = 0};
	struct post *post = post_new(&(struct post_config){
	    .base = base, .plain = true, .ca_file = "", .user_agent = "paidan/test", .timeout_ms = 300});
	if (post == NULL)
		return;
	struct hook_transport t = post_transport(post);
	struct hook_parcel parcel = {.url = url,
				     .id = "a",
				     .timestamp = "1",
				     .signature = "v1,a",
				     .body = SLICE("{}"),
				     .done = on_answer,
				     .arg = &w};
	bool sent = t.send(t.arg, &parcel);
	while (sent && w.answers == 0)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(w.answers, sent ? 1 : 0);
	assert_true(!sent || w.answer.result != DELIVERY_RESULT_DELIVERED);
	post_free(post);
}

static void posting(void **state)
{
	char url[64];
	unsigned n = 0;
	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", closed_port());
	do {
		struct event_base *base = event_base_new();
		nomem_fail_at(++n);
		post_once(base, url);
		nomem_stop();
		event_base_free(base);
	} while (nomem_failed());
	assert_true(n > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(payloads), cmocka_unit_test(carrying),
					   cmocka_unit_test(posting)};
	event_set_mem_functions(__wrap_malloc, __wrap_realloc, free);
	Event_init(&event);
	event.kind = EVENT_KIND_PLACED;
	event.id = (char *)"1-0-0";
	event.subject_id = (char *)"o0000001";
	event.at_ms = 1700000000123;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
