/* Ordering for somebody else: who may, what they see of it, who comes; and the word taken back. */
#include "privacy_stage.h"

static struct world_reply beneficiaries(struct stage *s, struct who who)
{
	return call(s, who, "OrderService/ListBeneficiaries", "{}");
}

static size_t count(struct world_reply reply)
{
	return ((const ListBeneficiariesResponse *)must(reply))->n_beneficiaries;
}

static void test_for_whom(void **state)
{
	(void)state;
	struct stage s = stage_up();
	const struct who resident = as(&s, ROLE_RESIDENT, s.resident), proxy = as(&s, ROLE_RESIDENT, s.proxy);
	struct world_reply reply = beneficiaries(&s, proxy);
	assert_int_equal(count(reply), 1);
	assert_sight(&s, &reply, "甲大一", "甲**", FULL, "the proxy");
	assert_sight(&s, &reply, "幸福路8号3栋501", "幸福路8号3栋***", FULL, "the proxy");
	assert_sight(&s, &reply, "13700000001", "137****0001", NOTHING, "the proxy");
	/* In the proxy's name is not in their eyes. */
	reply = beneficiaries(&s, AS_RESIDENT(s.proxy));
	assert_sight(&s, &reply, "甲大一", "甲**", MASKED, "staff as the proxy");
	assert_sight(&s, &reply, "幸福路8号3栋501", "幸福路8号3栋***", MASKED, "staff as the proxy");
	/* One's own household is not enough, and it is no two-way street. */
	assert_int_equal(count(beneficiaries(&s, resident)), 0);
	world_free(s.w);
}

static void test_word_taken_back(void **state)
{
	(void)state;
	struct stage s = stage_up();
	const struct who resident = as(&s, ROLE_RESIDENT, s.resident), proxy = as(&s, ROLE_RESIDENT, s.proxy);
	char *order = place(&s, proxy, "");
	assert_int_equal(call(&s, proxy, "OrgService/SetProxies", "{\"resident_id\":\"%s\"}", s.resident).err,
			 ERR_NOT_FOUND);
	must(call(&s, resident, "OrgService/SetProxies", "{\"resident_id\":\"%s\"}", s.resident));
	assert_int_equal(count(beneficiaries(&s, proxy)), 0);
	assert_int_equal(call(&s, proxy, "OrderService/PlaceOrder",
			      "{\"category_id\":\"%s\",\"beneficiary_id\":\"%s\"}", s.town.plain_category, s.resident)
			     .err,
			 ERR_NOT_FOUND);
	must(call(&s, proxy, "OrderService/GetOrder", "{\"order_id\":\"%s\"}", order)); /* it is theirs all the same */
	must(call(&s, resident, "OrgService/SetProxies", "{\"resident_id\":\"%s\",\"proxy_ids\":[\"%s\"]}", s.resident,
		  s.proxy));
	assert_int_equal(count(beneficiaries(&s, proxy)), 1);
	must(call(&s, AS_ADMIN, "OrderService/CancelOrder", "{\"order_id\":\"%s\"}", order));
	must(call(&s, AS_ADMIN, "PrivacyService/EraseData", "{\"person_id\":\"%s\"}", s.resident));
	assert_int_equal(count(beneficiaries(&s, proxy)), 0);
	world_free(s.w);
}

