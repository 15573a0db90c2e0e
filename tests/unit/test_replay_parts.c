/* The parts of `paidan replay` that need no broker: its files, its dice, and how it judges what it reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "replay_verify.h"

static const char two_grids[] =
    "{\"type\":\"FeatureCollection\",\"features\":["
    "{\"type\":\"Feature\",\"properties\":{\"ward_precinct\":\"0101\"},\"geometry\":{\"type\":\"Polygon\","
    "\"coordinates\":[[[0,0],[1,0],[1,1],[0,1],[0,0]],[[0.4,0.4],[0.6,0.4],[0.6,0.6],[0.4,0.6],[0.4,0.4]]]}},"
    "{\"type\":\"Feature\",\"properties\":{\"ward_precinct\":\"0102\"},\"geometry\":{\"type\":\"MultiPolygon\","
    "\"coordinates\":[[[[1,0],[2,0],[2,1],[1,1],[1,0]]],[[[5,5],[6,5],[6,6],[5,6],[5,5]]]]}}]}";

struct told {
	char places[8][64];
	char texts[8][128];
	size_t n;
};

static void tell(void *arg, const char *place, const char *zh, const char *en)
{
	struct told *told = arg;
	(void)zh;
	if (told->n < 8) {
		snprintf(told->places[told->n], sizeof(told->places[0]), "%s", place);
		snprintf(told->texts[told->n], sizeof(told->texts[0]), "%s", en);
	}
	told->n++;
}

struct fixture {
	struct arena arena;
	struct told told;
	struct replay_files files;
	struct replay_data data;
};

static int set_up(void **state)
{
	static struct fixture f;
	f = (struct fixture){.files = {.grids = "g.geojson", .members = "m.csv", .orders = "o.csv", .problem = tell}};
	f.files.arg = &f.told;
	arena_init(&f.arena, 16 * 1024 * 1024);
	assert_true(replay_read_grids(&f.arena, &f.files, slice_str(two_grids), &f.data));
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	arena_free(&f->arena);
	return 0;
}

/* --- grids --- */

static void test_points_are_found_in_their_grids(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(f->data.grids.n, 2);
	assert_string_equal(f->data.grids.features[1].code, "0102");
	assert_int_equal(replay_locate(&f->data, 0.2, 0.2), 0);
	assert_int_equal(replay_locate(&f->data, 0.5, 0.5), -1); /* in the hole */
	assert_int_equal(replay_locate(&f->data, 0.5, 1.5), 1);
	assert_int_equal(replay_locate(&f->data, 5.5, 5.5), 1);
	assert_int_equal(replay_locate(&f->data, 3, 3), -1);
	assert_int_equal(replay_locate(&f->data, -0.1, 0.5), -1);
}

static void test_what_is_no_geojson_is_told(void **state)
{
	struct fixture *f = *state;
	struct replay_data data = {0};
	assert_false(replay_read_grids(&f->arena, &f->files, SLICE("[1, 2"), &data));
	assert_int_equal(f->told.n, 1);
	assert_string_equal(f->told.places[0], "g.geojson");
}

/* --- tables --- */

static void test_members_are_read_and_bad_rows_told(void **state)
{
	struct fixture *f = *state;
	assert_true(replay_read_members(&f->arena, &f->files,
					SLICE("volunteer_id,lat,lon\n1,0.2,0.2\n2,91,0.5\n,0.1,0.1\n4,x,0\n5,50,50\n"
					      "6,0.5,1.5\n7,\"0.1\n"),
					&f->data));
	assert_int_equal(f->data.n_members, 2);
	assert_string_equal(f->data.members[1].name, "6");
	assert_int_equal(f->data.members[1].grid, 1);
	assert_int_equal(f->data.members_outside, 1);
	assert_int_equal(f->data.malformed, 4);
	assert_int_equal(f->told.n, 4);
	assert_string_equal(f->told.places[0], "m.csv:3");
	assert_string_equal(f->told.texts[0], "lat is not a latitude");
	assert_string_equal(f->told.places[1], "m.csv:4");
	assert_string_equal(f->told.places[2], "m.csv:5");
	assert_string_equal(f->told.places[3], "m.csv:8");
}

