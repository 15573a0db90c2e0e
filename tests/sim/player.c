#include "player_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "pb/pb_message.h"
#include "wkt_pb.h"

struct player *player_new(struct world *w, uint64_t seed, const struct player_options *options)
{
	struct player *p = calloc(1, sizeof(*p));
	if (p == NULL || options->at_once > MAX_AT_ONCE)
		abort();
	p->w = w;
	p->random = seed;
	p->options = *options;
	arena_init(&p->memory, SIZE_MAX / 2);
	player_settle(p);
	world_forget(w);
	return p;
}

void player_free(struct player *p)
{
	if (p == NULL)
		return;
	arena_free(&p->memory);
	free(p);
}

/* --- moves --- */

static void count(struct player *p, struct move *m)
{
	if (m->counted || !m->reply.answered)
		return;
	m->counted = true;
	p->replies[m->reply.err]++;
	bool wrong = m->reply.err == ERR_INTERNAL || m->reply.err == ERR_DATA_CORRUPT ||
		     m->reply.err == ERR_TOO_LARGE || m->reply.err == ERR_WANTED;
	if (wrong) {
		p->wrongs++;
		fprintf(stderr, "player: %s: %s %s\n", m->what, err_info(m->reply.err)->reason, m->reply.fault.detail);
	}
	if (m->reply.err == OK && m->places && p->n_orders < MAX_ORDERS)
		p->orders[p->n_orders++] =
		    arena_strdup(&p->memory, ((PlaceOrderResponse *)m->reply.message)->order->id);
	if (m->reply.err == OK && !m->twin && p->n_exclusions < MAX_EXCLUSIONS &&
	    strcmp(m->path, "StatsService/RequestExclusion") == 0)
		p->exclusions[p->n_exclusions++] =
		    arena_strdup(&p->memory, ((RequestExclusionResponse *)m->reply.message)->exclusion->id);
	if (p->options.told != NULL)
		p->options.told(p->options.arg, m->what, &m->reply);
}

static void send(struct player *p, struct who who, const char *path, const void *request, bool twin)
{
	struct move *m = &p->moves[p->n_moves++];
	*m = (struct move){.who = who,
			   .path = path,
			   .request = request,
			   .places = !twin && strcmp(path, "OrderService/PlaceOrder") == 0,
			   .twin = twin};
	snprintf(m->what, sizeof(m->what), "%s as %d %s", path, who.role, who.id == NULL ? "" : who.id);
	(void)world_begin(p->w, who, path, request, &m->reply);
	if (p->options.at_once < 2)
		world_wait(p->w, &m->reply.answered, PATIENCE_MS);
}

/* Some requests are sent twice, with one request id, as by a phone in a lift. */
static void begin(struct player *p, struct who who, const char *path, void *request)
{
	bool twice = roll(p, 8) == 0;
	const ProtobufCFieldDescriptor *id =
	    protobuf_c_message_descriptor_get_field_by_name(((ProtobufCMessage *)request)->descriptor, "request_id");
	if (twice)
		*(char **)pb_member(request, id) = arena_printf(world_arena(p->w), "q%u", ++p->n_ids);
	send(p, who, path, request, false);
	if (twice)
		send(p, who, path, request, true);
}

/* Once it was done, whoever asks again hears so. (A refusal before that is no promise.) */
static void ask_again(struct player *p)
{
	for (size_t i = 1; i < p->n_moves; i++) {
		const struct move *first = &p->moves[i - 1], *second = &p->moves[i];
		if (!second->twin || (first->reply.err != OK && second->reply.err != OK))
			continue;
		struct world_reply third = world_call(p->w, second->who, second->path, second->request);
		if (third.err == OK)
			continue;
		p->wrongs++;
		fprintf(stderr, "player: %s: done, and asked again %s\n", second->what, err_info(third.err)->reason);
	}
}

