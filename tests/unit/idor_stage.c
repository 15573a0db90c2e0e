#include "idor_stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "domain/policy.h"
#include "pb/json_read.h"
#include "pb/json_write.h"
#include "service/services.h"

enum { SIDE = 2 };

static void fail(const char *what, struct world_reply reply)
{
	fprintf(stderr, "stage: %s: %s %s %s\n", what, err_info(reply.err)->reason,
		reply.fault.field == NULL ? "" : reply.fault.field, reply.fault.detail);
	abort();
}

static struct slice expand(const struct stage *s, const char *json)
{
	struct buf b = {0};
	for (const char *c = json; *c != '\0'; c++) {
		const char *id = *c == '$' ? s->ids[(unsigned char)c[1]] : NULL;
		if (id != NULL) {
			buf_str(&b, id);
			c++;
		} else {
			buf_byte(&b, (uint8_t)*c);
		}
	}
	struct slice text = arena_slice(world_arena(s->w), buf_view(&b));
	buf_free(&b);
	return text;
}

ProtobufCMessage *stage_request(const struct stage *s, const struct method *method, const char *json)
{
	struct fault fault;
	ProtobufCMessage *request;
	if (json_decode(world_arena(s->w), method->request, expand(s, json), NULL, &fault, &request) != OK) {
		fprintf(stderr, "%s %s: %s %s\n", method->path, json, fault.field, fault.detail);
		abort();
	}
	return request;
}

struct world_reply stage_call(const struct stage *s, struct who who, const char *path, const char *json)
{
	return world_call(s->w, who, path, stage_request(s, world_method(s->w, path), json));
}

void *stage_must(const struct stage *s, struct who who, const char *path, const char *json)
{
	struct world_reply reply = stage_call(s, who, path, json);
	if (reply.err != OK)
		fail(path, reply);
	return reply.message;
}

char *stage_text(struct world *w, const void *message)
{
	struct buf b = {0};
	struct fault fault;
	if (json_encode(message, NULL, world_arena(w), &fault, &b) != OK)
		abort();
	char *text = arena_string(world_arena(w), buf_view(&b));
	buf_free(&b);
	return text;
}

/* --- the second tenant --- */

static void answered(void *arg, const struct exec_result *result)
{
	if (result->err != OK)
		abort();
	*(char **)arg = strdup(((const CreateTenantResponse *)result->response)->admin_key);
}

static struct who new_tenant(struct stage *s, const char *tenant_id)
{
	char *key = NULL;
	CreateTenantRequest request = CreateTenantRequest_INIT;
	request.tenant_id = (char *)(uintptr_t)tenant_id;
	request.name = (char *)(uintptr_t)tenant_id;
	struct exec_request rq = {.method = world_method(s->w, "OrgService/CreateTenant"),
				  .request = &request,
				  .credential = {.kind = CREDENTIAL_ROOT, .tenant = slice_str(tenant_id)},
				  .done = answered,
				  .arg = &key};
	exec_call(world_exec(s->w), &rq);
	struct who admin = WITH_KEY(arena_strdup(world_arena(s->w), key));
	free(key);
	return admin;
}

static struct who key_for(const struct stage *s, struct who admin, const char *role, const char *node_id)
{
	char *json = arena_printf(world_arena(s->w), "{\"role\":\"%s\",\"node_id\":\"%s\"}", role, node_id);
	CreateApiKeyResponse *rsp = stage_must(s, admin, "OrgService/CreateApiKey", json);
	return WITH_KEY(rsp->key);
}

static char *new_resident(const struct stage *s, struct who who, const char *household_id)
{
	char *json = arena_printf(world_arena(s->w),
				  "{\"resident\":{\"name\":\"R\",\"phone\":\"13800000007\",\"household_id\":\"%s\"}}",
				  household_id);
	return ((CreateResidentResponse *)stage_must(s, who, "OrgService/CreateResident", json))->resident->id;
}

static char *new_member(const struct stage *s, struct who who, const char *grid_id)
{
	char *json = arena_printf(world_arena(s->w), "{\"member\":{\"name\":\"M\",\"grid_id\":\"%s\",\"home\":%s}}",
				  grid_id, s->ids['Q']);
	return ((CreateMemberResponse *)stage_must(s, who, "MemberService/CreateMember", json))->member->id;
}

