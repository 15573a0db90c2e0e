/* What streams tell whom of an order: how the desk is judged and who said no is not for everybody. */
#include "privacy_stage.h"

struct ear {
	enum err err;
	unsigned heard, exclusions, refusals; /* messages, those of exclusions, those of offers without a yes */
};

static void on_result(void *arg, const struct exec_result *result)
{
	((struct ear *)arg)->err = result->err;
}

/* Of a message of each stream. */
static EventKind kind_of(const ProtobufCMessage *message)
{
	if (message->descriptor == &WatchOrdersResponse_desc)
		return ((const WatchOrdersResponse *)message)->kind;
	if (message->descriptor == &WatchOffersResponse_desc)
		return ((const WatchOffersResponse *)message)->kind;
	if (message->descriptor == &WatchBoardResponse_desc)
		return ((const WatchBoardResponse *)message)->kind;
	return ((const WatchResponse *)message)->event->kind;
}

static void on_message(void *arg, const struct exec_told *told)
{
	struct ear *ear = arg;
	EventKind kind = kind_of(told->message);
	ear->heard++;
	ear->exclusions += kind >= EVENT_KIND_EXCLUSION_REQUESTED && kind <= EVENT_KIND_EXCLUSION_WITHDRAWN;
	ear->refusals += kind == EVENT_KIND_OFFER_DECLINED || kind == EVENT_KIND_OFFER_EXPIRED;
}

static struct exec_watch *listen_to(struct stage *s, struct who who, const char *path, const char *json,
				    struct ear *ear)
{
	const struct method *method = world_method(s->w, path);
	struct fault fault;
	ProtobufCMessage *request;
	struct arena *a = world_arena(s->w);
	assert_int_equal(json_decode(a, method->request, slice_str(arena_strdup(a, json)), NULL, &fault, &request), OK);
	return exec_watch(world_exec(s->w), &(struct exec_watch_request){.method = method,
									 .credential = world_credential(who),
									 .request = request,
									 .opened = on_result,
									 .message = on_message,
									 .ended = on_result,
									 .arg = ear});
}

static void test_who_hears_what(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who resident = as(&s, ROLE_RESIDENT, s.resident), member = as(&s, ROLE_MEMBER, s.member);
	struct who other = as(&s, ROLE_MEMBER, s.other);
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.proxy), "");
	char one[64];
	snprintf(one, sizeof(one), "{\"order_id\":\"%s\"}", order);
	const struct {
		struct who who;
		const char *path, *json;
		bool exclusions, refusals, own;
	} rows[] = {
	    {resident, "OrderService/WatchOrders", "{}", false, false, true},
	    {resident, "OrderService/WatchOrders", one, false, false, true},
	    {as(&s, ROLE_RESIDENT, s.proxy), "OrderService/WatchOrders", one, false, false, true},
	    {member, "TaskService/WatchOffers", "{}", false, true, true}, /* that it was they who declined */
	    {other, "TaskService/WatchOffers", "{}", false, false, true},
	    {WITH_KEY(s.operator), "DeskService/WatchBoard", "{}", true, true, true},
	    {WITH_KEY(s.operator), "OrderService/WatchOrders", one, true, true, true},
	    {WITH_KEY(s.far_operator), "DeskService/WatchBoard", "{}", false, false, false},
	    {WITH_KEY(s.backend), "EventService/Watch", "{}", true, true, true},
	    {AS_ADMIN, "EventService/Watch", "{}", true, true, true},
	};
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	struct ear ears[ROWS] = {{.err = ERR_INTERNAL}};
	struct exec_watch *watches[ROWS];
	for (size_t i = 0; i < ROWS; i++) {
		watches[i] = listen_to(&s, rows[i].who, rows[i].path, rows[i].json, &ears[i]);
		assert_int_equal(ears[i].err, OK);
	}
	must(call(&s, member, "TaskService/DeclineOffer", "{\"order_id\":\"%s\"}", order));
	enum err err = ERR_INTERNAL;
	for (int i = 0; i < 60 && err != OK; i++) { /* the other member is asked by and by */
		world_advance(s.w, 60 * 1000);
		err = call(&s, other, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", order).err;
	}
	assert_int_equal(err, OK);
	must(call(&s, other, "TaskService/CompleteTask", "{\"order_id\":\"%s\",\"text\":\"done\"}", order));
	must(call(&s, resident, "OrderService/RateOrder", "{\"order_id\":\"%s\",\"stars\":5}", order));
	RequestExclusionResponse *asked = must(call(&s, WITH_KEY(s.operator), "StatsService/RequestExclusion",
						    "{\"order_id\":\"%s\",\"reason\":\"x\"}", order));
	char *exclusion = asked->exclusion->id;
	must(call(&s, AS_ADMIN, "StatsService/ApproveExclusion", "{\"exclusion_id\":\"%s\"}", exclusion));
	for (size_t i = 0; i < ROWS; i++) {
		if ((ears[i].exclusions == 2) != rows[i].exclusions || (ears[i].refusals > 0) != rows[i].refusals ||
		    (ears[i].heard > 0) != rows[i].own)
			fail_msg("row %zu: %s hears %u, of exclusions %u, of refusals %u", i, rows[i].path,
				 ears[i].heard, ears[i].exclusions, ears[i].refusals);
		exec_unwatch(watches[i]);
	}
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_who_hears_what)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
