/* The screen on the wall: what it shows, that nothing personal is in it, and the keys that open it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "must.h"
#include "pb/json_write.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 2, HOUR_MS = 3600 * 1000 };

#define DAY_MS (24 * INT64_C(3600000))
#define CANARY "KANARIENVOGEL"
#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

struct stage {
	struct world *w;
	struct town town;
	char *member, *resident;
	struct who screen;
	char *key_id;
};

static CreateWallKeyResponse *new_key(struct world *w, struct who who, const char *node_id)
{
	REQUEST(w, CreateWallKeyRequest, rq);
	rq->label = (char *)"hall";
	rq->node_id = (char *)node_id;
	return must(world_call(w, who, "WallService/CreateWallKey", rq));
}

static struct stage stage_new(void)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = 11, .cache_bytes = 1 << 20})};
	s.town = world_town(s.w, SIDE);
	s.member = world_member(s.w, world_point(s.w, 0, 50, 50, SIDE), NULL);
	s.resident = world_resident(s.w);
	CreateWallKeyResponse *key = new_key(s.w, AS_ADMIN, "");
	s.screen = WITH_KEY(key->key);
	s.key_id = key->key_id;
	return s;
}

static char *order(struct stage *s, const char *category_id, size_t grid)
{
	REQUEST(s->w, PlaceOrderRequest, place);
	place->category_id = (char *)category_id;
	place->title = (char *)"a tap " CANARY;
	place->description = (char *)"of " CANARY;
	place->point = world_point(s->w, grid, 5, 5, SIDE);
	PlaceOrderResponse *rsp = must(world_call(s->w, AS_RESIDENT(s->resident), "OrderService/PlaceOrder", place));
	return rsp->order->id;
}

static GetWallResponse *wall(struct stage *s, struct who who, bool all)
{
	REQUEST(s->w, GetWallRequest, rq);
	rq->with_rates = rq->with_map = all;
	return must(world_call(s->w, who, "WallService/GetWall", rq));
}

static char *text_of(struct world *w, const void *message)
{
	struct buf b = {0};
	struct fault fault;
	assert_int_equal(json_encode(message, NULL, world_arena(w), &fault, &b), OK);
	char *text = arena_string(world_arena(w), buf_view(&b));
	buf_free(&b);
	return text;
}

/* No text of anybody's, and no id of an order, member or resident. */
static void assert_impersonal(struct stage *s, const void *message)
{
	const char *text = text_of(s->w, message);
	assert_null(strstr(text, CANARY));
	assert_null(strstr(text, s->resident));
	assert_null(strstr(text, s->member));
	assert_null(strstr(text, "\"o0"));
}

static void be_private(struct stage *s, const char *category_id)
{
	REQUEST(s->w, ListCategoriesRequest, list);
	ListCategoriesResponse *all = must(world_call(s->w, AS_ADMIN, "OrgService/ListCategories", list));
	for (size_t i = 0; i < all->n_categories; i++) {
		if (strcmp(all->categories[i]->id, category_id) != 0)
			continue;
		REQUEST(s->w, PutCategoryRequest, put);
		put->category = all->categories[i];
		put->category->private_ = true;
		put->category->etag = (char *)"";
		must(world_call(s->w, AS_ADMIN, "OrgService/PutCategory", put));
	}
}

