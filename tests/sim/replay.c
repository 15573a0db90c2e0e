#include "replay.h"

#include <stdio.h>

#include "domain/order_state.h"

enum { LINES_MAX = 320 }; /* LIMIT_TIMELINE, and what ends an order */

struct replay {
	const OrderRecord *order;
	/* Before each line. */
	struct stand {
		OrderState state, held_from;
		size_t held, done;
	} stands[LINES_MAX];
	OrderState state, held_from;
	size_t held, done; /* slots */
	bool fine;
	size_t line;
	char *why;
	size_t why_bytes;
};

static void go(struct replay *r, OrderState to)
{
	if (!order_state_allows(r->state, to, r->held_from) && r->fine) {
		r->fine = false;
		snprintf(r->why, r->why_bytes, "line %zu (kind %d): %s does not lead to %s", r->line,
			 r->order->timeline[r->line]->kind, order_state_name(r->state), order_state_name(to));
	}
	if (to == ORDER_STATE_HELD)
		r->held_from = r->state;
	r->state = to;
}

static void must_be(struct replay *r, bool fine)
{
	if (!fine && r->fine) {
		r->fine = false;
		snprintf(r->why, r->why_bytes, "line %zu (kind %d) in %s", r->line, r->order->timeline[r->line]->kind,
			 order_state_name(r->state));
	}
}

static bool working(const struct replay *r)
{
	return r->state == ORDER_STATE_ACCEPTED || r->state == ORDER_STATE_STARTED;
}

static void completed(struct replay *r, bool by_desk)
{
	must_be(r, working(r));
	r->done = by_desk ? r->order->n_slots : r->done + 1;
	if (r->done == r->order->n_slots)
		go(r, ORDER_STATE_COMPLETED);
}

static void back_to_queue(struct replay *r, OrderState from)
{
	must_be(r, r->state == from);
	go(r, ORDER_STATE_PLACED);
	r->held = r->done = 0;
}

/* The line stands in both orders: in the one that stays it names the duplicate, also when that was taken back. */
static bool swallowed(const OrderRecord *order, const char *id)
{
	for (size_t i = 0; i < order->n_timeline; i++) {
		if (order->timeline[i]->kind == EVENT_KIND_UNDONE && strcmp(order->timeline[i]->text, id) == 0 &&
		    id[0] != '\0')
			return true;
	}
	for (size_t i = 0; i < order->n_merged_from; i++) {
		if (strcmp(order->merged_from[i], id) == 0)
			return true;
	}
	return false;
}

static void become(struct replay *r, OrderState state)
{
	if (r->state != state)
		go(r, state);
}

static void accepted(struct replay *r)
{
	must_be(r, r->state == ORDER_STATE_OFFERED);
	if (++r->held == r->order->n_slots)
		go(r, ORDER_STATE_ACCEPTED);
}

static void hand_back(struct replay *r)
{
	r->held--;
	if (working(r))
		go(r, ORDER_STATE_PLACED);
}

static void resumed(struct replay *r)
{
	must_be(r, r->state == ORDER_STATE_HELD);
	go(r, r->held_from);
	r->held_from = ORDER_STATE_UNSPECIFIED;
}

static void merged(struct replay *r, const char *id)
{
	if (!swallowed(r->order, id))
		go(r, ORDER_STATE_CANCELLED);
}

/* The order that stays takes back nothing of its own when a merge is. */
static void undone(struct replay *r, const EntryRecord *entry)
{
	must_be(r, entry->undoes > 0 && entry->undoes <= r->line);
	if (!r->fine || entry->text[0] != '\0')
		return;
	const struct stand *then = &r->stands[entry->undoes - 1];
	must_be(r, order_state_undoes(r->state, then->state));
	r->state = then->state;
	r->held_from = then->held_from;
	r->held = then->held;
	r->done = then->done;
}

/* Of those that always lead to the same one. */
static OrderState state_after(EventKind kind)
{
	if (kind == EVENT_KIND_OFFERED)
		return ORDER_STATE_OFFERED;
	if (kind == EVENT_KIND_STARTED)
		return ORDER_STATE_STARTED;
	if (kind == EVENT_KIND_DISPATCHED)
		return ORDER_STATE_PLACED;
	if (kind == EVENT_KIND_CLOSED)
		return ORDER_STATE_CLOSED;
	return kind == EVENT_KIND_CANCELLED ? ORDER_STATE_CANCELLED : ORDER_STATE_REJECTED;
}

