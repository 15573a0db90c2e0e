/* Streams that tell all the same: what is made once is what each would have been told by itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "world.h"

enum { SIDE = 3, WATCHERS = 12, MAX_HEARD = 1000 };

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

struct heard {
	char position[64];
	struct slice event; /* encoded */
	uint64_t same;
};

struct watcher {
	struct arena *arena;
	struct exec_watch *watch;
	bool ended;
	enum err err;
	unsigned pause_every; /* messages; 0: it takes all */
	struct heard heard[MAX_HEARD];
	size_t n;
};

static void on_opened(void *arg, const struct exec_result *result)
{
	((struct watcher *)arg)->err = result->err;
}

static void on_message(void *arg, const struct exec_told *told)
{
	struct watcher *me = arg;
	assert_true(me->n < MAX_HEARD);
	struct heard *h = &me->heard[me->n++];
	snprintf(h->position, sizeof(h->position), "%.*s", SLICE_FMT(told->event_id));
	h->event = pb_encode_arena(((const WatchResponse *)told->message)->event, me->arena);
	h->same = told->same;
	if (me->pause_every != 0 && me->n % me->pause_every == 0)
		exec_watch_pause(me->watch, true);
}

static void on_ended(void *arg, const struct exec_result *result)
{
	struct watcher *me = arg;
	me->ended = true;
	me->err = result->err;
}

static struct watcher *watch(struct world *w, struct who who, const char *after)
{
	struct watcher *me = ARENA_NEW(world_arena(w), struct watcher);
	me->arena = world_arena(w);
	struct exec_watch_request rq = {.method = world_method(w, "EventService/Watch"),
					.credential = world_credential(who),
					.request = PB_NEW(world_arena(w), WatchRequest),
					.after = slice_str(after),
					.opened = on_opened,
					.message = on_message,
					.ended = on_ended,
					.arg = me};
	me->watch = exec_watch(world_exec(w), &rq);
	world_advance(w, 200);
	assert_int_equal(me->err, OK);
	return me;
}

struct stage {
	struct world *w;
	struct town town;
	char *resident;
};

static struct stage stage(int64_t latency_ms)
{
	struct stage s = {
	    .w = world_new(&(struct world_options){.seed = 7, .cache_bytes = 1 << 20, .latency_ms = latency_ms})};
	s.town = world_town(s.w, SIDE);
	for (size_t i = 0; i < 3; i++)
		world_member(s.w, world_point(s.w, 4, 50 + 10 * (double)i, 50, SIDE), NULL);
	s.resident = world_resident(s.w);
	return s;
}

/* Entries of the log with one event and with several. */
static void some_life(struct stage *s, unsigned orders)
{
	for (unsigned i = 0; i < orders; i++) {
		const char *category = i % 2 == 0 ? s->town.urgent_category : s->town.plain_category;
		REQUEST(s->w, CancelOrderRequest, cancel);
		cancel->order_id = world_order(s->w, s->resident, category, world_point(s->w, 4, 0, 0, SIDE));
		world_advance(s->w, 1000);
		assert_int_equal(world_call(s->w, AS_RESIDENT(s->resident), "OrderService/CancelOrder", cancel).err,
				 OK);
	}
	world_advance(s->w, 1000);
}

static void assert_same(const struct watcher *one, const struct watcher *other)
{
	assert_int_equal(one->n, other->n);
	for (size_t i = 0; i < one->n; i++) {
		assert_string_equal(one->heard[i].position, other->heard[i].position);
		assert_true(slice_eq(one->heard[i].event, other->heard[i].event));
	}
}

