/* The end of personal data: export, erasing, keys in versions, what is kept for how long, wiping. */
#include "privacy_stage.h"

/* --- export and erasing --- */

static char *finished_order(struct stage *s)
{
	struct who member = as(s, ROLE_MEMBER, s->member), resident = as(s, ROLE_RESIDENT, s->resident);
	char *order = place(s, resident, "{\"name\":\"甲老三\",\"phone\":\"13700000003\"}");
	must(call(s, member, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", order));
	must(call(s, member, "TaskService/CompleteTask", "{\"order_id\":\"%s\",\"text\":\"done\"}", order));
	must(call(s, resident, "OrderService/RateOrder", "{\"order_id\":\"%s\",\"stars\":5}", order));
	return order;
}

static bool stored(struct stage *s, const char *format, const char *id)
{
	char key[64];
	snprintf(key, sizeof(key), format, id);
	return strstr(world_dump(s->w), key) != NULL;
}

static void test_export(void **state)
{
	(void)state;
	enum { ORDERS = 5 };
	struct stage s = stage_up();
	struct who resident = as(&s, ROLE_RESIDENT, s.resident), member = as(&s, ROLE_MEMBER, s.member);
	for (int i = 0; i < ORDERS; i++)
		finished_order(&s);
	must(call(&s, resident, "PrivacyService/PutConsent", "{\"kind\":\"policy\",\"text_version\":\"1\"}"));
	struct world_reply first = call(&s, resident, "PrivacyService/ExportData", "{\"page_size\":2}");
	const ExportDataResponse *page = must(first);
	assert_string_equal(page->resident->name, "甲大一");
	assert_string_equal(page->contact->address, "幸福路8号3栋501");
	assert_int_equal(page->n_consents, 1);
	assert_string_equal(page->orders[0]->contact->name, "甲老三");
	assert_int_equal(page->orders[0]->rating->stars, 5);
	size_t n = page->n_orders;
	while (page->next_page_token[0] != '\0') {
		page = must(call(&s, resident, "PrivacyService/ExportData", "{\"page_size\":2,\"page_token\":\"%s\"}",
				 page->next_page_token));
		assert_null(page->resident);
		n += page->n_orders;
	}
	assert_int_equal(n, ORDERS);
	world_advance(s.w, 1);
	/* Once, though it had pages; an administrator who does it for them answers for it. */
	page = must(call(&s, AS_ADMIN, "PrivacyService/ExportData",
			 "{\"person_id\":\"%s\",\"purpose\":\"asked at the desk\"}", s.resident));
	assert_string_equal(page->resident->name, "甲大一");
	assert_false(page->resident->masked);
	assert_int_equal(page->n_access, 1);
	const ListAccessResponse *log = access_log(&s, resident);
	assert_int_equal(log->entries[0]->kind, ACCESS_KIND_EXPORTED);
	assert_string_equal(log->entries[0]->purpose, "asked at the desk");
	assert_int_equal(log->entries[0]->actor->role, ROLE_ADMIN);
	/* Of a member: who they are, what they did, what it earned. */
	page = must(call(&s, member, "PrivacyService/ExportData", "{}"));
	assert_string_equal(page->member->phone, "13600000001");
	assert_int_equal(page->n_orders, ORDERS);
	assert_true(page->account->available > 0);
	for (size_t i = 0; i < page->n_orders; i++)
		assert_null(page->orders[i]->contact); /* it is not theirs */
	page = must(call(&s, member, "PrivacyService/ExportData", "{\"page_size\":50,\"page_token\":\"%s\"}",
			 page->next_page_token));
	assert_true(page->n_movements > 0);
	assert_string_equal(page->next_page_token, "");
	world_free(s.w);
}

static void test_erase_resident(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who resident = as(&s, ROLE_RESIDENT, s.resident), member = as(&s, ROLE_MEMBER, s.member);
	char *order = finished_order(&s);
	char *open = place(&s, resident, "");
	assert_int_equal(call(&s, resident, "PrivacyService/EraseData", "{}").err, ERR_OPEN_ORDERS);
	must(call(&s, resident, "OrderService/CancelOrder", "{\"order_id\":\"%s\"}", open));
	const Order *before = world_get_order(s.w, order);
	const EraseDataResponse *rsp =
	    must(call(&s, resident, "PrivacyService/EraseData", "{\"request_id\":\"e\",\"purpose\":\"moved away\"}"));
	int64_t erased_ms = rsp->erased_ms;
	assert_int_equal(erased_ms, world_now_ms(s.w));
	world_advance(s.w, 1000);
	/* Again, or with the same request id: nothing more happens. */
	rsp = must(call(&s, resident, "PrivacyService/EraseData", "{\"request_id\":\"e\",\"purpose\":\"moved away\"}"));
	assert_int_equal(rsp->erased_ms, erased_ms);
	rsp = must(call(&s, AS_ADMIN, "PrivacyService/EraseData", "{\"person_id\":\"%s\"}", s.resident));
	assert_int_equal(rsp->erased_ms, erased_ms);
	/* Nobody sees anything of it any more. */
	const struct who everybody[] = {resident, as(&s, ROLE_RESIDENT, s.proxy), member, WITH_KEY(s.operator),
					AS_ADMIN};
	for (size_t i = 0; i < sizeof(everybody) / sizeof(everybody[0]); i++) {
		struct world_reply reply =
		    call(&s, everybody[i], "OrderService/GetOrder", "{\"order_id\":\"%s\"}", order);
		assert_sight(&s, &reply, "甲老三", "甲**", NOTHING, "an order of the erased");
		assert_sight(&s, &reply, "3栋501", "3栋***", NOTHING, "an order of the erased");
		if (reply.err == OK && ((GetOrderResponse *)reply.message)->order->contact != NULL)
			assert_true(((GetOrderResponse *)reply.message)->order->contact->erased);
	}
	const GetResidentResponse *profile =
	    must(call(&s, AS_ADMIN, "OrgService/GetResident", "{\"resident_id\":\"%s\"}", s.resident));
	assert_true(profile->resident->erased);
	assert_string_equal(profile->resident->name, "");
	assert_string_equal(profile->resident->household_id, "");
	assert_int_equal(reveal(&s, s.operator, "order_id", order, "").err, ERR_ERASED);
	assert_int_equal(call(&s, AS_ADMIN, "OrderService/PlaceOrder",
			      "{\"category_id\":\"%s\",\"beneficiary_id\":\"%s\"}", s.town.plain_category, s.resident)
			     .err,
			 ERR_ERASED);
	/* What happened stays, and so do the others. */
	const Order *after = world_get_order(s.w, order);
	assert_int_equal(after->state, before->state);
	assert_int_equal(after->n_timeline, before->n_timeline);
	assert_int_equal(after->rating->stars, 5);
	const ListAccessResponse *log = access_log(&s, resident);
	assert_int_equal(log->entries[0]->kind, ACCESS_KIND_ERASED);
	must(reveal(&s, s.operator, "person_id", s.proxy, ""));
	world_free(s.w);
}

/* An open order is waited for unless it is older than so many; and those are all that are read. */
static void test_erase_looks_back(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who resident = as(&s, ROLE_RESIDENT, s.resident);
	(void)place(&s, resident, "");
	for (int i = 1; i <= LIMIT_ERASE_ORDERS; i++) {
		world_advance(s.w, 1);
		if (i == LIMIT_ERASE_ORDERS)
			assert_int_equal(call(&s, resident, "PrivacyService/EraseData", "{}").err, ERR_OPEN_ORDERS);
		must(call(&s, resident, "OrderService/CancelOrder", "{\"order_id\":\"%s\"}", place(&s, resident, "")));
	}
	must(call(&s, AS_ADMIN, "PrivacyService/EraseData", "{\"person_id\":\"%s\"}", s.resident));
	world_free(s.w);
}

/* What somebody wrote about the order of another, whom they order for: it goes, and nothing else of it. */
static void test_erase_proxy(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who resident = as(&s, ROLE_RESIDENT, s.resident), proxy = as(&s, ROLE_RESIDENT, s.proxy);
	char *order = place(&s, proxy, "");
	must(call(&s, resident, "OrderService/AddNote", "{\"order_id\":\"%s\",\"text\":\"come early\"}", order));
	must(call(&s, proxy, "OrderService/AddNote", "{\"order_id\":\"%s\",\"text\":\"I am her niece\"}", order));
	assert_true(stored(&s, "i:ow:%s", s.proxy));
	must(call(&s, proxy, "PrivacyService/EraseData", "{}"));
	world_advance(s.w, 60000);
	struct world_reply reply = call(&s, AS_ADMIN, "OrderService/GetOrder", "{\"order_id\":\"%s\"}", order);
	assert_false(tells(&s, &reply, "niece"));
	assert_true(tells(&s, &reply, "come early"));
	assert_false(stored(&s, "i:ow:%s", s.proxy));
	assert_false(stored(&s, "i:pw%s", ""));
	world_free(s.w);
}

static void test_erase_household(void **state)
{
	(void)state;
	struct stage s = stage_up();
	const GetResidentResponse *home =
	    must(call(&s, AS_ADMIN, "OrgService/GetResident", "{\"resident_id\":\"%s\"}", s.resident));
	char *id = home->resident->household_id;
	assert_string_not_equal(id, "");
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.resident), "");
	assert_int_equal(
	    call(&s, as(&s, ROLE_RESIDENT, s.resident), "PrivacyService/EraseData", "{\"household_id\":\"%s\"}", id)
		.err,
	    ERR_PERMISSION_DENIED);
	const EraseDataResponse *rsp =
	    must(call(&s, AS_ADMIN, "PrivacyService/EraseData", "{\"request_id\":\"h\",\"household_id\":\"%s\"}", id));
	int64_t erased_ms = rsp->erased_ms;
	assert_int_equal(erased_ms, world_now_ms(s.w));
	world_advance(s.w, 60000);
	rsp =
	    must(call(&s, AS_ADMIN, "PrivacyService/EraseData", "{\"request_id\":\"h\",\"household_id\":\"%s\"}", id));
	assert_int_equal(rsp->erased_ms, erased_ms);
	const GetHouseholdResponse *gone =
	    must(call(&s, AS_ADMIN, "OrgService/GetHousehold", "{\"household_id\":\"%s\"}", id));
	assert_true(gone->household->erased);
	assert_string_equal(gone->household->address, "");
	assert_int_equal(gone->household->n_tags, 0);
	/* The people are still there, and so is the order; where to go nobody can say. */
	home = must(call(&s, AS_ADMIN, "OrgService/GetResident", "{\"resident_id\":\"%s\"}", s.resident));
	assert_string_not_equal(home->resident->name, "");
	struct world_reply reply =
	    call(&s, as(&s, ROLE_RESIDENT, s.resident), "OrderService/GetOrder", "{\"order_id\":\"%s\"}", order);
	assert_int_equal(reply.err, OK);
	assert_sight(&s, &reply, "3栋501", "3栋***", NOTHING, "an order at home");
	assert_int_equal(call(&s, AS_ADMIN, "PrivacyService/EraseData",
			      "{\"household_id\":\"%s\",\"person_id\":\"%s\"}", id, s.resident)
			     .err,
			 ERR_FIELD_INVALID);
	world_free(s.w);
}

