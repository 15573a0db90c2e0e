/*
 * train_dictionary: prints server/txn/squash_dictionary.h: a zstd dictionary of what closed orders have in common,
 * trained on those of made-up towns: most take the straight way from placing to rating, some are played at random.
 *
 * usage: ninja tests/sim/train_dictionary && tests/sim/train_dictionary > squash_dictionary.h
 *
 * Only for a further dictionary, with a method of its own (squash.h): what is stored needs the old one.
 * Exit: 0 fine, 1 it could not be trained.
 */
#include <stdio.h>
#include <stdlib.h>
#include <zdict.h>

#include "base/buf.h"
#include "pb/pb_message.h"
#include "player.h"
#include "txn/envelope.h"
#include "txn/kind.h"
#include "txn/squash.h"

enum { TOWNS = 40, SIDE = 4, MEMBERS = 24, RESIDENTS = 24, LIVES = 160, PLAYED_TOWNS = 6, PLAYED_ROUNDS = 400 };
enum { SAMPLES_MAX = 20000, DICTIONARY_BYTES = 2048, PER_LINE = 24, MINUTE_MS = 60000, DAY_MS = 24 * 60 * MINUTE_MS };

struct samples {
	struct arena arena;
	struct squasher *squasher;
	struct buf bytes; /* one behind the other */
	size_t lens[SAMPLES_MAX];
	unsigned n;
};

static void take_row(void *arg, const struct store_row *row)
{
	struct samples *s = arg;
	uint64_t version;
	struct slice body;
	if (row->kind != STORE_ROW_PACK || !slice_starts(row->key, SLICE("op:")) || s->n == SAMPLES_MAX)
		return;
	struct slice bytes = arena_slice(&s->arena, row->value);
	if (envelope_open(bytes, &version, &body) != OK)
		return;
	if (envelope_is_squashed(bytes) && unsquash(s->squasher, &s->arena, body, &body) != OK)
		return;
	buf_slice(&s->bytes, body);
	s->lens[s->n++] = body.len;
}

/* --- straight lives --- */

static const char *const titles[] = {"买菜", "代取药品", "水管漏水", "陪同就医", "搬重物",
				     "修灯", "送餐",     "打扫楼道", "help"};
static const char *const remarks[] = {"已完成", "已送到", "修好了", "谢谢", "很热心", "", "done"};

static unsigned below(struct world *w, unsigned n)
{
	return (unsigned)(world_random(w) % n);
}

static GeoPoint *somewhere(struct world *w)
{
	return world_point(w, below(w, SIDE * SIDE), below(w, 400) - 200.0, below(w, 400) - 200.0, SIDE);
}

static void pass_minutes(struct world *w, unsigned most)
{
	world_advance(w, (int64_t)(1 + below(w, most)) * MINUTE_MS + below(w, MINUTE_MS));
}

/* Somebody with a home; NULL where that lies outside of all grids. */
static char *resident(struct world *w)
{
	struct arena *a = world_arena(w);
	CreateBuildingRequest *building = PB_NEW(a, CreateBuildingRequest);
	building->building = PB_NEW(a, Building);
	building->building->name = (char *)"3";
	building->building->point = somewhere(w);
	struct world_reply built = world_call(w, AS_ADMIN, "OrgService/CreateBuilding", building);
	CreateHouseholdRequest *household = PB_NEW(a, CreateHouseholdRequest);
	household->household = PB_NEW(a, Household);
	household->household->building_id =
	    built.err == OK ? ((CreateBuildingResponse *)built.message)->building->id : (char *)"";
	household->household->address = (char *)"3-2-501";
	struct world_reply home = world_call(w, AS_ADMIN, "OrgService/CreateHousehold", household);
	CreateResidentRequest *request = PB_NEW(a, CreateResidentRequest);
	request->resident = PB_NEW(a, Resident);
	request->resident->name = (char *)"Resident Canary";
	request->resident->phone = (char *)"13900000000";
	request->resident->household_id =
	    home.err == OK ? ((CreateHouseholdResponse *)home.message)->household->id : (char *)"";
	struct world_reply made = world_call(w, AS_ADMIN, "OrgService/CreateResident", request);
	return made.err == OK ? ((CreateResidentResponse *)made.message)->resident->id : NULL;
}

static void complete(struct world *w, struct who member, char *order_id)
{
	StartTaskRequest *start = PB_NEW(world_arena(w), StartTaskRequest);
	CompleteTaskRequest *done = PB_NEW(world_arena(w), CompleteTaskRequest);
	pass_minutes(w, 30);
	start->order_id = done->order_id = order_id;
	(void)world_call(w, member, "TaskService/StartTask", start);
	pass_minutes(w, 60);
	done->text = (char *)remarks[below(w, sizeof(remarks) / sizeof(remarks[0]))];
	done->duration_min = 5 * (1 + below(w, 12));
	(void)world_call(w, member, "TaskService/CompleteTask", done);
}

