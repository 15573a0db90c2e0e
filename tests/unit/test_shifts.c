/* Members say themselves when they are on duty: it holds at once, and who changed it is told. */
#include "privacy_stage.h"

static const Member *member_of(struct stage *s)
{
	const struct who member = as(s, ROLE_MEMBER, s->member);
	return ((const GetMemberResponse *)must(
		    call(s, member, "MemberService/GetMember", "{\"member_id\":\"%s\"}", s->member)))
	    ->member;
}

static void test_own_shifts(void **state)
{
	(void)state;
	struct stage s = stage_up();
	const struct who member = as(&s, ROLE_MEMBER, s.member), resident = as(&s, ROLE_RESIDENT, s.resident);
	/* One minute of the week, which it is not now: nobody is on duty. */
	const char *off = "{\"request_id\":\"1\",\"shifts\":[{\"from_min\":3,\"to_min\":4}],\"quiet\":{\"to_min\":60}}";
	must(call(&s, member, "TaskService/SetShifts", "%s", off));
	const Member *now = member_of(&s);
	assert_int_equal(now->n_shifts, 1);
	assert_int_equal(now->shifts[0]->from_min, 3);
	assert_int_equal(now->quiet->to_min, 60);
	must(call(&s, AS_ADMIN, "MemberService/PauseMember", "{\"member_id\":\"%s\",\"until_ms\":\"%lld\"}", s.other,
		  (long long)world_now_ms(s.w) + HOUR_MS));
	char *order = place(&s, resident, "");
	assert_int_equal(world_get_order(s.w, order)->n_offers, 0);
	must(call(&s, member, "TaskService/SetShifts", "{}"));
	assert_int_equal(member_of(&s)->n_shifts, 0);
	assert_null(member_of(&s)->quiet);
	/* Sent once more it is not done once more. */
	must(call(&s, member, "TaskService/SetShifts", "%s", off));
	assert_int_equal(member_of(&s)->n_shifts, 0);
	world_free(s.w);
}

static void test_who_changed_it(void **state)
{
	(void)state;
	struct stage s = stage_up();
	must(call(&s, as(&s, ROLE_MEMBER, s.member), "TaskService/SetShifts",
		  "{\"shifts\":[{\"from_min\":0,\"to_min\":9}]}"));
	const ListEventsResponse *rsp = must(call(&s, AS_ADMIN, "EventService/ListEvents",
						  "{\"kinds\":[\"EVENT_KIND_MEMBER_CHANGED\"],\"page_size\":200}"));
	const Event *last = rsp->events[rsp->n_events - 1];
	assert_int_equal(last->actor->role, ROLE_MEMBER);
	assert_string_equal(last->actor->id, s.member);
	assert_int_equal(last->changed->n_paths, 1);
	assert_string_equal(last->changed->paths[0], "shifts");
	assert_int_equal(last->member->n_shifts, 0); /* when they are at home is nobody's business */
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_own_shifts),
	    cmocka_unit_test(test_who_changed_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
