/* Who reaches what: the table idor.txt, cell by cell, on a town and a second tenant beside it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "domain/policy.h"
#include "pb/json_read.h"
#include "pb/json_write.h"
#include "service/services.h"
#include "world.h"

enum { SIDE = 2, ROLES = 6, RELATIONS = 4, SUBJECTS = 128 };

static const Role roles[ROLES] = {ROLE_RESIDENT, ROLE_MEMBER, ROLE_BACKEND, ROLE_OPERATOR, ROLE_ADMIN, ROLE_WALL};
static const char *const relations[RELATIONS] = {"own", "same unit", "other unit", "other tenant"};

/* The subjects, all in the first grid of elm, and who calls. */
struct stage {
	struct world *w;
	/* $o offered to $m, $a accepted, $d completed, $x closed, $q held, $p in the grab pool: orders of $r; $g grid,
	 * $n community, $b building, $h household, $c category, $k key, $l ranked member, $i issuer, $u issuer of the
	 * whole tenant, $t certificate, $w webhook, $j operator of the
	 * grid, $z their session, $s one of $r's page, $y an order for $r that $x placed, $e an exclusion that is asked
	 * for, $f one that is approved; $P polygons, $Q a point, $Y a policy; $V a screen's key; $D a view shared with
	 * the grid. */
	char *ids[SUBJECTS];
	struct who callers[ROLES][RELATIONS];
};

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

static ProtobufCMessage *request_of(const struct stage *s, const struct method *method, const char *json)
{
	struct fault fault;
	ProtobufCMessage *request;
	if (json_decode(world_arena(s->w), method->request, expand(s, json), NULL, &fault, &request) != OK) {
		fprintf(stderr, "%s %s: %s %s\n", method->path, json, fault.field, fault.detail);
		abort();
	}
	return request;
}

static struct world_reply call(const struct stage *s, struct who who, const char *path, const char *json)
{
	return world_call(s->w, who, path, request_of(s, world_method(s->w, path), json));
}

static void *must(const struct stage *s, struct who who, const char *path, const char *json)
{
	struct world_reply reply = call(s, who, path, json);
	if (reply.err != OK)
		fail(path, reply);
	return reply.message;
}

static char *text_of(struct world *w, const void *message)
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
	CreateApiKeyResponse *rsp = must(s, admin, "OrgService/CreateApiKey", json);
	return WITH_KEY(rsp->key);
}

static char *new_resident(const struct stage *s, struct who who, const char *household_id)
{
	char *json = arena_printf(world_arena(s->w),
				  "{\"resident\":{\"name\":\"R\",\"phone\":\"13800000007\",\"household_id\":\"%s\"}}",
				  household_id);
	return ((CreateResidentResponse *)must(s, who, "OrgService/CreateResident", json))->resident->id;
}

static char *new_member(const struct stage *s, struct who who, const char *grid_id)
{
	char *json = arena_printf(world_arena(s->w), "{\"member\":{\"name\":\"M\",\"grid_id\":\"%s\",\"home\":%s}}",
				  grid_id, s->ids['Q']);
	return ((CreateMemberResponse *)must(s, who, "MemberService/CreateMember", json))->member->id;
}

static char *new_household(const struct stage *s, const char *grid_id, char **building_id)
{
	char *json = arena_printf(world_arena(s->w), "{\"building\":{\"name\":\"1\",\"grid_id\":\"%s\",\"point\":%s}}",
				  grid_id, s->ids['Q']);
	*building_id = ((CreateBuildingResponse *)must(s, AS_ADMIN, "OrgService/CreateBuilding", json))->building->id;
	json = arena_printf(world_arena(s->w), "{\"household\":{\"building_id\":\"%s\",\"address\":\"1-1\"}}",
			    *building_id);
	return ((CreateHouseholdResponse *)must(s, AS_ADMIN, "OrgService/CreateHousehold", json))->household->id;
}

/* --- orders --- */