static void test_erase_member(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who member = as(&s, ROLE_MEMBER, s.member);
	char *done = finished_order(&s);
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.resident), "");
	assert_int_equal(call(&s, member, "PrivacyService/EraseData", "{}").err, ERR_OPEN_ORDERS); /* offered */
	must(call(&s, member, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", order));
	assert_int_equal(call(&s, member, "PrivacyService/EraseData", "{}").err, ERR_OPEN_ORDERS); /* held */
	must(call(&s, member, "TaskService/HandBackTask", "{\"order_id\":\"%s\",\"reason\":\"my back hurts\"}", order));
	must(call(&s, AS_ADMIN, "OrderService/AddNote", "{\"order_id\":\"%s\",\"text\":\"poor fellow\"}", order));
	const Order *before = world_get_order(s.w, done);
	assert_string_not_equal(before->completion->text, "");
	must(call(&s, member, "PrivacyService/EraseData", "{}"));
	world_advance(s.w, 60000);
	/* Their words are gone, what they did stays; and so do the words of others. */
	const Order *after = world_get_order(s.w, done);
	assert_string_equal(after->completion->text, "");
	assert_int_equal(after->completion->outcome, before->completion->outcome);
	assert_int_equal(after->n_timeline, before->n_timeline);
	assert_string_equal(after->title, before->title);
	assert_string_equal(after->slots[0]->member_id, s.member);
	struct world_reply back = call(&s, AS_ADMIN, "OrderService/GetOrder", "{\"order_id\":\"%s\"}", order);
	assert_false(tells(&s, &back, "my back hurts"));
	assert_true(tells(&s, &back, "poor fellow"));
	assert_false(stored(&s, "i:ow:%s", s.member));
	const GetMemberResponse *rsp =
	    must(call(&s, AS_ADMIN, "MemberService/GetMember", "{\"member_id\":\"%s\"}", s.member));
	assert_true(rsp->member->erased);
	assert_false(rsp->member->active);
	assert_string_equal(rsp->member->name, "");
	assert_int_equal(rsp->member->jobs_done, 1);
	assert_int_equal(call(&s, member, "TaskService/SetAvailability", "{}").err, ERR_ERASED);
	assert_int_equal(call(&s, AS_ADMIN, "MemberService/UpdateMember",
			      "{\"member\":{\"id\":\"%s\",\"name\":\"x\"},\"update_mask\":\"name\"}", s.member)
			     .err,
			 ERR_ERASED);
	const CheckBalanceResponse *books = must(call(&s, AS_ADMIN, "PointsService/CheckBalance", "{}"));
	assert_int_equal(books->issuance + books->members, 0);
	world_free(s.w);
}

/* --- what time does --- */

static const GetKeyStatusResponse *key_status(struct stage *s)
{
	return must(call(s, AS_ADMIN, "PrivacyService/GetKeyStatus", "{}"));
}

static void test_key_rotation(void **state)
{
	(void)state;
	struct stage s = stage_up();
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.resident), "{\"name\":\"甲老三\"}");
	enum { PEOPLE = 6 }; /* two residents, two members, a household; and what phone numbers are found by */
	assert_int_equal(key_status(&s)->n_versions, 1);
	assert_int_equal(key_status(&s)->versions[0]->keys, PEOPLE);
	world_new_key(s.w);
	const GetKeyStatusResponse *status = key_status(&s);
	assert_int_equal(status->n_versions, 2);
	assert_int_equal(status->versions[0]->keys, PEOPLE);
	assert_false(status->versions[0]->newest);
	assert_true(status->versions[1]->newest);
	char *newcomer = new_resident(&s, "甲小四", "13700000004", "");
	assert_int_equal(key_status(&s)->versions[1]->keys, 1);
	world_advance(s.w, 10 * 1000);
	status = key_status(&s);
	assert_int_equal(status->versions[0]->keys, 0);
	assert_int_equal(status->versions[1]->keys, PEOPLE + 1);
	/* Without the old version everything still opens. */
	world_drop_key(s.w, 1);
	const RevealContactResponse *rsp = must(reveal(&s, s.operator, "order_id", order, ""));
	assert_string_equal(rsp->contact->name, "甲老三");
	assert_string_equal(rsp->contact->address, "幸福路8号3栋501");
	must(reveal(&s, s.operator, "person_id", newcomer, ""));
	must(reveal(&s, s.operator, "person_id", s.member, ""));
	world_free(s.w);
}