static char *new_household(const struct stage *s, const char *grid_id, char **building_id)
{
	char *json = arena_printf(world_arena(s->w), "{\"building\":{\"name\":\"1\",\"grid_id\":\"%s\",\"point\":%s}}",
				  grid_id, s->ids['Q']);
	*building_id =
	    ((CreateBuildingResponse *)stage_must(s, AS_ADMIN, "OrgService/CreateBuilding", json))->building->id;
	json = arena_printf(world_arena(s->w), "{\"household\":{\"building_id\":\"%s\",\"address\":\"1-1\"}}",
			    *building_id);
	return ((CreateHouseholdResponse *)stage_must(s, AS_ADMIN, "OrgService/CreateHousehold", json))->household->id;
}

/* --- orders --- */

static char *new_order(const struct stage *s)
{
	return ((PlaceOrderResponse *)stage_must(s, AS_RESIDENT(s->ids['r']), "OrderService/PlaceOrder",
						 "{\"category_id\":\"$c\",\"title\":\"help\"}"))
	    ->order->id;
}

/* Each step is a method and who takes it: A the desk, m the member, r the resident. */
struct step {
	char who;
	const char *path, *json;
};

#define ACCEPT                                                          \
	{                                                               \
		'm', "TaskService/AcceptOffer", "{\"order_id\":\"$_\"}" \
	}
#define COMPLETE                                                                                            \
	{                                                                                                   \
		'm', "TaskService/CompleteTask", "{\"order_id\":\"$_\",\"text\":\"x\",\"duration_min\":30}" \
	}

static char *order_after(struct stage *s, const struct step *steps, size_t n)
{
	char *id = s->ids['_'] = new_order(s);
	for (size_t i = 0; i < n; i++) {
		struct who who = steps[i].who == 'm'   ? AS_MEMBER(s->ids['m'])
				 : steps[i].who == 'r' ? AS_RESIDENT(s->ids['r'])
						       : AS_ADMIN;
		stage_must(s, who, steps[i].path, steps[i].json);
	}
	return id;
}

#define ORDER(s, ...) \
	order_after(s, (struct step[]){__VA_ARGS__}, sizeof((struct step[]){__VA_ARGS__}) / sizeof(struct step))

/* Asked everywhere and taken by nobody: time passes until it is in the pool. */
static char *pooled_order(struct stage *s)
{
	enum { STEP_MS = 60 * 1000, STEPS = 1000 };
	char *id = new_order(s);
	for (int i = 0; i < STEPS && !world_get_order(s->w, id)->pooled; i++)
		world_advance(s->w, STEP_MS);
	if (!world_get_order(s->w, id)->pooled)
		abort();
	return id;
}

/* The only member of town is asked for each at once. */
static void place_orders(struct stage *s)
{
	s->ids['x'] = ORDER(s, ACCEPT, COMPLETE, {'r', "OrderService/RateOrder", "{\"order_id\":\"$_\",\"stars\":5}"});
	s->ids['d'] = ORDER(s, ACCEPT, COMPLETE);
	s->ids['q'] = ORDER(s, {'A', "DeskService/HoldOrder", "{\"order_id\":\"$_\",\"reason\":\"x\"}"});
	s->ids['a'] = ORDER(s, ACCEPT);
	s->ids['o'] = new_order(s);
}

/* --- callers --- */

static void staff(struct stage *s, const char *role, struct who *out, const char *other_grid, struct who oak)
{
	out[0] = key_for(s, AS_ADMIN, role, s->ids['g']);
	out[1] = key_for(s, AS_ADMIN, role, s->ids['n']);
	out[2] = key_for(s, AS_ADMIN, role, other_grid);
	out[3] = key_for(s, oak, role, "");
}

static struct who screen_for(const struct stage *s, struct who who, const char *node_id)
{
	char *json = arena_printf(world_arena(s->w), "{\"label\":\"hall\",\"node_id\":\"%s\"}", node_id);
	CreateWallKeyResponse *rsp = stage_must(s, who, "WallService/CreateWallKey", json);
	return WITH_KEY(rsp->key);
}

static void screens(struct stage *s, struct who *out, const char *other_grid, struct who oak)
{
	out[0] = screen_for(s, AS_ADMIN, s->ids['g']);
	out[1] = screen_for(s, AS_ADMIN, s->ids['n']);
	out[2] = screen_for(s, AS_ADMIN, other_grid);
	out[3] = screen_for(s, oak, "");
	CreateWallKeyResponse *rsp =
	    stage_must(s, AS_ADMIN, "WallService/CreateWallKey", "{\"label\":\"yard\",\"node_id\":\"$g\"}");
	s->ids['V'] = rsp->key_id;
}

