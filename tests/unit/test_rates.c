/* The three rates, and leaving orders out of them, which takes two people. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "domain/rates.h"
#include "domain/times.h"
#include "invariants.h"
#include "must.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 2, HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

#define PASSWORD "a lantern on the hill"
#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

struct office {
	struct world *w;
	struct town town;
	char *member, *resident;
	struct who clerk, deputy; /* operators' keys, made with the root key: two people */
};

static struct who new_key(struct world *w, struct who by, Role role, const char *node_id)
{
	REQUEST(w, CreateApiKeyRequest, rq);
	rq->role = role;
	rq->node_id = (char *)node_id;
	return WITH_KEY(((CreateApiKeyResponse *)must(world_call(w, by, "OrgService/CreateApiKey", rq)))->key);
}

static void office_open(struct office *o)
{
	o->w = world_new(&(struct world_options){.seed = 5, .cache_bytes = 1 << 20});
	o->town = world_town(o->w, SIDE);
	o->member = world_member(o->w, world_point(o->w, 0, 50, 50, SIDE), NULL);
	o->resident = world_resident(o->w);
	o->clerk = new_key(o->w, AS_ADMIN, ROLE_OPERATOR, o->town.community_id);
	o->deputy = new_key(o->w, AS_ADMIN, ROLE_OPERATOR, o->town.community_id);
}

/* The stored sums must be those of the records, whatever was played. */
static void office_close(struct office *o)
{
	struct arena a;
	arena_init(&a, SIZE_MAX / 2);
	assert_int_equal(
	    invariants_check(world_store(o->w), SLICE(WORLD_TENANT), &a, world_now_ms(o->w), 10 * (int64_t)DAY_MS), 0);
	arena_free(&a);
	world_free(o->w);
}

/* --- orders --- */

static char *taken_order(struct office *o)
{
	char *id = world_order(o->w, o->resident, o->town.plain_category, world_point(o->w, 0, 0, 0, SIDE));
	REQUEST(o->w, AssignOrderRequest, assign);
	assign->order_id = id;
	assign->member_id = o->member;
	assign->accepted = true;
	assign->reason = (char *)"by phone";
	must(world_call(o->w, AS_ADMIN, "DeskService/AssignOrder", assign));
	return id;
}

static char *done_order(struct office *o, Outcome outcome)
{
	char *id = taken_order(o);
	REQUEST(o->w, CompleteTaskRequest, complete);
	complete->order_id = id;
	complete->text = (char *)"done";
	complete->outcome = outcome;
	complete->reason = (char *)"as far as it went";
	must(world_call(o->w, AS_MEMBER(o->member), "TaskService/CompleteTask", complete));
	return id;
}

static char *rated_order(struct office *o, uint32_t stars, Resolution resolution)
{
	char *id = done_order(o, OUTCOME_SOLVED);
	REQUEST(o->w, RateOrderRequest, rate);
	rate->order_id = id;
	rate->stars = stars;
	rate->resolution = resolution;
	must(world_call(o->w, AS_RESIDENT(o->resident), "OrderService/RateOrder", rate));
	return id;
}

static void cancel(struct office *o, struct who who, char *id)
{
	REQUEST(o->w, CancelOrderRequest, rq);
	rq->order_id = id;
	must(world_call(o->w, who, "OrderService/CancelOrder", rq));
}

/* --- rates --- */

static GetRatesResponse *rates(struct office *o, struct who who, RateGroup by)
{
	REQUEST(o->w, GetRatesRequest, rq);
	rq->group_by = by;
	return must(world_call(o->w, who, "StatsService/GetRates", rq));
}

static RateRow *total(struct office *o)
{
	return rates(o, AS_ADMIN, RATE_GROUP_UNSPECIFIED)->total;
}

