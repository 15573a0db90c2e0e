#include "replay_steps.h"

#include <stdio.h>
#include <stdlib.h>

static void step_start(struct play *p, size_t i);
static void step_rate(struct play *p, size_t i);

static char *borrow(const char *text)
{
	return (char *)(uintptr_t)text;
}

struct play_case *step_over(struct step *s)
{
	struct play_case *c = &s->play->cases[s->i];
	c->calls--;
	c->touched_ns = play_now_ns();
	return c;
}

void step_call(struct play *p, size_t i, struct channel *link, enum rpc rpc, const void *request, const char *act_as,
	       rpc_done_fn *done, struct step extra)
{
	struct step *s = malloc(sizeof(*s));
	play_need_memory(s != NULL);
	*s = extra;
	s->play = p;
	s->i = i;
	p->cases[i].calls++;
	rpc_send(p->rpcs, link, rpc, request, act_as, done, s);
}

void step_call_as_member(struct play *p, size_t i, uint32_t member, enum rpc rpc, const void *request,
			 rpc_done_fn *done)
{
	char who[64];
	snprintf(who, sizeof(who), "member/%s", p->town->member_ids[member]);
	step_call(p, i, p->links->backend, rpc, request, who, done, (struct step){.member = member});
}

static const char *resident_of(const struct play *p, size_t i)
{
	uint64_t nth = dice_choose(p->options.chances.seed, ROLL_RESIDENT, i, 0, TOWN_RESIDENTS_PER_GRID);
	return p->town->resident_ids[p->data->orders[i].grid * TOWN_RESIDENTS_PER_GRID + nth];
}

static void send_as_resident(struct play *p, size_t i, enum rpc rpc, const void *request, rpc_done_fn *done,
			     struct step extra)
{
	char who[64];
	snprintf(who, sizeof(who), "resident/%s", resident_of(p, i));
	step_call(p, i, p->links->backend, rpc, request, who, done, extra);
}

/* --- refusals --- */

static void count_refusal(struct play *p, const char *reason)
{
	size_t k = 0;
	while (k + 1 < PLAY_REASONS && p->refusals[k].n > 0 && strcmp(p->refusals[k].reason, reason) != 0)
		k++;
	if (p->refusals[k].n == 0)
		snprintf(p->refusals[k].reason, sizeof(p->refusals[k].reason), "%s", reason);
	p->refusals[k].n++;
}

/* The rules say no, as they must when people meet: someone was faster (and may even be done: then the order is no
 * longer the member's to see), the time was over, the hands are full. */
static bool is_rule(enum rpc rpc, const struct rpc_error *error)
{
	static const char *const rules[] = {"OFFER_TAKEN", "OFFER_EXPIRED", "OFFER_ANSWERED", "ORDER_STATE",
					    "NOT_IN_POOL", "MEMBER_FULL",   "ALREADY_RATED"};
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(error->reason, rules[i]) == 0)
			return true;
	}
	bool answers = rpc == RPC_ACCEPT_OFFER || rpc == RPC_DECLINE_OFFER || rpc == RPC_GRAB_ORDER;
	/* A hold until a time that passed while the server was away. */
	bool late = rpc == RPC_HOLD_ORDER && strcmp(error->reason, "FIELD_OUT_OF_RANGE") == 0;
	return late || (answers && strcmp(error->reason, "NOT_FOUND") == 0);
}

/* True when the call was refused; what no rule explains is an error. */
bool step_refused(struct play *p, const struct rpc_reply *reply)
{
	if (reply->error == NULL)
		return false;
	count_refusal(p, reply->error->reason);
	if (!is_rule(reply->rpc, reply->error)) {
		p->counts.errors++;
		p->options.error(p->options.arg, rpc_rows[reply->rpc].name, reply->error);
	}
	return true;
}

/* --- placing and calling off --- */