#define NEW(p, Type, name) Type *name = PB_NEW(world_arena((p)->w), Type)

static char *any_member(struct player *p)
{
	return p->members[roll(p, p->options.members)];
}

static struct who any_resident(struct player *p)
{
	return AS_RESIDENT(p->residents[roll(p, p->options.residents)]);
}

/* One of the members asked, or anybody. */
static struct who asked(struct player *p, const Order *o)
{
	const char *id = any_member(p);
	uint64_t start = roll(p, o->n_offers + 1);
	for (size_t i = 0; i < o->n_offers && roll(p, 10) > 0; i++) {
		const Offer *offer = o->offers[(i + start) % o->n_offers];
		if (offer->state == OFFER_STATE_LIVE) {
			id = offer->member_id;
			break;
		}
	}
	return AS_MEMBER(id);
}

/* One of those who hold it, or anybody. */
static struct who holder(struct player *p, const Order *o)
{
	const Slot *slot = o->slots[roll(p, o->n_slots)];
	return AS_MEMBER(slot->member_id[0] != '\0' && roll(p, 10) > 0 ? slot->member_id : any_member(p));
}

static struct who helped(struct player *p, const Order *o)
{
	return roll(p, 10) > 0 ? AS_RESIDENT(o->beneficiary_id) : any_resident(p);
}

static void place(struct player *p)
{
	NEW(p, PlaceOrderRequest, rq);
	const char *categories[] = {p->town.plain_category,  p->town.plain_category, p->town.urgent_category,
				    p->town.danger_category, p->town.pair_category,  p->town.complaint_category};
	rq->category_id = (char *)categories[roll(p, sizeof(categories) / sizeof(categories[0]))];
	rq->title = (char *)"help";
	if (roll(p, 3) > 0)
		rq->point = world_point(p->w, roll(p, SIDE * SIDE), (double)roll(p, 400) - 200,
					(double)roll(p, 400) - 200, SIDE);
	struct who who = any_resident(p);
	if (roll(p, 4) == 0)
		rq->beneficiary_id = p->residents[roll(p, p->options.residents)];
	begin(p, who, "OrderService/PlaceOrder", rq);
}

static void accept(struct player *p, const Order *o)
{
	NEW(p, AcceptOfferRequest, rq);
	rq->order_id = o->id;
	begin(p, asked(p, o), "TaskService/AcceptOffer", rq);
}

static void decline(struct player *p, const Order *o)
{
	NEW(p, DeclineOfferRequest, rq);
	rq->order_id = o->id;
	rq->reason = (DeclineReason)roll(p, 6);
	begin(p, asked(p, o), "TaskService/DeclineOffer", rq);
}

static void grab(struct player *p, const Order *o)
{
	NEW(p, GrabOrderRequest, rq);
	rq->order_id = o->id;
	begin(p, AS_MEMBER(any_member(p)), "TaskService/GrabOrder", rq);
}

static void start(struct player *p, const Order *o)
{
	NEW(p, StartTaskRequest, rq);
	rq->order_id = o->id;
	begin(p, holder(p, o), "TaskService/StartTask", rq);
}

static void complete(struct player *p, const Order *o)
{
	NEW(p, CompleteTaskRequest, rq);
	rq->order_id = o->id;
	rq->duration_min = (uint32_t)roll(p, 100);
	rq->outcome = (Outcome)roll(p, 3);
	if (roll(p, 6) == 0)
		rq->completion_code = arena_printf(world_arena(p->w), "%04u", (unsigned)roll(p, 10000));
	else
		rq->text = (char *)"done";
	begin(p, holder(p, o), "TaskService/CompleteTask", rq);
}

static void hand_back(struct player *p, const Order *o)
{
	NEW(p, HandBackTaskRequest, rq);
	rq->order_id = o->id;
	rq->reason = (char *)"ill";
	begin(p, holder(p, o), "TaskService/HandBackTask", rq);
}

