#include "privacy_stage.h"

struct world_reply call(struct stage *s, struct who who, const char *path, const char *format, ...)
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

char *new_key(struct stage *s, const char *role, const char *node_id)
{
	CreateApiKeyResponse *k = must(
	    call(s, AS_ADMIN, "OrgService/CreateApiKey", "{\"role\":\"ROLE_%s\",\"node_id\":\"%s\"}", role, node_id));
	return k->key;
}

struct who as(const struct stage *s, Role role, const char *id)
{
	return (struct who){.role = role, .id = id, .key = s->backend};
}

char *new_resident(struct stage *s, const char *name, const char *phone, const char *proxy)
{
	CreateResidentResponse *r =
	    must(call(s, AS_ADMIN, "OrgService/CreateResident",
		      "{\"resident\":{\"household_id\":\"%s\",\"name\":\"%s\",\"phone\":\"%s\",\"proxy_ids\":[%s]}}",
		      s->household, name, phone, proxy));
	return r->resident->id;
}

char *new_member(struct stage *s, size_t grid, const char *name, const char *phone)
{
	const GeoPoint *home = world_point(s->w, grid, 10, 0, SIDE);
	CreateMemberResponse *m =
	    must(call(s, AS_ADMIN, "MemberService/CreateMember",
		      "{\"member\":{\"home\":{\"lat\":%.6f,\"lon\":%.6f},\"name\":\"%s\",\"phone\":\"%s\"}}", home->lat,
		      home->lon, name, phone));
	return m->member->id;
}

struct stage stage_up(void)
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

char *place(struct stage *s, struct who who, const char *contact)
{
	PlaceOrderResponse *rsp =
	    must(call(s, who, "OrderService/PlaceOrder", "{\"category_id\":\"%s\",\"beneficiary_id\":\"%s\"%s%s}",
		      s->town.plain_category, s->resident, contact[0] == '\0' ? "" : ",\"contact\":", contact));
	return rsp->order->id;
}

bool tells(struct stage *s, const struct world_reply *reply, const char *text)
{
	struct buf json = {0};
	struct fault fault;
	if (reply->message != NULL)
		assert_int_equal(json_encode(reply->message, NULL, world_arena(s->w), &fault, &json), OK);
	bool found = json.len > 0 && memmem(json.ptr, json.len, text, strlen(text)) != NULL;
	buf_free(&json);
	return found;
}

void assert_sight(struct stage *s, const struct world_reply *reply, const char *full, const char *masked,
		  enum sight sight, const char *what)
{
	bool has_full = tells(s, reply, full), has_masked = tells(s, reply, masked);
	if (has_full != (sight == FULL) || has_masked != (sight == MASKED))
		fail_msg("%s: %s%s", what, has_full ? "in full " : "", has_masked ? "masked" : "");
}

struct world_reply reveal(struct stage *s, const char *key, const char *what, const char *id, const char *request_id)
{
	return call(s, WITH_KEY(key), "PrivacyService/RevealContact",
		    "{\"%s\":\"%s\",\"purpose\":\"call back\",\"request_id\":\"%s\"}", what, id, request_id);
}

const ListAccessResponse *access_log(struct stage *s, struct who who)
{
	return must(call(s, who, "PrivacyService/ListAccess", "{}"));
}
