#include "replay_steps.h"

#include "replay_offers.h"
#include "replay_work.h"

/* --- placing --- */

static void placed(void *arg, const struct rpc_reply *reply)
{
	struct step s = step_over(arg);
	struct play *p = s.play;
	size_t i = s.i;
	struct play_case *c = s.c;
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
	request.category_id = step_text(p->town->category_ids[category]);
	request.point = &point;
	point.lat = from->lat;
	point.lon = from->lon;
	request.title = step_text(p->town->titles[from->kind]);
	step_call_as_resident(p, i, RPC_PLACE_ORDER, &request, placed, (struct step){0});
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
