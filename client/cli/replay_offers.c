#include "replay_offers.h"

#include <stdlib.h>

#include "replay_work.h"

static void taken(struct play *p, size_t i, uint32_t member)
{
	struct play_case *c = &p->cases[i];
	c->acks[ACK_ACCEPTED]++;
	if (c->phase == CASE_OVER)
		return;
	c->phase = CASE_WORKING;
	c->member = member;
	case_park(p, c, false);
	if (!c->accepted_once)
		hist_add(&p->accept_times, c->touched_ns - c->placed_ns);
	c->accepted_once = true;
	step_work(p, i);
}

static void accepted(void *arg, const struct rpc_reply *reply)
{
	struct step s = step_over(arg);
	struct play *p = s.play;
	size_t i = s.i;
	uint32_t member = s.member;
	if (!step_refused(p, reply))
		taken(p, i, member);
	else
		p->counts.lost_races++;
}

static void declined(void *arg, const struct rpc_reply *reply)
{
	struct step s = step_over(arg);
	struct play *p = s.play;
	struct play_case *c = s.c;
	if (!step_refused(p, reply))
		c->acks[ACK_DECLINED]++;
	case_expect(c, true);
}

static void answer(struct play *p, size_t i, uint32_t member, uint64_t times)
{
	struct play_case *c = &p->cases[i];
	p->counts.offers++;
	switch (dice_answer(&p->options.chances, i, member, times)) {
	case ANSWER_ACCEPT: {
		AcceptOfferRequest request;
		AcceptOfferRequest_init(&request);
		request.order_id = c->id;
		step_call_as_member(p, i, member, RPC_ACCEPT_OFFER, &request, accepted);
		break;
	}
	case ANSWER_DECLINE: {
		DeclineOfferRequest request;
		DeclineOfferRequest_init(&request);
		request.order_id = c->id;
		request.reason = DECLINE_REASON_BUSY;
		step_call_as_member(p, i, member, RPC_DECLINE_OFFER, &request, declined);
		break;
	}
	case ANSWER_SILENCE:
		p->counts.silences++;
		break;
	}
	case_park(p, c, c->calls == 0);
	case_expect(c, false);
}

/* An offer is one (member, time): a member may be asked again after a rework. */
static bool first_sight(struct play_case *c, uint32_t member, int64_t offered_ms)
{
	uint64_t key = ((uint64_t)offered_ms << 20) ^ member;
	for (size_t k = 0; k < c->n_answered; k++) {
		if (c->answered[k] == key)
			return false;
	}
	if (c->n_answered == c->room_answered) {
		uint16_t room = (uint16_t)(c->room_answered == 0 ? 4 : c->room_answered * 2);
		uint64_t *more = realloc(c->answered, room * sizeof(*more));
		if (more == NULL)
			return false;
		c->answered = more;
		c->room_answered = room;
	}
	c->answered[c->n_answered++] = key;
	return true;
}

void step_answer_offers(struct play *p, size_t i, const Order *order)
{
	struct play_case *c = &p->cases[i];
	uint32_t asked[64];
	uint16_t times[64];
	size_t n = 0;
	/* Answers decode replies in the arena that the order lies in: so first all, then answer. */
	for (size_t k = 0; k < order->n_offers && n < sizeof(asked) / sizeof(asked[0]); k++) {
		const Offer *offer = order->offers[k];
		struct id_entry *member =
		    offer->state == OFFER_STATE_LIVE ? ids_get(&p->members, slice_str(offer->member_id)) : NULL;
		if (member == NULL || member->order == BENCH_NO_ORDER ||
		    !first_sight(c, member->order, offer->offered_ms))
			continue;
		times[n] = c->n_answered;
		asked[n++] = member->order;
	}
	for (size_t k = 0; k < n; k++)
		answer(p, i, asked[k], times[k]);
}

/* --- the pool --- */

void step_grab(struct play *p, size_t i)
{
	const struct replay_chances *chances = &p->options.chances;
	struct play_case *c = &p->cases[i];
	c->pool_tried = true;
	case_expect(c, false);
	if (dice_roll(chances->seed, ROLL_GRAB, i, 0, c->rounds) >= chances->grab) {
		case_park(p, c, true);
		return;
	}
	uint64_t draw = dice_choose(chances->seed, ROLL_WHO, i, c->rounds, town_n_pickers(p->town));
	GrabOrderRequest request;
	GrabOrderRequest_init(&request);
	request.order_id = c->id;
	p->counts.grabs++;
	step_call_as_member(p, i, (uint32_t)draw * TOWN_PICKER_EVERY, RPC_GRAB_ORDER, &request, accepted);
}