static void test_orders_are_read_in_time_order(void **state)
{
	struct fixture *f = *state;
	assert_true(replay_read_orders(&f->arena, &f->files,
				       SLICE("case_id,open_s,type,reason,lat,lon,geo_ok\r\n"
					     "30,300,\"Light, out\",Street,0.2,0.2,1\r\n"
					     "10,100,Hole,Street,0.5,1.5,1\r\n"
					     "20,200,Hole,Street,0.5,1.5,0\r\n"
					     "40,later,Hole,Street,0.5,1.5,1\r\n"
					     "50,500,,Street,0.5,1.5,1\r\n"
					     "60,600,Hole,Street,9,9,1\r\n"),
				       &f->data));
	assert_int_equal(f->data.n_orders, 2);
	assert_string_equal(f->data.orders[0].case_id, "10");
	assert_string_equal(f->data.orders[1].case_id, "30");
	assert_int_equal(f->data.n_kinds, 2);
	assert_string_equal(f->data.kinds[f->data.orders[1].kind].name, "Light, out");
	assert_int_equal(f->data.skipped_unknown_place, 1);
	assert_int_equal(f->data.skipped_outside, 1);
	assert_int_equal(f->data.malformed, 2);
	assert_string_equal(f->told.places[0], "o.csv:5");
	assert_string_equal(f->told.texts[0], "open_s is not a number of seconds");
	assert_string_equal(f->told.places[1], "o.csv:6");
}

static void test_limit_counts_orders_that_are_played(void **state)
{
	struct fixture *f = *state;
	f->files.limit = 2;
	assert_true(replay_read_orders(&f->arena, &f->files,
				       SLICE("case_id,open_s,type,lat,lon\n1,1,a,9,9\n2,2,a,0.2,0.2\n3,3,a,0.2,0.2\n"
					     "4,4,a,0.2,0.2\n"),
				       &f->data));
	assert_int_equal(f->data.n_orders, 2);
	assert_string_equal(f->data.orders[1].case_id, "3");
}

static void test_tables_that_can_not_be_used(void **state)
{
	struct fixture *f = *state;
	assert_false(replay_read_orders(&f->arena, &f->files, SLICE("case_id,type,lat,lon\n1,a,0.2,0.2\n"), &f->data));
	assert_string_equal(f->told.places[0], "o.csv:1");
	assert_string_equal(f->told.texts[0], "the column open_s is missing");
	assert_false(replay_read_members(&f->arena, &f->files, SLICE_NONE, &f->data));
	assert_string_equal(f->told.texts[1], "the file is empty");
	assert_false(replay_read_members(&f->arena, &f->files, SLICE("volunteer_id,lat,lon\n"), &f->data));
	assert_string_equal(f->told.texts[2], "there are no members that can be used");
}

static void test_many_types_share_the_last_category(void **state)
{
	struct fixture *f = *state;
	struct buf text = {0};
	buf_str(&text, "case_id,open_s,type,lat,lon\n");
	for (int i = 0; i < REPLAY_MAX_KINDS + 20; i++)
		buf_printf(&text, "%d,%d,type %d,0.2,0.2\n", i, i, i);
	assert_true(replay_read_orders(&f->arena, &f->files, buf_view(&text), &f->data));
	assert_int_equal(f->data.n_kinds, REPLAY_MAX_KINDS);
	assert_int_equal(f->data.n_orders, REPLAY_MAX_KINDS + 20);
	assert_int_equal(f->data.orders[REPLAY_MAX_KINDS + 10].kind, REPLAY_MAX_KINDS - 1);
	buf_free(&text);
}

static void test_files_are_unpacked(void **state)
{
	char path[] = "/tmp/paidan-replay-XXXXXX";
	size_t len = 0;
	(void)state;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	gzFile file = gzdopen(fd, "wb");
	assert_int_equal(gzputs(file, "packed"), 6);
	assert_int_equal(gzclose(file), Z_OK);
	uint8_t *text = replay_file_read(path, &len);
	assert_non_null(text);
	assert_true(slice_eq(slice_of(text, len), SLICE("packed")));
	free(text);
	/* Cut off in the middle: an error, not half a file. */
	assert_int_equal(truncate(path, 12), 0);
	assert_null(replay_file_read(path, &len));
	unlink(path);
	assert_null(replay_file_read(path, &len));
}

/* --- dice --- */