static void test_retention(void **state)
{
	(void)state;
	const int64_t day_ms = 24 * HOUR_MS;
	struct stage s = stage_up();
	char *order = finished_order(&s);
	must(reveal(&s, s.operator, "order_id", order, ""));
	world_advance(s.w, 179 * day_ms);
	const RevealContactResponse *rsp = must(reveal(&s, s.operator, "order_id", order, ""));
	assert_string_equal(rsp->contact->name, "甲老三");
	assert_true(stored(&s, "pii:%s", order));
	world_advance(s.w, 2 * day_ms);
	/* The order's own contact is gone; who it was for is still known. */
	rsp = must(reveal(&s, s.operator, "order_id", order, ""));
	assert_string_equal(rsp->contact->name, "甲大一");
	assert_false(stored(&s, "pii:%s", order));
	struct who resident = as(&s, ROLE_RESIDENT, s.resident);
	assert_int_equal(access_log(&s, resident)->n_entries, 4);
	world_advance(s.w, (3 * 365 - 100) * day_ms);
	assert_int_equal(access_log(&s, resident)->n_entries, 3); /* the first reveal was forgotten */
	world_advance(s.w, 365 * day_ms);
	assert_int_equal(access_log(&s, resident)->n_entries, 1); /* the order's timeline remains */
	assert_false(stored(&s, "ac:%s", s.resident));
	world_free(s.w);
}

