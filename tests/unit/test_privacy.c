/* Who sees names, phones and addresses: every reply that could hold them, for every actor; reveals and their log. */
#include "privacy_stage.h"

/* --- an order's contact --- */

static void look(struct stage *s, const char *order, const char *when, enum sight member, enum sight other)
{
	const struct {
		const char *name;
		struct who who;
		enum sight sight;
	} rows[] = {
	    {"resident", as(s, ROLE_RESIDENT, s->resident), FULL},
	    {"proxy", as(s, ROLE_RESIDENT, s->proxy), FULL},
	    {"member", as(s, ROLE_MEMBER, s->member), member},
	    {"another member", as(s, ROLE_MEMBER, s->other), other},
	    {"operator", WITH_KEY(s->operator), MASKED},
	    {"operator elsewhere", WITH_KEY(s->far_operator), NOTHING},
	    {"backend", WITH_KEY(s->backend), MASKED},
	    {"administrator", AS_ADMIN, MASKED},
	    {"administrator as the resident", AS_RESIDENT(s->resident), MASKED},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world_reply reply =
		    call(s, rows[i].who, "OrderService/GetOrder", "{\"order_id\":\"%s\"}", order);
		char what[96];
		snprintf(what, sizeof(what), "%s, %s", rows[i].name, when);
		assert_sight(s, &reply, "甲老三", "甲**", rows[i].sight, what);
		assert_sight(s, &reply, "13700000003", "137****0003", rows[i].sight, what);
		assert_sight(s, &reply, "幸福路8号3栋501", "幸福路8号3栋***", rows[i].sight, what);
	}
}

