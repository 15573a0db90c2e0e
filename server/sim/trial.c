#include "sim/trial.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "domain/policy_check.h"
#include "pb/pb_rule.h"
#include "sim/people.h"
#include "sim/settle.h"
#include "sim/tally.h"

#define TENANT "trial"
/* After the last order: what was accepted gets done, and what nobody took is given up. */
enum { LAST_MS = 3 * 24 * 3600 * 1000 };

/* --- how it went --- */

static size_t places_of(const Order *order)
{
	return order->n_slots == 0 ? 1 : order->n_slots;
}

static void tell_entry(struct tally *tally, size_t at, const TimelineEntry *entry)
{
	size_t person = tally_person(tally, entry->member_id);
	struct tally_order *order = &tally->orders[at];
	if (entry->kind == EVENT_KIND_OFFERED && entry->actor != NULL && entry->actor->role == ROLE_SYSTEM)
		tally_offer(tally, person, entry->at_ms);
	if (entry->kind == EVENT_KIND_ACCEPTED)
		tally_taken(tally, at, person, entry->at_ms);
	if (entry->kind == EVENT_KIND_HANDED_BACK && order->taken > 0)
		order->taken--;
	order->pooled = order->pooled || entry->kind == EVENT_KIND_POOLED;
	order->unserved = order->unserved || entry->kind == EVENT_KIND_UNSERVED;
	if (entry->kind == EVENT_KIND_COMPLETED && order->done_ms == 0)
		tally_done(tally, at, entry->at_ms);
}

void trial_history(const struct trial_trace *trace, struct arena *a, struct trial_measures *measures,
		   struct trial_answers *answers)
{
	struct tally *tally = tally_new(trace, a);
	int64_t end_ms = 0;
	for (size_t i = 0; i < trace->n_orders; i++) {
		const Order *order = trace->orders[i]->order;
		tally_placed(tally, i, order->placed_ms, order->due_ms, places_of(order));
		for (size_t k = 0; k < order->n_timeline; k++) {
			tell_entry(tally, i, order->timeline[k]);
			end_ms = order->timeline[k]->at_ms > end_ms ? order->timeline[k]->at_ms : end_ms;
		}
		for (size_t k = 0; k < order->n_slots; k++) {
			if (order->slots[k]->completed_ms != 0)
				tally_work(tally, tally_person(tally, order->slots[k]->member_id));
		}
	}
	tally_measure(tally, end_ms, measures);
	*answers = *people_answers(people_learn(trace, tally, a));
}

/* --- how it would have gone --- */

struct play {
	const struct trial_trace *trace;
	struct sim *sim;
	struct arena *arena;
	struct arena scratch; /* of one call */
	struct tally *tally;
	struct people *people;
	uint64_t seed;
	size_t placing;    /* the order that is being placed */
	size_t *order_of;  /* by the number of the order's id in the sim */
	size_t n_order_of; /* room */
};

/* Something that somebody does later. */
struct deed {
	struct play *play;
	size_t order, person;
	enum people_word word;
	char order_id[ID_CHARS + 1]; /* in the sim */
};

static uint64_t number_of(const char *order_id)
{
	char letter;
	uint64_t number = 0;
	(void)id_parse(order_id, &letter, &number);
	return number;
}

static void know(struct play *p, const char *order_id, size_t order)
{
	size_t number = (size_t)number_of(order_id);
	if (number >= p->n_order_of) {
		size_t room = 2 * (number + 1);
		size_t *bigger = arena_array(p->arena, room, sizeof(*bigger));
		if (p->n_order_of > 0)
			memcpy(bigger, p->order_of, p->n_order_of * sizeof(*bigger));
		p->order_of = bigger;
		p->n_order_of = room;
	}
	p->order_of[number] = order + 1;
}

/* False: not an order of ours. */
static bool known(const struct play *p, const char *order_id, size_t *order)
{
	size_t number = (size_t)number_of(order_id);
	if (number >= p->n_order_of || p->order_of[number] == 0)
		return false;
	*order = p->order_of[number] - 1;
	return true;
}

static struct sim_actor as_member(const struct deed *deed)
{
	return (struct sim_actor){ROLE_MEMBER, deed->play->tally->people[deed->person].member->id};
}

