/* Versions of the policy: who changed it when and why, pages, restoring, and policies that can't be. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "must.h"
#include "world.h"

enum { SIDE = 2, HOUR_MS = 3600 * 1000 };

#define REQUEST(type, name)                           \
	type *name = ARENA_NEW(world_arena(w), type); \
	type##_init(name)

static struct world *town(void)
{
	struct world *w = world_new(&(struct world_options){.seed = 5});
	(void)world_town(w, SIDE);
	return w;
}

static GetPolicyResponse *get(struct world *w, uint32_t version)
{
	REQUEST(GetPolicyRequest, rq);
	rq->version = version;
	return must(world_call(w, AS_ADMIN, "OrgService/GetPolicy", rq));
}

static struct world_reply put(struct world *w, Policy *policy, const char *reason)
{
	REQUEST(PutPolicyRequest, rq);
	rq->policy = policy;
	rq->reason = (char *)reason;
	return world_call(w, AS_ADMIN, "OrgService/PutPolicy", rq);
}

static ListPolicyVersionsResponse *list(struct world *w, uint32_t size, const char *token)
{
	REQUEST(ListPolicyVersionsRequest, rq);
	rq->page_size = size;
	rq->page_token = (char *)token;
	return must(world_call(w, AS_ADMIN, "OrgService/ListPolicyVersions", rq));
}

static void set_cap(struct world *w, uint32_t cap, const char *reason)
{
	Policy *policy = get(w, 0)->policy;
	policy->holding_cap = cap;
	PutPolicyResponse *done = must(put(w, policy, reason));
	assert_int_equal(done->policy->holding_cap, cap);
}

static void test_first_version(void **state)
{
	(void)state;
	struct world *w = town();
	const GetPolicyResponse *first = get(w, 0);
	assert_int_equal(first->version->number, 1);
	assert_int_equal(first->version->at_ms, WORLD_START_MS);
	assert_int_equal(get(w, 1)->policy->holding_cap, first->policy->holding_cap);
	assert_int_equal(list(w, 0, "")->n_versions, 1);
	/* It stays readable when another one applies. */
	set_cap(w, 9, "more hands");
	assert_int_equal(get(w, 1)->policy->holding_cap, first->policy->holding_cap);
	assert_int_equal(get(w, 1)->version->at_ms, WORLD_START_MS);
	assert_int_equal(list(w, 0, "")->n_versions, 2);
	world_free(w);
}

static void test_who_when_why(void **state)
{
	(void)state;
	struct world *w = town();
	world_advance(w, HOUR_MS);
	set_cap(w, 9, "人手增加");
	const GetPolicyResponse *now = get(w, 0);
	assert_int_equal(now->version->number, 2);
	assert_int_equal(now->version->at_ms, world_now_ms(w));
	assert_int_equal(now->version->by->role, ROLE_ADMIN);
	assert_string_equal(now->version->reason, "人手增加");
	assert_int_equal(now->version->restored, 0);
	REQUEST(GetPolicyRequest, rq);
	rq->version = 3;
	struct world_reply none = world_call(w, AS_ADMIN, "OrgService/GetPolicy", rq);
	assert_int_equal(none.err, ERR_NOT_FOUND);
	assert_string_equal(none.fault.field, "version");
	world_free(w);
}

static void test_pages(void **state)
{
	(void)state;
	struct world *w = town();
	for (uint32_t cap = 2; cap <= 6; cap++)
		set_cap(w, cap, "");
	uint32_t expected = 6;
	const char *token = "";
	do {
		const ListPolicyVersionsResponse *page = list(w, 4, token);
		for (size_t i = 0; i < page->n_versions; i++)
			assert_int_equal(page->versions[i]->number, expected--);
		token = page->next_page_token;
	} while (token[0] != '\0');
	assert_int_equal(expected, 0);
	world_free(w);
}

static void test_restore(void **state)
{
	(void)state;
	struct world *w = town();
	const char *first_etag = get(w, 0)->policy->etag;
	uint32_t cap = get(w, 0)->policy->holding_cap;
	set_cap(w, 9, "trial");
	REQUEST(RestorePolicyRequest, rq);
	rq->version = 1;
	rq->reason = (char *)"the trial is over";
	rq->etag = (char *)first_etag;
	assert_int_equal(world_call(w, AS_ADMIN, "OrgService/RestorePolicy", rq).err, ERR_ETAG_STALE);
	rq->etag = get(w, 0)->policy->etag;
	rq->request_id = (char *)"restore-1";
	RestorePolicyResponse *done = must(world_call(w, AS_ADMIN, "OrgService/RestorePolicy", rq));
	assert_int_equal(done->policy->holding_cap, cap);
	assert_int_equal(done->version->number, 3);
	assert_int_equal(done->version->restored, 1);
	/* Asked again, it tells of the version that it made, though there is another one. */
	set_cap(w, 8, "");
	done = must(world_call(w, AS_ADMIN, "OrgService/RestorePolicy", rq));
	assert_int_equal(done->version->number, 3);
	assert_int_equal(get(w, 0)->policy->holding_cap, 8);
	rq->request_id = (char *)"restore-2";
	rq->version = 77;
	assert_int_equal(world_call(w, AS_ADMIN, "OrgService/RestorePolicy", rq).err, ERR_NOT_FOUND);
	world_free(w);
}