static void test_order_contact(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who member = as(&s, ROLE_MEMBER, s.member);
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.proxy), "{\"name\":\"甲老三\",\"phone\":\"13700000003\"}");
	look(&s, order, "offered", NOTHING, NOTHING);
	must(call(&s, member, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", order));
	look(&s, order, "accepted", FULL, NOTHING);
	must(call(&s, member, "TaskService/StartTask", "{\"order_id\":\"%s\"}", order));
	must(call(&s, WITH_KEY(s.operator), "DeskService/HoldOrder",
		  "{\"order_id\":\"%s\",\"party\":\"HELD_BY_RESIDENT\",\"reason\":\"away\"}", order));
	look(&s, order, "held", FULL, NOTHING);
	must(call(&s, WITH_KEY(s.operator), "DeskService/ResumeOrder", "{\"order_id\":\"%s\"}", order));
	look(&s, order, "started", FULL, NOTHING);
	must(call(&s, member, "TaskService/CompleteTask", "{\"order_id\":\"%s\",\"text\":\"done\"}", order));
	look(&s, order, "completed", MASKED, NOTHING);
	must(call(&s, as(&s, ROLE_RESIDENT, s.resident), "OrderService/RateOrder", "{\"order_id\":\"%s\",\"stars\":5}",
		  order));
	look(&s, order, "closed", MASKED, NOTHING);
	world_free(s.w);
}

/* No other reply about orders has the contact at all, masked or not. */
static void test_lists(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who member = as(&s, ROLE_MEMBER, s.member), resident = as(&s, ROLE_RESIDENT, s.resident);
	char *order = place(&s, resident, "{\"name\":\"甲老三\",\"phone\":\"13700000003\"}");
	must(call(&s, member, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", order));
	const struct {
		struct who who;
		const char *path, *json;
	} rows[] = {
	    {WITH_KEY(s.operator), "DeskService/ListBoard", "{}"},
	    {AS_ADMIN, "DeskService/ListBoard", "{}"},
	    {resident, "OrderService/ListOrders", "{}"},
	    {member, "TaskService/ListTasks", "{}"},
	    {member, "TaskService/ListOffers", "{}"},
	    {member, "TaskService/ListGrabPool", "{}"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world_reply reply = call(&s, rows[i].who, rows[i].path, "%s", rows[i].json);
		must(reply);
		assert_sight(&s, &reply, "13700000003", "137****0003", NOTHING, rows[i].path);
		assert_sight(&s, &reply, "甲老三", "甲**", NOTHING, rows[i].path);
	}
	world_free(s.w);
}

/* --- people --- */

static void test_people(void **state)
{
	(void)state;
	struct stage s = stage_up();
	const struct who resident = as(&s, ROLE_RESIDENT, s.resident), proxy = as(&s, ROLE_RESIDENT, s.proxy),
			 member = as(&s, ROLE_MEMBER, s.member), other = as(&s, ROLE_MEMBER, s.other);
	const struct {
		struct who who;
		const char *path, *field, *id, *full, *masked;
		enum sight sight;
	} rows[] = {
	    {resident, "OrgService/GetResident", "resident_id", s.resident, "13700000001", "137****0001", FULL},
	    {proxy, "OrgService/GetResident", "resident_id", s.resident, "13700000001", "137****0001", NOTHING},
	    {AS_RESIDENT(s.resident), "OrgService/GetResident", "resident_id", s.resident, "甲大一", "甲**", MASKED},
	    {WITH_KEY(s.backend), "OrgService/GetResident", "resident_id", s.resident, "13700000001", "137****0001",
	     MASKED},
	    {WITH_KEY(s.operator), "OrgService/GetResident", "resident_id", s.resident, "甲大一", "甲**", MASKED},
	    {WITH_KEY(s.far_operator), "OrgService/GetResident", "resident_id", s.resident, "甲大一", "甲**", NOTHING},
	    {AS_ADMIN, "OrgService/GetResident", "resident_id", s.resident, "甲大一", "甲**", MASKED},
	    {member, "OrgService/GetResident", "resident_id", s.resident, "甲大一", "甲**", NOTHING},
	    {AS_ADMIN, "OrgService/GetHousehold", "household_id", s.household, "3栋501", "3栋***", MASKED},
	    {WITH_KEY(s.operator), "OrgService/GetHousehold", "household_id", s.household, "3栋501", "3栋***", MASKED},
	    {member, "MemberService/GetMember", "member_id", s.member, "乙大一", "乙**", FULL},
	    {other, "MemberService/GetMember", "member_id", s.member, "乙大一", "乙**", NOTHING},
	    {AS_ADMIN, "MemberService/GetMember", "member_id", s.member, "13600000001", "136****0001", MASKED},
	    {WITH_KEY(s.backend), "MemberService/GetMember", "member_id", s.member, "乙大一", "乙**", MASKED},
	    {WITH_KEY(s.operator), "MemberService/ListMembers", "grid_id", s.town.grid_ids[0], "乙大一", "乙**",
	     MASKED},
	    {WITH_KEY(s.operator), "MemberService/PauseMember", "member_id", s.member, "乙大一", "乙**", NOTHING},
	    {member, "MemberService/PauseMember", "member_id", s.member, "136", "136****0001", NOTHING},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world_reply reply =
		    call(&s, rows[i].who, rows[i].path, "{\"%s\":\"%s\"}", rows[i].field, rows[i].id);
		char what[96];
		snprintf(what, sizeof(what), "row %zu, %s", i, rows[i].path);
		assert_sight(&s, &reply, rows[i].full, rows[i].masked, rows[i].sight, what);
	}
	/* What is masked must not overwrite what it hides. */
	struct world_reply reply =
	    call(&s, AS_ADMIN, "MemberService/UpdateMember",
		 "{\"member\":{\"id\":\"%s\",\"name\":\"乙**\"},\"update_mask\":\"name\"}", s.member);
	assert_int_equal(reply.err, ERR_FIELD_INVALID);
	assert_string_equal(reply.fault.field, "member.name");
	world_free(s.w);
}

static void test_reveal(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who resident = as(&s, ROLE_RESIDENT, s.resident), member = as(&s, ROLE_MEMBER, s.member);
	char *order = place(&s, resident, "{\"name\":\"甲老三\"}");
	must(call(&s, member, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", order));
	world_advance(s.w, 1000);
	const RevealContactResponse *rsp = must(reveal(&s, s.operator, "order_id", order, "once"));
	assert_string_equal(rsp->contact->name, "甲老三");
	assert_string_equal(rsp->contact->phone, "13700000001");
	assert_string_equal(rsp->contact->address, "幸福路8号3栋501");
	assert_false(rsp->contact->masked);
	/* A lost answer comes again and is noted once; later a request id opens nothing. */
	rsp = must(reveal(&s, s.operator, "order_id", order, "once"));
	assert_string_equal(rsp->contact->name, "甲老三");
	world_advance(s.w, LIMIT_REVEAL_AGAIN_MS + 1);
	assert_int_equal(reveal(&s, s.operator, "order_id", order, "once").err, ERR_REVEAL_OVER);
	rsp = must(reveal(&s, s.operator, "person_id", s.resident, ""));
	assert_string_equal(rsp->contact->name, "甲大一");
	assert_string_equal(rsp->contact->address, "幸福路8号3栋501");
	rsp = must(reveal(&s, s.operator, "person_id", s.member, ""));
	assert_string_equal(rsp->contact->phone, "13600000001");
	/* Not beyond one's unit. */
	assert_int_equal(reveal(&s, s.far_operator, "order_id", order, "").err, ERR_NOT_FOUND);
	assert_int_equal(reveal(&s, s.far_operator, "person_id", s.resident, "").err, ERR_NOT_FOUND);
	assert_int_equal(reveal(&s, s.far_operator, "person_id", s.member, "").err, ERR_NOT_FOUND);
	/* It is all in the log of whom it is about, the newest first. */
	const ListAccessResponse *log = access_log(&s, resident);
	assert_int_equal(log->n_entries, 3);
	assert_int_equal(log->entries[0]->kind, ACCESS_KIND_REVEALED);
	assert_string_equal(log->entries[0]->order_id, "");
	assert_int_equal(log->entries[1]->kind, ACCESS_KIND_REVEALED);
	assert_string_equal(log->entries[1]->order_id, order);
	assert_string_equal(log->entries[1]->purpose, "call back");
	assert_int_equal(log->entries[1]->actor->role, ROLE_OPERATOR);
	assert_int_equal(log->entries[2]->kind, ACCESS_KIND_ASSIGNED);
	assert_string_equal(log->entries[2]->actor->id, s.member);
	log = access_log(&s, member);
	assert_int_equal(log->n_entries, 1);
	assert_int_equal(access_log(&s, as(&s, ROLE_RESIDENT, s.proxy))->n_entries, 0);
	/* The events say that it happened, and nothing of what was shown. */
	assert_null(strstr(world_dump(s.w), "13700000001"));
	assert_null(strstr(world_dump(s.w), "甲老三"));
	world_free(s.w);
}

static void test_reveal_rate(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct world_reply reply = {.err = OK};
	int shown = 0;
	must(reveal(&s, s.operator, "person_id", s.resident, "again"));
	while (shown < 100 && (reply = reveal(&s, s.operator, "person_id", s.resident, "")).err == OK)
		shown++;
	assert_int_equal(reply.err, ERR_RATE_LIMITED);
	assert_int_equal(shown, 29); /* the default is 30 */
	assert_int_equal(reveal(&s, s.operator, "person_id", s.resident, "again").err, OK);
	must(
	    call(&s, AS_ADMIN, "PrivacyService/RevealContact", "{\"person_id\":\"%s\",\"purpose\":\"p\"}", s.resident));
	world_advance(s.w, HOUR_MS);
	must(reveal(&s, s.operator, "person_id", s.resident, ""));
	/* The log keeps the newest. */
	const ListAccessResponse *log = access_log(&s, as(&s, ROLE_RESIDENT, s.resident));
	assert_int_equal(log->n_entries, 32);
	world_free(s.w);
}

/* Pages follow the orders; every entry is on one of them. */
static void test_access_pages(void **state)
{
	(void)state;
	enum { ORDERS = 7 };
	struct stage s = stage_up();
	struct who resident = as(&s, ROLE_RESIDENT, s.resident), member = as(&s, ROLE_MEMBER, s.member);
	for (int i = 0; i < ORDERS; i++) {
		char *order = place(&s, resident, "");
		must(call(&s, member, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", order));
		must(reveal(&s, s.operator, "order_id", order, ""));
		must(call(&s, member, "TaskService/CompleteTask", "{\"order_id\":\"%s\",\"text\":\"done\"}", order));
		world_advance(s.w, 1000);
	}
	size_t seen = 0;
	int64_t last_ms = INT64_MAX;
	const char *token = "";
	for (int pages = 0; pages < 20; pages++) {
		const ListAccessResponse *page = must(
		    call(&s, resident, "PrivacyService/ListAccess", "{\"page_size\":2,\"page_token\":\"%s\"}", token));
		for (size_t i = 0; i < page->n_entries; i++) {
			assert_true(page->entries[i]->at_ms <= last_ms);
			last_ms = page->entries[i]->at_ms;
		}
		seen += page->n_entries;
		token = page->next_page_token;
		if (token[0] == '\0')
			break;
	}
	assert_int_equal(seen, 2 * ORDERS);
	world_free(s.w);
}

/* --- consents --- */

static void test_consents(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who resident = as(&s, ROLE_RESIDENT, s.resident);
	must(call(&s, resident, "PrivacyService/PutConsent", "{\"kind\":\"policy\",\"text_version\":\"1\"}"));
	must(call(&s, resident, "PrivacyService/PutConsent", "{\"kind\":\"policy\",\"text_version\":\"1\"}"));
	must(call(&s, WITH_KEY(s.operator), "PrivacyService/PutConsent",
		  "{\"person_id\":\"%s\",\"kind\":\"board\",\"text_version\":\"7\"}", s.resident));
	must(call(&s, AS_RESIDENT(s.resident), "PrivacyService/PutConsent",
		  "{\"kind\":\"policy\",\"text_version\":\"2\"}"));
	world_advance(s.w, 1000);
	const PutConsentResponse *rsp =
	    must(call(&s, resident, "PrivacyService/PutConsent", "{\"kind\":\"policy\",\"withdraw\":true}"));
	assert_int_equal(rsp->n_consents, 3);
	const ListConsentsResponse *all = must(call(&s, resident, "PrivacyService/ListConsents", "{}"));
	assert_int_equal(all->n_consents, 3);
	assert_string_equal(all->consents[0]->text_version, "1");
	assert_int_equal(all->consents[0]->given_by->role, ROLE_RESIDENT);
	assert_true(all->consents[0]->withdrawn_ms > all->consents[0]->given_ms);
	assert_int_equal(all->consents[1]->given_by->role, ROLE_OPERATOR);
	assert_int_equal(all->consents[1]->withdrawn_ms, 0);
	assert_int_equal(all->consents[2]->given_by->role, ROLE_ADMIN); /* in their name */
	assert_true(all->consents[2]->withdrawn_ms != 0);
	assert_int_equal(call(&s, resident, "PrivacyService/PutConsent", "{\"kind\":\"policy\",\"withdraw\":true}").err,
			 ERR_NOT_FOUND);
	for (int i = 3; i < LIMIT_CONSENTS; i++)
		must(call(&s, resident, "PrivacyService/PutConsent", "{\"kind\":\"k%d\",\"text_version\":\"1\"}", i));
	assert_int_equal(
	    call(&s, resident, "PrivacyService/PutConsent", "{\"kind\":\"one-more\",\"text_version\":\"1\"}").err,
	    ERR_FIELD_OUT_OF_RANGE);
	world_free(s.w);
}

/* The newest are kept; of what makes room nothing else is lost. */
static void test_room_for_notes(void **state)
{
	enum { AN_HOUR = 10 };
	(void)state;
	struct stage s = stage_up();
	for (int i = 0; i <= LIMIT_ACCESS_NOTES; i++) {
		if (i == LIMIT_ACCESS_NOTES) {
			const ListAccessResponse *full = access_log(&s, as(&s, ROLE_RESIDENT, s.resident));
			assert_int_equal(full->n_entries, LIMIT_ACCESS_NOTES);
			assert_string_equal(full->entries[LIMIT_ACCESS_NOTES - 1]->purpose, "call 0");
		}
		must(call(&s, WITH_KEY(s.operator), "PrivacyService/RevealContact",
			  "{\"person_id\":\"%s\",\"purpose\":\"call %d\"}", s.resident, i));
		if (i % AN_HOUR == 0)
			world_advance(s.w, HOUR_MS);
	}
	const ListAccessResponse *log = access_log(&s, as(&s, ROLE_RESIDENT, s.resident));
	assert_int_equal(log->n_entries, LIMIT_ACCESS_NOTES);
	assert_string_equal(log->entries[0]->purpose, "call 200");
	assert_string_equal(log->entries[LIMIT_ACCESS_NOTES - 1]->purpose, "call 1");
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order_contact), cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_people),        cmocka_unit_test(test_reveal),
	    cmocka_unit_test(test_reveal_rate),   cmocka_unit_test(test_access_pages),
	    cmocka_unit_test(test_consents),      cmocka_unit_test(test_room_for_notes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