/* What they asked for others stands in a list of its own, whoever may order now. */
static void test_lists(void **state)
{
	(void)state;
	struct stage s = stage_up();
	const struct who resident = as(&s, ROLE_RESIDENT, s.resident), proxy = as(&s, ROLE_RESIDENT, s.proxy);
	char *order = place(&s, proxy, ""), *own = place(&s, resident, "");
	const struct {
		struct who who;
		const char *json;
		bool of_proxy, of_self;
	} rows[] = {
	    {proxy, "{}", false, false},
	    {proxy, "{\"for_others\":true}", true, false},
	    {resident, "{}", true, true},
	    {resident, "{\"for_others\":true}", false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world_reply reply = call(&s, rows[i].who, "OrderService/ListOrders", "%s", rows[i].json);
		assert_int_equal(tells(&s, &reply, order), rows[i].of_proxy);
		assert_int_equal(tells(&s, &reply, own), rows[i].of_self);
	}
	world_free(s.w);
}

/* --- who comes --- */

static void look(struct stage *s, const char *order, const char *when, bool is_told)
{
	const struct {
		const char *name;
		struct who who;
		bool may;
	} rows[] = {
	    {"resident", as(s, ROLE_RESIDENT, s->resident), true},
	    {"proxy", as(s, ROLE_RESIDENT, s->proxy), true},
	    {"administrator as the resident", AS_RESIDENT(s->resident), true},
	    {"member", as(s, ROLE_MEMBER, s->member), false},
	    {"operator", WITH_KEY(s->operator), false},
	    {"backend", WITH_KEY(s->backend), false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		GetOrderResponse *rsp =
		    must(call(s, rows[i].who, "OrderService/GetOrder", "{\"order_id\":\"%s\"}", order));
		bool told = rsp->order->n_helpers == 1;
		if (told != (is_told && rows[i].may))
			fail_msg("%s, %s: %zu helpers", rows[i].name, when, rsp->order->n_helpers);
		if (!told)
			continue;
		const Helper *helper = rsp->order->helpers[0];
		assert_string_equal(helper->name, "乙");
		assert_string_equal(helper->member_id, s->member);
		assert_true(helper->accepted_ms > 0);
		struct world_reply all = {.message = rsp};
		assert_false(tells(s, &all, "乙大一"));
		assert_false(tells(s, &all, "13600000001"));
	}
}

static void test_who_comes(void **state)
{
	(void)state;
	struct stage s = stage_up();
	const struct who member = as(&s, ROLE_MEMBER, s.member), resident = as(&s, ROLE_RESIDENT, s.resident);
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.proxy), "");
	look(&s, order, "offered", false);
	must(call(&s, member, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", order));
	look(&s, order, "accepted", true);
	must(call(&s, member, "TaskService/CompleteTask", "{\"order_id\":\"%s\",\"text\":\"done\"}", order));
	look(&s, order, "completed", true);
	must(call(&s, resident, "OrderService/RateOrder", "{\"order_id\":\"%s\",\"stars\":5}", order));
	look(&s, order, "closed", false);
	/* Lists never tell. */
	struct world_reply list = call(&s, resident, "OrderService/ListOrders", "{}");
	assert_false(tells(&s, &list, "乙"));
	world_free(s.w);
}

static void test_units_have_names(void **state)
{
	(void)state;
	struct stage s = stage_up();
	const GeoPoint *home = world_point(s.w, 0, 10, 0, SIDE);
	CreateMemberResponse *unit = must(call(
	    &s, AS_ADMIN, "MemberService/CreateMember",
	    "{\"member\":{\"home\":{\"lat\":%.6f,\"lon\":%.6f},\"name\":\"幸福物业\",\"kind\":\"MEMBER_KIND_UNIT\"}}",
	    home->lat, home->lon));
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.resident), "");
	must(call(&s, WITH_KEY(s.operator), "DeskService/AssignOrder",
		  "{\"order_id\":\"%s\",\"member_id\":\"%s\",\"accepted\":true,\"reason\":\"x\"}", order,
		  unit->member->id));
	GetOrderResponse *rsp =
	    must(call(&s, as(&s, ROLE_RESIDENT, s.resident), "OrderService/GetOrder", "{\"order_id\":\"%s\"}", order));
	assert_string_equal(rsp->order->helpers[0]->name, "幸福物业");
	world_free(s.w);
}

/* Of the unit above, when the grid has none. */
static void test_desk_phone(void **state)
{
	(void)state;
	struct stage s = stage_up();
	CreateNodeResponse *community =
	    must(call(&s, AS_ADMIN, "OrgService/CreateNode",
		      "{\"node\":{\"kind\":\"NODE_KIND_COMMUNITY\",\"name\":\"x\",\"phone\":\"010-66660000\"}}"));
	must(call(&s, AS_ADMIN, "OrgService/ImportGrids",
		  "{\"parent_id\":\"%s\",\"grids\":[{\"code\":\"far\",\"polygons\":[{\"rings\":[{\"points\":[{\"lat\":"
		  "31,\"lon\":121},"
		  "{\"lat\":31,\"lon\":121.1},{\"lat\":31.1,\"lon\":121.1},{\"lat\":31.1,\"lon\":121},{\"lat\":31,"
		  "\"lon\":121}]}]}]}]}",
		  community->node->id));
	const struct who resident = as(&s, ROLE_RESIDENT, s.resident);
	char *near = place(&s, resident, "");
	PlaceOrderResponse *far =
	    must(call(&s, resident, "OrderService/PlaceOrder",
		      "{\"category_id\":\"%s\",\"point\":{\"lat\":31.05,\"lon\":121.05}}", s.town.plain_category));
	GetOrderResponse *rsp = must(call(&s, resident, "OrderService/GetOrder", "{\"order_id\":\"%s\"}", near));
	assert_string_equal(rsp->order->desk_phone, "");
	assert_string_equal(far->order->desk_phone, "010-66660000");
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_for_whom),
	    cmocka_unit_test(test_word_taken_back),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_who_comes),
	    cmocka_unit_test(test_units_have_names),
	    cmocka_unit_test(test_desk_phone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