static void people(struct stage *s, const char *other_grid, struct who oak)
{
	char *building;
	char *far = new_household(s, other_grid, &building);
	struct who backend = key_for(s, oak, "ROLE_BACKEND", "");
	CreateNodeResponse *grid =
	    stage_must(s, oak, "OrgService/CreateNode",
		       "{\"node\":{\"kind\":\"NODE_KIND_GRID\",\"name\":\"x\",\"code\":\"x\",\"polygons\":$P}}");
	struct who *r = s->callers[0], *m = s->callers[1];
	r[0] = AS_RESIDENT(s->ids['r']);
	r[1] = AS_RESIDENT(new_resident(s, AS_ADMIN, s->ids['h']));
	r[2] = AS_RESIDENT(new_resident(s, AS_ADMIN, far));
	r[3] = (struct who){.role = ROLE_RESIDENT, .id = new_resident(s, oak, ""), .key = backend.key};
	m[0] = AS_MEMBER(s->ids['m']);
	m[1] = AS_MEMBER(new_member(s, AS_ADMIN, s->ids['g']));
	m[2] = AS_MEMBER(new_member(s, AS_ADMIN, other_grid));
	m[3] = (struct who){.role = ROLE_MEMBER, .id = new_member(s, oak, grid->node->id), .key = backend.key};
}

static void texts(struct stage *s)
{
	PutPolicyRequest policy = PutPolicyRequest_INIT;
	policy.policy = (Policy *)(uintptr_t)policy_default();
	char *wrapped = stage_text(s->w, &policy);
	s->ids['Y'] = wrapped + strlen("{\"policy\":");
	s->ids['Y'][strlen(s->ids['Y']) - 1] = '\0';
	s->ids['Q'] = (char *)"{\"lat\":31.01,\"lon\":121.01}";
	s->ids['P'] =
	    (char *)"[{\"rings\":[{\"points\":[{\"lat\":31,\"lon\":121},{\"lat\":31,\"lon\":121.1},{\"lat\":31.1,"
		    "\"lon\":121.1},{\"lat\":31.1,\"lon\":121},{\"lat\":31,\"lon\":121}]}]}]";
}

/* A unit of the town's own: its ids are beyond what the other tenant ever gets to. */
static void unit(struct stage *s)
{
	enum { OTHERS = 4 };
	for (int i = 0; i < OTHERS; i++)
		s->ids['n'] =
		    ((CreateNodeResponse *)stage_must(s, AS_ADMIN, "OrgService/CreateNode",
						      "{\"node\":{\"kind\":\"NODE_KIND_COMMUNITY\",\"name\":\"C\"}}"))
			->node->id;
	ImportGridsResponse *rsp = stage_must(s, AS_ADMIN, "OrgService/ImportGrids",
					      "{\"parent_id\":\"$n\",\"grids\":[{\"code\":\"own\",\"polygons\":$P}]}");
	s->ids['g'] = rsp->grids[0]->id;
	for (int i = 0; i < OTHERS; i++) {
		char *building;
		stage_must(s, AS_ADMIN, "MemberService/CreateMember",
			   "{\"member\":{\"grid_id\":\"$g\",\"paused_until_ms\":\"9999999999999\"}}");
		new_resident(s, AS_ADMIN, "");
		new_household(s, s->ids['g'], &building);
	}
}

#define JWKS                                                                                           \
	"\"{\\\"keys\\\":[{\\\"kty\\\":\\\"OKP\\\",\\\"crv\\\":\\\"Ed25519\\\",\\\"kid\\\":\\\"1\\\"," \
	"\\\"x\\\":\\\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\\\"}]}\""

static void sign_in(struct stage *s)
{
	CreateOperatorResponse *made = stage_must(
	    s, AS_ADMIN, "OperatorService/CreateOperator",
	    "{\"operator\":{\"name\":\"desk.own\",\"assignments\":[{\"role\":\"ROLE_OPERATOR\",\"node_id\":\"$g\"}]}}");
	s->ids['j'] = made->operator_->id;
	s->ids['_'] = made->invite;
	stage_must(s, AS_NOBODY, "SessionService/RedeemInvite",
		   "{\"invite\":\"$_\",\"password\":\"a lantern on the hill\"}");
	LoginResponse *in = stage_must(s, AS_NOBODY, "SessionService/Login",
				       "{\"name\":\"desk.own\",\"password\":\"a lantern on the hill\"}");
	s->ids['z'] = in->session->id;
	OpenSessionResponse *page = stage_must(s, AS_RESIDENT(s->ids['r']), "SessionService/OpenSession", "{}");
	s->ids['s'] = page->session->id;
}