static void test_counts(void **state)
{
	(void)state;
	struct office o;
	office_open(&o);
	assert_int_equal(total(&o)->counts->valid, 0);
	assert_int_equal(total(&o)->response_e4, 0);
	(void)rated_order(&o, 5, RESOLUTION_SOLVED);
	(void)rated_order(&o, 5, RESOLUTION_SOLVED);
	(void)rated_order(&o, 3, RESOLUTION_SOLVED);
	(void)rated_order(&o, 1, RESOLUTION_PARTLY);
	cancel(&o, AS_RESIDENT(o.resident), taken_order(&o)); /* in time: it does not count */
	cancel(&o, AS_ADMIN, taken_order(&o));                /* the desk gave it up: it counts, and is not solved */
	RateRow *row = total(&o);
	assert_int_equal(row->counts->placed, 6);
	assert_int_equal(row->counts->valid, 5);
	assert_int_equal(row->counts->contacted, 5);
	assert_int_equal(row->counts->solved, 3);
	assert_int_equal(row->counts->solved_unrated, 0);
	assert_int_equal(row->counts->satisfied, 2);
	assert_int_equal(row->counts->basically_satisfied, 1);
	assert_int_equal(row->counts->dissatisfied, 1);
	assert_int_equal(row->counts->unrated, 1);
	assert_int_equal(row->counts->cancelled, 1);
	assert_int_equal(row->response_e4, 10000);
	assert_int_equal(row->resolution_e4, 6000);
	assert_int_equal(row->satisfaction_e4, 5800); /* (2 + 0.9) / 5 */
	assert_true(row->few_samples);
	office_close(&o);
}

/* Nobody came in time: that the resident gave up does not hide it. Who rates nothing leaves it to the member's word. */
static void test_late_and_unrated(void **state)
{
	(void)state;
	struct office o;
	office_open(&o);
	char *waiting = world_order(o.w, o.resident, o.town.plain_category, world_point(o.w, 0, 0, 0, SIDE));
	(void)done_order(&o, OUTCOME_SOLVED);
	(void)done_order(&o, OUTCOME_UNABLE);
	world_advance(o.w, 8 * (int64_t)DAY_MS);
	cancel(&o, AS_RESIDENT(o.resident), waiting);
	RateRow *row = total(&o);
	assert_int_equal(row->counts->valid, 3);
	assert_int_equal(row->counts->contacted, 2);
	assert_int_equal(row->counts->late, 1);
	assert_int_equal(row->counts->solved, 1);
	assert_int_equal(row->counts->solved_unrated, 1);
	assert_int_equal(row->counts->unrated, 3);
	assert_int_equal(row->counts->cancelled, 0);
	assert_int_equal(row->response_e4, 6667);
	assert_int_equal(row->resolution_e4, 3333);
	office_close(&o);
}