static struct deed *new_deed(struct play *p, const char *order_id, size_t order, size_t person)
{
	struct deed *deed = ARENA_NEW(p->arena, struct deed);
	*deed = (struct deed){.play = p, .order = order, .person = person};
	snprintf(deed->order_id, sizeof(deed->order_id), "%s", order_id);
	return deed;
}

static void work(void *arg)
{
	struct deed *deed = arg;
	struct play *p = deed->play;
	CompleteTaskRequest request = CompleteTaskRequest_INIT;
	arena_reset(&p->scratch);
	request.order_id = deed->order_id;
	request.text = (char *)"done";
	if (sim_call(p->sim, as_member(deed), "TaskService/CompleteTask", &request, &p->scratch).err == OK)
		tally_work(p->tally, deed->person);
}

/* As long as it took in reality, whoever did it. */
static int64_t work_ms(const struct play *p, size_t at)
{
	const Order *order = p->trace->orders[at]->order;
	for (size_t i = 0; i < order->n_slots; i++) {
		if (order->slots[i]->completed_ms > order->slots[i]->accepted_ms && order->slots[i]->accepted_ms != 0)
			return order->slots[i]->completed_ms - order->slots[i]->accepted_ms;
	}
	return people_work_ms(p->people);
}

/* An answer that comes too late, or behind somebody else's, is refused as it is in reality. */
static void answer(void *arg)
{
	struct deed *deed = arg;
	struct play *p = deed->play;
	AcceptOfferRequest accept = AcceptOfferRequest_INIT;
	DeclineOfferRequest decline = DeclineOfferRequest_INIT;
	arena_reset(&p->scratch);
	accept.order_id = decline.order_id = deed->order_id;
	if (deed->word == PEOPLE_DECLINE) {
		(void)sim_call(p->sim, as_member(deed), "TaskService/DeclineOffer", &decline, &p->scratch);
		return;
	}
	if (sim_call(p->sim, as_member(deed), "TaskService/AcceptOffer", &accept, &p->scratch).err != OK)
		return;
	tally_taken(p->tally, deed->order, deed->person, sim_now_ms(p->sim));
	sim_at(p->sim, sim_now_ms(p->sim) + work_ms(p, deed->order), work, deed);
}

static void offered(struct play *p, const Event *event, size_t order)
{
	size_t person = tally_person(p->tally, event->member_id);
	tally_offer(p->tally, person, event->at_ms);
	if (person == TALLY_NOBODY)
		return;
	struct people_answer said = people_ask(p->people, p->seed, p->trace->orders[order]->order->id, person);
	if (said.word == PEOPLE_SILENT)
		return;
	struct deed *deed = new_deed(p, event->subject_id, order, person);
	deed->word = said.word;
	sim_at(p->sim, event->at_ms + said.delay_ms, answer, deed);
}

static void heard(void *arg, const Event *event)
{
	struct play *p = arg;
	size_t order;
	if (event->kind == EVENT_KIND_PLACED && !known(p, event->subject_id, &order))
		know(p, event->subject_id, p->placing);
	if (!known(p, event->subject_id, &order))
		return;
	if (event->kind == EVENT_KIND_OFFERED)
		offered(p, event, order);
	if (event->kind == EVENT_KIND_POOLED)
		p->tally->orders[order].pooled = true;
	if (event->kind == EVENT_KIND_UNSERVED)
		p->tally->orders[order].unserved = true;
	if (event->kind == EVENT_KIND_COMPLETED)
		tally_done(p->tally, order, event->at_ms);
}

static void place(void *arg)
{
	struct deed *deed = arg;
	struct play *p = deed->play;
	const Order *order = p->trace->orders[deed->order]->order;
	PlaceOrderRequest request = PlaceOrderRequest_INIT;
	arena_reset(&p->scratch);
	request.category_id = order->category_id;
	request.urgency = order->urgency;
	request.title = (char *)"trial";
	request.point = order->point;
	p->placing = deed->order;
	struct sim_actor as = {ROLE_RESIDENT, order->beneficiary_id};
	struct sim_reply reply = sim_call(p->sim, as, "OrderService/PlaceOrder", &request, &p->scratch);
	if (reply.err != OK) {
		p->tally->skipped++;
		return;
	}
	const Order *placed = ((const PlaceOrderResponse *)reply.message)->order;
	tally_placed(p->tally, deed->order, placed->placed_ms, placed->due_ms, places_of(placed));
	snprintf(deed->order_id, sizeof(deed->order_id), "%s", placed->id);
}