static void step(struct replay *r, const EntryRecord *entry)
{
	switch (entry->kind) {
	case EVENT_KIND_PLACED:
		go(r, ORDER_STATE_PLACED);
		break;
	case EVENT_KIND_OFFERED:
	case EVENT_KIND_STARTED:
	case EVENT_KIND_DISPATCHED:
		become(r, state_after(entry->kind));
		break;
	case EVENT_KIND_OFFER_DECLINED:
	case EVENT_KIND_OFFER_EXPIRED:
		must_be(r, r->state == ORDER_STATE_OFFERED);
		break;
	case EVENT_KIND_ACCEPTED:
		accepted(r);
		break;
	case EVENT_KIND_COMPLETED:
		completed(r, entry->member_id[0] == '\0');
		break;
	case EVENT_KIND_RATED:
		must_be(r, r->state == ORDER_STATE_COMPLETED);
		break;
	case EVENT_KIND_REWORK:
	case EVENT_KIND_REOPENED:
		back_to_queue(r, entry->kind == EVENT_KIND_REWORK ? ORDER_STATE_COMPLETED : ORDER_STATE_CLOSED);
		break;
	case EVENT_KIND_EXCLUSION_REQUESTED:
	case EVENT_KIND_EXCLUSION_APPROVED:
	case EVENT_KIND_EXCLUSION_REFUSED:
	case EVENT_KIND_EXCLUSION_WITHDRAWN:
		must_be(r, order_state_final(r->state));
		break;
	case EVENT_KIND_CLOSED:
	case EVENT_KIND_CANCELLED:
	case EVENT_KIND_REJECTED:
		go(r, state_after(entry->kind));
		break;
	case EVENT_KIND_HELD:
		go(r, ORDER_STATE_HELD);
		break;
	case EVENT_KIND_RESUMED:
		resumed(r);
		break;
	case EVENT_KIND_HANDED_BACK:
		hand_back(r);
		break;
	case EVENT_KIND_REASSIGNED:
		r->held--;
		break;
	case EVENT_KIND_MERGED:
		merged(r, entry->text);
		break;
	case EVENT_KIND_UNDONE:
		undone(r, entry);
		break;
	case EVENT_KIND_POOLED:
	case EVENT_KIND_UNSERVED:
		must_be(r, r->state == ORDER_STATE_PLACED);
		break;
	case EVENT_KIND_CHASED:
	case EVENT_KIND_NOTED:
	case EVENT_KIND_ESCALATED:
		break;
	case EVENT_KIND_UNSPECIFIED:
	case EVENT_KIND_MEMBER_CHANGED:
	case EVENT_KIND_CONFIG_CHANGED:
	case EVENT_KIND_POINTS_MOVED:
	case EVENT_KIND_CONTACT_REVEALED:
	case EVENT_KIND_ERASED:
	case EVENT_KIND_WEBHOOK_DISABLED:
	case EVENT_KIND_WEBHOOK_TEST:
	case EVENT_KIND_SIGNED_IN:
	case EVENT_KIND_SIGN_IN_FAILED:
	case EVENT_KIND_SESSION_ENDED:
	case EVENT_KIND_OPERATOR_CHANGED:
	case EVENT_KIND_SIGN_IN_LOCKED:
		must_be(r, false);
		break;
	}
}

bool replay_timeline(const OrderRecord *order, char *why, size_t why_bytes)
{
	struct replay r = {.order = order, .fine = true, .why = why, .why_bytes = why_bytes};
	for (r.line = 0; r.line < order->n_timeline && r.line < LINES_MAX && r.fine; r.line++) {
		r.stands[r.line] = (struct stand){r.state, r.held_from, r.held, r.done};
		step(&r, order->timeline[r.line]);
	}
	if (r.fine && r.state != order->state) {
		r.fine = false;
		snprintf(why, why_bytes, "the timeline ends in %s, the order is %s", order_state_name(r.state),
			 order_state_name(order->state));
	}
	size_t held = 0;
	for (size_t i = 0; i < order->n_slots; i++)
		held += order->slots[i]->member_id[0] != '\0';
	if (r.fine && r.held != held) {
		r.fine = false;
		snprintf(why, why_bytes, "the timeline leaves %zu members, the order has %zu", r.held, held);
	}
	return r.fine;
}