/* Of two more orders, asked for by somebody who is none of the callers. */
static void exclusions(struct stage *s)
{
	struct step rate = {'r', "OrderService/RateOrder", "{\"order_id\":\"$_\",\"stars\":5}"};
	struct who clerk = key_for(s, AS_ADMIN, "ROLE_OPERATOR", s->ids['g']);
	for (int i = 0; i < 2; i++) {
		(void)ORDER(s, ACCEPT, COMPLETE, rate);
		RequestExclusionResponse *rsp =
		    stage_must(s, clerk, "StatsService/RequestExclusion", "{\"order_id\":\"$_\",\"reason\":\"x\"}");
		s->ids[i == 0 ? 'e' : 'f'] = rsp->exclusion->id;
	}
	stage_must(s, AS_ADMIN, "StatsService/ApproveExclusion", "{\"exclusion_id\":\"$f\"}");
}

/* Somebody of another household for whom the resident may order, and did. */
static void family(struct stage *s)
{
	char *building;
	s->ids['_'] = new_household(s, s->ids['g'], &building);
	s->ids['v'] =
	    ((CreateResidentResponse *)stage_must(s, AS_ADMIN, "OrgService/CreateResident",
						  "{\"resident\":{\"household_id\":\"$_\",\"proxy_ids\":[\"$r\"]}}"))
		->resident->id;
	s->ids['y'] = ((PlaceOrderResponse *)stage_must(s, AS_RESIDENT(s->ids['r']), "OrderService/PlaceOrder",
							"{\"category_id\":\"$c\",\"beneficiary_id\":\"$v\"}"))
			  ->order->id;
}

struct stage stage_new(void)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = 11, .cache_bytes = 1 << 20})};
	struct town town = world_town(s.w, SIDE);
	struct who oak = new_tenant(&s, "oak");
	char *building, *other_grid = town.grid_ids[0];
	texts(&s);
	s.ids['c'] = town.plain_category;
	unit(&s);
	s.ids['h'] = new_household(&s, s.ids['g'], &building);
	s.ids['b'] = building;
	s.ids['r'] = new_resident(&s, AS_ADMIN, s.ids['h']);
	s.ids['D'] = ((SaveViewResponse *)stage_must(&s, AS_ADMIN, "DeskService/SaveView",
						     "{\"view\":{\"name\":\"late\",\"shared_node_id\":\"$g\"}}"))
			 ->view->id;
	s.ids['p'] = pooled_order(&s);
	s.ids['m'] = new_member(&s, AS_ADMIN, s.ids['g']);
	exclusions(&s);
	place_orders(&s);
	family(&s);
	people(&s, other_grid, oak);
	staff(&s, "ROLE_BACKEND", s.callers[2], other_grid, oak);
	staff(&s, "ROLE_OPERATOR", s.callers[3], other_grid, oak);
	staff(&s, "ROLE_ADMIN", s.callers[4], other_grid, oak);
	screens(&s, s.callers[5], other_grid, oak);
	s.callers[4][0] = AS_ADMIN;
	CreateApiKeyResponse *key =
	    stage_must(&s, AS_ADMIN, "OrgService/CreateApiKey", "{\"role\":\"ROLE_OPERATOR\",\"node_id\":\"$g\"}");
	s.ids['k'] = key->key_id;
	stage_must(&s, AS_ADMIN, "CredentialService/PutIssuer",
		   "{\"issuer\":{\"name\":\"issuer-of-own\",\"node_id\":\"$g\"},\"jwks\":" JWKS "}");
	s.ids['i'] = (char *)"issuer-of-own";
	stage_must(&s, AS_ADMIN, "CredentialService/PutIssuer",
		   "{\"issuer\":{\"name\":\"issuer-of-all\"},\"jwks\":" JWKS "}");
	s.ids['u'] = (char *)"issuer-of-all";
	stage_must(&s, AS_ADMIN, "CredentialService/PutClientCert",
		   "{\"cert\":{\"name\":\"dns:own.example\",\"role\":\"ROLE_BACKEND\",\"node_id\":\"$g\"}}");
	s.ids['t'] = (char *)"dns:own.example";
	CreateWebhookResponse *hook = stage_must(&s, AS_ADMIN, "WebhookService/CreateWebhook",
						 "{\"webhook\":{\"url\":\"https://a.example\",\"node_id\":\"$g\"}}");
	s.ids['w'] = hook->webhook->id;
	sign_in(&s);
	/* Somebody who is none of the callers looks at $o. */
	stage_must(&s, key_for(&s, AS_ADMIN, "ROLE_OPERATOR", s.ids['g']), "DeskService/TouchOrder",
		   "{\"order_id\":\"$o\"}");
	s.ids['l'] = s.ids['m'];
	stage_must(&s, AS_ADMIN, "PointsService/SetLeaderboardOptIn", "{\"member_id\":\"$l\",\"opt_in\":true}");
	return s;
}