static void test_what_it_shows(void **state)
{
	(void)state;
	struct stage s = stage_new();
	be_private(&s, s.town.complaint_category);
	char *first = order(&s, s.town.plain_category, 0);
	world_advance(s.w, HOUR_MS);
	(void)order(&s, s.town.complaint_category, 1);
	REQUEST(s.w, AssignOrderRequest, assign);
	assign->order_id = order(&s, s.town.plain_category, 1);
	assign->member_id = s.member;
	assign->accepted = true;
	assign->reason = (char *)"x " CANARY;
	must(world_call(s.w, AS_ADMIN, "DeskService/AssignOrder", assign));
	REQUEST(s.w, CancelOrderRequest, cancel);
	cancel->order_id = order(&s, s.town.urgent_category, 2);
	cancel->reason = (char *)CANARY;
	must(world_call(s.w, AS_ADMIN, "OrderService/CancelOrder", cancel));
	GetWallResponse *seen = wall(&s, s.screen, true);
	assert_impersonal(&s, &seen->base);
	assert_int_equal(seen->n_grids, SIDE * SIDE);
	assert_int_equal(seen->grids[0]->waiting, 1);
	assert_int_equal(seen->grids[1]->waiting, 1);
	assert_int_equal(seen->grids[1]->working, 1);
	assert_int_equal(seen->grids[2]->placed, 1);
	assert_int_equal(seen->grids[2]->closed, 1);
	assert_true(seen->grids[0]->n_polygons > 0);
	assert_int_equal(seen->today->counts->placed, 4);
	assert_int_equal(seen->month->counts->placed, 4);
	assert_int_equal(seen->n_days, 14);
	assert_int_equal(seen->n_waits, 2);
	assert_int_equal(seen->waits[0]->placed_ms, world_get_order(s.w, first)->placed_ms);
	assert_string_equal(seen->waits[0]->category_id, s.town.plain_category);
	assert_string_equal(seen->waits[1]->category_id, ""); /* a private matter */
	assert_int_equal(seen->events[0]->kind, EVENT_KIND_CANCELLED);
	assert_string_equal(seen->events[0]->grid_id, s.town.grid_ids[2]);
	for (size_t i = 0; i < seen->n_categories; i++)
		assert_string_not_equal(seen->categories[i]->id, s.town.complaint_category);
	GetWallResponse *brief = wall(&s, s.screen, false);
	assert_null(brief->month);
	assert_int_equal(brief->grids[0]->n_polygons, 0);
	world_free(s.w);
}

/* --- as it happens --- */

struct heard {
	struct stage *s;
	enum err ended;
	unsigned told;
	EventKind last;
};

static void on_opened(void *arg, const struct exec_result *result)
{
	((struct heard *)arg)->ended = result->err;
}

static void on_message(void *arg, const struct exec_told *told)
{
	struct heard *heard = arg;
	const WatchWallResponse *message = (const WatchWallResponse *)told->message;
	assert_impersonal(heard->s, told->message);
	heard->told++;
	heard->last = message->event->kind;
}

static void test_stream(void **state)
{
	(void)state;
	struct stage s = stage_new();
	struct heard heard = {.s = &s};
	REQUEST(s.w, WatchWallRequest, rq);
	struct exec_watch_request watch = {.method = world_method(s.w, "WallService/WatchWall"),
					   .credential = world_credential(s.screen),
					   .request = rq,
					   .opened = on_opened,
					   .message = on_message,
					   .ended = on_opened,
					   .arg = &heard};
	exec_watch(world_exec(s.w), &watch);
	assert_int_equal(heard.ended, OK);
	char *id = order(&s, s.town.plain_category, 0);
	world_settle(s.w);
	assert_int_equal(heard.last, EVENT_KIND_PLACED);
	unsigned before = heard.told;
	REQUEST(s.w, AddNoteRequest, note);
	note->order_id = id;
	note->text = (char *)CANARY;
	must(world_call(s.w, AS_ADMIN, "OrderService/AddNote", note));
	world_settle(s.w);
	assert_int_equal(heard.told, before); /* of no concern to a room */
	/* The screen goes dark when its key is revoked. */
	REQUEST(s.w, RevokeWallKeyRequest, revoke);
	revoke->key_id = s.key_id;
	must(world_call(s.w, AS_ADMIN, "WallService/RevokeWallKey", revoke));
	world_settle(s.w);
	assert_int_equal(heard.ended, ERR_CREDENTIAL_REVOKED);
	assert_int_equal(world_call(s.w, s.screen, "WallService/GetWall", PB_NEW(world_arena(s.w), GetWallRequest)).err,
			 ERR_CREDENTIAL_REVOKED);
	world_free(s.w);
}

/* --- keys --- */