static void test_dice_repeat_and_keep_their_shares(void **state)
{
	enum { N = 20000 };
	const struct replay_chances c = {
	    .seed = 7, .accept = 0.3, .decline = 0.5, .cancel = 0.1, .reject = 0.05, .pool = 0.05, .hold = 0.1};
	size_t accepted = 0, declined = 0, usual = 0, stars = 0;
	(void)state;
	for (uint64_t i = 0; i < N; i++) {
		assert_int_equal(dice_answer(&c, i, 3, 0), dice_answer(&c, i, 3, 0));
		accepted += dice_answer(&c, i, 3, 0) == ANSWER_ACCEPT;
		declined += dice_answer(&c, i, 3, 0) == ANSWER_DECLINE;
		usual += dice_plan(&c, i) == PLAN_USUAL;
		unsigned s = dice_stars(&c, i, 0);
		assert_in_range(s, 1, 5);
		stars += s;
		assert_true(dice_choose(c.seed, ROLL_WHO, i, 0, 7) < 7);
	}
	assert_in_range(accepted, N * 28 / 100, N * 32 / 100);
	assert_in_range(declined, N * 48 / 100, N * 52 / 100);
	assert_in_range(usual, N * 68 / 100, N * 72 / 100);
	assert_in_range(stars, N * 4, N * 9 / 2);
	/* Another seed, another order, another member: other coins. */
	assert_true(dice_roll(1, ROLL_ANSWER, 1, 1, 0) != dice_roll(2, ROLL_ANSWER, 1, 1, 0));
	assert_true(dice_roll(1, ROLL_ANSWER, 1, 1, 0) != dice_roll(1, ROLL_ANSWER, 2, 1, 0));
	assert_true(dice_roll(1, ROLL_ANSWER, 1, 1, 0) != dice_roll(1, ROLL_ANSWER, 1, 2, 0));
	assert_true(dice_roll(1, ROLL_ANSWER, 1, 1, 0) != dice_roll(1, ROLL_ANSWER, 1, 1, 1));
}

static void test_dice_at_the_ends(void **state)
{
	const struct replay_chances all = {.accept = 1, .reject = 1}, none = {0};
	(void)state;
	for (uint64_t i = 0; i < 200; i++) {
		assert_int_equal(dice_answer(&all, i, 1, 0), ANSWER_ACCEPT);
		assert_int_equal(dice_answer(&none, i, 1, 0), ANSWER_SILENCE);
		assert_int_equal(dice_plan(&all, i), PLAN_REJECT);
		assert_int_equal(dice_plan(&none, i), PLAN_USUAL);
	}
}

static void test_urgency_by_words(void **state)
{
	(void)state;
	assert_int_equal(town_urgency("Unsafe Dangerous Conditions"), URGENCY_URGENT);
	assert_int_equal(town_urgency("New Sign  Crosswalk"), URGENCY_COMPLEX);
	assert_int_equal(town_urgency("Street Light Outages"), URGENCY_NORMAL);
}

/* --- judging --- */

struct story {
	Order order;
	TimelineEntry entries[16], *list[16];
	struct play_case c;
};

static void tell_story(struct story *s, OrderState state, const EventKind *kinds, size_t n)
{
	*s = (struct story){.c = {.phase = CASE_OVER}};
	Order_init(&s->order);
	s->order.state = state;
	s->order.timeline = s->list;
	s->order.n_timeline = n;
	for (size_t i = 0; i < n; i++) {
		TimelineEntry_init(&s->entries[i]);
		s->entries[i].kind = kinds[i];
		s->list[i] = &s->entries[i];
	}
}

#define STORY(s, state, ...)                                   \
	tell_story(s, state, (const EventKind[]){__VA_ARGS__}, \
		   sizeof((const EventKind[]){__VA_ARGS__}) / sizeof(EventKind))

static void test_a_sound_order_has_no_findings(void **state)
{
	struct story s;
	struct replay_truth t = {0};
	(void)state;
	STORY(&s, ORDER_STATE_CLOSED, EVENT_KIND_PLACED, EVENT_KIND_OFFERED, EVENT_KIND_OFFER_DECLINED,
	      EVENT_KIND_OFFERED, EVENT_KIND_ACCEPTED, EVENT_KIND_STARTED, EVENT_KIND_COMPLETED, EVENT_KIND_RATED,
	      EVENT_KIND_CLOSED);
	for (enum play_ack a = ACK_PLACED; a <= ACK_RATED; a++)
		s.c.acks[a] = 1;
	verify_order(&s.c, &s.order, &t);
	assert_int_equal(t.states[ORDER_STATE_CLOSED], 1);
	assert_int_equal(t.reoffers, 1);
	assert_int_equal(t.declines, 1);
	assert_int_equal(t.lost + t.doubled + t.misordered, 0);
}