static void test_groups(void **state)
{
	(void)state;
	struct office o;
	office_open(&o);
	(void)rated_order(&o, 5, RESOLUTION_SOLVED);
	world_advance(o.w, 40 * (int64_t)DAY_MS); /* into another span */
	(void)rated_order(&o, 1, RESOLUTION_SOLVED);
	world_advance(o.w, DAY_MS);
	(void)rated_order(&o, 5, RESOLUTION_SOLVED);
	GetRatesResponse *days = rates(&o, AS_ADMIN, RATE_GROUP_DAY);
	assert_int_equal(days->n_rows, 2); /* of the last 30 days */
	assert_int_equal(days->rows[0]->counts->dissatisfied, 1);
	assert_int_equal(days->rows[1]->counts->satisfied, 1);
	assert_int_equal(days->rows[1]->day_ms - days->rows[0]->day_ms, DAY_MS);
	assert_int_equal((days->rows[0]->day_ms + 8 * HOUR_MS) % DAY_MS, 0); /* midnight in Beijing */
	assert_int_equal(days->total->counts->valid, 2);
	REQUEST(o.w, GetRatesRequest, rq);
	rq->group_by = RATE_GROUP_COMMUNITY;
	rq->from_ms = WORLD_START_MS;
	GetRatesResponse *pooled = must(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq));
	assert_int_equal(pooled->n_rows, 1);
	assert_string_equal(pooled->rows[0]->id, o.town.community_id);
	assert_int_equal(pooled->rows[0]->counts->valid, 3);
	rq->group_by = RATE_GROUP_MEMBER;
	GetRatesResponse *members = must(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq));
	assert_int_equal(members->n_rows, 1);
	assert_string_equal(members->rows[0]->id, o.member);
	assert_int_equal(members->rows[0]->satisfaction_e4, 6667);
	assert_int_equal(members->rows[0]->counts->placed, 0);
	rq->group_by = RATE_GROUP_CATEGORY;
	GetRatesResponse *categories = must(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq));
	assert_int_equal(categories->n_rows, 1);
	assert_string_equal(categories->rows[0]->id, o.town.plain_category);
	rq->category_id = o.town.urgent_category;
	assert_int_equal(((GetRatesResponse *)must(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq)))->n_rows, 0);
	rq->category_id = (char *)"";
	rq->until_ms = WORLD_START_MS - 1;
	assert_int_equal(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq).err, ERR_FIELD_OUT_OF_RANGE);
	rq->from_ms = 1;
	rq->until_ms = INT64_C(1) << 41; /* more than can be read at once */
	assert_int_equal(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq).err, ERR_FIELD_OUT_OF_RANGE);
	rq->until_ms = INT64_MAX;
	assert_int_equal(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq).err, ERR_FIELD_OUT_OF_RANGE);
	/* A member sees their own, and no unit's. */
	assert_int_equal(rates(&o, AS_MEMBER(o.member), RATE_GROUP_DAY)->total->counts->valid, 2);
	REQUEST(o.w, GetRatesRequest, unit);
	unit->node_id = o.town.community_id;
	assert_int_equal(world_call(o.w, AS_MEMBER(o.member), "StatsService/GetRates", unit).err,
			 ERR_PERMISSION_DENIED);
	office_close(&o);
}

/* Grids by day and by category; the same orders however they are divided. */
static void test_divided(void **state)
{
	(void)state;
	struct office o;
	office_open(&o);
	(void)rated_order(&o, 5, RESOLUTION_SOLVED);
	world_advance(o.w, DAY_MS);
	(void)rated_order(&o, 1, RESOLUTION_SOLVED);
	REQUEST(o.w, GetRatesRequest, rq);
	rq->group_by = RATE_GROUP_GRID;
	rq->then_by = RATE_GROUP_DAY;
	GetRatesResponse *rsp = must(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq));
	assert_int_equal(rsp->n_rows, 2);
	assert_string_equal(rsp->rows[0]->id, rsp->rows[1]->id);
	assert_int_equal(rsp->rows[1]->day_ms - rsp->rows[0]->day_ms, DAY_MS);
	assert_int_equal(rsp->rows[0]->counts->satisfied, 1);
	assert_int_equal(rsp->rows[1]->counts->dissatisfied, 1);
	rq->then_by = RATE_GROUP_CATEGORY;
	rsp = must(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq));
	assert_int_equal(rsp->n_rows, 1);
	assert_string_equal(rsp->rows[0]->category_id, o.town.plain_category);
	assert_int_equal(rsp->rows[0]->counts->valid, 2);
	rq->group_by = RATE_GROUP_DAY;
	rsp = must(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq));
	assert_int_equal(rsp->n_rows, 2);
	assert_string_equal(rsp->rows[1]->id, "");
	assert_string_equal(rsp->rows[1]->category_id, o.town.plain_category);
	assert_null(rsp->rows[0]->accepted);
	rq->then_by = RATE_GROUP_MEMBER;
	assert_int_equal(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq).err, ERR_FIELD_INVALID);
	office_close(&o);
}