static void test_key_opens_nothing_else(void **state)
{
	(void)state;
	struct stage s = stage_new();
	REQUEST(s.w, ListBoardRequest, board);
	assert_int_equal(world_call(s.w, s.screen, "DeskService/ListBoard", board).err, ERR_PERMISSION_DENIED);
	REQUEST(s.w, GetRatesRequest, rates);
	assert_int_equal(world_call(s.w, s.screen, "StatsService/GetRates", rates).err, ERR_PERMISSION_DENIED);
	REQUEST(s.w, CreateWallKeyRequest, more);
	more->label = (char *)"another";
	assert_int_equal(world_call(s.w, s.screen, "WallService/CreateWallKey", more).err, ERR_PERMISSION_DENIED);
	world_free(s.w);
}

static void test_keys(void **state)
{
	(void)state;
	struct stage s = stage_new();
	REQUEST(s.w, CreateApiKeyRequest, rq);
	rq->role = ROLE_OPERATOR;
	rq->node_id = s.town.grid_ids[0];
	CreateApiKeyResponse *made = must(world_call(s.w, AS_ADMIN, "OrgService/CreateApiKey", rq));
	struct who clerk = WITH_KEY(made->key);
	/* An operator gives out what they have: their own unit by default, and no other. */
	CreateWallKeyResponse *own = new_key(s.w, clerk, "");
	assert_int_equal(own->expires_ms, world_now_ms(s.w) + 365 * DAY_MS);
	assert_int_equal(wall(&s, WITH_KEY(own->key), false)->n_grids, 1);
	REQUEST(s.w, CreateWallKeyRequest, other);
	other->label = (char *)"x";
	other->node_id = s.town.grid_ids[1];
	assert_int_equal(world_call(s.w, clerk, "WallService/CreateWallKey", other).err, ERR_NOT_FOUND);
	other->node_id = s.town.grid_ids[0];
	other->expires_ms = world_now_ms(s.w) + 401 * DAY_MS;
	assert_int_equal(world_call(s.w, clerk, "WallService/CreateWallKey", other).err, ERR_FIELD_OUT_OF_RANGE);
	other->expires_ms = world_now_ms(s.w) + HOUR_MS;
	CreateWallKeyResponse *brief = must(world_call(s.w, clerk, "WallService/CreateWallKey", other));
	REQUEST(s.w, ListWallKeysRequest, list);
	ListWallKeysResponse *seen = must(world_call(s.w, clerk, "WallService/ListWallKeys", list));
	assert_int_equal(seen->n_keys, 2); /* not the whole tenant's */
	assert_null(strstr(text_of(s.w, &seen->base), "pdk_"));
	assert_int_equal(
	    ((ListWallKeysResponse *)must(world_call(s.w, AS_ADMIN, "WallService/ListWallKeys", list)))->n_keys, 3);
	REQUEST(s.w, RevokeWallKeyRequest, revoke);
	revoke->key_id = s.key_id;
	assert_int_equal(world_call(s.w, clerk, "WallService/RevokeWallKey", revoke).err, ERR_NOT_FOUND);
	revoke->key_id = made->key_id; /* no screen's */
	assert_int_equal(world_call(s.w, AS_ADMIN, "WallService/RevokeWallKey", revoke).err, ERR_NOT_FOUND);
	world_advance(s.w, HOUR_MS + 1);
	assert_int_equal(
	    world_call(s.w, WITH_KEY(brief->key), "WallService/GetWall", PB_NEW(world_arena(s.w), GetWallRequest)).err,
	    ERR_CREDENTIAL_EXPIRED);
	world_free(s.w);
}

static void test_room_for_keys(void **state)
{
	(void)state;
	struct stage s = stage_new();
	for (int i = 1; i < LIMIT_WALL_KEYS; i++)
		(void)new_key(s.w, AS_ADMIN, "");
	REQUEST(s.w, CreateWallKeyRequest, more);
	more->label = (char *)"one too many";
	assert_int_equal(world_call(s.w, AS_ADMIN, "WallService/CreateWallKey", more).err, ERR_TENANT_FULL);
	REQUEST(s.w, RevokeWallKeyRequest, revoke);
	revoke->key_id = s.key_id;
	must(world_call(s.w, AS_ADMIN, "WallService/RevokeWallKey", revoke));
	(void)new_key(s.w, AS_ADMIN, "");
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_it_shows),          cmocka_unit_test(test_stream),
	    cmocka_unit_test(test_key_opens_nothing_else), cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_room_for_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