static void placed(void *arg, const struct rpc_reply *reply)
{
	struct step *s = arg;
	struct play *p = s->play;
	size_t i = s->i;
	struct play_case *c = step_over(s);
	free(s);
	if (reply->error != NULL && strcmp(reply->error->reason, "OUTSIDE_GRIDS") == 0) {
		p->counts.outside++;
		case_end(p, c, CASE_OVER);
		return;
	}
	if (step_refused(p, reply)) {
		case_end(p, c, CASE_OVER);
		return;
	}
	const PlaceOrderResponse *response = rpc_decode(p->rpcs, RPC_PLACE_ORDER, reply->message);
	struct id_entry *entry =
	    response == NULL || response->order == NULL ? NULL : ids_get(&p->ids, slice_str(response->order->id));
	if (entry == NULL) {
		p->counts.errors++;
		case_end(p, c, CASE_OVER);
		return;
	}
	memcpy(c->id, entry->id, sizeof(c->id));
	entry->order = (uint32_t)i;
	c->phase = CASE_SEEKING;
	case_expect(c, true);
	c->placed_ns = c->touched_ns;
	c->acks[ACK_PLACED]++;
	p->counts.placed++;
	if (entry->stash != NULL) {
		const WatchBoardResponse *event =
		    rpc_decode(p->rpcs, RPC_WATCH_BOARD, slice_of(entry->stash, entry->stash_len));
		id_entry_unstash(entry);
		if (event != NULL && event->order != NULL)
			step_seen(p, i, event->order, event->kind);
	}
}

void step_place(struct play *p, size_t i)
{
	const struct replay_order *from = &p->data->orders[i];
	struct play_case *c = &p->cases[i];
	PlaceOrderRequest request;
	GeoPoint point;
	PlaceOrderRequest_init(&request);
	GeoPoint_init(&point);
	c->phase = CASE_PLACING;
	c->plan = (uint8_t)dice_plan(&p->options.chances, i);
	c->rounds = 1;
	size_t category = from->kind;
	if (c->plan == PLAN_REJECT)
		category = p->data->n_kinds + TOWN_BEYOND;
	if (c->plan == PLAN_POOL)
		category = p->data->n_kinds + TOWN_PICKED;
	request.category_id = borrow(p->town->category_ids[category]);
	request.point = &point;
	point.lat = from->lat;
	point.lon = from->lon;
	request.title = borrow(p->town->titles[from->kind]);
	send_as_resident(p, i, RPC_PLACE_ORDER, &request, placed, (struct step){0});
}

static void cancelled(void *arg, const struct rpc_reply *reply)
{
	struct step *s = arg;
	struct play *p = s->play;
	size_t i = s->i;
	struct play_case *c = step_over(s);
	free(s);
	if (!step_refused(p, reply)) {
		c->acks[ACK_CANCELLED]++;
		case_end(p, c, CASE_OVER);
	} else if (c->phase == CASE_WORKING) {
		step_start(p, i);
	}
}

static void step_cancel(struct play *p, size_t i)
{
	CancelOrderRequest request;
	CancelOrderRequest_init(&request);
	request.order_id = p->cases[i].id;
	request.reason = borrow("no longer needed");
	p->cases[i].planned = true;
	send_as_resident(p, i, RPC_CANCEL_ORDER, &request, cancelled, (struct step){0});
}

static void rejected(void *arg, const struct rpc_reply *reply)
{
	struct step *s = arg;
	struct play *p = s->play;
	struct play_case *c = step_over(s);
	free(s);
	if (step_refused(p, reply))
		return;
	c->acks[ACK_REJECTED]++;
	case_end(p, c, CASE_OVER);
}

static void step_reject(struct play *p, size_t i)
{
	RejectOrderRequest request;
	RejectOrderRequest_init(&request);
	request.order_id = p->cases[i].id;
	request.reason = borrow("not this street's to serve");
	p->cases[i].planned = true;
	step_call(p, i, p->links->desk, RPC_REJECT_ORDER, &request, NULL, rejected, (struct step){0});
}

/* --- the work --- */

static void completed(void *arg, const struct rpc_reply *reply)
{
	struct step *s = arg;
	struct play *p = s->play;
	size_t i = s->i;
	struct play_case *c = step_over(s);
	free(s);
	if (step_refused(p, reply))
		return;
	c->acks[ACK_COMPLETED]++;
	c->phase = CASE_RATING;
	step_rate(p, i);
}