static void test_stale_etag(void **state)
{
	(void)state;
	struct world *w = town();
	Policy *mine = get(w, 0)->policy, *theirs = get(w, 0)->policy;
	must(put(w, theirs, "first"));
	must(put(w, get(w, 0)->policy, "second"));
	theirs = get(w, 0)->policy;
	must(put(w, theirs, "third"));
	assert_int_equal(put(w, theirs, "too late").err, ERR_ETAG_STALE);
	mine->etag = (char *)"0";
	assert_int_equal(put(w, mine, "too late").err, ERR_ETAG_STALE);
	assert_int_equal(get(w, 0)->version->number, 4);
	world_free(w);
}

/* The roster counts a day's offers in eight bits, and twice as many as are free must be told from fewer. */
static void test_offers_of_a_day(void **state)
{
	(void)state;
	struct world *w = town();
	Policy *policy = get(w, 0)->policy;
	policy->weights->free_offers = 101;
	struct world_reply reply = put(w, policy, "");
	assert_int_equal(reply.err, ERR_FIELD_OUT_OF_RANGE);
	assert_string_equal(reply.fault.field, "policy.weights.free_offers");
	assert_int_equal(get(w, 0)->version->number, 1);
	policy->weights->free_offers = 100;
	assert_int_equal(put(w, policy, "").err, OK);
	world_free(w);
}

/* What no field shows by itself. */
static void test_impossible(void **state)
{
	(void)state;
	struct world *w = town();
	Policy *policy = get(w, 0)->policy;
	policy->routine->offer_ttl_ms = 24 * HOUR_MS;
	policy->service_times->normal_ms = 12 * HOUR_MS;
	policy->service_times->urgent_ms = 13 * HOUR_MS;
	struct world_reply reply = put(w, policy, "");
	assert_int_equal(reply.err, ERR_FIELD_OUT_OF_RANGE);
	assert_int_equal(reply.fault.n_violations, 2);
	assert_string_equal(reply.fault.field, "policy.service_times.urgent_ms");
	assert_string_equal(reply.fault.violations[0].en, "must be at most service_times.normal_ms (43200000)");
	assert_string_equal(reply.fault.violations[0].zh, "应不大于 service_times.normal_ms（43200000）");
	assert_string_equal(reply.fault.violations[1].field, "policy.routine.offer_ttl_ms");
	assert_int_equal(get(w, 0)->version->number, 1);
	world_free(w);
}

/* --- tried before it applies --- */

static TryPolicyResponse *try_policy(struct world *w, Policy *policy, uint32_t orders)
{
	REQUEST(TryPolicyRequest, rq);
	rq->policy = policy;
	rq->orders = orders;
	return must(world_call(w, AS_ADMIN, "OrgService/TryPolicy", rq));
}

static void test_tried(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 5});
	struct town town = world_town(w, SIDE);
	Policy *policy = get(w, 0)->policy;
	policy->manual_dispatch = true;
	must(put(w, policy, "by hand"));
	char *near = world_member(w, world_point(w, 0, 10, 0, SIDE), NULL);
	char *far = world_member(w, world_point(w, 0, 200, 0, SIDE), NULL);
	const char *resident = world_resident(w);
	assert_int_equal(try_policy(w, get(w, 0)->policy, 0)->n_orders, 0);
	char *first = world_order(w, resident, town.plain_category, world_point(w, 0, 0, 0, SIDE));
	char *team = world_order(w, resident, town.pair_category, world_point(w, 0, 0, 0, SIDE));
	char *before = world_dump(w);
	/* Two at once instead of one; the team finds nobody who can lift. */
	policy = get(w, 0)->policy;
	policy->routine->fanout = 2;
	const TryPolicyResponse *rsp = try_policy(w, policy, 0);
	assert_int_equal(rsp->n_orders, 2);
	assert_string_equal(rsp->orders[0]->order_id, first);
	assert_int_equal(rsp->orders[0]->present->n_member_ids, 1);
	assert_string_equal(rsp->orders[0]->present->member_ids[0], near);
	assert_int_equal(rsp->orders[0]->tried->n_member_ids, 2);
	assert_string_equal(rsp->orders[0]->tried->member_ids[1], far);
	assert_string_equal(rsp->orders[1]->order_id, team);
	assert_int_equal(rsp->orders[1]->tried->n_member_ids, 0);
	assert_int_equal(rsp->orders[1]->tried->ring, RING_POOL);
	assert_int_equal(try_policy(w, policy, 1)->n_orders, 1);
	assert_string_equal(world_dump(w), before);
	/* What could not apply can't be tried. */
	REQUEST(TryPolicyRequest, rq);
	rq->policy = policy;
	policy->urgent->offer_ttl_ms = policy->service_times->urgent_ms + 1;
	assert_int_equal(world_call(w, AS_ADMIN, "OrgService/TryPolicy", rq).err, ERR_FIELD_OUT_OF_RANGE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tried),           cmocka_unit_test(test_first_version),
	    cmocka_unit_test(test_who_when_why),    cmocka_unit_test(test_pages),
	    cmocka_unit_test(test_restore),         cmocka_unit_test(test_stale_etag),
	    cmocka_unit_test(test_offers_of_a_day), cmocka_unit_test(test_impossible),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