static void test_times(void **state)
{
	(void)state;
	struct office o;
	office_open(&o);
	for (int i = 0; i < 9; i++)
		(void)rated_order(&o, 5, RESOLUTION_SOLVED); /* all in the same moment */
	char *slow = world_order(o.w, o.resident, o.town.plain_category, world_point(o.w, 0, 0, 0, SIDE));
	world_advance(o.w, 3 * (int64_t)HOUR_MS);
	REQUEST(o.w, AssignOrderRequest, assign);
	assign->order_id = slow;
	assign->member_id = o.member;
	assign->accepted = true;
	assign->reason = (char *)"late";
	must(world_call(o.w, AS_ADMIN, "DeskService/AssignOrder", assign));
	cancel(&o, AS_ADMIN, slow); /* given up: somebody took it on, and it was never done */
	REQUEST(o.w, GetRatesRequest, rq);
	rq->with_times = true;
	const RateRow *row = ((GetRatesResponse *)must(world_call(o.w, AS_ADMIN, "StatsService/GetRates", rq)))->total;
	assert_int_equal(row->counts->valid, 10);
	assert_int_equal(row->accepted->orders, 10);
	assert_int_equal(row->accepted->n_buckets, 2);
	assert_int_equal(row->accepted->buckets[0]->until_ms, 60 * 1000);
	assert_int_equal(row->accepted->buckets[0]->orders, 9);
	assert_int_equal(row->accepted->buckets[1]->until_ms, 4 * HOUR_MS);
	assert_int_equal(row->done->orders, 9);
	assert_true(row->accepted->median_ms > 0 && row->accepted->median_ms < 60 * 1000);
	assert_int_equal(row->accepted->p90_ms, 60 * 1000);
	office_close(&o);
}

/* --- exclusions --- */

static struct world_reply ask(struct office *o, struct who who, char *order_id)
{
	REQUEST(o->w, RequestExclusionRequest, rq);
	rq->order_id = order_id;
	rq->reason = (char *)"the lift was out of order";
	return world_call(o->w, who, "StatsService/RequestExclusion", rq);
}

static char *asked(struct office *o, struct who who, char *order_id)
{
	return ((RequestExclusionResponse *)must(ask(o, who, order_id)))->exclusion->id;
}

static struct world_reply settle(struct office *o, struct who who, const char *method, char *id)
{
	const char *path = arena_printf(world_arena(o->w), "StatsService/%sExclusion", method);
	/* The three requests have the same fields. */
	ApproveExclusionRequest *rq =
	    (ApproveExclusionRequest *)pb_message_new(world_arena(o->w), world_method(o->w, path)->request);
	rq->exclusion_id = id;
	rq->comment = (char *)"looked into";
	return world_call(o->w, who, path, rq);
}

static size_t listed(struct office *o, ExclusionState state)
{
	REQUEST(o->w, ListExclusionsRequest, rq);
	rq->state = state;
	return ((ListExclusionsResponse *)must(world_call(o->w, AS_ADMIN, "StatsService/ListExclusions", rq)))
	    ->n_exclusions;
}