static void step_complete(struct play *p, size_t i)
{
	struct play_case *c = &p->cases[i];
	CompleteTaskRequest request;
	Attachment photo, *photos[] = {&photo};
	CompleteTaskRequest_init(&request);
	Attachment_init(&photo);
	request.order_id = c->id;
	request.text = borrow("done");
	request.duration_min = 15 + (uint32_t)(i % 4) * 15;
	request.photos = photos;
	request.n_photos = 1;
	photo.ref = borrow("photos/after.jpg");
	photo.media_type = borrow("image/jpeg");
	step_call_as_member(p, i, c->member, RPC_COMPLETE_TASK, &request, completed);
}

static void started(void *arg, const struct rpc_reply *reply)
{
	struct step *s = arg;
	struct play *p = s->play;
	size_t i = s->i;
	struct play_case *c = step_over(s);
	free(s);
	if (step_refused(p, reply))
		return;
	c->acks[ACK_STARTED]++;
	step_complete(p, i);
}

static void step_start(struct play *p, size_t i)
{
	StartTaskRequest request;
	StartTaskRequest_init(&request);
	request.order_id = p->cases[i].id;
	step_call_as_member(p, i, p->cases[i].member, RPC_START_TASK, &request, started);
}

static void resumed(void *arg, const struct rpc_reply *reply)
{
	struct step *s = arg;
	struct play *p = s->play;
	size_t i = s->i;
	struct play_case *c = step_over(s);
	free(s);
	if (step_refused(p, reply) || c->phase != CASE_HELD)
		return;
	c->phase = CASE_WORKING;
	step_start(p, i);
}

static void held(void *arg, const struct rpc_reply *reply)
{
	struct step *s = arg;
	struct play *p = s->play;
	size_t i = s->i;
	struct play_case *c = step_over(s);
	free(s);
	if (step_refused(p, reply)) {
		c->phase = CASE_WORKING;
		step_start(p, i);
		return;
	}
	c->acks[ACK_HELD]++;
	p->counts.holds++;
	if (c->plan == PLAN_HOLD_UNTIL) {
		/* Time ends it; the event says so. */
		case_park(p, c, c->phase == CASE_HELD);
		case_expect(c, false);
		return;
	}
	ResumeOrderRequest request;
	ResumeOrderRequest_init(&request);
	request.order_id = c->id;
	step_call(p, i, p->links->desk, RPC_RESUME_ORDER, &request, NULL, resumed, (struct step){0});
}

static void step_hold(struct play *p, size_t i)
{
	enum { HOLD_MS = 1500 };
	struct play_case *c = &p->cases[i];
	HoldOrderRequest request;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	HoldOrderRequest_init(&request);
	request.order_id = c->id;
	request.party = HELD_BY_THIRD_PARTY;
	request.party_name = borrow("the works department");
	request.reason = borrow("waits for a spare part");
	if (c->plan == PLAN_HOLD_UNTIL)
		request.until_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + HOLD_MS;
	c->planned = true;
	c->phase = CASE_HELD;
	step_call(p, i, p->links->desk, RPC_HOLD_ORDER, &request, NULL, held, (struct step){0});
}

/* Someone has taken it: what the plan says, or the work. */
void step_work(struct play *p, size_t i)
{
	struct play_case *c = &p->cases[i];
	enum replay_plan plan = c->planned ? PLAN_USUAL : (enum replay_plan)c->plan;
	switch (plan) {
	case PLAN_CANCEL_SOON:
	case PLAN_CANCEL_LATE:
		step_cancel(p, i);
		break;
	case PLAN_HOLD:
	case PLAN_HOLD_UNTIL:
		step_hold(p, i);
		break;
	case PLAN_USUAL:
	case PLAN_REJECT:
	case PLAN_POOL:
		step_start(p, i);
		break;
	}
}

/* --- the rating --- */

static void rated(void *arg, const struct rpc_reply *reply)
{
	struct step *s = arg;
	struct play *p = s->play;
	bool rework = s->rework;
	struct play_case *c = step_over(s);
	free(s);
	if (step_refused(p, reply)) {
		/* Too late: it had closed by itself. */
		if (strcmp(reply->error->reason, "ALREADY_RATED") == 0)
			case_end(p, c, CASE_OVER);
		return;
	}
	c->acks[ACK_RATED]++;
	if (!rework)
		case_end(p, c, CASE_OVER);
	else
		p->counts.reworks++;
	case_expect(c, true);
}

