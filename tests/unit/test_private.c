/* An order of a private category: whom its words are shown, from the asking to the next one who is asked. */
#include "privacy_stage.h"

/* What somebody says on the way; a text that is nobody else's. */
static const char *const words[] = {"一个人夜里睡不着", "和家里吵过", "还在等", "谈了一小时", "还是很难受"};
enum { TITLE, NOTED, CHASED, DONE, RATED, WORDS };

static char *private_category(struct stage *s)
{
	PutCategoryResponse *made =
	    must(call(s, AS_ADMIN, "OrgService/PutCategory",
		      "{\"category\":{\"code\":\"counsel\",\"name_zh\":\"心理\",\"private\":true,"
		      "\"slots\":[{}],\"points\":{\"per_order\":5}}}"));
	return made->category->id;
}

/* The first so many were said: they are told, or none is. */
static void assert_told(struct stage *s, struct who who, const char *order, size_t said, bool told, const char *what)
{
	struct world_reply one = call(s, who, "OrderService/GetOrder", "{\"order_id\":\"%s\"}", order);
	must(one);
	for (size_t i = 0; i < WORDS; i++) {
		if (tells(s, &one, words[i]) != (told && i < said))
			fail_msg("%s: %s", what, words[i]);
	}
}

static void assert_not_listed(struct stage *s, struct who member, const char *list, const char *order)
{
	struct world_reply reply = call(s, member, list, "{}");
	must(reply);
	assert_true(tells(s, &reply, order));
	for (size_t i = 0; i < WORDS; i++)
		assert_false(tells(s, &reply, words[i]));
}

static void test_who_is_asked_reads_nothing(void **state)
{
	(void)state;
	struct stage s = stage_up();
	const struct who resident = as(&s, ROLE_RESIDENT, s.resident), first = as(&s, ROLE_MEMBER, s.member);
	PlaceOrderResponse *placed = must(call(&s, resident, "OrderService/PlaceOrder",
					       "{\"category_id\":\"%s\",\"title\":\"%s\",\"description\":\"%s\"}",
					       private_category(&s), words[TITLE], words[TITLE]));
	char *order = placed->order->id;
	must(call(&s, resident, "OrderService/AddNote", "{\"order_id\":\"%s\",\"text\":\"%s\"}", order, words[NOTED]));
	must(call(&s, resident, "OrderService/ChaseOrder", "{\"order_id\":\"%s\",\"text\":\"%s\"}", order,
		  words[CHASED]));
	assert_told(&s, resident, order, DONE, true, "who ordered");
	assert_told(&s, WITH_KEY(s.operator), order, DONE, true, "the desk");
	assert_told(&s, first, order, DONE, false, "who is asked");
	assert_not_listed(&s, first, "TaskService/ListOffers", order);
	must(call(&s, first, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", order));
	assert_told(&s, first, order, DONE, true, "who holds it");
	must(call(&s, first, "TaskService/CompleteTask", "{\"order_id\":\"%s\",\"text\":\"%s\"}", order, words[DONE]));

	/* It comes back, and the next one who is asked is as much a stranger. */
	char *next = new_member(&s, 0, "丙大一", "13600000003");
	const struct who second = as(&s, ROLE_MEMBER, next);
	must(call(&s, AS_ADMIN, "MemberService/PauseMember", "{\"member_id\":\"%s\",\"until_ms\":\"%lld\"}", s.member,
		  (long long)(world_now_ms(s.w) + 24 * HOUR_MS)));
	must(call(&s, resident, "OrderService/RateOrder",
		  "{\"order_id\":\"%s\",\"stars\":1,\"resolution\":\"RESOLUTION_NOT_SOLVED\",\"comment\":\"%s\"}",
		  order, words[RATED]));
	world_settle(s.w);
	assert_told(&s, second, order, WORDS, false, "who is asked next");
	assert_not_listed(&s, second, "TaskService/ListOffers", order);
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_who_is_asked_reads_nothing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