static void rate(struct player *p, const Order *o)
{
	NEW(p, RateOrderRequest, rq);
	rq->order_id = o->id;
	rq->stars = (uint32_t)roll(p, 5) + 1;
	rq->resolution = (Resolution)roll(p, 4);
	begin(p, helped(p, o), "OrderService/RateOrder", rq);
}

static void cancel(struct player *p, const Order *o)
{
	NEW(p, CancelOrderRequest, rq);
	rq->order_id = o->id;
	begin(p, helped(p, o), "OrderService/CancelOrder", rq);
}

static void chase(struct player *p, const Order *o)
{
	NEW(p, ChaseOrderRequest, rq);
	rq->order_id = o->id;
	begin(p, helped(p, o), "OrderService/ChaseOrder", rq);
}

static void note(struct player *p, const Order *o)
{
	NEW(p, AddNoteRequest, rq);
	rq->order_id = o->id;
	rq->text = (char *)"a note";
	begin(p, AS_ADMIN, "OrderService/AddNote", rq);
}

static void reopen(struct player *p, const Order *o)
{
	NEW(p, ReopenOrderRequest, rq);
	rq->order_id = o->id;
	begin(p, helped(p, o), "OrderService/ReopenOrder", rq);
}

static struct who any_of_desk(struct player *p)
{
	return roll(p, 2) == 0 ? AS_ADMIN : p->deputy;
}

static void exclude(struct player *p, const Order *o)
{
	NEW(p, RequestExclusionRequest, rq);
	rq->order_id = o->id;
	rq->reason = (char *)"the lift was out of order";
	begin(p, any_of_desk(p), "StatsService/RequestExclusion", rq);
}

/* The three requests that settle an exclusion look alike. */
static void settle_exclusion(struct player *p, const Order *o)
{
	static const char *const paths[] = {"StatsService/ApproveExclusion", "StatsService/ApproveExclusion",
					    "StatsService/RefuseExclusion", "StatsService/WithdrawExclusion"};
	if (p->n_exclusions == 0) {
		exclude(p, o);
		return;
	}
	const char *path = paths[roll(p, sizeof(paths) / sizeof(paths[0]))];
	ApproveExclusionRequest *rq =
	    (ApproveExclusionRequest *)pb_message_new(world_arena(p->w), world_method(p->w, path)->request);
	rq->exclusion_id = p->exclusions[p->n_exclusions - 1 - roll(p, p->n_exclusions > 5 ? 5 : p->n_exclusions)];
	rq->comment = (char *)"looked into";
	begin(p, any_of_desk(p), path, rq);
}

static void read_rates(struct player *p, const Order *o)
{
	NEW(p, GetRatesRequest, rq);
	(void)o;
	rq->group_by = (RateGroup)roll(p, RATE_GROUP_MEMBER + 1);
	send(p, any_of_desk(p), "StatsService/GetRates", rq, false);
}

static void assign(struct player *p, const Order *o)
{
	NEW(p, AssignOrderRequest, rq);
	rq->order_id = o->id;
	rq->member_id = any_member(p);
	rq->slot = (uint32_t)roll(p, o->n_slots + 1);
	rq->accepted = roll(p, 2) == 0;
	rq->reason = (char *)(roll(p, 2) == 0 ? "by phone" : "");
	begin(p, AS_ADMIN, "DeskService/AssignOrder", rq);
}

static void hold(struct player *p, const Order *o)
{
	NEW(p, HoldOrderRequest, rq);
	rq->order_id = o->id;
	rq->party = (HeldBy)roll(p, 6);
	rq->reason = (char *)"waits for a part";
	if (roll(p, 2) == 0)
		rq->until_ms = world_now_ms(p->w) + (int64_t)roll(p, 120000);
	begin(p, AS_ADMIN, "DeskService/HoldOrder", rq);
}

