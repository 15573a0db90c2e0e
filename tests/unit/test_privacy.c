/* Who sees names, phones and addresses: every reply that could hold them, for every actor; reveals and their log. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "pb/json_read.h"
#include "pb/json_write.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 2 };
#define HOUR_MS INT64_C(3600000)

/* A resident at home, their family who may order for them, a member, and one of another grid. */
struct stage {
	struct world *w;
	struct town town;
	char *backend, *operator, * far_operator; /* keys */
	char *resident, *proxy, *member, *other;
	char *household;
	unsigned next_request;
};

static void *must(struct world_reply reply)
{
	if (reply.err != OK)
		print_error("%s %s %s\n", err_info(reply.err)->reason,
			    reply.fault.field == NULL ? "" : reply.fault.field, reply.fault.detail);
	assert_int_equal(reply.err, OK);
	return reply.message;
}

static struct world_reply call(struct stage *s, struct who who, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static struct world_reply call(struct stage *s, struct who who, const char *path, const char *format, ...)
{
	struct fault fault;
	ProtobufCMessage *request;
	va_list args;
	char text[1024];
	va_start(args, format);
	int len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (json_decode(world_arena(s->w), world_method(s->w, path)->request, slice_of(text, (size_t)len), NULL, &fault,
			&request) != OK)
		fail_msg("%s %s: %s %s", path, text, fault.field, fault.detail);
	return world_call(s->w, who, path, request);
}

static char *new_key(struct stage *s, const char *role, const char *node_id)
{
	CreateApiKeyResponse *k = must(
	    call(s, AS_ADMIN, "OrgService/CreateApiKey", "{\"role\":\"ROLE_%s\",\"node_id\":\"%s\"}", role, node_id));
	return k->key;
}

static struct who as(const struct stage *s, Role role, const char *id)
{
	return (struct who){.role = role, .id = id, .key = s->backend};
}

static char *new_resident(struct stage *s, const char *name, const char *phone, const char *proxy)
{
	CreateResidentResponse *r =
	    must(call(s, AS_ADMIN, "OrgService/CreateResident",
		      "{\"resident\":{\"household_id\":\"%s\",\"name\":\"%s\",\"phone\":\"%s\",\"proxy_ids\":[%s]}}",
		      s->household, name, phone, proxy));
	return r->resident->id;
}

static char *new_member(struct stage *s, size_t grid, const char *name, const char *phone)
{
	const GeoPoint *home = world_point(s->w, grid, 10, 0, SIDE);
	CreateMemberResponse *m =
	    must(call(s, AS_ADMIN, "MemberService/CreateMember",
		      "{\"member\":{\"home\":{\"lat\":%.6f,\"lon\":%.6f},\"name\":\"%s\",\"phone\":\"%s\"}}", home->lat,
		      home->lon, name, phone));
	return m->member->id;
}

static struct stage stage_up(void)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = 5, .cache_bytes = 1 << 20})};
	s.town = world_town(s.w, SIDE);
	s.backend = new_key(&s, "BACKEND", "");
	s.operator= new_key(&s, "OPERATOR", s.town.grid_ids[0]);
	s.far_operator = new_key(&s, "OPERATOR", s.town.grid_ids[3]);
	CreateBuildingResponse *b =
	    must(call(&s, AS_ADMIN, "OrgService/CreateBuilding",
		      "{\"building\":{\"name\":\"3栋\",\"grid_id\":\"%s\",\"point\":{\"lat\":30.001,\"lon\":120.001}}}",
		      s.town.grid_ids[0]));
	CreateHouseholdResponse *h =
	    must(call(&s, AS_ADMIN, "OrgService/CreateHousehold",
		      "{\"household\":{\"building_id\":\"%s\",\"address\":\"幸福路8号3栋501\"}}", b->building->id));
	s.household = h->household->id;
	s.proxy = new_resident(&s, "甲小二", "13700000002", "");
	char proxy[32];
	snprintf(proxy, sizeof(proxy), "\"%s\"", s.proxy);
	s.resident = new_resident(&s, "甲大一", "13700000001", proxy);
	s.member = new_member(&s, 0, "乙大一", "13600000001");
	s.other = new_member(&s, 3, "乙小二", "13600000002");
	return s;
}

static char *place(struct stage *s, struct who who, const char *contact)
{
	PlaceOrderResponse *rsp =
	    must(call(s, who, "OrderService/PlaceOrder", "{\"category_id\":\"%s\",\"beneficiary_id\":\"%s\"%s%s}",
		      s->town.plain_category, s->resident, contact[0] == '\0' ? "" : ",\"contact\":", contact));
	return rsp->order->id;
}

/* What a reply says of who and where, as text. */
static bool tells(struct stage *s, const struct world_reply *reply, const char *text)
{
	struct buf json = {0};
	struct fault fault;
	if (reply->message != NULL)
		assert_int_equal(json_encode(reply->message, NULL, world_arena(s->w), &fault, &json), OK);
	bool found = json.len > 0 && memmem(json.ptr, json.len, text, strlen(text)) != NULL;
	buf_free(&json);
	return found;
}

enum sight { NOTHING, MASKED, FULL };

static void assert_sight(struct stage *s, const struct world_reply *reply, const char *full, const char *masked,
			 enum sight sight, const char *what)
{
	bool has_full = tells(s, reply, full), has_masked = tells(s, reply, masked);
	if (has_full != (sight == FULL) || has_masked != (sight == MASKED))
		fail_msg("%s: %s%s", what, has_full ? "in full " : "", has_masked ? "masked" : "");
}

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

/* --- reveal --- */

static struct world_reply reveal(struct stage *s, const char *key, const char *what, const char *id,
				 const char *request_id)
{
	return call(s, WITH_KEY(key), "PrivacyService/RevealContact",
		    "{\"%s\":\"%s\",\"purpose\":\"call back\",\"request_id\":\"%s\"}", what, id, request_id);
}

static const ListAccessResponse *access_log(struct stage *s, struct who who)
{
	return must(call(s, who, "PrivacyService/ListAccess", "{}"));
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

static void test_erase_member(void **state)
{
	(void)state;
	struct stage s = stage_up();
	struct who member = as(&s, ROLE_MEMBER, s.member);
	finished_order(&s);
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.resident), "");
	assert_int_equal(call(&s, member, "PrivacyService/EraseData", "{}").err, ERR_OPEN_ORDERS); /* offered */
	must(call(&s, member, "TaskService/AcceptOffer", "{\"order_id\":\"%s\"}", order));
	assert_int_equal(call(&s, member, "PrivacyService/EraseData", "{}").err, ERR_OPEN_ORDERS); /* held */
	must(call(&s, member, "TaskService/HandBackTask", "{\"order_id\":\"%s\",\"reason\":\"r\"}", order));
	must(call(&s, member, "PrivacyService/EraseData", "{}"));
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

static bool stored(struct stage *s, const char *format, const char *id)
{
	char key[64];
	snprintf(key, sizeof(key), format, id);
	return strstr(world_dump(s->w), key) != NULL;
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
	    cmocka_unit_test(test_order_contact),  cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_people),         cmocka_unit_test(test_reveal),
	    cmocka_unit_test(test_reveal_rate),    cmocka_unit_test(test_access_pages),
	    cmocka_unit_test(test_consents),       cmocka_unit_test(test_export),
	    cmocka_unit_test(test_erase_resident), cmocka_unit_test(test_erase_member),
	    cmocka_unit_test(test_key_rotation),   cmocka_unit_test(test_retention),
	    cmocka_unit_test(test_wiping),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