/* Behind an erasure: texts are wiped page by page, and the destroyed key leaves the files. */
static void test_wiping(void **state)
{
	(void)state;
	enum { ORDERS = 50 }; /* more than a page */
	struct stage s = stage_up();
	struct who resident = as(&s, ROLE_RESIDENT, s.resident);
	char *orders[ORDERS];
	for (int i = 0; i < ORDERS; i++) {
		PlaceOrderResponse *rsp =
		    must(call(&s, resident, "OrderService/PlaceOrder",
			      "{\"category_id\":\"%s\",\"title\":\"knock at 3-501\",\"contact\":{\"name\":\"甲老三\"}}",
			      s.town.plain_category));
		orders[i] = rsp->order->id;
		must(call(&s, resident, "OrderService/CancelOrder",
			  "{\"order_id\":\"%s\",\"reason\":\"my number is 137\"}", orders[i]));
		world_advance(s.w, 10);
	}
	must(call(&s, resident, "PrivacyService/EraseData", "{}"));
	assert_true(stored(&s, "i:pw%s", ""));
	for (int i = 0; i < 10; i++) /* a look for each page, and for the compaction */
		world_advance(s.w, 2000);
	assert_false(stored(&s, "i:pw%s", ""));
	assert_false(stored(&s, "i:sh%s", ""));
	for (int i = 0; i < ORDERS; i++) {
		const Order *order = world_get_order(s.w, orders[i]);
		assert_string_equal(order->title, "");
		assert_int_equal(order->state, ORDER_STATE_CANCELLED);
		assert_string_equal(order->grid_id, s.town.grid_ids[0]);
		for (size_t k = 0; k < order->n_timeline; k++)
			assert_string_equal(order->timeline[k]->text, "");
		assert_false(stored(&s, "pii:%s", orders[i]));
	}
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_export),           cmocka_unit_test(test_erase_resident),
	    cmocka_unit_test(test_erase_member),     cmocka_unit_test(test_erase_household),
	    cmocka_unit_test(test_key_rotation),     cmocka_unit_test(test_retention),
	    cmocka_unit_test(test_wiping),           cmocka_unit_test(test_erase_proxy),
	    cmocka_unit_test(test_erase_looks_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