static void resume(struct player *p, const Order *o)
{
	NEW(p, ResumeOrderRequest, rq);
	rq->order_id = o->id;
	begin(p, AS_ADMIN, "DeskService/ResumeOrder", rq);
}

static void redispatch(struct player *p, const Order *o)
{
	NEW(p, RedispatchOrderRequest, rq);
	rq->order_id = o->id;
	begin(p, AS_ADMIN, "DeskService/RedispatchOrder", rq);
}

static void merge(struct player *p, const Order *o)
{
	NEW(p, MergeOrdersRequest, rq);
	rq->order_id = o->id;
	for (uint64_t n = roll(p, 3) + 1; n > 0; n--)
		arena_append(world_arena(p->w), (void ***)&rq->duplicate_ids, &rq->n_duplicate_ids,
			     p->orders[p->n_orders - 1 - roll(p, p->n_orders > 40 ? 40 : p->n_orders)]);
	begin(p, AS_ADMIN, "DeskService/MergeOrders", rq);
}

static void reject(struct player *p, const Order *o)
{
	NEW(p, RejectOrderRequest, rq);
	rq->order_id = o->id;
	rq->reason = (char *)"not ours";
	begin(p, AS_ADMIN, "DeskService/RejectOrder", rq);
}

static void complete_for(struct player *p, const Order *o)
{
	NEW(p, CompleteOrderRequest, rq);
	rq->order_id = o->id;
	rq->text = (char *)"done, says the desk";
	begin(p, AS_ADMIN, "DeskService/CompleteOrder", rq);
}

static void rework(struct player *p, const Order *o)
{
	NEW(p, ReworkOrderRequest, rq);
	rq->order_id = o->id;
	begin(p, AS_ADMIN, "DeskService/ReworkOrder", rq);
}

static void bulk(struct player *p, const Order *o)
{
	NEW(p, BulkAssignRequest, rq);
	rq->reason = (char *)"many at once";
	for (uint64_t n = roll(p, 4) + 1; n > 0; n--) {
		NEW(p, BulkAssignItem, item);
		item->order_id =
		    roll(p, 2) == 0 ? o->id : p->orders[p->n_orders - 1 - roll(p, p->n_orders > 40 ? 40 : p->n_orders)];
		item->member_id = any_member(p);
		arena_append(world_arena(p->w), (void ***)&rq->items, &rq->n_items, item);
	}
	begin(p, AS_ADMIN, "DeskService/BulkAssign", rq);
}

/* Mostly what was just done, which is known to few: by any of the desk. */
static void undo(struct player *p, const Order *o)
{
	NEW(p, UndoCommandsRequest, rq);
	for (uint64_t n = roll(p, 3) + 1; n > 0; n--) {
		NEW(p, UndoItem, item);
		item->order_id =
		    n == 1 ? o->id : p->orders[p->n_orders - 1 - roll(p, p->n_orders > 40 ? 40 : p->n_orders)];
		arena_append(world_arena(p->w), (void ***)&rq->items, &rq->n_items, item);
	}
	begin(p, AS_ADMIN, "DeskService/UndoCommands", rq);
}

static void take_a_break(struct player *p, const Order *o)
{
	NEW(p, SetAvailabilityRequest, rq);
	(void)o;
	if (roll(p, 2) == 0)
		rq->paused_until_ms = world_now_ms(p->w) + (int64_t)roll(p, 300000);
	begin(p, AS_MEMBER(any_member(p)), "TaskService/SetAvailability", rq);
}

typedef void move_fn(struct player *p, const Order *o);