/* Whoever is offered it first accepts, after a while. false: nobody was. */
static bool accept(struct world *w, char *order_id, char **member_id)
{
	const Order *order = world_get_order(w, order_id);
	AcceptOfferRequest *request = PB_NEW(world_arena(w), AcceptOfferRequest);
	if (order->n_offers == 0)
		return false;
	*member_id = order->offers[order->n_offers - 1]->member_id;
	request->order_id = order_id;
	pass_minutes(w, 10);
	return world_call(w, AS_MEMBER(*member_id), "TaskService/AcceptOffer", request).err == OK;
}

static void live(struct world *w, const struct town *town, char *resident_id)
{
	const char *categories[] = {town->plain_category, town->plain_category, town->urgent_category,
				    town->complaint_category};
	PlaceOrderRequest *place = PB_NEW(world_arena(w), PlaceOrderRequest);
	RateOrderRequest *rate = PB_NEW(world_arena(w), RateOrderRequest);
	char *member_id;
	place->category_id = (char *)categories[below(w, 4)];
	place->title = (char *)titles[below(w, sizeof(titles) / sizeof(titles[0]))];
	if (below(w, 4) == 0)
		place->point = somewhere(w);
	struct world_reply placed = world_call(w, AS_RESIDENT(resident_id), "OrderService/PlaceOrder", place);
	if (placed.err != OK)
		return;
	rate->order_id = ((PlaceOrderResponse *)placed.message)->order->id;
	if (!accept(w, rate->order_id, &member_id))
		return;
	complete(w, AS_MEMBER(member_id), rate->order_id);
	pass_minutes(w, 120);
	rate->stars = 3 + below(w, 3);
	rate->comment = (char *)remarks[below(w, sizeof(remarks) / sizeof(remarks[0]))];
	if (below(w, 5) > 0)
		(void)world_call(w, AS_RESIDENT(resident_id), "OrderService/RateOrder", rate);
}

static void live_in_town(struct samples *s, uint64_t seed)
{
	struct world *w = world_new(&(struct world_options){.seed = seed});
	char *residents[RESIDENTS];
	struct town town = world_town(w, SIDE);
	for (size_t i = 0; i < MEMBERS; i++)
		(void)world_member(w, somewhere(w), NULL);
	for (size_t i = 0; i < RESIDENTS; i++)
		residents[i] = resident(w);
	for (unsigned i = 0; i < LIVES; i++) {
		char *resident_id = residents[below(w, RESIDENTS)];
		if (resident_id != NULL)
			live(w, &town, resident_id);
	}
	world_advance(w, INT64_C(5) * DAY_MS);
	store_memory_dump(world_store(w), SLICE(WORLD_TENANT), take_row, s);
	world_free(w);
}

/* --- random ones --- */

static void play_in_town(struct samples *s, uint64_t seed)
{
	struct world *w = world_new(&(struct world_options){.seed = seed});
	struct player *p = player_new(
	    w, seed, &(struct player_options){.members = 40, .residents = 30, .at_once = 1, .windows = seed % 2 == 0});
	for (unsigned i = 0; i < PLAYED_ROUNDS; i++) {
		player_round(p);
		player_pause(p);
	}
	store_memory_dump(world_store(w), SLICE(WORLD_TENANT), take_row, s);
	player_free(p);
	world_free(w);
}

static void print(const uint8_t *bytes, size_t len)
{
	printf("/* Made by tests/sim/train_dictionary.c; it can never be changed (squash.h). */\n"
	       "#ifndef PAIDAN_TXN_SQUASH_DICTIONARY_H\n#define PAIDAN_TXN_SQUASH_DICTIONARY_H\n\n"
	       "#include <stdint.h>\n\n/* clang-format off */\nstatic const uint8_t squash_dictionary[] = {");
	for (size_t i = 0; i < len; i++)
		printf("%s0x%02x,", i % PER_LINE == 0 ? "\n\t" : "", bytes[i]);
	printf("\n};\n/* clang-format on */\n\n#endif\n");
}

int main(void)
{
	static struct samples s;
	uint8_t dictionary[DICTIONARY_BYTES];
	arena_init(&s.arena, SIZE_MAX / 2);
	s.squasher = squasher_new();
	if (s.squasher == NULL)
		return 1;
	for (uint64_t seed = 1; seed <= TOWNS; seed++)
		live_in_town(&s, seed);
	for (uint64_t seed = 1; seed <= PLAYED_TOWNS; seed++)
		play_in_town(&s, seed);
	size_t len = ZDICT_trainFromBuffer(dictionary, sizeof(dictionary), s.bytes.ptr, s.lens, s.n);
	if (ZDICT_isError(len)) {
		fprintf(stderr, "%u orders: %s\n", s.n, ZDICT_getErrorName(len));
		return 1;
	}
	fprintf(stderr, "%u orders of %zu bytes on average\n", s.n, s.n == 0 ? 0 : s.bytes.len / s.n);
	print(dictionary, len);
	return 0;
}