static void test_all_hear_the_same(void **state)
{
	(void)state;
	for (int64_t latency_ms = 0; latency_ms <= 20; latency_ms += 20) {
		struct stage s = stage(latency_ms);
		struct watcher *first = watch(s.w, AS_ADMIN, ""), *others[WATCHERS];
		some_life(&s, 1); /* from then on the log's end is known */
		char *from = arena_strdup(world_arena(s.w), first->heard[first->n - 1].position);
		first->n = 0;
		for (size_t i = 0; i < WATCHERS; i++)
			others[i] = watch(s.w, AS_ADMIN, "");
		some_life(&s, 5);
		assert_true(first->n > 15);
		for (size_t i = 0; i < WATCHERS; i++) {
			assert_same(first, others[i]);
			for (size_t k = 0; k < first->n; k++) {
				assert_int_not_equal(first->heard[k].same, 0);
				assert_int_equal(first->heard[k].same, others[i]->heard[k].same);
				assert_true(k == 0 || first->heard[k].same > first->heard[k - 1].same);
			}
		}
		/* Who reads it from the log is told the same, each message for itself. */
		struct watcher *late = watch(s.w, AS_ADMIN, from);
		world_advance(s.w, 2000);
		assert_same(first, late);
		assert_int_equal(late->heard[0].same, 0);
		world_free(s.w);
	}
}

/* Some pause in the middle of an entry, and go on when more has come. */
static void test_pauses(void **state)
{
	(void)state;
	for (int64_t latency_ms = 0; latency_ms <= 20; latency_ms += 20) {
		struct stage s = stage(latency_ms);
		struct watcher *whole = watch(s.w, AS_ADMIN, ""), *others[WATCHERS];
		for (size_t i = 0; i < WATCHERS; i++) {
			others[i] = watch(s.w, AS_ADMIN, "");
			others[i]->pause_every = 1 + (unsigned)i % 4;
		}
		for (unsigned round = 0; round < 10; round++) {
			some_life(&s, round % 3);
			for (size_t i = 0; i < WATCHERS; i++)
				exec_watch_pause(others[i]->watch, false);
		}
		for (size_t i = 0; i < WATCHERS; i++) {
			others[i]->pause_every = 0;
			exec_watch_pause(others[i]->watch, false);
		}
		world_advance(s.w, 3000);
		assert_true(whole->n > 20);
		for (size_t i = 0; i < WATCHERS; i++)
			assert_same(whole, others[i]);
		world_free(s.w);
	}
}

/* A revoked key is told nothing of what came after; one that expires neither. */
static void test_let_in_no_more(void **state)
{
	(void)state;
	struct stage s = stage(10);
	REQUEST(s.w, CreateApiKeyRequest, make);
	make->role = ROLE_OPERATOR;
	CreateApiKeyResponse *revoked = world_call(s.w, AS_ADMIN, "OrgService/CreateApiKey", make).message;
	REQUEST(s.w, CreateApiKeyRequest, brief);
	brief->role = ROLE_OPERATOR;
	brief->expires_ms = world_now_ms(s.w) + 3600 * 1000;
	CreateApiKeyResponse *expiring = world_call(s.w, AS_ADMIN, "OrgService/CreateApiKey", brief).message;
	struct watcher *first = watch(s.w, WITH_KEY(revoked->key), ""),
		       *second = watch(s.w, WITH_KEY(expiring->key), "");
	some_life(&s, 2);
	assert_true(first->n > 5);
	assert_same(first, second);
	REQUEST(s.w, RevokeApiKeyRequest, revoke);
	revoke->key_id = revoked->key_id;
	assert_int_equal(world_call(s.w, AS_ADMIN, "OrgService/RevokeApiKey", revoke).err, OK);
	size_t n = first->n;
	some_life(&s, 1);
	assert_true(first->ended && first->err == ERR_CREDENTIAL_REVOKED &&
		    first->n <= n + 1); /* of the change itself */
	assert_false(second->ended);
	world_advance(s.w, 3600 * 1000);
	n = second->n;
	some_life(&s, 1);
	assert_true(second->ended);
	assert_int_equal(second->n, n);
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_hear_the_same),
	    cmocka_unit_test(test_pauses),
	    cmocka_unit_test(test_let_in_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
