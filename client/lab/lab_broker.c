#include "lab_broker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/id.h"
#include "lab_city.h"
#include "lab_pairs.h"
#include "lab_town.h"
#include "sim/settle.h"

#define TENANT "lab"

struct broker {
	const struct lab_broker_options *o;
	const struct lab_trace *t;
	struct arena *a;
	struct arena scratch; /* of one call */
	struct sim *sim;
	struct lab_run *run;
	struct town town;
	bool city;
	uint32_t placing;   /* the order that is being placed */
	uint32_t *order_of; /* by the number of the order's id in the sim, from 1 */
	size_t n_order_of;  /* room */
	char (*order_ids)[ID_CHARS + 1];
	uint8_t *asked;  /* of each order: offers so far */
	double *until_s; /* of each member, as are: */
	bool *gone, *works;
};

/* Something that somebody does later. */
struct deed {
	struct broker *broker;
	uint32_t order, member;
	enum lab_word word;
};

static double now_s(const struct broker *b)
{
	return (double)(sim_now_ms(b->sim) - TOWN_START_MS) / 1000;
}

static void later(struct broker *b, double at_s, void (*fn)(void *arg), struct deed deed)
{
	struct deed *kept = ARENA_NEW(b->a, struct deed);
	*kept = deed;
	kept->broker = b;
	sim_at(b->sim, town_ms(at_s), fn, kept);
}

static enum err call(struct broker *b, struct sim_actor as, const char *path, const void *request, const void **reply)
{
	arena_reset(&b->scratch);
	struct sim_reply got = sim_call(b->sim, as, path, request, &b->scratch);
	if (reply != NULL)
		*reply = got.message;
	return got.err;
}

static struct sim_actor as_resident(uint32_t order, char id[ID_CHARS + 1])
{
	town_resident_id(order, id);
	return (struct sim_actor){ROLE_RESIDENT, id};
}

static struct sim_actor as_member(uint32_t member, char id[ID_CHARS + 1])
{
	town_member_id(member, id);
	return (struct sim_actor){ROLE_MEMBER, id};
}

/* --- members --- */

static void put_member(struct broker *b, uint32_t member, bool there)
{
	struct fault fault = {.err = OK};
	MemberRecord record;
	char id[ID_CHARS + 1];
	town_member_id(member, id);
	arena_reset(&b->scratch);
	town_member(&b->scratch, &b->town, member, there, &record);
	record.id = id;
	if (settle_member(b->sim, &record, &fault) != OK)
		abort(); /* it is ours, and whole */
}

static void leave(void *arg)
{
	const struct deed *deed = arg;
	struct broker *b = deed->broker;
	/* Who is at work goes when it is done. */
	if (b->gone[deed->member] || b->works[deed->member])
		return;
	b->gone[deed->member] = true;
	put_member(b, deed->member, false);
}

static void come(void *arg)
{
	const struct deed *deed = arg;
	struct broker *b = deed->broker;
	put_member(b, deed->member, true);
	/* Windows that are closed have their last moment too. */
	if (!isinf(b->until_s[deed->member]))
		later(b, b->until_s[deed->member] + (b->t->closed ? 0.001 : 0), leave, *deed);
}

/* --- orders --- */

static void give_up(void *arg)
{
	const struct deed *deed = arg;
	struct broker *b = deed->broker;
	char id[ID_CHARS + 1];
	struct sim_actor as = as_resident(deed->order, id);
	CancelOrderRequest request = CancelOrderRequest_INIT;
	request.order_id = b->order_ids[deed->order];
	if (b->run->member_of[deed->order] == LAB_NOBODY && request.order_id[0] != '\0')
		(void)call(b, as, "OrderService/CancelOrder", &request, NULL);
}

static void know(struct broker *b, const char *order_id, uint32_t order)
{
	uint64_t number = 0;
	char letter;
	(void)id_parse(order_id, &letter, &number);
	if (number >= b->n_order_of) {
		size_t room = 2 * ((size_t)number + 1);
		uint32_t *bigger = arena_array(b->a, room, sizeof(*bigger));
		if (b->n_order_of > 0)
			memcpy(bigger, b->order_of, b->n_order_of * sizeof(*bigger));
		b->order_of = bigger;
		b->n_order_of = room;
	}
	b->order_of[number] = order + 1;
	snprintf(b->order_ids[order], sizeof(b->order_ids[order]), "%s", order_id);
}

static bool known(const struct broker *b, const char *order_id, uint32_t *order)
{
	uint64_t number = 0;
	char letter;
	if (!id_parse(order_id, &letter, &number) || number >= b->n_order_of || b->order_of[number] == 0)
		return false;
	*order = b->order_of[number] - 1;
	return true;
}

static void place(void *arg)
{
	const struct deed *deed = arg;
	struct broker *b = deed->broker;
	char id[ID_CHARS + 1];
	struct sim_actor as = as_resident(deed->order, id);
	PlaceOrderRequest request = PlaceOrderRequest_INIT;
	GeoPoint point = GeoPoint_INIT;
	town_order_point(&b->town, deed->order, &point);
	request.category_id = (char *)TOWN_CATEGORY;
	request.title = (char *)"lab";
	request.point = &point;
	b->placing = deed->order;
	if (call(b, as, "OrderService/PlaceOrder", &request, NULL) != OK)
		return;
	double until_s = b->t->orders[deed->order].until_s;
	if (!b->city)
		later(b, until_s + (b->t->closed ? 0.001 : 0), give_up, *deed);
}

/* --- answers --- */