static void test_exclusion(void **state)
{
	(void)state;
	struct office o;
	office_open(&o);
	char *order = rated_order(&o, 1, RESOLUTION_PARTLY);
	(void)rated_order(&o, 5, RESOLUTION_SOLVED);
	assert_int_equal(total(&o)->resolution_e4, 5000);
	char *id = asked(&o, o.clerk, order);
	assert_int_equal(total(&o)->resolution_e4, 5000); /* it counts until somebody approves */
	assert_int_equal(ask(&o, o.deputy, order).err, ERR_EXCLUSION_STATE);
	assert_int_equal(settle(&o, o.clerk, "Approve", id).err, ERR_SAME_PERSON);
	assert_int_equal(settle(&o, o.clerk, "Refuse", id).err, ERR_SAME_PERSON);
	assert_int_equal(settle(&o, o.deputy, "Withdraw", id).err, ERR_NOT_REQUESTER);
	assert_int_equal(listed(&o, EXCLUSION_STATE_UNSPECIFIED), 1);
	ApproveExclusionResponse *approved = must(settle(&o, o.deputy, "Approve", id));
	const Exclusion *e = approved->exclusion;
	assert_int_equal(e->state, EXCLUSION_STATE_APPROVED);
	assert_string_equal(e->reason, "the lift was out of order");
	assert_string_equal(e->comment, "looked into");
	assert_string_not_equal(e->requested_person_id, e->decided_person_id);
	assert_string_equal(e->requested_by->id, e->requested_person_id);
	RateRow *row = total(&o);
	assert_int_equal(row->counts->valid, 1);
	assert_int_equal(row->counts->excluded, 1);
	assert_int_equal(row->resolution_e4, 10000);
	assert_int_equal(settle(&o, o.deputy, "Approve", id).err, ERR_EXCLUSION_STATE);
	assert_int_equal(ask(&o, o.clerk, order).err, ERR_EXCLUSION_STATE);
	/* The timeline has it for the desk, not for those whom the order is about. */
	const Order *seen = world_get_order(o.w, order);
	assert_int_equal(seen->timeline[seen->n_timeline - 1]->kind, EVENT_KIND_EXCLUSION_APPROVED);
	REQUEST(o.w, GetOrderRequest, get);
	get->order_id = order;
	GetOrderResponse *own = must(world_call(o.w, AS_RESIDENT(o.resident), "OrderService/GetOrder", get));
	for (size_t i = 0; i < own->order->n_timeline; i++)
		assert_true(own->order->timeline[i]->kind < EVENT_KIND_EXCLUSION_REQUESTED);
	/* To count again takes one person. */
	must(settle(&o, o.deputy, "Withdraw", id));
	assert_int_equal(total(&o)->resolution_e4, 5000);
	id = asked(&o, o.deputy, order);
	must(settle(&o, o.deputy, "Withdraw", id));
	id = asked(&o, o.deputy, order);
	must(settle(&o, AS_ADMIN, "Refuse", id));
	assert_int_equal(listed(&o, EXCLUSION_STATE_UNSPECIFIED), 0);
	assert_int_equal(listed(&o, EXCLUSION_STATE_WITHDRAWN), 2);
	assert_int_equal(listed(&o, EXCLUSION_STATE_REFUSED), 1);
	office_close(&o);
}

static void test_not_counted(void **state)
{
	(void)state;
	struct office o;
	office_open(&o);
	char *open = taken_order(&o);
	assert_int_equal(ask(&o, o.clerk, open).err, ERR_NOT_COUNTED);
	cancel(&o, AS_RESIDENT(o.resident), open);
	assert_int_equal(ask(&o, o.clerk, open).err, ERR_NOT_COUNTED);
	char *given_up = taken_order(&o);
	cancel(&o, AS_ADMIN, given_up);
	(void)asked(&o, o.clerk, given_up);
	office_close(&o);
}

/* Opened again, an order counts again, however the exclusion stood. */
static void test_reopened(void **state)
{
	(void)state;
	struct office o;
	office_open(&o);
	char *orders[2] = {rated_order(&o, 1, RESOLUTION_PARTLY), rated_order(&o, 1, RESOLUTION_PARTLY)};
	char *waiting = asked(&o, o.clerk, orders[1]);
	must(settle(&o, o.deputy, "Approve", asked(&o, o.clerk, orders[0])));
	for (int i = 0; i < 2; i++) {
		REQUEST(o.w, ReopenOrderRequest, rq);
		rq->order_id = orders[i];
		must(world_call(o.w, AS_RESIDENT(o.resident), "OrderService/ReopenOrder", rq));
	}
	assert_int_equal(total(&o)->counts->valid, 0);
	assert_int_equal(total(&o)->counts->excluded, 0);
	assert_int_equal(total(&o)->counts->placed, 2);
	assert_int_equal(listed(&o, EXCLUSION_STATE_LAPSED), 2);
	assert_int_equal(settle(&o, o.deputy, "Approve", waiting).err, ERR_EXCLUSION_STATE);
	assert_int_equal(settle(&o, o.clerk, "Withdraw", waiting).err, ERR_EXCLUSION_STATE);
	office_close(&o);
}

