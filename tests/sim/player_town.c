#include "player_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "pb/pb_message.h"
#include "wkt_pb.h"

static void *must(struct world_reply reply, const char *what)
{
	if (reply.err != OK) {
		fprintf(stderr, "player: %s: %s %s\n", what, err_info(reply.err)->reason, reply.fault.detail);
		abort();
	}
	return reply.message;
}

/* Days become minutes, so that everything that time does is seen. */
static void shorten_times(struct player *p)
{
	struct arena *a = world_arena(p->w);
	GetPolicyResponse *got =
	    must(world_call(p->w, AS_ADMIN, "OrgService/GetPolicy", PB_NEW(a, GetPolicyRequest)), "policy");
	PutPolicyRequest *put = PB_NEW(a, PutPolicyRequest);
	enum { MINUTE_MS = 60000 };
	Policy *policy = put->policy = got->policy;
	policy->service_times->danger_ms = 2 * MINUTE_MS;
	policy->service_times->urgent_ms = 10 * MINUTE_MS;
	policy->service_times->normal_ms = 30 * MINUTE_MS;
	policy->service_times->complex_ms = 60 * MINUTE_MS;
	policy->routine->offer_ttl_ms = MINUTE_MS;
	policy->urgent->offer_ttl_ms = MINUTE_MS / 2;
	policy->emergency->offer_ttl_ms = MINUTE_MS / 6;
	policy->auto_close_ms = 5 * MINUTE_MS;
	policy->reopen_window_ms = 10 * MINUTE_MS;
	policy->chase_interval_ms = MINUTE_MS;
	if (p->options.windows) {
		policy->routine->window_ms = MINUTE_MS / 2;
		policy->urgent->window_ms = MINUTE_MS / 12;
		/* Who is worth it waits, too. */
		policy->weights->worth_m = 100;
		policy->weights->lost_m = 1000;
	}
	must(world_call(p->w, AS_ADMIN, "OrgService/PutPolicy", put), "policy");
}

/* Some have hours in which they don't want to be asked, some take one thing at a time. */
static void wish(struct player *p, const char *member_id, size_t i)
{
	struct arena *a = world_arena(p->w);
	UpdateMemberRequest *update = PB_NEW(a, UpdateMemberRequest);
	Member *member = update->member = PB_NEW(a, Member);
	enum { HOUR_MIN = 60 };
	static const char *const paths[] = {"quiet", "holding_cap"};
	update->update_mask =
	    (Google__Protobuf__FieldMask *)pb_message_new(a, &google__protobuf__field_mask__descriptor);
	for (size_t k = 0; k < 2; k++)
		arena_append(a, (void ***)&update->update_mask->paths, &update->update_mask->n_paths,
			     (void *)(uintptr_t)paths[k]);
	member->id = (char *)(uintptr_t)member_id;
	if (i % 4 == 1) {
		member->quiet = PB_NEW(a, QuietHours);
		member->quiet->from_min = 11 * HOUR_MIN;
		member->quiet->to_min = 12 * HOUR_MIN;
	}
	if (i % 4 == 2)
		member->holding_cap = 1;
	must(world_call(p->w, AS_ADMIN, "MemberService/UpdateMember", update), "member's wishes");
}

static char *household(struct player *p, size_t grid, const char *responsible_id)
{
	struct arena *a = world_arena(p->w);
	CreateBuildingRequest *building = PB_NEW(a, CreateBuildingRequest);
	building->building = PB_NEW(a, Building);
	building->building->name = (char *)"House";
	building->building->point = world_point(p->w, grid, 10, 10, SIDE);
	CreateBuildingResponse *built =
	    must(world_call(p->w, AS_ADMIN, "OrgService/CreateBuilding", building), "building");
	CreateHouseholdRequest *home = PB_NEW(a, CreateHouseholdRequest);
	home->household = PB_NEW(a, Household);
	home->household->building_id = built->building->id;
	home->household->responsible_member_id = (char *)responsible_id;
	CreateHouseholdResponse *made =
	    must(world_call(p->w, AS_ADMIN, "OrgService/CreateHousehold", home), "household");
	return made->household->id;
}

static char *resident(struct player *p, const char *household_id, const char *proxy_id)
{
	struct arena *a = world_arena(p->w);
	CreateResidentRequest *request = PB_NEW(a, CreateResidentRequest);
	request->resident = PB_NEW(a, Resident);
	request->resident->name = (char *)"Canary";
	request->resident->household_id = (char *)household_id;
	if (proxy_id != NULL)
		arena_append(a, (void ***)&request->resident->proxy_ids, &request->resident->n_proxy_ids,
			     (void *)(uintptr_t)proxy_id);
	CreateResidentResponse *made =
	    must(world_call(p->w, AS_ADMIN, "OrgService/CreateResident", request), "resident");
	return made->resident->id;
}

static void remember_town(struct player *p)
{
	char **strings[] = {&p->town.plain_category, &p->town.urgent_category,    &p->town.danger_category,
			    &p->town.pair_category,  &p->town.complaint_category, &p->town.community_id};
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		*strings[i] = arena_strdup(&p->memory, *strings[i]);
}

static struct who deputy(struct player *p)
{
	CreateApiKeyRequest *request = PB_NEW(world_arena(p->w), CreateApiKeyRequest);
	request->role = ROLE_OPERATOR;
	CreateApiKeyResponse *made = must(world_call(p->w, AS_ADMIN, "OrgService/CreateApiKey", request), "deputy");
	return WITH_KEY(arena_strdup(&p->memory, made->key));
}

void player_settle(struct player *p)
{
	p->town = world_town(p->w, SIDE);
	remember_town(p);
	shorten_times(p);
	p->members = arena_array(&p->memory, p->options.members, sizeof(char *));
	for (size_t i = 0; i < p->options.members; i++) {
		double east = (double)roll(p, 400) - 200, north = (double)roll(p, 400) - 200;
		p->members[i] =
		    arena_strdup(&p->memory, world_member(p->w, world_point(p->w, i % (SIDE * SIDE), east, north, SIDE),
							  i % 2 == 0 ? "lift" : NULL));
		wish(p, p->members[i], i);
	}
	p->residents = arena_array(&p->memory, p->options.residents, sizeof(char *));
	for (size_t i = 0; i < p->options.residents; i++) {
		const char *home =
		    i % 3 == 0 ? "" : household(p, i % (SIDE * SIDE), p->members[i % p->options.members]);
		p->residents[i] = arena_strdup(&p->memory, resident(p, home, i == 0 ? NULL : p->residents[i - 1]));
	}
	p->deputy = deputy(p);
}