static void complete(void *arg)
{
	const struct deed *deed = arg;
	struct broker *b = deed->broker;
	char id[ID_CHARS + 1];
	struct sim_actor as = as_member(deed->member, id);
	CompleteTaskRequest request = CompleteTaskRequest_INIT;
	request.order_id = b->order_ids[deed->order];
	request.text = (char *)"done";
	(void)call(b, as, "TaskService/CompleteTask", &request, NULL);
	b->works[deed->member] = false;
	if (b->until_s[deed->member] <= now_s(b))
		leave(arg);
}

static void accept(struct broker *b, const struct deed *deed)
{
	struct lab_run *r = b->run;
	const struct lab_order *o = &b->t->orders[deed->order];
	const struct lab_member *m = &b->t->members[deed->member];
	char id[ID_CHARS + 1];
	struct sim_actor as = as_member(deed->member, id);
	AcceptOfferRequest request = AcceptOfferRequest_INIT;
	request.order_id = b->order_ids[deed->order];
	if (call(b, as, "TaskService/AcceptOffer", &request, NULL) != OK)
		return;
	r->member_of[deed->order] = deed->member;
	r->served_s[deed->order] = now_s(b);
	r->metres[deed->order] = (float)(lab_distance(o, m) * b->t->unit_m);
	r->n_served++;
	r->utility += o->pay * m->rate;
	if (b->o->service_s > 0) {
		b->works[deed->member] = true;
		later(b, now_s(b) + b->o->service_s, complete, *deed);
		return;
	}
	struct deed over = *deed;
	complete(&over);
	leave(&over);
}

static void answer(void *arg)
{
	const struct deed *deed = arg;
	struct broker *b = deed->broker;
	char id[ID_CHARS + 1];
	struct sim_actor as = as_member(deed->member, id);
	DeclineOfferRequest request = DeclineOfferRequest_INIT;
	if (b->gone[deed->member])
		return;
	if (deed->word == LAB_YES) {
		accept(b, deed);
		return;
	}
	request.order_id = b->order_ids[deed->order];
	/* Who has refused ten times over looks elsewhere. */
	if (b->city && b->asked[deed->order] >= CITY_OFFERS_MAX)
		give_up(arg);
	else
		(void)call(b, as, "TaskService/DeclineOffer", &request, NULL);
}

static void offered(struct broker *b, const Event *event, uint32_t order)
{
	uint32_t member = town_member_of(event->member_id);
	struct lab_answer said = {LAB_NO, 0};
	if (b->city)
		said.word = lab_coin_same(b->o->coins, order, member) ? LAB_YES : LAB_NO;
	else
		said = lab_coin(b->o->coins, order, member);
	b->run->offers[member]++;
	b->run->n_offers++;
	if (b->asked[order] < UINT8_MAX)
		b->asked[order]++;
	if (b->run->day_offers != NULL)
		b->run->day_offers[(size_t)member * b->run->n_days + (size_t)(now_s(b) / CITY_DAY_S)]++;
	if (said.word != LAB_SILENT)
		later(b, now_s(b) + said.delay_s, answer,
		      (struct deed){.order = order, .member = member, .word = said.word});
}

static void heard(void *arg, const Event *event)
{
	struct broker *b = arg;
	uint32_t order;
	if (event->kind == EVENT_KIND_PLACED)
		know(b, event->subject_id, b->placing);
	if (event->kind == EVENT_KIND_OFFERED && known(b, event->subject_id, &order))
		offered(b, event, order);
}

/* --- the play --- */

static double plan(struct broker *b)
{
	const struct lab_trace *t = b->t;
	double end_s = 0;
	for (uint32_t i = 0; i < t->n_members; i++) {
		b->until_s[i] = t->members[i].until_s;
		later(b, t->members[i].at_s - TOWN_BEFORE_S, come, (struct deed){.member = i});
	}
	for (uint32_t i = 0; i < t->n_orders; i++) {
		end_s = fmax(end_s, t->orders[i].until_s);
		later(b, t->orders[i].at_s - TOWN_BEFORE_S, place, (struct deed){.order = i});
	}
	return end_s + b->o->service_s + 1;
}

static enum err run(struct broker *b, struct fault *fault)
{
	struct trial_trace settlers = town_settlers(b->a, &b->town);
	TRY(settle_town(b->sim, TENANT, &settlers, b->o->rules, b->a, fault));
	if (!sim_listen(b->sim, heard, b))
		return fault_set(fault, ERR_INTERNAL, "trace", "its events can't be heard");
	double end_s = plan(b);
	sim_run(b->sim, town_ms(end_s));
	return OK;
}

enum err lab_broker_play(struct arena *a, const struct lab_broker_options *o, struct fault *fault, struct lab_run *r)
{
	const struct lab_trace *t = o->trace;
	struct broker b = {
	    .o = o, .t = t, .a = a, .run = r, .town = town_of(t), .city = strcmp(t->dataset, "boston") == 0};
	struct sim_options options = {
	    .tenant = TENANT, .start_ms = TOWN_START_MS - TOWN_EARLY_MS, .seed = o->coins->seed};
	*r = lab_run_new(a, t, b.city);
	b.order_ids = arena_array(a, t->n_orders, sizeof(*b.order_ids));
	b.asked = arena_array(a, t->n_orders, sizeof(*b.asked));
	b.until_s = arena_array(a, t->n_members, sizeof(*b.until_s));
	b.gone = arena_array(a, t->n_members, sizeof(*b.gone));
	b.works = arena_array(a, t->n_members, sizeof(*b.works));
	b.sim = sim_new(&options);
	if (b.sim == NULL)
		return fault_set(fault, ERR_OVERLOADED, NULL, "out of memory");
	arena_init(&b.scratch, SIZE_MAX / 2);
	enum err err = run(&b, fault);
	sim_free(b.sim);
	arena_free(&b.scratch);
	return err;
}