/* --- one person, several credentials --- */

static struct who new_operator(struct office *o, const char *name, char **id)
{
	REQUEST(o->w, CreateOperatorRequest, create);
	create->operator_ = PB_NEW(world_arena(o->w), Operator);
	create->operator_->name = (char *)name;
	Assignment *assignment = PB_NEW(world_arena(o->w), Assignment);
	assignment->role = ROLE_ADMIN;
	arena_append(world_arena(o->w), (void ***)&create->operator_->assignments, &create->operator_->n_assignments,
		     assignment);
	CreateOperatorResponse *made = must(world_call(o->w, AS_ADMIN, "OperatorService/CreateOperator", create));
	*id = made->operator_->id;
	REQUEST(o->w, RedeemInviteRequest, redeem);
	redeem->invite = made->invite;
	redeem->password = (char *)PASSWORD;
	must(world_call(o->w, AS_NOBODY, "SessionService/RedeemInvite", redeem));
	return AS_NOBODY;
}

static struct who sign_in(struct office *o, const char *name)
{
	REQUEST(o->w, LoginRequest, login);
	login->name = (char *)name;
	login->password = (char *)PASSWORD;
	LoginResponse *in = must(world_call(o->w, AS_NOBODY, "SessionService/Login", login));
	return WITH_KEY(in->token);
}

static void without_factor(struct office *o)
{
	REQUEST(o->w, GetPolicyRequest, get);
	REQUEST(o->w, PutPolicyRequest, put);
	put->policy = ((GetPolicyResponse *)must(world_call(o->w, AS_ADMIN, "OrgService/GetPolicy", get)))->policy;
	put->policy->admins_without_totp = true;
	must(world_call(o->w, AS_ADMIN, "OrgService/PutPolicy", put));
}

/* An administrator is no exception, and neither another session nor a key that they were shown makes two of one. */
static void test_one_person(void **state)
{
	(void)state;
	struct office o;
	char *chief_id, *other_id;
	office_open(&o);
	without_factor(&o);
	(void)new_operator(&o, "chief.a", &chief_id);
	(void)new_operator(&o, "chief.b", &other_id);
	struct who chief = sign_in(&o, "chief.a"), again = sign_in(&o, "chief.a"), other = sign_in(&o, "chief.b");
	char *order = rated_order(&o, 1, RESOLUTION_PARTLY);
	char *id = asked(&o, chief, order);
	assert_int_equal(settle(&o, chief, "Approve", id).err, ERR_SAME_PERSON);
	assert_int_equal(settle(&o, again, "Approve", id).err, ERR_SAME_PERSON);
	struct who admin_key = new_key(o.w, chief, ROLE_ADMIN, "");
	struct who desk_key = new_key(o.w, again, ROLE_OPERATOR, o.town.community_id);
	struct who key_of_key = new_key(o.w, admin_key, ROLE_OPERATOR, "");
	assert_int_equal(settle(&o, admin_key, "Approve", id).err, ERR_SAME_PERSON);
	assert_int_equal(settle(&o, desk_key, "Approve", id).err, ERR_SAME_PERSON);
	assert_int_equal(settle(&o, key_of_key, "Approve", id).err, ERR_SAME_PERSON);
	/* Withdrawing is theirs, with whichever credential. */
	WithdrawExclusionResponse *gone = must(settle(&o, key_of_key, "Withdraw", id));
	assert_string_equal(gone->exclusion->requested_person_id, chief_id);
	assert_string_equal(gone->exclusion->decided_person_id, chief_id);
	assert_string_not_equal(gone->exclusion->decided_by->id, chief_id);
	id = asked(&o, desk_key, order);
	assert_int_equal(settle(&o, chief, "Approve", id).err, ERR_SAME_PERSON);
	ApproveExclusionResponse *done = must(settle(&o, other, "Approve", id));
	assert_string_equal(done->exclusion->requested_person_id, chief_id);
	assert_string_equal(done->exclusion->decided_person_id, other_id);
	office_close(&o);
}