static char *new_order(const struct stage *s)
{
	return ((PlaceOrderResponse *)must(s, AS_RESIDENT(s->ids['r']), "OrderService/PlaceOrder",
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
		must(s, who, steps[i].path, steps[i].json);
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
	CreateWallKeyResponse *rsp = must(s, who, "WallService/CreateWallKey", json);
	return WITH_KEY(rsp->key);
}

static void screens(struct stage *s, struct who *out, const char *other_grid, struct who oak)
{
	out[0] = screen_for(s, AS_ADMIN, s->ids['g']);
	out[1] = screen_for(s, AS_ADMIN, s->ids['n']);
	out[2] = screen_for(s, AS_ADMIN, other_grid);
	out[3] = screen_for(s, oak, "");
	CreateWallKeyResponse *rsp =
	    must(s, AS_ADMIN, "WallService/CreateWallKey", "{\"label\":\"yard\",\"node_id\":\"$g\"}");
	s->ids['V'] = rsp->key_id;
}

static void people(struct stage *s, const char *other_grid, struct who oak)
{
	char *building;
	char *far = new_household(s, other_grid, &building);
	struct who backend = key_for(s, oak, "ROLE_BACKEND", "");
	CreateNodeResponse *grid =
	    must(s, oak, "OrgService/CreateNode",
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
	char *wrapped = text_of(s->w, &policy);
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
		    ((CreateNodeResponse *)must(s, AS_ADMIN, "OrgService/CreateNode",
						"{\"node\":{\"kind\":\"NODE_KIND_COMMUNITY\",\"name\":\"C\"}}"))
			->node->id;
	ImportGridsResponse *rsp = must(s, AS_ADMIN, "OrgService/ImportGrids",
					"{\"parent_id\":\"$n\",\"grids\":[{\"code\":\"own\",\"polygons\":$P}]}");
	s->ids['g'] = rsp->grids[0]->id;
	for (int i = 0; i < OTHERS; i++) {
		char *building;
		must(s, AS_ADMIN, "MemberService/CreateMember",
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
	CreateOperatorResponse *made = must(
	    s, AS_ADMIN, "OperatorService/CreateOperator",
	    "{\"operator\":{\"name\":\"desk.own\",\"assignments\":[{\"role\":\"ROLE_OPERATOR\",\"node_id\":\"$g\"}]}}");
	s->ids['j'] = made->operator_->id;
	s->ids['_'] = made->invite;
	must(s, AS_NOBODY, "SessionService/RedeemInvite", "{\"invite\":\"$_\",\"password\":\"a lantern on the hill\"}");
	LoginResponse *in = must(s, AS_NOBODY, "SessionService/Login",
				 "{\"name\":\"desk.own\",\"password\":\"a lantern on the hill\"}");
	s->ids['z'] = in->session->id;
	OpenSessionResponse *page = must(s, AS_RESIDENT(s->ids['r']), "SessionService/OpenSession", "{}");
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
		    must(s, clerk, "StatsService/RequestExclusion", "{\"order_id\":\"$_\",\"reason\":\"x\"}");
		s->ids[i == 0 ? 'e' : 'f'] = rsp->exclusion->id;
	}
	must(s, AS_ADMIN, "StatsService/ApproveExclusion", "{\"exclusion_id\":\"$f\"}");
}

/* Somebody of another household for whom the resident may order, and did. */
static void family(struct stage *s)
{
	char *building;
	s->ids['_'] = new_household(s, s->ids['g'], &building);
	s->ids['v'] =
	    ((CreateResidentResponse *)must(s, AS_ADMIN, "OrgService/CreateResident",
					    "{\"resident\":{\"household_id\":\"$_\",\"proxy_ids\":[\"$r\"]}}"))
		->resident->id;
	s->ids['y'] = ((PlaceOrderResponse *)must(s, AS_RESIDENT(s->ids['r']), "OrderService/PlaceOrder",
						  "{\"category_id\":\"$c\",\"beneficiary_id\":\"$v\"}"))
			  ->order->id;
}

static struct stage stage_new(void)
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
	s.ids['D'] = ((SaveViewResponse *)must(&s, AS_ADMIN, "DeskService/SaveView",
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
	    must(&s, AS_ADMIN, "OrgService/CreateApiKey", "{\"role\":\"ROLE_OPERATOR\",\"node_id\":\"$g\"}");
	s.ids['k'] = key->key_id;
	must(&s, AS_ADMIN, "CredentialService/PutIssuer",
	     "{\"issuer\":{\"name\":\"issuer-of-own\",\"node_id\":\"$g\"},\"jwks\":" JWKS "}");
	s.ids['i'] = (char *)"issuer-of-own";
	must(&s, AS_ADMIN, "CredentialService/PutIssuer",
	     "{\"issuer\":{\"name\":\"issuer-of-all\"},\"jwks\":" JWKS "}");
	s.ids['u'] = (char *)"issuer-of-all";
	must(&s, AS_ADMIN, "CredentialService/PutClientCert",
	     "{\"cert\":{\"name\":\"dns:own.example\",\"role\":\"ROLE_BACKEND\",\"node_id\":\"$g\"}}");
	s.ids['t'] = (char *)"dns:own.example";
	CreateWebhookResponse *hook = must(&s, AS_ADMIN, "WebhookService/CreateWebhook",
					   "{\"webhook\":{\"url\":\"https://a.example\",\"node_id\":\"$g\"}}");
	s.ids['w'] = hook->webhook->id;
	sign_in(&s);
	/* Somebody who is none of the callers looks at $o. */
	must(&s, key_for(&s, AS_ADMIN, "ROLE_OPERATOR", s.ids['g']), "DeskService/TouchOrder", "{\"order_id\":\"$o\"}");
	s.ids['l'] = s.ids['m'];
	must(&s, AS_ADMIN, "PointsService/SetLeaderboardOptIn", "{\"member_id\":\"$l\",\"opt_in\":true}");
	return s;
}

/* --- one cell --- */

struct row {
	char path[64], subject, json[400];
	char expected[ROLES][RELATIONS + 1];
};

static bool names(const struct stage *s, const struct row *row, const void *message)
{
	const char *id = row->subject == '-' ? NULL : s->ids[(unsigned char)row->subject];
	return id == NULL || strstr(text_of(s->w, message), id) != NULL;
}

struct heard {
	const struct stage *stage;
	const struct row *row;
	enum err err;
	bool told;
};

static void on_opened(void *arg, const struct exec_result *result)
{
	((struct heard *)arg)->err = result->err;
}

static void on_message(void *arg, const struct exec_told *told)
{
	struct heard *heard = arg;
	heard->told |= names(heard->stage, heard->row, told->message);
}

static char refusal(enum err err)
{
	switch (err_info(err)->code) {
	case GRPC_NOT_FOUND:
		return 'n';
	case GRPC_PERMISSION_DENIED:
		return 'd';
	case GRPC_UNAUTHENTICATED:
		return 'u';
	case GRPC_OK:
	case GRPC_CANCELLED:
	case GRPC_UNKNOWN:
	case GRPC_INVALID_ARGUMENT:
	case GRPC_DEADLINE_EXCEEDED:
	case GRPC_ALREADY_EXISTS:
	case GRPC_RESOURCE_EXHAUSTED:
	case GRPC_FAILED_PRECONDITION:
	case GRPC_ABORTED:
	case GRPC_OUT_OF_RANGE:
	case GRPC_UNIMPLEMENTED:
	case GRPC_INTERNAL:
	case GRPC_UNAVAILABLE:
	case GRPC_DATA_LOSS:
		break;
	}
	return 's';
}

/* Opens the stream, lets something happen to the subject, and sees whether it is told. */
static char watch_cell(const struct stage *s, const struct row *row, struct who who)
{
	struct heard heard = {.stage = s, .row = row};
	const struct method *method = world_method(s->w, row->path);
	struct exec_watch_request rq = {.method = method,
					.credential = world_credential(who),
					.request = request_of(s, method, row->json),
					.opened = on_opened,
					.message = on_message,
					.ended = on_opened,
					.arg = &heard};
	struct exec_watch *watch = exec_watch(world_exec(s->w), &rq);
	if (heard.err != OK)
		return refusal(heard.err);
	must(s, AS_ADMIN, "OrderService/AddNote", "{\"order_id\":\"$o\",\"text\":\"x\"}");
	must(s, AS_ADMIN, "OrderService/CancelOrder", "{\"order_id\":\"$o\"}");
	exec_unwatch(watch);
	return heard.told ? '+' : 'e';
}

/* What the tenant has, but when keys were used last: every call may note that. */
static char *dump(const struct stage *s)
{
	char *all = world_dump(s->w), *to = all, *next;
	char *use = arena_printf(world_arena(s->w), " %s:", kind_info(KIND_USE)->prefix);
	for (char *line = all; *line != '\0'; line = next) {
		const char *key = strchr(line, ' ');
		next = strchr(line, '\n') + 1;
		if (strncmp(key, use, strlen(use)) == 0)
			continue;
		memmove(to, line, (size_t)(next - line));
		to += next - line;
	}
	*to = '\0';
	return all;
}

static char call_cell(const struct stage *s, const struct row *row, struct who who, bool writes)
{
	char *before = dump(s);
	struct world_reply reply = call(s, who, row->path, row->json);
	bool changed = strcmp(before, dump(s)) != 0;
	if (reply.err != OK)
		return changed ? '!' : refusal(reply.err);
	if (!writes)
		return changed ? '!' : names(s, row, reply.message) ? '+' : 'e';
	return changed ? '+' : 'e';
}

/* '!' for a refusal that changed something. The stage is made anew after whatever may have changed it. */
static char run_cell(struct stage *s, const struct row *row, struct who (*who_of)(const struct stage *, size_t),
		     size_t cell)
{
	if (s->w == NULL)
		*s = stage_new();
	unsigned flags = world_method(s->w, row->path)->flags;
	bool streams = (flags & METHOD_STREAMS) != 0, writes = (flags & METHOD_WRITES) != 0;
	char got = streams ? watch_cell(s, row, who_of(s, cell)) : call_cell(s, row, who_of(s, cell), writes);
	if (((streams || writes) && (got == '+' || got == 'e')) || got == '!') {
		world_free(s->w);
		s->w = NULL;
	}
	return got;
}

static struct who caller_of(const struct stage *s, size_t cell)
{
	return s->callers[cell / RELATIONS][cell % RELATIONS];
}

static struct who nobody(const struct stage *s, size_t cell)
{
	(void)s;
	(void)cell;
	return AS_NOBODY;
}

/* --- the table --- */

static bool read_row(const char *line, struct row *row)
{
	strcpy(row->expected[ROLES - 1], "dddd");
	return sscanf(line, "%63s %c %399s %4s %4s %4s %4s %4s %4s", row->path, &row->subject, row->json,
		      row->expected[0], row->expected[1], row->expected[2], row->expected[3], row->expected[4],
		      row->expected[5]) >= 8;
}

static unsigned run_row(struct stage *s, const struct row *row, bool print)
{
	unsigned wrong = 0, declared;
	char got[ROLES][RELATIONS + 1] = {{0}};
	if (s->w == NULL)
		*s = stage_new();
	declared = world_method(s->w, row->path)->roles;
	for (size_t i = 0; i < ROLES * RELATIONS; i++) {
		size_t role = i / RELATIONS, relation = i % RELATIONS;
		char want = row->expected[role][relation];
		char *cell = &got[role][relation];
		*cell = run_cell(s, row, caller_of, i);
		/* A role that may not call at all is told so, whatever it asks for. */
		bool fine = *cell == want && ((declared & 1U << roles[role]) != 0 || *cell == 'd');
		if (!fine && !print)
			printf("%s %s: %s of %s: %c, expected %c\n", row->path, row->json,
			       protobuf_c_enum_descriptor_get_value(&Role_desc, (int)roles[role])->name,
			       relations[relation], *cell, want);
		wrong += !fine;
	}
	char none = run_cell(s, row, nobody, 0);
	if (none != 'u' && (declared & ROLE_BIT(UNSPECIFIED)) == 0) {
		printf("%s %s: nobody: %c\n", row->path, row->json, none);
		wrong++;
	}
	if (print)
		printf("%s %c %s %s %s %s %s %s%s%s\n", row->path, row->subject, row->json, got[0], got[1], got[2],
		       got[3], got[4], strcmp(got[5], "dddd") == 0 ? "" : " ",
		       strcmp(got[5], "dddd") == 0 ? "" : got[5]);
	return wrong;
}

static unsigned missing_rows(char (*seen)[64], size_t n_seen)
{
	const struct method *methods[SERVICE_METHODS_MAX];
	size_t n = services_list(methods);
	unsigned missing = 0;
	for (size_t i = 0; i < n; i++) {
		const char *path = methods[i]->path + strlen("/paidan.v1.");
		bool found = false;
		for (size_t k = 0; k < n_seen; k++)
			found |= strcmp(seen[k], path) == 0;
		if (!found)
			printf("%s has no line in idor.txt; its head says how to add one\n", path);
		missing += !found;
	}
	return missing;
}

int main(int argc, char **argv)
{
	enum { ROWS_MAX = 4 * SERVICE_METHODS_MAX };
	static char seen[ROWS_MAX][64];
	size_t n = 0;
	unsigned wrong = 0;
	char line[600];
	bool print = argc > 2 && strcmp(argv[2], "--print") == 0;
	struct stage s = {.w = NULL};
	FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
	if (file == NULL) {
		fprintf(stderr, "usage: test_idor TABLE [--print]\n");
		return 2;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		struct row row;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (!read_row(line, &row) || n == ROWS_MAX) {
			printf("not a row: %s", line);
			wrong++;
			continue;
		}
		memcpy(seen[n++], row.path, sizeof(row.path));
		wrong += run_row(&s, &row, print);
	}
	fclose(file);
	if (s.w != NULL)
		world_free(s.w);
	wrong += missing_rows(seen, n);
	printf("%zu rows, %zu cells, %u wrong\n", n, n * ROLES * RELATIONS, wrong);
	return wrong > 0 ? 1 : 0;
}
