/* What a tenant may have of each kind: the last one fits, one more is refused, says how many there may be, and what is
 * there can still be changed. (Keys and certificates: test_keys.c; issuers, revocations: test_tokens.c; screens:
 * test_wall.c.) */
#include "privacy_stage.h"

static void assert_full(struct world_reply reply, const char *detail)
{
	assert_int_equal(reply.err, ERR_TENANT_FULL);
	assert_string_equal(reply.fault.detail, detail);
}

static struct world_reply put_category(struct stage *s, const char *id, size_t code)
{
	return call(
	    s, AS_ADMIN, "OrgService/PutCategory",
	    "{\"category\":{\"id\":\"%s\",\"code\":\"k%zu\",\"name_zh\":\"类别\",\"slots\":[{}],\"points\":{}}}", id,
	    code);
}

static void test_categories(void **state)
{
	(void)state;
	struct stage s = stage_up();
	ListCategoriesResponse *there = must(call(&s, AS_ADMIN, "OrgService/ListCategories", "{}"));
	PutCategoryResponse *last = NULL;
	for (size_t n = there->n_categories; n < LIMIT_CATEGORIES; n++)
		last = must(put_category(&s, "", n));
	assert_full(put_category(&s, "", LIMIT_CATEGORIES), "200 categories");
	must(put_category(&s, last->category->id, LIMIT_CATEGORIES));
	world_free(s.w);
}

#define POINT(lat, lon) "{\"lat\":" lat ",\"lon\":" lon "}"
#define RING "[" POINT("31", "121") "," POINT("31", "122") "," POINT("32", "121") "," POINT("31", "121") "]"

static struct world_reply import(struct stage *s, size_t first, size_t n)
{
	struct buf json = {0};
	struct fault fault;
	ProtobufCMessage *request;
	buf_printf(&json, "{\"parent_id\":\"%s\",\"grids\":[", s->town.community_id);
	for (size_t i = 0; i < n; i++)
		buf_printf(&json,
			   "%s{\"code\":\"k%zu\",\"name\":\"网格\",\"polygons\":[{\"rings\":[{\"points\":" RING "}]}]}",
			   i == 0 ? "" : ",", first + i);
	buf_printf(&json, "]}");
	assert_int_equal(json_decode(world_arena(s->w), world_method(s->w, "OrgService/ImportGrids")->request,
				     buf_view(&json), NULL, &fault, &request),
			 OK);
	buf_free(&json);
	return world_call(s->w, AS_ADMIN, "OrgService/ImportGrids", request);
}

/* An import counts what it makes itself, and may replace what is there where nothing more has room. */
static void test_nodes(void **state)
{
	(void)state;
	struct stage s = stage_up();
	size_t there = 2 + s.town.n_grids, made = 0;
	for (; there + made + LIMIT_IMPORT_ROWS < LIMIT_ORG_NODES; made += LIMIT_IMPORT_ROWS)
		must(import(&s, made, LIMIT_IMPORT_ROWS));
	size_t room = LIMIT_ORG_NODES - there - made;
	assert_full(import(&s, made, room + 1), "5000 nodes");
	must(import(&s, made, room));
	assert_full(import(&s, made + room, 1), "5000 nodes");
	assert_int_equal(((ImportGridsResponse *)must(import(&s, made, room)))->replaced, room);
	must(call(&s, AS_ADMIN, "OrgService/LocatePoint", "{\"point\":{\"lat\":30.001,\"lon\":120.001}}"));
	world_free(s.w);
}

static void test_webhooks(void **state)
{
	(void)state;
	struct stage s = stage_up();
	static const char request[] = "{\"webhook\":{\"url\":\"https://backend.example/%zu\"}}";
	CreateWebhookResponse *last = NULL;
	for (size_t n = 0; n < LIMIT_WEBHOOKS; n++)
		last = must(call(&s, AS_ADMIN, "WebhookService/CreateWebhook", request, n));
	assert_full(call(&s, AS_ADMIN, "WebhookService/CreateWebhook", request, (size_t)LIMIT_WEBHOOKS), "50 webhooks");
	/* One that is deleted makes room at once, though it is tidied up later; one that is off does not. */
	must(call(&s, AS_ADMIN, "WebhookService/DeleteWebhook", "{\"webhook_id\":\"%s\"}", last->webhook->id));
	last = must(call(&s, AS_ADMIN, "WebhookService/CreateWebhook", request, (size_t)LIMIT_WEBHOOKS));
	must(call(&s, AS_ADMIN, "WebhookService/DisableWebhook", "{\"webhook_id\":\"%s\"}", last->webhook->id));
	assert_full(call(&s, AS_ADMIN, "WebhookService/CreateWebhook", request, (size_t)LIMIT_WEBHOOKS), "50 webhooks");
	world_free(s.w);
}

static struct world_reply new_operator(struct stage *s, size_t n)
{
	return call(s, AS_ADMIN, "OperatorService/CreateOperator",
		    "{\"operator\":{\"name\":\"op%zu\",\"assignments\":[{\"role\":\"ROLE_OPERATOR\"}]}}", n);
}

static void test_operators(void **state)
{
	enum { BATCH = 100 };
	(void)state;
	struct stage s = stage_up();
	for (size_t n = 0; n < LIMIT_OPERATORS; n++) {
		must(new_operator(&s, n));
		if (n % BATCH == 0)
			world_forget(s.w);
	}
	assert_full(new_operator(&s, LIMIT_OPERATORS), "2000 operators");
	world_free(s.w);
}

/* Who looks at an order when twenty do already is not told to the others, and hears of them all the same. */
static void test_viewers(void **state)
{
	(void)state;
	struct stage s = stage_up();
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.resident), "");
	TouchOrderResponse *said = NULL;
	for (size_t n = 0; n < LIMIT_VIEWERS + 2; n++) {
		char *key = new_key(&s, "OPERATOR", "");
		said = must(call(&s, WITH_KEY(key), "DeskService/TouchOrder", "{\"order_id\":\"%s\"}", order));
		assert_int_equal(said->n_others, n < LIMIT_VIEWERS ? n : LIMIT_VIEWERS);
	}
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_categories), cmocka_unit_test(test_nodes),   cmocka_unit_test(test_webhooks),
	    cmocka_unit_test(test_operators),  cmocka_unit_test(test_viewers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