/* What is plausible in a state; more often what brings it on. */
static move_fn *plausible(struct player *p, const Order *o)
{
	static move_fn *const placed[] = {grab,   grab,  grab,   assign,     assign, hold,
					  cancel, chase, reject, redispatch, merge,  hand_back};
	static move_fn *const offered[] = {accept, accept, accept,     accept, accept,    decline, decline, hold,
					   cancel, assign, redispatch, chase,  hand_back, merge,   undo};
	static move_fn *const accepted[] = {start,  start, start,  complete,     complete, hand_back,
					    assign, hold,  cancel, complete_for, undo};
	static move_fn *const started[] = {complete,  complete, complete, complete,    start,
					   hand_back, assign,   hold,     complete_for};
	static move_fn *const held[] = {resume, resume, accept, note, chase, undo};
	static move_fn *const completed[] = {rate, rate, rate, rework, note, undo};
	static move_fn *const ended[] = {note, undo, undo};
	static move_fn *const closed[] = {reopen, note, rate, exclude, exclude, settle_exclusion, read_rates};
#define PICK(list) list[roll(p, sizeof(list) / sizeof(list[0]))]
	switch (o->state) {
	case ORDER_STATE_PLACED:
		return PICK(placed);
	case ORDER_STATE_OFFERED:
		return PICK(offered);
	case ORDER_STATE_ACCEPTED:
		return PICK(accepted);
	case ORDER_STATE_STARTED:
		return PICK(started);
	case ORDER_STATE_HELD:
		return PICK(held);
	case ORDER_STATE_COMPLETED:
		return PICK(completed);
	case ORDER_STATE_CLOSED:
		return PICK(closed);
	case ORDER_STATE_CANCELLED:
	case ORDER_STATE_REJECTED:
		return PICK(ended);
	case ORDER_STATE_UNSPECIFIED:
		break;
	}
	return note;
}

static void play(struct player *p, const Order *o)
{
	static move_fn *const all[] = {accept,
				       decline,
				       grab,
				       start,
				       complete,
				       hand_back,
				       rate,
				       cancel,
				       chase,
				       note,
				       reopen,
				       assign,
				       hold,
				       resume,
				       redispatch,
				       merge,
				       reject,
				       rework,
				       bulk,
				       complete_for,
				       take_a_break,
				       undo,
				       undo,
				       exclude,
				       settle_exclusion,
				       settle_exclusion,
				       read_rates};
	move_fn *move = roll(p, 10) < 8 ? plausible(p, o) : all[roll(p, sizeof(all) / sizeof(all[0]))];
	move(p, o);
}

/* Mostly what was ordered lately. */
static const char *some_order(struct player *p)
{
	enum { LATELY = 30 };
	size_t back = roll(p, 10) > 0 && p->n_orders > LATELY ? LATELY : p->n_orders;
	return p->orders[p->n_orders - 1 - roll(p, back)];
}

void player_round(struct player *p)
{
	unsigned n = p->options.at_once < 2 ? 1 : (unsigned)roll(p, p->options.at_once) + 1;
	p->n_moves = 0;
	if (p->n_orders == 0 || roll(p, 8) == 0) {
		place(p);
	} else {
		const Order *o = world_get_order(p->w, some_order(p));
		for (unsigned i = 0; i < n; i++)
			play(p, o);
	}
	for (size_t i = 0; i < p->n_moves; i++) {
		world_wait(p->w, &p->moves[i].reply.answered, PATIENCE_MS);
		if (!p->moves[i].reply.answered) {
			fprintf(stderr, "player: %s: no answer\n", p->moves[i].what);
			abort();
		}
		count(p, &p->moves[i]);
	}
	ask_again(p);
	world_forget(p->w);
}

void player_pause(struct player *p)
{
	int64_t ms = (int64_t)roll(p, 3000);
	if (roll(p, 20) == 0)
		ms = (int64_t)roll(p, 600000);
	world_advance(p->w, ms);
}

size_t player_orders(const struct player *p)
{
	return p->n_orders;
}

const char *player_order(const struct player *p, size_t i)
{
	return p->orders[i];
}

unsigned player_wrongs(const struct player *p)
{
	return p->wrongs;
}

unsigned player_replies(const struct player *p, enum err err)
{
	return p->replies[err];
}
