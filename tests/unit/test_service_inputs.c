/* What every handler says to bad input: the reason, the field, and that nothing was stored. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "pb/json_read.h"
#include "pb/pb_message.h"
#include "service/services.h"
#include "world.h"

enum { SIDE = 2 };

/* A town to refer to: $o offered to $m, $a accepted by $m, $d completed, $r resident, $c category, $g grid,
 * $n community, $b building, $h household, $k key, $e another grid's member. */
struct stage {
	struct world *w;
	char *ids[128]; /* by letter */
	char *long_text;
};

static void *must(struct world_reply reply)
{
	if (reply.err != OK)
		print_error("%s %s %s\n", err_info(reply.err)->reason,
			    reply.fault.field == NULL ? "" : reply.fault.field, reply.fault.detail);
	assert_int_equal(reply.err, OK);
	return reply.message;
}

/* $x is an id, @n a text of n hundred characters of three bytes, ^n a list of n empty objects. */
static struct slice expand(const struct stage *s, const char *json)
{
	struct buf b = {0};
	for (const char *c = json; *c != '\0'; c++) {
		if (*c == '$' && s->ids[(unsigned char)c[1]] != NULL) {
			buf_str(&b, s->ids[(unsigned char)*++c]);
		} else if (*c == '@') {
			for (unsigned n = (unsigned)(*++c - '0') * 100; n > 0; n--)
				buf_str(&b, "长");
		} else if (*c == '^') {
			char *end;
			unsigned long n = strtoul(c + 1, &end, 10);
			for (unsigned long i = 0; i < n; i++)
				buf_str(&b, i == 0 ? "{}" : ",{}");
			c = end - 1;
		} else {
			buf_byte(&b, (uint8_t)*c);
		}
	}
	struct slice text = arena_slice(world_arena(s->w), buf_view(&b));
	buf_free(&b);
	return text;
}

static const char *path_of(const char *method)
{
	const struct method *methods[SERVICE_METHODS_MAX];
	size_t n = services_list(methods);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(strrchr(methods[i]->path, '/') + 1, method) == 0)
			return methods[i]->path + sizeof("/paidan.v1.") - 1;
	}
	fail_msg("no method %s", method);
	return NULL;
}

static struct who who_of(const struct stage *s, char who)
{
	switch (who) {
	case 'm':
	case 'e':
		return AS_MEMBER(s->ids[(unsigned char)who]);
	case 'r':
	case 's':
		return AS_RESIDENT(s->ids[(unsigned char)who]);
	case 'k':
		return WITH_KEY(s->ids['K']);
	case '-':
		return AS_NOBODY;
	default:
		return AS_ADMIN;
	}
}

static struct world_reply call(const struct stage *s, char who, const char *method, const char *json)
{
	struct fault fault;
	ProtobufCMessage *request;
	const struct method *m = world_method(s->w, path_of(method));
	if (json_decode(world_arena(s->w), m->request, expand(s, json), NULL, &fault, &request) != OK)
		fail_msg("%s %s: %s %s", method, json, fault.field, fault.detail);
	return world_call(s->w, who_of(s, who), path_of(method), request);
}

static char *order(const struct stage *s, const char *category)
{
	return world_order(s->w, s->ids['r'], category, world_point(s->w, 0, 0, 0, SIDE));
}

static struct stage stage(void)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = 3, .cache_bytes = 1 << 20})};
	struct town town = world_town(s.w, SIDE);
	s.ids['c'] = town.plain_category;
	s.ids['g'] = town.grid_ids[0];
	s.ids['n'] = town.community_id;
	s.ids['m'] = world_member(s.w, world_point(s.w, 0, 10, 0, SIDE), NULL);
	s.ids['r'] = world_resident(s.w);
	s.ids['s'] = world_resident(s.w);
	CreateBuildingResponse *b = must(call(
	    &s, 'A', "CreateBuilding", "{\"building\":{\"name\":\"1\",\"point\":{\"lat\":30.001,\"lon\":120.001}}}"));
	s.ids['b'] = b->building->id;
	CreateHouseholdResponse *h =
	    must(call(&s, 'A', "CreateHousehold", "{\"household\":{\"building_id\":\"$b\",\"address\":\"1-1\"}}"));
	s.ids['h'] = h->household->id;
	CreateApiKeyResponse *k =
	    must(call(&s, 'A', "CreateApiKey", "{\"role\":\"ROLE_OPERATOR\",\"node_id\":\"$g\"}"));
	s.ids['k'] = k->key_id;
	s.ids['K'] = k->key;
	must(call(&s, 'k', "ListCategories", "{}")); /* its first use is written down */
	s.ids['d'] = order(&s, town.plain_category);
	must(call(&s, 'm', "AcceptOffer", "{\"order_id\":\"$d\"}"));
	must(call(&s, 'm', "CompleteTask", "{\"order_id\":\"$d\",\"text\":\"done\"}"));
	s.ids['a'] = order(&s, town.plain_category);
	must(call(&s, 'm', "AcceptOffer", "{\"order_id\":\"$a\"}"));
	s.ids['o'] = order(&s, town.plain_category);
	s.ids['e'] = world_member(s.w, world_point(s.w, 3, 10, 0, SIDE), NULL);
	return s;
}