static void test_lost_and_doubled_writes_are_found(void **state)
{
	struct story s;
	struct replay_truth t = {0};
	(void)state;
	STORY(&s, ORDER_STATE_CLOSED, EVENT_KIND_PLACED, EVENT_KIND_ACCEPTED, EVENT_KIND_ACCEPTED, EVENT_KIND_CLOSED);
	s.c.acks[ACK_PLACED] = 1;
	s.c.acks[ACK_ACCEPTED] = 1;
	s.c.acks[ACK_COMPLETED] = 2;
	verify_order(&s.c, &s.order, &t);
	assert_int_equal(t.lost, 2);
	assert_int_equal(t.doubled, 1);
	assert_int_equal(t.misordered, 0);
}

static void test_final_states_are_counted_since_the_last_rework(void **state)
{
	struct story s;
	struct replay_truth t = {0};
	(void)state;
	STORY(&s, ORDER_STATE_CLOSED, EVENT_KIND_PLACED, EVENT_KIND_CLOSED, EVENT_KIND_REOPENED, EVENT_KIND_CLOSED);
	s.c.acks[ACK_PLACED] = 1;
	verify_order(&s.c, &s.order, &t);
	assert_int_equal(t.misordered, 0);
	STORY(&s, ORDER_STATE_CLOSED, EVENT_KIND_PLACED, EVENT_KIND_CLOSED, EVENT_KIND_CLOSED);
	s.c.acks[ACK_PLACED] = 1;
	verify_order(&s.c, &s.order, &t);
	assert_int_equal(t.misordered, 1);
	/* Cancelled, the client was told; closed, the order says. */
	STORY(&s, ORDER_STATE_CLOSED, EVENT_KIND_PLACED, EVENT_KIND_CANCELLED, EVENT_KIND_REOPENED, EVENT_KIND_CLOSED);
	s.c.acks[ACK_PLACED] = s.c.acks[ACK_CANCELLED] = 1;
	verify_order(&s.c, &s.order, &t);
	assert_int_equal(t.misordered, 2);
	/* Still open although it was taken for settled. */
	STORY(&s, ORDER_STATE_OFFERED, EVENT_KIND_PLACED, EVENT_KIND_OFFERED);
	s.c.acks[ACK_PLACED] = 1;
	verify_order(&s.c, &s.order, &t);
	assert_int_equal(t.misordered, 3);
}

static void test_unserved_is_explained(void **state)
{
	struct story s;
	struct replay_truth t = {0};
	(void)state;
	STORY(&s, ORDER_STATE_PLACED, EVENT_KIND_PLACED, EVENT_KIND_POOLED, EVENT_KIND_UNSERVED, EVENT_KIND_ESCALATED);
	s.c.acks[ACK_PLACED] = 1;
	s.c.phase = CASE_UNSERVED;
	verify_order(&s.c, &s.order, &t);
	assert_int_equal(t.unserved, 1);
	assert_int_equal(t.pooled, 1);
	assert_int_equal(t.misordered, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_points_are_found_in_their_grids, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_what_is_no_geojson_is_told, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_members_are_read_and_bad_rows_told, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_orders_are_read_in_time_order, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_limit_counts_orders_that_are_played, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_tables_that_can_not_be_used, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_many_types_share_the_last_category, set_up, tear_down),
	    cmocka_unit_test(test_files_are_unpacked),
	    cmocka_unit_test(test_dice_repeat_and_keep_their_shares),
	    cmocka_unit_test(test_dice_at_the_ends),
	    cmocka_unit_test(test_urgency_by_words),
	    cmocka_unit_test(test_a_sound_order_has_no_findings),
	    cmocka_unit_test(test_lost_and_doubled_writes_are_found),
	    cmocka_unit_test(test_final_states_are_counted_since_the_last_rework),
	    cmocka_unit_test(test_unserved_is_explained),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