static void step_rate(struct play *p, size_t i)
{
	const struct replay_chances *chances = &p->options.chances;
	struct play_case *c = &p->cases[i];
	if (dice_roll(chances->seed, ROLL_RATED, i, 0, c->rounds) < chances->unrated) {
		p->counts.unrated++;
		case_park(p, c, true); /* it closes by itself */
		case_expect(c, false);
		return;
	}
	RateOrderRequest request;
	RateOrderRequest_init(&request);
	bool rework = dice_roll(chances->seed, ROLL_SOLVED, i, 0, c->rounds) < chances->unsolved;
	request.order_id = c->id;
	request.stars = rework ? 1 : dice_stars(chances, i, c->rounds);
	request.resolution = rework ? RESOLUTION_NOT_SOLVED : RESOLUTION_SOLVED;
	request.comment = borrow(rework ? "still broken" : "");
	if (rework) {
		/* From here on it is offered again; that may be heard of before the reply. */
		c->phase = CASE_SEEKING;
		c->rounds++;
		c->pool_tried = false;
	}
	send_as_resident(p, i, RPC_RATE_ORDER, &request, rated, (struct step){.rework = rework});
}

/* --- what the board says --- */

/* Whether the last that happened to it is that nobody took it. */
static bool is_unserved(const Order *order)
{
	for (size_t k = order->n_timeline; k > 0; k--) {
		EventKind kind = order->timeline[k - 1]->kind;
		if (kind == EVENT_KIND_UNSERVED)
			return true;
		if (kind != EVENT_KIND_ESCALATED)
			return false;
	}
	return false;
}

static void seen_placed(struct play *p, size_t i, const Order *order, EventKind kind)
{
	struct play_case *c = &p->cases[i];
	if (c->phase != CASE_SEEKING)
		return;
	if (order->pooled)
		case_expect(c, false);
	if (kind == EVENT_KIND_UNSERVED || is_unserved(order)) {
		/* A hand that is already reaching for it may still get it. */
		if (c->calls == 0)
			case_end(p, c, CASE_UNSERVED);
	} else if (order->pooled && c->plan == PLAN_REJECT && !c->planned) {
		case_park(p, c, false);
		step_reject(p, i);
	} else if (order->pooled && c->plan != PLAN_REJECT && !c->pool_tried) {
		case_park(p, c, false);
		step_grab(p, i);
	}
}

/* A hold is over, or a step was refused that is possible now. Only what was read, or the very event, may say so: other
 * events carry the order as it was when they were told, and may arrive after the answer to a later call. */
static void seen_taken(struct play *p, size_t i, const Order *order, EventKind kind)
{
	struct play_case *c = &p->cases[i];
	bool telling = kind == EVENT_KIND_RESUMED || kind == EVENT_KIND_UNSPECIFIED;
	if (!telling || c->calls > 0 || (c->phase != CASE_HELD && c->phase != CASE_WORKING))
		return;
	c->phase = CASE_WORKING;
	case_park(p, c, false);
	if (order->state == ORDER_STATE_ACCEPTED)
		step_start(p, i);
	else
		step_complete(p, i);
}

void step_seen(struct play *p, size_t i, const Order *order, EventKind kind)
{
	struct play_case *c = &p->cases[i];
	if (c->phase == CASE_OVER || c->phase == CASE_UNSERVED)
		return;
	c->touched_ns = play_now_ns();
	OrderState state = order->state;
	switch (state) {
	case ORDER_STATE_PLACED:
		seen_placed(p, i, order, kind);
		break;
	case ORDER_STATE_OFFERED:
		if (c->phase == CASE_SEEKING && c->plan == PLAN_CANCEL_SOON && !c->planned)
			step_cancel(p, i);
		else if (c->phase == CASE_SEEKING)
			step_answer_offers(p, i, order);
		break;
	case ORDER_STATE_ACCEPTED:
	case ORDER_STATE_STARTED:
		seen_taken(p, i, order, kind);
		break;
	case ORDER_STATE_CLOSED:
		if (c->calls == 0)
			case_end(p, c, CASE_OVER);
		break;
	case ORDER_STATE_CANCELLED:
	case ORDER_STATE_REJECTED:
		if (c->calls == 0)
			case_end(p, c, CASE_OVER);
		break;
	case ORDER_STATE_UNSPECIFIED:
	case ORDER_STATE_HELD:
	case ORDER_STATE_COMPLETED:
		break;
	}
}