static const struct row {
	char who; /* A admin, m member, e another, r resident, s another, k operator of $g, - nobody */
	const char *method, *json, *reason, *field;
} rows[] = {
    /* --- OrderService --- */
    {'r', "PlaceOrder", "{}", "FIELD_REQUIRED", "category_id"},
    {'r', "PlaceOrder", "{\"category_id\":\"c0000zzz\"}", "NOT_FOUND", "category_id"},
    {'A', "PlaceOrder", "{\"category_id\":\"$c\"}", "FIELD_REQUIRED", "beneficiary_id"},
    {'A', "PlaceOrder", "{\"category_id\":\"$c\",\"beneficiary_id\":\"r0000zzz\"}", "NOT_FOUND", "beneficiary_id"},
    {'r', "PlaceOrder", "{\"category_id\":\"$c\"}", "FIELD_REQUIRED", "point"},
    {'r', "PlaceOrder", "{\"category_id\":\"$c\",\"point\":{\"lat\":1,\"lon\":1}}", "OUTSIDE_GRIDS", "point"},
    {'r', "PlaceOrder", "{\"category_id\":\"$c\",\"point\":{\"lat\":91,\"lon\":1}}", "FIELD_OUT_OF_RANGE", "point.lat"},
    {'r', "PlaceOrder", "{\"category_id\":\"$c\",\"point\":{\"lat\":\"NaN\",\"lon\":1}}", "FIELD_OUT_OF_RANGE",
     "point.lat"},
    {'r', "PlaceOrder", "{\"category_id\":\"$c\",\"urgency\":9,\"point\":{\"lat\":30.001,\"lon\":120.001}}",
     "FIELD_INVALID", "urgency"},
    {'r', "PlaceOrder", "{\"category_id\":\"$c\",\"title\":\"@1\",\"point\":{\"lat\":30.001,\"lon\":120.001}}",
     "FIELD_TOO_LONG", "title"},
    {'r', "PlaceOrder", "{\"category_id\":\"$c\",\"title\":\"a\\u0007b\",\"point\":{\"lat\":30.001,\"lon\":120.001}}",
     "FIELD_INVALID", "title"},
    {'r', "PlaceOrder",
     "{\"category_id\":\"$c\",\"attachments\":[{\"ref\":\"a\"},{}],\"point\":{\"lat\":30.001,\"lon\":120.001}}",
     "FIELD_REQUIRED", "attachments[1].ref"},
    {'r', "PlaceOrder", "{\"category_id\":\"$c\",\"attachments\":[^10],\"point\":{\"lat\":30.001,\"lon\":120.001}}",
     "FIELD_OUT_OF_RANGE", "attachments"},
    {'r', "PlaceOrder",
     "{\"category_id\":\"$c\",\"contact\":{\"phone\":\"@1\"},\"point\":{\"lat\":30.001,\"lon\":120.001}}",
     "FIELD_TOO_LONG", "contact.phone"},
    {'r', "PlaceOrder", "{\"request_id\":\"@1\"}", "FIELD_TOO_LONG", "request_id"},
    {'s', "PlaceOrder", "{\"category_id\":\"$c\",\"beneficiary_id\":\"$r\",\"point\":{\"lat\":30.001,\"lon\":120.001}}",
     "NOT_FOUND", NULL},
    {'m', "PlaceOrder", "{\"category_id\":\"$c\"}", "PERMISSION_DENIED", NULL},
    {'r', "GetOrder", "{}", "FIELD_REQUIRED", "order_id"},
    {'r', "GetOrder", "{\"order_id\":\"o0000zzz\"}", "NOT_FOUND", NULL},
    {'r', "GetOrder", "{\"order_id\":\"@1\"}", "FIELD_INVALID", "order_id"},
    {'s', "GetOrder", "{\"order_id\":\"$o\"}", "NOT_FOUND", NULL},
    {'e', "GetOrder", "{\"order_id\":\"$o\"}", "NOT_FOUND", NULL},
    {'-', "GetOrder", "{\"order_id\":\"$o\"}", "UNAUTHENTICATED", NULL},
    {'A', "ListOrders", "{}", "FIELD_REQUIRED", "resident_id"},
    {'s', "ListOrders", "{\"resident_id\":\"$r\"}", "NOT_FOUND", NULL},
    {'r', "ListOrders", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'r', "ListOrders", "{\"page_token\":\"x\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'r', "ListOrders", "{\"page_token\":\"1.\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'r', "ListOrders", "{\"page_token\":\"1.a b\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'r', "CancelOrder", "{\"order_id\":\"$o\",\"reason\":\"@9@9@9\"}", "FIELD_TOO_LONG", "reason"},
    {'r', "CancelOrder", "{\"order_id\":\"$o\",\"etag\":\"x\"}", "FIELD_INVALID", "etag"},
    {'r', "CancelOrder", "{\"order_id\":\"$o\",\"etag\":\"1\"}", "ETAG_STALE", "etag"},
    {'m', "CancelOrder", "{\"order_id\":\"$o\"}", "PERMISSION_DENIED", NULL},
    {'r', "RateOrder", "{\"order_id\":\"$d\"}", "FIELD_OUT_OF_RANGE", "stars"},
    {'r', "RateOrder", "{\"order_id\":\"$d\",\"stars\":6}", "FIELD_OUT_OF_RANGE", "stars"},
    {'r', "RateOrder", "{\"order_id\":\"$d\",\"stars\":5,\"resolution\":7}", "FIELD_INVALID", "resolution"},
    {'r', "RateOrder", "{\"order_id\":\"$d\",\"stars\":5,\"satisfaction\":7}", "FIELD_INVALID", "satisfaction"},
    {'r', "RateOrder", "{\"order_id\":\"$d\",\"stars\":5,\"tags\":[\"\"]}", "FIELD_REQUIRED", "tags[0]"},
    {'r', "RateOrder", "{\"order_id\":\"$d\",\"stars\":5,\"comment\":\"@9@9@9\"}", "FIELD_TOO_LONG", "comment"},
    {'A', "RateOrder", "{\"order_id\":\"$d\",\"stars\":5}", "PERMISSION_DENIED", NULL},
    {'r', "ChaseOrder", "{\"order_id\":\"$o\",\"text\":\"@9@9@9\"}", "FIELD_TOO_LONG", "text"},
    {'r', "AddNote", "{\"order_id\":\"$o\"}", "FIELD_REQUIRED", "text"},
    {'r', "ReopenOrder", "{\"order_id\":\"$o\"}", "ORDER_STATE", "order_id"},
    /* --- TaskService --- */
    {'r', "ListOffers", "{}", "PERMISSION_DENIED", NULL},
    {'A', "ListTasks", "{}", "PERMISSION_DENIED", NULL},
    {'m', "ListTasks", "{\"page_size\":1000}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'m', "ListGrabPool", "{\"grid_id\":\"n0000zzz\"}", "NOT_FOUND", "grid_id"},
    {'m', "AcceptOffer", "{}", "FIELD_REQUIRED", "order_id"},
    {'e', "AcceptOffer", "{\"order_id\":\"$o\"}", "NOT_FOUND", NULL},
    {'m', "DeclineOffer", "{\"order_id\":\"$o\",\"reason\":77}", "FIELD_INVALID", "reason"},
    {'m', "DeclineOffer", "{\"order_id\":\"$o\",\"text\":\"@9@9@9\"}", "FIELD_TOO_LONG", "text"},
    {'e', "GrabOrder", "{\"order_id\":\"$o\"}", "NOT_FOUND", NULL},
    {'m', "StartTask", "{\"order_id\":\"$o\"}", "NOT_FOUND", "order_id"},
    {'m', "CompleteTask", "{\"order_id\":\"$a\"}", "EVIDENCE_MISSING", "text"},
    {'m', "CompleteTask", "{\"order_id\":\"$a\",\"text\":\"x\",\"outcome\":9}", "FIELD_INVALID", "outcome"},
    {'m', "CompleteTask", "{\"order_id\":\"$a\",\"text\":\"x\",\"outcome\":\"OUTCOME_UNABLE\"}", "FIELD_REQUIRED",
     "reason"},
    {'m', "CompleteTask", "{\"order_id\":\"$a\",\"text\":\"x\",\"duration_min\":1441}", "FIELD_OUT_OF_RANGE",
     "duration_min"},
    {'m', "CompleteTask", "{\"order_id\":\"$a\",\"photos\":[{}]}", "FIELD_REQUIRED", "photos[0].ref"},
    {'m', "CompleteTask", "{\"order_id\":\"$a\",\"text\":\"@9@9@9\"}", "FIELD_TOO_LONG", "text"},
    {'m', "HandBackTask", "{\"order_id\":\"$a\"}", "FIELD_REQUIRED", "reason"},
    {'m', "SetAvailability", "{\"paused_until_ms\":\"-1\"}", "FIELD_OUT_OF_RANGE", "paused_until_ms"},
    {'m', "SetAvailability", "{\"point\":{\"lat\":1,\"lon\":181}}", "FIELD_OUT_OF_RANGE", "point.lon"},
    {'m', "SetShifts", "{\"shifts\":[{\"from_min\":5,\"to_min\":5}]}", "FIELD_OUT_OF_RANGE", "shifts[0]"},
    {'m', "SetShifts", "{\"shifts\":[{\"from_min\":5,\"to_min\":9},{\"from_min\":8,\"to_min\":10}]}",
     "FIELD_OUT_OF_RANGE", "shifts[1]"},
    {'m', "SetShifts", "{\"shifts\":[{\"from_min\":5,\"to_min\":10081}]}", "FIELD_OUT_OF_RANGE", "shifts[0].to_min"},
    {'m', "SetShifts", "{\"shifts\":[^29]}", "FIELD_OUT_OF_RANGE", "shifts"},
    {'m', "SetShifts", "{\"quiet\":{\"from_min\":1440}}", "FIELD_OUT_OF_RANGE", "quiet.from_min"},
    {'m', "SetShifts", "{\"etag\":\"99\"}", "ETAG_STALE", "etag"},
    /* --- DeskService --- */
    {'A', "CreateWebhook", "{}", "FIELD_REQUIRED", "webhook"},
    {'A', "CreateWebhook", "{\"webhook\":{}}", "FIELD_REQUIRED", "webhook.url"},
    {'A', "CreateWebhook", "{\"webhook\":{\"url\":\"ftp://a.example\"}}", "FIELD_INVALID", "webhook.url"},
    {'A', "CreateWebhook", "{\"webhook\":{\"url\":\"https://a!b.example\"}}", "FIELD_INVALID", "webhook.url"},
    {'A', "CreateWebhook", "{\"webhook\":{\"url\":\"https://\"}}", "FIELD_INVALID", "webhook.url"},
    {'A', "CreateWebhook", "{\"webhook\":{\"url\":\"https://a.example/a b\"}}", "FIELD_INVALID", "webhook.url"},
    {'A', "CreateWebhook", "{\"webhook\":{\"url\":\"https://a.example/#x\"}}", "FIELD_INVALID", "webhook.url"},
    {'A', "CreateWebhook", "{\"webhook\":{\"url\":\"https://a.example\",\"node_id\":\"n0000zzz\"}}", "NOT_FOUND",
     "webhook.node_id"},
    {'A', "CreateWebhook", "{\"webhook\":{\"url\":\"https://a.example\",\"kinds\":[99]}}", "FIELD_INVALID",
     "webhook.kinds[0]"},
    {'r', "CreateWebhook", "{\"webhook\":{\"url\":\"https://a.example\"}}", "PERMISSION_DENIED", NULL},
    {'A', "GetWebhook", "{}", "FIELD_REQUIRED", "webhook_id"},
    {'A', "GetWebhook", "{\"webhook_id\":\"w0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "ListWebhooks", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'A', "UpdateWebhook", "{\"webhook\":{\"id\":\"w0000zzz\"}}", "FIELD_REQUIRED", "update_mask"},
    {'A', "UpdateWebhook", "{\"webhook\":{\"id\":\"w0000zzz\"},\"update_mask\":\"createdMs\"}", "FIELD_INVALID",
     "update_mask"},
    {'A', "DeleteWebhook", "{\"webhook_id\":\"w0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "RotateWebhookSecret", "{\"webhook_id\":\"w0000zzz\",\"overlap_ms\":\"604800001\"}", "FIELD_OUT_OF_RANGE",
     "overlap_ms"},
    {'A', "EnableWebhook", "{\"webhook_id\":\"w0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "DisableWebhook", "{\"webhook_id\":\"w0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "TestWebhook", "{\"webhook_id\":\"w0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "ListDeliveries", "{\"webhook_id\":\"$o\"}", "FIELD_INVALID", "webhook_id"},
    {'A', "ListDeadLetters", "{\"webhook_id\":\"w0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "ReplayDeadLetters", "{\"webhook_id\":\"w0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "ReplayEvents", "{\"webhook_id\":\"w0000zzz\"}", "FIELD_REQUIRED", "after"},
    {'A', "ListEvents", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'A', "ListEvents", "{\"node_ids\":[\"n0000zzz\"]}", "NOT_FOUND", "node_ids"},
    {'k', "ListEvents", "{\"node_ids\":[\"$n\"]}", "NOT_FOUND", "node_ids"},
    {'A', "ListEvents", "{\"category_ids\":[\"c0000zzz\"]}", "NOT_FOUND", "category_ids"},
    {'A', "ListEvents", "{\"category_ids\":[\"$o\"]}", "FIELD_INVALID", "category_ids[0]"},
    {'A', "ListEvents", "{\"kinds\":[99]}", "FIELD_INVALID", "kinds[0]"},
    {'A', "ListEvents", "{\"after\":\"x\"}", "FIELD_INVALID", "after"},
    {'A', "ListEvents", "{\"page_token\":\"1-2\"}", "FIELD_INVALID", "page_token"},
    {'r', "ListEvents", "{}", "PERMISSION_DENIED", NULL},
    {'A', "ListBoard", "{\"states\":[\"ORDER_STATE_CLOSED\"]}", "FIELD_INVALID", "states[0]"},
    {'A', "ListBoard", "{\"states\":[99]}", "FIELD_INVALID", "states[0]"},
    {'A', "ListBoard", "{\"urgencies\":[9]}", "FIELD_INVALID", "urgencies[0]"},
    {'A', "ListBoard", "{\"node_id\":\"n0000zzz\"}", "NOT_FOUND", "node_id"},
    {'k', "ListBoard", "{\"node_id\":\"$n\"}", "NOT_FOUND", "node_id"},
    {'r', "ListBoard", "{}", "PERMISSION_DENIED", NULL},
    {'k', "GetBoardCounts", "{\"node_id\":\"$n\"}", "NOT_FOUND", "node_id"},
    {'A', "AssignOrder", "{\"order_id\":\"$o\"}", "FIELD_REQUIRED", "member_id"},
    {'A', "AssignOrder", "{\"order_id\":\"$o\",\"member_id\":\"m0000zzz\"}", "NOT_FOUND", NULL},
    {'k', "AssignOrder", "{\"order_id\":\"$o\",\"member_id\":\"$e\"}", "NOT_FOUND", NULL},
    {'A', "AssignOrder", "{\"order_id\":\"$o\",\"member_id\":\"$e\",\"slot\":1}", "FIELD_OUT_OF_RANGE", "slot"},
    {'A', "AssignOrder", "{\"order_id\":\"$o\",\"member_id\":\"$m\"}", "OFFER_ANSWERED", "member_id"},
    {'A', "BulkAssign", "{}", "FIELD_OUT_OF_RANGE", "items"},
    {'A', "BulkAssign", "{\"items\":[^101]}", "FIELD_OUT_OF_RANGE", "items"},
    {'A', "HoldOrder", "{\"order_id\":\"$o\"}", "FIELD_REQUIRED", "reason"},
    {'A', "HoldOrder", "{\"order_id\":\"$o\",\"reason\":\"x\",\"party\":9}", "FIELD_INVALID", "party"},
    {'A', "HoldOrder", "{\"order_id\":\"$o\",\"reason\":\"x\",\"until_ms\":1}", "FIELD_OUT_OF_RANGE", "until_ms"},
    {'A', "HoldOrder", "{\"order_id\":\"$o\",\"reason\":\"x\",\"party_name\":\"@1\"}", "FIELD_TOO_LONG", "party_name"},
    {'A', "MergeOrders", "{\"order_id\":\"$o\"}", "FIELD_OUT_OF_RANGE", "duplicate_ids"},
    {'A', "MergeOrders", "{\"order_id\":\"$o\",\"duplicate_ids\":[\"o0000zzz\"]}", "NOT_FOUND", NULL},
    {'A', "RevokeTokens", "{}", "FIELD_REQUIRED", "token_id"},
    {'A', "RejectOrder", "{\"order_id\":\"$o\"}", "FIELD_REQUIRED", "reason"},
    {'A', "GetRates", "{\"from_ms\":\"2000\",\"until_ms\":\"1000\"}", "FIELD_OUT_OF_RANGE", "until_ms"},
    {'A', "GetRates", "{\"node_id\":\"$n\",\"member_id\":\"$m\"}", "FIELD_INVALID", "member_id"},
    {'A', "GetRates", "{\"group_by\":9}", "FIELD_INVALID", "group_by"},
    {'A', "GetRates", "{\"then_by\":\"RATE_GROUP_GRID\"}", "FIELD_INVALID", "then_by"},
    {'-', "GetFigures", "{\"tenant_id\":\"elm\",\"weeks\":27}", "FIELD_OUT_OF_RANGE", "weeks"},
    {'-', "ListAreas", "{\"tenant_id\":\"elm\",\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'A', "GetWall", "{\"node_id\":\"n0000zzz\"}", "NOT_FOUND", "node_id"},
    {'A', "CreateWallKey", "{}", "FIELD_REQUIRED", "label"},
    {'A', "CreateWallKey", "{\"label\":\"x\",\"expires_ms\":1}", "FIELD_OUT_OF_RANGE", "expires_ms"},
    {'A', "ListWallKeys", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'A', "RevokeWallKey", "{\"key_id\":\"k0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "RecountRates", "{\"request_id\":\"@1\"}", "FIELD_TOO_LONG", "request_id"},
    {'A', "RequestExclusion", "{\"order_id\":\"$o\"}", "FIELD_REQUIRED", "reason"},
    {'A', "RequestExclusion", "{\"order_id\":\"$o\",\"reason\":\"@9@9@9\"}", "FIELD_TOO_LONG", "reason"},
    {'A', "RequestExclusion", "{\"order_id\":\"$o\",\"reason\":\"x\"}", "NOT_COUNTED", "order_id"},
    {'A', "ApproveExclusion", "{}", "FIELD_REQUIRED", "exclusion_id"},
    {'A', "ApproveExclusion", "{\"exclusion_id\":\"e0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "RefuseExclusion", "{\"exclusion_id\":\"e0000zzz\"}", "FIELD_REQUIRED", "comment"},
    {'A', "WithdrawExclusion", "{\"exclusion_id\":\"$o\"}", "FIELD_INVALID", "exclusion_id"},
    {'A', "ListExclusions", "{\"state\":77}", "FIELD_INVALID", "state"},
    {'A', "ListExclusions", "{\"page_token\":\"x\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'A', "CompleteOrder", "{\"order_id\":\"$a\"}", "FIELD_REQUIRED", "text"},
    {'A', "CompleteOrder", "{\"order_id\":\"$a\",\"text\":\"x\",\"outcome\":\"OUTCOME_UNABLE\"}", "FIELD_REQUIRED",
     "reason"},
    {'A', "ReworkOrder", "{\"order_id\":\"$o\"}", "ORDER_STATE", "order_id"},
    {'A', "ListTrace", "{\"from_ms\":-1}", "FIELD_OUT_OF_RANGE", "from_ms"},
    {'A', "ListTrace", "{\"page_token\":\"x\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'A', "ListTrace", "{\"page_token\":\"-5.0\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'A', "ExplainDispatch", "{\"order_id\":\"o0000zzz\"}", "NOT_FOUND", NULL},
    /* --- OrgService --- */
    {'A', "CreateTenant", "{\"tenant_id\":\"elm\",\"name\":\"again\"}", "ALREADY_EXISTS", "tenant_id"},
    {'A', "CreateTenant", "{\"tenant_id\":\"elm\"}", "FIELD_REQUIRED", "name"},
    {'A', "CreateApiKey", "{}", "FIELD_INVALID", "role"},
    {'A', "CreateApiKey", "{\"role\":\"ROLE_SYSTEM\"}", "FIELD_INVALID", "role"},
    {'A', "CreateApiKey", "{\"role\":\"ROLE_ADMIN\",\"node_id\":\"n0000zzz\"}", "NOT_FOUND", "node_id"},
    {'A', "CreateApiKey", "{\"role\":\"ROLE_ADMIN\",\"label\":\"@1\"}", "FIELD_TOO_LONG", "label"},
    {'k', "CreateApiKey", "{\"role\":\"ROLE_ADMIN\"}", "PERMISSION_DENIED", NULL},
    {'A', "CreateApiKey", "{\"role\":\"ROLE_BACKEND\",\"scope\":{\"methods\":[\"OrderService\",\"Order\"]}}",
     "FIELD_INVALID", "scope.methods[1]"},
    {'A', "CreateApiKey", "{\"role\":\"ROLE_BACKEND\",\"scope\":{\"methods\":[\"OrderService/Place\"]}}",
     "FIELD_INVALID", "scope.methods[0]"},
    {'A', "CreateApiKey", "{\"role\":\"ROLE_BACKEND\",\"scope\":{\"networks\":[\"10.0.0.1/8\"]}}", "FIELD_INVALID",
     "scope.networks[0]"},
    {'A', "CreateApiKey", "{\"role\":\"ROLE_BACKEND\",\"expires_ms\":\"1\"}", "FIELD_OUT_OF_RANGE", "expires_ms"},
    {'A', "RotateApiKey", "{\"key_id\":\"k0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "RotateApiKey", "{\"key_id\":\"$k\",\"overlap_ms\":\"-1\"}", "FIELD_OUT_OF_RANGE", "overlap_ms"},
    {'A', "RotateApiKey", "{\"key_id\":\"$k\",\"overlap_ms\":\"2592000001\"}", "FIELD_OUT_OF_RANGE", "overlap_ms"},
    {'k', "RotateApiKey", "{\"key_id\":\"$k\"}", "PERMISSION_DENIED", NULL},
    {'A', "ListApiKeys", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'k', "ListApiKeys", "{}", "PERMISSION_DENIED", NULL},
    {'A', "RevokeApiKey", "{\"key_id\":\"k0000zzz\"}", "NOT_FOUND", NULL},
    /* --- CredentialService --- */
    {'A', "PutIssuer", "{}", "FIELD_REQUIRED", "issuer"},
    {'A', "PutIssuer", "{\"issuer\":{},\"jwks\":\"x\"}", "FIELD_REQUIRED", "issuer.name"},
    {'A', "PutIssuer", "{\"issuer\":{\"name\":\"x\"}}", "FIELD_REQUIRED", "jwks"},
    {'A', "PutIssuer", "{\"issuer\":{\"name\":\"x\"},\"jwks\":\"{}\"}", "FIELD_REQUIRED", "jwks"},
    {'A', "PutIssuer", "{\"issuer\":{\"name\":\"x\"},\"jwks\":\"[]\"}", "FIELD_INVALID", "jwks"},
    {'A', "PutIssuer", "{\"issuer\":{\"name\":\"paidan://elm\"},\"jwks\":\"{}\"}", "FIELD_INVALID", "issuer.name"},
    {'A', "PutIssuer", "{\"issuer\":{\"name\":\"x\",\"audiences\":[\"x\",\"paidan://oak\"]},\"jwks\":\"{}\"}",
     "FIELD_INVALID", "issuer.audiences[1]"},
    {'A', "PutIssuer", "{\"issuer\":{\"name\":\"x\",\"roles\":[\"ROLE_ADMIN\"]},\"jwks\":\"{}\"}", "FIELD_INVALID",
     "issuer.roles[0]"},
    {'A', "PutIssuer", "{\"issuer\":{\"name\":\"x\",\"max_life_ms\":\"86400001\"},\"jwks\":\"{}\"}",
     "FIELD_OUT_OF_RANGE", "issuer.max_life_ms"},
    {'A', "PutIssuer", "{\"issuer\":{\"name\":\"x\",\"node_id\":\"n0000zzz\"},\"jwks\":\"{}\"}", "NOT_FOUND",
     "issuer.node_id"},
    {'k', "PutIssuer", "{}", "PERMISSION_DENIED", NULL},
    {'A', "ListIssuers", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'A', "RemoveIssuer", "{\"name\":\"x\"}", "NOT_FOUND", "name"},
    {'A', "MintToken", "{}", "FIELD_REQUIRED", "resident_id"},
    {'A', "MintToken", "{\"resident_id\":\"$r\",\"member_id\":\"$m\"}", "FIELD_REQUIRED", "resident_id"},
    {'A', "MintToken", "{\"resident_id\":\"$m\"}", "FIELD_INVALID", "resident_id"},
    {'A', "MintToken", "{\"resident_id\":\"$r\",\"ttl_ms\":\"3600001\"}", "FIELD_OUT_OF_RANGE", "ttl_ms"},
    {'A', "MintToken", "{\"resident_id\":\"r0000zzz\"}", "NOT_FOUND", NULL},
    {'k', "MintToken", "{\"resident_id\":\"$r\"}", "PERMISSION_DENIED", NULL},
    {'-', "GetJwks", "{\"tenant_id\":\"Elm\"}", "FIELD_INVALID", "tenant_id"},
    {'k', "RotateTokenKey", "{}", "PERMISSION_DENIED", NULL},
    {'A', "PutClientCert", "{}", "FIELD_REQUIRED", "cert"},
    {'A', "PutClientCert", "{\"cert\":{\"role\":\"ROLE_BACKEND\"}}", "FIELD_REQUIRED", "cert.name"},
    {'A', "PutClientCert", "{\"cert\":{\"name\":\"dns:a\"}}", "FIELD_REQUIRED", "cert.role"},
    {'A', "PutClientCert", "{\"cert\":{\"name\":\"dns:a\",\"role\":\"ROLE_ADMIN\"}}", "FIELD_INVALID", "cert.role"},
    {'A', "PutClientCert", "{\"cert\":{\"name\":\"dns:A\",\"role\":\"ROLE_BACKEND\"}}", "FIELD_INVALID", "cert.name"},
    {'A', "PutClientCert", "{\"cert\":{\"name\":\"uri:\",\"role\":\"ROLE_BACKEND\"}}", "FIELD_INVALID", "cert.name"},
    {'A', "PutClientCert", "{\"cert\":{\"name\":\"mini\",\"role\":\"ROLE_BACKEND\"}}", "FIELD_INVALID", "cert.name"},
    {'A', "PutClientCert", "{\"cert\":{\"name\":\"uri:paidan://oak/b\",\"role\":\"ROLE_BACKEND\"}}", "FIELD_INVALID",
     "cert.name"},
    {'A', "PutClientCert", "{\"cert\":{\"name\":\"uri:paidan://elmo/b\",\"role\":\"ROLE_BACKEND\"}}", "FIELD_INVALID",
     "cert.name"},
    {'A', "PutClientCert", "{\"cert\":{\"name\":\"dns:a\",\"role\":\"ROLE_BACKEND\",\"scope\":{\"networks\":[\"x\"]}}}",
     "FIELD_INVALID", "cert.scope.networks[0]"},
    {'A', "PutClientCert", "{\"cert\":{\"name\":\"dns:a\",\"role\":\"ROLE_BACKEND\",\"node_id\":\"n0000zzz\"}}",
     "NOT_FOUND", "cert.node_id"},
    {'A', "ListClientCerts", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'A', "RevokeClientCert", "{\"name\":\"dns:a\"}", "NOT_FOUND", "name"},
    {'k', "RevokeClientCert", "{\"name\":\"dns:a\"}", "PERMISSION_DENIED", NULL},
    {'A', "CreateNode", "{}", "FIELD_REQUIRED", "node"},
    {'A', "UpdateNode", "{\"node\":{\"name\":\"x\"},\"update_mask\":\"name\"}", "FIELD_REQUIRED", "node.id"},
    {'A', "UpdateNode", "{\"node\":{\"id\":\"$n\"},\"update_mask\":\"polygons\"}", "FIELD_INVALID", "update_mask"},
    {'A', "UpdateNode", "{\"node\":{\"id\":\"$n\"},\"update_mask\":\"name\"}", "FIELD_REQUIRED", "node.name"},
    {'A', "UpdateNode", "{\"node\":{\"id\":\"n0000zzz\",\"name\":\"x\"},\"update_mask\":\"name\"}", "NOT_FOUND",
     "node.id"},
    {'A', "GetNode", "{\"node_id\":\"n0000zzz\"}", "NOT_FOUND", "node_id"},
    {'k', "GetNode", "{\"node_id\":\"$n\"}", "NOT_FOUND", "node_id"},
    {'A', "ListNodes", "{\"page_size\":999}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'A', "ImportGrids", "{\"parent_id\":\"$n\"}", "FIELD_OUT_OF_RANGE", "grids"},
    {'A', "ImportGrids", "{\"parent_id\":\"$g\",\"grids\":[{\"code\":\"x\",\"polygons\":[{}]}]}", "FIELD_INVALID",
     "parent_id"},
    {'A', "ImportGrids", "{\"parent_id\":\"$n\",\"grids\":[^1]}", "FIELD_REQUIRED", "grids[0].code"},
    {'A', "ImportGrids", "{\"parent_id\":\"$n\",\"grids\":[{\"code\":\"x\"}]}", "FIELD_REQUIRED", "grids[0].polygons"},
    {'A', "ImportGrids", "{\"parent_id\":\"$n\",\"grids\":[{\"code\":\"x y\"}]}", "FIELD_INVALID", "grids[0].code"},
    {'A', "ImportGrids", "{\"parent_id\":\"$n\",\"grids\":[{\"code\":\"x\",\"polygons\":[{}]}]}", "POLYGON_INVALID",
     "grids[0].polygons[0]"},
    {'A', "ImportGrids",
     "{\"parent_id\":\"$n\",\"grids\":[{\"code\":\"x\",\"polygons\":[{\"rings\":[{\"points\":[^3]}]}]}]}",
     "POLYGON_INVALID", "grids[0].polygons[0].rings[0]"},
    {'A', "ImportGrids",
     "{\"parent_id\":\"$n\",\"grids\":[{\"code\":\"x\",\"polygons\":[{\"rings\":[{\"points\":[{\"lat\":0,\"lon\":0},{"
     "\"lat\":1,\"lon\":1},{\"lat\":1,\"lon\":0},{\"lat\":0,\"lon\":1},{\"lat\":0,\"lon\":0}]}]}]}]}",
     "POLYGON_INVALID", "grids[0].polygons[0].rings[0]"},
    {'A', "ImportGrids",
     "{\"parent_id\":\"$n\",\"grids\":[{\"code\":\"x\",\"polygons\":[{\"rings\":[{\"points\":[{\"lat\":0,\"lon\":0},{"
     "\"lat\":0,\"lon\":1},{\"lat\":1,\"lon\":1},{\"lat\":1,\"lon\":0}]}]}]}]}",
     "POLYGON_INVALID", "grids[0].polygons[0].rings[0]"},
    {'A', "LocatePoint", "{}", "FIELD_REQUIRED", "point"},
    {'A', "LocatePoint", "{\"point\":{\"lat\":0,\"lon\":0}}", "OUTSIDE_GRIDS", "point"},
    {'A', "CreateBuilding", "{}", "FIELD_REQUIRED", "building"},
    {'A', "CreateBuilding", "{\"building\":{}}", "FIELD_REQUIRED", "building.name"},
    {'A', "CreateBuilding", "{\"building\":{\"name\":\"x\"}}", "FIELD_REQUIRED", "building.point"},
    {'A', "CreateBuilding", "{\"building\":{\"name\":\"x\",\"point\":{\"lat\":0,\"lon\":0}}}", "OUTSIDE_GRIDS",
     "building.point"},
    {'A', "CreateBuilding", "{\"building\":{\"name\":\"x\",\"grid_id\":\"zz\",\"point\":{\"lat\":0,\"lon\":0}}}",
     "FIELD_INVALID", "building.grid_id"},
    {'A', "GetBuilding", "{\"building_id\":\"b0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "CreateHousehold", "{}", "FIELD_REQUIRED", "household"},
    {'A', "CreateHousehold", "{\"household\":{}}", "FIELD_REQUIRED", "household.building_id"},
    {'A', "CreateHousehold", "{\"household\":{\"building_id\":\"$b\",\"responsible_member_id\":\"zz\"}}",
     "FIELD_INVALID", "household.responsible_member_id"},
    {'A', "CreateHousehold", "{\"household\":{\"building_id\":\"$b\",\"address\":\"@3\"}}", "FIELD_TOO_LONG",
     "household.address"},
    {'A', "SetResponsibleMember", "{\"household_id\":\"$h\",\"member_id\":\"zz\"}", "FIELD_INVALID", "member_id"},
    {'A', "ListBuildings", "{\"grid_id\":\"n0000zzz\"}", "NOT_FOUND", "grid_id"},
    {'A', "ListHouseholds", "{\"building_id\":\"b0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "FindResidents", "{}", "FIELD_REQUIRED", "phone"},
    {'A', "FindResidents", "{\"phone\":\"1380000001\",\"household_id\":\"h0000zzz\"}", "FIELD_REQUIRED", "phone"},
    {'A', "FindResidents", "{\"phone\":\"001\"}", "FIELD_INVALID", "phone"},
    {'A', "FindResidents", "{\"household_id\":\"h0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "CreateResident", "{}", "FIELD_REQUIRED", "resident"},
    {'A', "CreateResident", "{\"resident\":{\"household_id\":\"zz\"}}", "FIELD_INVALID", "resident.household_id"},
    {'A', "CreateResident", "{\"resident\":{\"name\":\"@1\"}}", "FIELD_TOO_LONG", "resident.name"},
    {'A', "CreateResident", "{\"resident\":{\"proxy_ids\":[\"@1\"]}}", "FIELD_INVALID", "resident.proxy_ids[0]"},
    {'A', "CreateResident", "{\"resident\":{\"proxy_ids\":[\"\"]}}", "FIELD_REQUIRED", "resident.proxy_ids[0]"},
    {'s', "ListBeneficiaries", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'s', "ListBeneficiaries", "{\"page_token\":\"x\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'A', "SetProxies", "{}", "FIELD_REQUIRED", "resident_id"},
    {'A', "SetProxies", "{\"resident_id\":\"$r\",\"proxy_ids\":[\"zz\"]}", "FIELD_INVALID", "proxy_ids[0]"},
    {'A', "SetProxies", "{\"resident_id\":\"r0000zzz\"}", "NOT_FOUND", NULL},
    {'s', "SetProxies", "{\"resident_id\":\"$r\"}", "NOT_FOUND", NULL},
    {'s', "GetResident", "{\"resident_id\":\"$r\"}", "NOT_FOUND", NULL},
    {'A', "PutCategory", "{}", "FIELD_REQUIRED", "category"},
    {'A', "PutCategory", "{\"category\":{\"code\":\"x\"}}", "FIELD_REQUIRED", "category.name_zh"},
    {'A', "PutCategory", "{\"category\":{\"code\":\"errand\",\"name_zh\":\"x\"}}", "ALREADY_EXISTS", "category.code"},
    {'A', "PutCategory", "{\"category\":{\"code\":\"x\",\"name_zh\":\"x\",\"urgency\":9}}", "FIELD_INVALID",
     "category.urgency"},
    {'A', "PutCategory", "{\"category\":{\"code\":\"x\",\"name_zh\":\"x\",\"slots\":[^21]}}", "FIELD_OUT_OF_RANGE",
     "category.slots"},
    {'A', "PutCategory", "{\"category\":{\"code\":\"x\",\"name_zh\":\"x\",\"slots\":[{\"skill\":\"a b\"}]}}",
     "FIELD_INVALID", "category.slots[0].skill"},
    {'A', "PutCategory", "{\"category\":{\"code\":\"x\",\"name_zh\":\"x\",\"points\":{\"per_order\":100001}}}",
     "FIELD_OUT_OF_RANGE", "category.points.per_order"},
    {'A', "PutCategory", "{\"category\":{\"id\":\"c0000zzz\",\"code\":\"x\",\"name_zh\":\"x\"}}", "NOT_FOUND", NULL},
    {'A', "PutPolicy", "{}", "FIELD_REQUIRED", "policy"},
    {'A', "TryPolicy", "{}", "FIELD_REQUIRED", "policy"},
    {'A', "PutPolicy", "{\"policy\":{}}", "FIELD_REQUIRED", "policy.service_times"},
    {'A', "PutPolicy", "{\"policy\":{\"service_times\":{},\"weights\":{}}}", "FIELD_OUT_OF_RANGE",
     "policy.service_times.danger_ms"},
    {'A', "GetPolicy", "{\"version\":2}", "NOT_FOUND", "version"},
    {'A', "RestorePolicy", "{}", "FIELD_OUT_OF_RANGE", "version"},
    {'A', "RestorePolicy", "{\"version\":9}", "NOT_FOUND", "version"},
    {'A', "RestorePolicy", "{\"version\":1,\"reason\":\"@9@9@9\"}", "FIELD_TOO_LONG", "reason"},
    {'A', "ListPolicyVersions", "{\"page_token\":\"x\"}", "PAGE_TOKEN_INVALID", "page_token"},
    /* --- MemberService --- */
    {'A', "CreateMember", "{}", "FIELD_REQUIRED", "member"},
    {'A', "CreateMember", "{\"member\":{}}", "FIELD_REQUIRED", "member.home"},
    {'A', "CreateMember", "{\"member\":{\"home\":{\"lat\":0,\"lon\":0}}}", "OUTSIDE_GRIDS", "member.home"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"zz\"}}", "FIELD_INVALID", "member.grid_id"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"kind\":9}}", "FIELD_INVALID", "member.kind"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"skills\":[^1]}}", "FIELD_REQUIRED",
     "member.skills[0].name"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"skills\":[^33]}}", "FIELD_OUT_OF_RANGE", "member.skills"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"skills\":[{\"name\":\"x\",\"expire_ms\":-1}]}}",
     "FIELD_OUT_OF_RANGE", "member.skills[0].expire_ms"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"shifts\":[{\"from_min\":5,\"to_min\":5}]}}",
     "FIELD_OUT_OF_RANGE", "member.shifts[0]"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"shifts\":[{\"from_min\":5,\"to_min\":10081}]}}",
     "FIELD_OUT_OF_RANGE", "member.shifts[0].to_min"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"shifts\":[^29]}}", "FIELD_OUT_OF_RANGE", "member.shifts"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"quiet\":{\"from_min\":1440}}}", "FIELD_OUT_OF_RANGE",
     "member.quiet.from_min"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"holding_cap\":1001}}", "FIELD_OUT_OF_RANGE",
     "member.holding_cap"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"building_id\":\"@1\"}}", "FIELD_INVALID",
     "member.building_id"},
    {'A', "CreateMember", "{\"member\":{\"grid_id\":\"$g\",\"phone\":\"@1\"}}", "FIELD_TOO_LONG", "member.phone"},
    {'e', "GetMember", "{\"member_id\":\"$m\"}", "NOT_FOUND", NULL},
    {'k', "GetMember", "{\"member_id\":\"$e\"}", "NOT_FOUND", NULL},
    {'k', "ListMembers", "{\"grid_id\":\"$n\"}", "NOT_FOUND", "grid_id"},
    {'A', "UpdateMember", "{}", "FIELD_REQUIRED", "member"},
    {'A', "UpdateMember", "{\"member\":{\"id\":\"$m\"}}", "FIELD_REQUIRED", "update_mask"},
    {'A', "UpdateMember", "{\"member\":{\"id\":\"$m\"},\"update_mask\":\"rating\"}", "FIELD_INVALID", "update_mask"},
    {'A', "UpdateMember", "{\"member\":{\"id\":\"$m\",\"etag\":\"99\"},\"update_mask\":\"holdingCap\"}", "ETAG_STALE",
     "etag"},
    {'e', "PauseMember", "{\"member_id\":\"$m\"}", "NOT_FOUND", NULL},
    {'m', "PauseMember", "{\"member_id\":\"$m\",\"until_ms\":-5}", "FIELD_OUT_OF_RANGE", "until_ms"},
    {'A', "ImportMembers", "{}", "FIELD_OUT_OF_RANGE", "members"},
    {'A', "ImportMembers", "{\"atomic\":true,\"members\":[{\"grid_id\":\"$g\"},{}]}", "FIELD_REQUIRED",
     "members[1].home"},
    /* --- PointsService --- */
    {'A', "GetAccount", "{}", "FIELD_REQUIRED", "member_id"},
    {'e', "GetAccount", "{\"member_id\":\"$m\"}", "NOT_FOUND", NULL},
    {'r', "GetAccount", "{\"member_id\":\"$m\"}", "PERMISSION_DENIED", NULL},
    {'m', "ListMovements", "{\"page_token\":\"zz\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'A', "SetLeaderboardOptIn", "{}", "FIELD_REQUIRED", "member_id"},
    {'m', "ListLeaderboard", "{\"page_size\":500}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'m', "ListAccounts", "{}", "PERMISSION_DENIED", NULL},
    {'k', "ListAccounts", "{\"page_size\":500}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'k', "ListAccounts", "{\"page_token\":\"zz\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'k', "CheckBalance", "{}", "PERMISSION_DENIED", NULL},
    /* --- OperatorService --- */
    {'A', "CreateTenant", "{\"tenant_id\":\"elm\",\"name\":\"x\",\"admin_name\":\"a b\"}", "FIELD_INVALID",
     "admin_name"},
    {'A', "CreateOperator", "{}", "FIELD_REQUIRED", "operator"},
    {'A', "CreateOperator", "{\"operator\":{\"name\":\"x y\",\"assignments\":[{\"role\":\"ROLE_ADMIN\"}]}}",
     "FIELD_INVALID", "operator.name"},
    {'A', "CreateOperator", "{\"operator\":{\"name\":\"Li\",\"assignments\":[{\"role\":\"ROLE_ADMIN\"}]}}",
     "FIELD_INVALID", "operator.name"},
    {'A', "CreateOperator", "{\"operator\":{\"name\":\"li\"}}", "FIELD_REQUIRED", "operator.assignments"},
    {'A', "CreateOperator", "{\"operator\":{\"name\":\"li\",\"assignments\":[{\"role\":\"ROLE_BACKEND\"}]}}",
     "FIELD_INVALID", "operator.assignments[0].role"},
    {'A', "CreateOperator",
     "{\"operator\":{\"name\":\"li\",\"assignments\":[{\"role\":\"ROLE_ADMIN\",\"node_id\":\"n0000zzz\"}]}}",
     "NOT_FOUND", "operator.assignments[0].node_id"},
    {'A', "CreateOperator",
     "{\"operator\":{\"name\":\"li\",\"display_name\":\"@1\",\"assignments\":[{\"role\":\"ROLE_ADMIN\"}]}}",
     "FIELD_TOO_LONG", "operator.display_name"},
    {'k', "CreateOperator", "{\"operator\":{\"name\":\"li\",\"assignments\":[{\"role\":\"ROLE_ADMIN\"}]}}",
     "PERMISSION_DENIED", NULL},
    {'A', "GetOperator", "{\"operator_id\":\"u0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "ListOperators", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'A', "UpdateOperator", "{\"operator\":{\"id\":\"u0000zzz\"}}", "FIELD_REQUIRED", "update_mask"},
    {'A', "UpdateOperator", "{\"operator\":{\"id\":\"u0000zzz\"},\"update_mask\":\"name\"}", "FIELD_INVALID",
     "update_mask"},
    {'A', "UpdateOperator", "{\"operator\":{\"id\":\"u0000zzz\"},\"update_mask\":\"disabled\"}", "NOT_FOUND", NULL},
    {'A', "ResetOperator", "{\"operator_id\":\"u0000zzz\"}", "NOT_FOUND", NULL},
    {'k', "TouchOrder", "{}", "FIELD_REQUIRED", "order_id"},
    {'k', "TouchOrder", "{\"order_id\":\"o0000zzz\"}", "NOT_FOUND", NULL},
    {'r', "TouchOrder", "{\"order_id\":\"$o\"}", "PERMISSION_DENIED", NULL},
    {'k', "UndoCommands", "{}", "FIELD_OUT_OF_RANGE", "items"},
    {'r', "UndoCommands", "{\"items\":[{\"order_id\":\"$o\"}]}", "PERMISSION_DENIED", NULL},
    {'k', "SaveView", "{}", "FIELD_REQUIRED", "view"},
    {'k', "SaveView", "{\"view\":{\"queue\":\"late\"}}", "FIELD_REQUIRED", "view.name"},
    {'k', "SaveView", "{\"view\":{\"name\":\"x\",\"node_id\":\"$n\"}}", "NOT_FOUND", "view.node_id"},
    {'k', "SaveView", "{\"view\":{\"name\":\"x\",\"shared_node_id\":\"$n\"}}", "NOT_FOUND", "view.shared_node_id"},
    {'k', "SaveView", "{\"view\":{\"name\":\"x\",\"category_ids\":[\"c0000zzz\"]}}", "NOT_FOUND", "view.category_ids"},
    {'k', "SaveView", "{\"view\":{\"id\":\"v0000zzz\",\"name\":\"x\"}}", "NOT_FOUND", NULL},
    {'k', "ListViews", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'k', "DeleteView", "{}", "FIELD_REQUIRED", "view_id"},
    {'k', "DeleteView", "{\"view_id\":\"v0000zzz\"}", "NOT_FOUND", NULL},
    {'k', "ListViewers", "{\"page_size\":201}", "FIELD_OUT_OF_RANGE", "page_size"},
    /* --- SessionService --- */
    {'-', "Login", "{\"password\":\"x\"}", "FIELD_REQUIRED", "name"},
    {'-', "Login", "{\"name\":\"x\"}", "FIELD_REQUIRED", "password"},
    {'-', "Login", "{\"name\":\"x\",\"password\":\"@2\"}", "FIELD_TOO_LONG", "password"},
    {'k', "Login", "{\"name\":\"x\",\"password\":\"x\"}", "PERMISSION_DENIED", NULL},
    {'-', "RedeemInvite", "{\"invite\":\"x\",\"password\":\"short\"}", "FIELD_INVALID", "password"},
    {'-', "RedeemInvite", "{\"invite\":\"x\",\"password\":\"a lantern on the hill\"}", "INVITE_INVALID", "invite"},
    {'k', "OpenSession", "{}", "PERMISSION_DENIED", NULL},
    {'-', "OpenSession", "{}", "UNAUTHENTICATED", NULL},
    {'r', "OpenSession", "{\"device\":\"@1\"}", "FIELD_TOO_LONG", "device"},
    {'k', "Logout", "{}", "PERMISSION_DENIED", NULL},
    {'-', "Logout", "{}", "UNAUTHENTICATED", NULL},
    {'k', "GetSelf", "{}", "PERMISSION_DENIED", NULL},
    {'k', "ListSessions", "{\"operator_id\":\"u0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "ListSessions", "{\"operator_id\":\"u0000zzz\"}", "NOT_FOUND", NULL},
    {'A', "RevokeSession", "{\"session_id\":\"s0000zzz\"}", "NOT_FOUND", NULL},
    {'k', "ChangePassword", "{\"password\":\"x\",\"new_password\":\"a lantern on the hill\"}", "PERMISSION_DENIED",
     NULL},
    {'k', "EnrolTotp", "{\"password\":\"x\"}", "PERMISSION_DENIED", NULL},
    {'k', "ConfirmTotp", "{\"code\":\"123456\"}", "PERMISSION_DENIED", NULL},
    /* --- AuditService --- */
    {'k', "ListAudit", "{}", "PERMISSION_DENIED", NULL},
    {'A', "ListAudit", "{\"page_size\":500}", "FIELD_OUT_OF_RANGE", "page_size"},
    {'A', "ListAudit", "{\"page_token\":\"zz\"}", "PAGE_TOKEN_INVALID", "page_token"},
    /* --- PrivacyService --- */
    {'r', "RevealContact", "{\"order_id\":\"$o\",\"purpose\":\"p\"}", "PERMISSION_DENIED", NULL},
    {'m', "RevealContact", "{\"order_id\":\"$a\",\"purpose\":\"p\"}", "PERMISSION_DENIED", NULL},
    {'-', "RevealContact", "{\"order_id\":\"$o\",\"purpose\":\"p\"}", "UNAUTHENTICATED", NULL},
    {'k', "RevealContact", "{\"purpose\":\"p\"}", "FIELD_REQUIRED", "order_id"},
    {'k', "RevealContact", "{\"order_id\":\"$o\",\"person_id\":\"$r\",\"purpose\":\"p\"}", "FIELD_REQUIRED",
     "order_id"},
    {'k', "RevealContact", "{\"order_id\":\"$o\"}", "FIELD_REQUIRED", "purpose"},
    {'k', "RevealContact", "{\"order_id\":\"$o\",\"purpose\":\"@3\"}", "FIELD_TOO_LONG", "purpose"},
    {'k', "RevealContact", "{\"order_id\":\"o0000zzz\",\"purpose\":\"p\"}", "NOT_FOUND", NULL},
    {'k', "RevealContact", "{\"person_id\":\"r0000zzz\",\"purpose\":\"p\"}", "NOT_FOUND", NULL},
    {'k', "RevealContact", "{\"person_id\":\"$e\",\"purpose\":\"p\"}", "NOT_FOUND", NULL},
    {'A', "ListAccess", "{}", "FIELD_REQUIRED", "person_id"},
    {'A', "ListAccess", "{\"person_id\":\"x\"}", "FIELD_INVALID", "person_id"},
    {'A', "ListAccess", "{\"person_id\":\"r0000zzz\"}", "NOT_FOUND", NULL},
    {'r', "ListAccess", "{\"person_id\":\"$s\"}", "NOT_FOUND", NULL},
    {'e', "ListAccess", "{\"person_id\":\"$m\"}", "NOT_FOUND", NULL},
    {'k', "ListAccess", "{\"person_id\":\"$m\"}", "PERMISSION_DENIED", NULL},
    {'r', "ListAccess", "{\"page_token\":\"zz\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'r', "PutConsent", "{\"text_version\":\"1\"}", "FIELD_REQUIRED", "kind"},
    {'r', "PutConsent", "{\"kind\":\"a b\",\"text_version\":\"1\"}", "FIELD_INVALID", "kind"},
    {'r', "PutConsent", "{\"kind\":\"policy\"}", "FIELD_REQUIRED", "text_version"},
    {'r', "PutConsent", "{\"kind\":\"policy\",\"withdraw\":true}", "NOT_FOUND", "kind"},
    {'r', "PutConsent", "{\"person_id\":\"$s\",\"kind\":\"policy\",\"text_version\":\"1\"}", "NOT_FOUND", NULL},
    {'k', "PutConsent", "{\"kind\":\"policy\",\"text_version\":\"1\"}", "FIELD_REQUIRED", "person_id"},
    {'r', "ListConsents", "{\"person_id\":\"$s\"}", "NOT_FOUND", NULL},
    {'A', "ListConsents", "{\"person_id\":\"x\"}", "FIELD_INVALID", "person_id"},
    {'r', "ExportData", "{\"person_id\":\"$s\"}", "NOT_FOUND", NULL},
    {'m', "ExportData", "{\"person_id\":\"$r\"}", "NOT_FOUND", NULL},
    {'k', "ExportData", "{\"person_id\":\"$r\"}", "PERMISSION_DENIED", NULL},
    {'A', "ExportData", "{}", "FIELD_REQUIRED", "person_id"},
    {'r', "ExportData", "{\"purpose\":\"@3\"}", "FIELD_TOO_LONG", "purpose"},
    {'r', "ExportData", "{\"page_token\":\"zz\"}", "PAGE_TOKEN_INVALID", "page_token"},
    {'r', "EraseData", "{\"person_id\":\"$s\"}", "NOT_FOUND", NULL},
    {'k', "EraseData", "{\"person_id\":\"$r\"}", "PERMISSION_DENIED", NULL},
    {'A', "EraseData", "{}", "FIELD_REQUIRED", "person_id"},
    {'r', "EraseData", "{}", "OPEN_ORDERS", "person_id"},
    {'m', "EraseData", "{}", "OPEN_ORDERS", "person_id"},
    {'k', "GetKeyStatus", "{}", "PERMISSION_DENIED", NULL},
};

static void test_bad_inputs(void **state)
{
	(void)state;
	struct stage s = stage();
	unsigned wrong = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		char *before = world_dump(s.w);
		struct world_reply reply = call(&s, row->who, row->method, row->json);
		const char *reason = err_info(reply.err)->reason;
		const char *field = reply.fault.field == NULL ? "" : reply.fault.field;
		if (strcmp(reason, row->reason) != 0 || strcmp(field, row->field == NULL ? "" : row->field) != 0) {
			print_error("%c %s %s: %s '%s', expected %s '%s'\n", row->who, row->method, row->json, reason,
				    field, row->reason, row->field == NULL ? "" : row->field);
			wrong++;
		}
		if (strcmp(before, world_dump(s.w)) != 0) {
			print_error("%c %s %s: something was stored\n", row->who, row->method, row->json);
			wrong++;
		}
		/* Texts in both languages. */
		assert_true(reply.err == OK ||
			    (err_info(reply.err)->zh[0] != '\0' && err_info(reply.err)->en[0] != '\0'));
	}
	assert_int_equal(wrong, 0);
	world_free(s.w);
}

/* Every method has a row that is refused, but those that have nothing to refuse. */
static void test_all_methods(void **state)
{
	(void)state;
	static const char *const open[] = {"GetPolicy",    "GetAcceptance",   "ListCategories",
					   "GetHousehold", "RedispatchOrder", "ResumeOrder"};
	const struct method *methods[SERVICE_METHODS_MAX];
	size_t n = services_list(methods);
	for (size_t i = 0; i < n; i++) {
		const char *name = strrchr(methods[i]->path, '/') + 1;
		bool found = (methods[i]->flags & METHOD_STREAMS) != 0; /* test_txn_watch */
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
			found |= strcmp(rows[k].method, name) == 0;
		for (size_t k = 0; k < sizeof(open) / sizeof(open[0]); k++)
			found |= strcmp(open[k], name) == 0;
		if (!found)
			fail_msg("%s has no row", name);
	}
}

/* A row that is wrong costs the others nothing, unless all or none is asked for. */
static void test_partial_import(void **state)
{
	(void)state;
	struct stage s = stage();
	ImportMembersResponse *rsp =
	    must(call(&s, 'A', "ImportMembers",
		      "{\"members\":[{\"grid_id\":\"$g\"},{},{\"grid_id\":\"$g\",\"holding_cap\":9999}]}"));
	assert_int_equal(rsp->imported, 1);
	assert_int_equal(rsp->n_results, 3);
	assert_null(rsp->results[0]->error);
	assert_string_equal(rsp->results[1]->error->field, "members[1].home");
	assert_int_equal(rsp->results[2]->row, 2);
	assert_string_equal(rsp->results[2]->error->reason, "FIELD_OUT_OF_RANGE");
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bad_inputs),
	    cmocka_unit_test(test_all_methods),
	    cmocka_unit_test(test_partial_import),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