static void cancel(void *arg)
{
	struct deed *deed = arg;
	struct play *p = deed->play;
	CancelOrderRequest request = CancelOrderRequest_INIT;
	struct tally_order *order = &p->tally->orders[deed->order];
	struct sim_actor as = {ROLE_RESIDENT, p->trace->orders[deed->order]->order->beneficiary_id};
	arena_reset(&p->scratch);
	request.order_id = deed->order_id;
	if (order->taken == 0 && deed->order_id[0] != '\0' &&
	    sim_call(p->sim, as, "OrderService/CancelOrder", &request, &p->scratch).err == OK)
		order->placed = false; /* nobody waits for it any more */
}

/* When the resident thought better of it; 0: they did not. */
static int64_t cancelled_ms(const Order *order)
{
	for (size_t i = 0; i < order->n_timeline; i++) {
		if (order->timeline[i]->kind == EVENT_KIND_CANCELLED)
			return order->timeline[i]->at_ms;
	}
	return 0;
}

/* What dispatch never saw, and what was no order: duplicates and refusals. */
static bool counts(const Order *order)
{
	return order->state != ORDER_STATE_REJECTED && order->merged_into[0] == '\0';
}

static void plan(struct play *p, int64_t *end_ms)
{
	for (size_t i = 0; i < p->trace->n_orders; i++) {
		const Order *order = p->trace->orders[i]->order;
		if (!counts(order))
			continue;
		struct deed *deed = new_deed(p, "", i, TALLY_NOBODY);
		sim_at(p->sim, order->placed_ms, place, deed);
		if (cancelled_ms(order) != 0)
			sim_at(p->sim, cancelled_ms(order), cancel, deed);
		if (order->placed_ms > *end_ms)
			*end_ms = order->placed_ms;
	}
	*end_ms += LAST_MS;
}

static int64_t first_ms(const struct trial_trace *trace)
{
	int64_t first = INT64_MAX;
	for (size_t i = 0; i < trace->n_orders; i++) {
		if (trace->orders[i]->order->placed_ms < first)
			first = trace->orders[i]->order->placed_ms;
	}
	return first;
}

static enum err run(struct play *p, const Policy *policy, struct fault *fault, struct trial_measures *measures)
{
	int64_t end_ms = 0;
	TRY(settle_town(p->sim, TENANT, p->trace, policy, p->arena, fault));
	if (!sim_listen(p->sim, heard, p))
		return fault_set(fault, ERR_INTERNAL, "trace", "its events can't be heard");
	plan(p, &end_ms);
	sim_run(p->sim, end_ms);
	tally_measure(p->tally, end_ms, measures);
	return OK;
}

enum err trial_check(const Policy *policy, struct arena *a, struct fault *fault)
{
	PutPolicyRequest whole = PutPolicyRequest_INIT;
	struct scene s = {.arena = a, .fault = fault};
	whole.policy = (Policy *)(uintptr_t)policy;
	TRY(pb_check(a, &whole.base, fault));
	return policy_check(&s, policy, "policy");
}

enum err trial_play(const struct trial_trace *trace, const Policy *policy, uint64_t seed, struct arena *a,
		    struct fault *fault, struct trial_measures *measures)
{
	TRY(trial_check(policy, a, fault));
	if (trace->n_orders == 0)
		return fault_set(fault, ERR_FIELD_REQUIRED, "orders", "there are none to try it on");
	struct play play = {.trace = trace, .arena = a, .seed = seed, .tally = tally_new(trace, a)};
	struct sim_options options = {.tenant = TENANT, .start_ms = first_ms(trace) - 1, .seed = seed};
	play.people = people_learn(trace, play.tally, a);
	play.sim = sim_new(&options);
	if (play.sim == NULL)
		return fault_set(fault, ERR_OVERLOADED, NULL, "out of memory");
	arena_init(&play.scratch, SIZE_MAX / 2);
	enum err err = run(&play, policy, fault, measures);
	sim_free(play.sim);
	arena_free(&play.scratch);
	return err;
}