/* Whoever has a key's secret renewed is who knows it from then on; the old one stays whose it was. */
static void test_rotated_key(void **state)
{
	(void)state;
	struct office o;
	char *chief_id, *other_id;
	office_open(&o);
	without_factor(&o);
	(void)new_operator(&o, "chief.a", &chief_id);
	(void)new_operator(&o, "chief.b", &other_id);
	struct who chief = sign_in(&o, "chief.a"), other = sign_in(&o, "chief.b");
	REQUEST(o.w, CreateApiKeyRequest, create);
	create->role = ROLE_OPERATOR;
	CreateApiKeyResponse *key = must(world_call(o.w, chief, "OrgService/CreateApiKey", create));
	REQUEST(o.w, RotateApiKeyRequest, rotate);
	rotate->key_id = key->key_id;
	rotate->overlap_ms = DAY_MS;
	RotateApiKeyResponse *renewed = must(world_call(o.w, other, "OrgService/RotateApiKey", rotate));
	char *order = rated_order(&o, 1, RESOLUTION_PARTLY);
	char *id = asked(&o, WITH_KEY(renewed->key), order);
	assert_int_equal(settle(&o, other, "Approve", id).err, ERR_SAME_PERSON);
	must(settle(&o, WITH_KEY(key->key), "Approve", id));
	office_close(&o);
}

/* --- cells --- */

static void test_cells(void **state)
{
	(void)state;
	struct rates_cell cell = {.category_id = "c0000012"}, read;
	char text[RATES_CELL_CHARS + 1];
	for (cell.day = 20000; cell.day < 20000 + 2 * RATES_SPAN_DAYS; cell.day++) {
		for (cell.fate = FATE_PLACED; cell.fate < FATE_VALID + 32; cell.fate++) {
			bool valid = cell.fate >= FATE_VALID;
			cell.accepted = valid ? cell.fate % TIMES_BUCKETS : TIMES_NONE;
			cell.done = valid && cell.day % 2 == 0 ? TIMES_BUCKETS - 1 : TIMES_NONE;
			rates_cell_write(&cell, text);
			assert_true(rates_cell_read(rates_span(cell.day), slice_str(text), &read));
			assert_int_equal(read.day, cell.day);
			assert_int_equal(read.fate, cell.fate);
			assert_int_equal(read.accepted, cell.accepted);
			assert_int_equal(read.done, cell.done);
			assert_string_equal(read.category_id, "c0000012");
		}
	}
	/* From before times were counted. */
	assert_true(rates_cell_read(625, SLICE("0c0000012O"), &read));
	assert_int_equal(read.done, TIMES_NONE);
	static const char *const wrong[] = {"",
					    "0",
					    "0A",
					    "\x7f"
					    "c0000012A",
					    "0c0000012\x7f",
					    "0c0000012AA",
					    "0c00000120",
					    "0c0000012Oaw",
					    "0c0000012Owa",
					    "0c0000012Oa"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(rates_cell_read(625, slice_str(wrong[i]), &read));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_counts),      cmocka_unit_test(test_late_and_unrated),
	    cmocka_unit_test(test_groups),      cmocka_unit_test(test_divided),
	    cmocka_unit_test(test_times),       cmocka_unit_test(test_exclusion),
	    cmocka_unit_test(test_not_counted), cmocka_unit_test(test_reopened),
	    cmocka_unit_test(test_one_person),  cmocka_unit_test(test_rotated_key),
	    cmocka_unit_test(test_cells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
