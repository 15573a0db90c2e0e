#include "domain/order_state.h"

#define TO(state) (1U << ORDER_STATE_##state)

static unsigned next_states(OrderState from)
{
	switch (from) {
	case ORDER_STATE_PLACED:
		return TO(OFFERED) | TO(CANCELLED) | TO(REJECTED) | TO(HELD);
	case ORDER_STATE_OFFERED:
		return TO(ACCEPTED) | TO(PLACED) | TO(HELD) | TO(CANCELLED);
	case ORDER_STATE_ACCEPTED:
		return TO(STARTED) | TO(COMPLETED) | TO(PLACED) | TO(OFFERED) | TO(HELD) | TO(CANCELLED);
	case ORDER_STATE_STARTED:
		return TO(COMPLETED) | TO(PLACED) | TO(OFFERED) | TO(HELD);
	case ORDER_STATE_HELD:
		return TO(PLACED) | TO(OFFERED) | TO(ACCEPTED) | TO(STARTED);
	case ORDER_STATE_COMPLETED:
		return TO(CLOSED) | TO(PLACED);
	case ORDER_STATE_CLOSED:
		return TO(PLACED);
	case ORDER_STATE_UNSPECIFIED: /* not placed yet */
		return TO(PLACED);
	case ORDER_STATE_CANCELLED:
	case ORDER_STATE_REJECTED:
		return 0;
	}
	return 0;
}

bool order_state_allows(OrderState from, OrderState to, OrderState held_from)
{
	if ((unsigned)to > ORDER_STATE_REJECTED)
		return false;
	if (from == ORDER_STATE_HELD && to != held_from)
		return false;
	return (next_states(from) & 1U << to) != 0;
}

static unsigned former_states(OrderState state)
{
	switch (state) {
	case ORDER_STATE_PLACED: /* by the last answer of a team; dispatched anew, resumed or sent back */
		return TO(OFFERED) | TO(HELD) | TO(COMPLETED);
	case ORDER_STATE_OFFERED:
		return TO(PLACED) | TO(ACCEPTED) | TO(STARTED) | TO(HELD) | TO(COMPLETED);
	case ORDER_STATE_ACCEPTED:
		return TO(PLACED) | TO(OFFERED) | TO(STARTED) | TO(HELD);
	case ORDER_STATE_STARTED:
		return TO(HELD);
	case ORDER_STATE_HELD:
		return TO(PLACED) | TO(OFFERED) | TO(ACCEPTED) | TO(STARTED);
	case ORDER_STATE_COMPLETED:
		return TO(ACCEPTED) | TO(STARTED);
	case ORDER_STATE_CANCELLED:
		return TO(PLACED) | TO(OFFERED) | TO(ACCEPTED);
	case ORDER_STATE_REJECTED:
		return TO(PLACED);
	case ORDER_STATE_UNSPECIFIED:
	case ORDER_STATE_CLOSED: /* only by time and by residents */
		return 0;
	}
	return 0;
}

bool order_state_undoes(OrderState from, OrderState to)
{
	if ((unsigned)to > ORDER_STATE_REJECTED)
		return false;
	return from == to || (former_states(from) & 1U << to) != 0;
}

bool order_state_final(OrderState state)
{
	return state == ORDER_STATE_CLOSED || state == ORDER_STATE_CANCELLED || state == ORDER_STATE_REJECTED;
}

bool order_state_open(OrderState state)
{
	return state != ORDER_STATE_UNSPECIFIED && !order_state_final(state);
}

HeldBy order_state_held_by(OrderState state)
{
	switch (state) {
	case ORDER_STATE_PLACED:
	case ORDER_STATE_HELD:
		return HELD_BY_DESK;
	case ORDER_STATE_OFFERED:
		return HELD_BY_MEMBERS_ASKED;
	case ORDER_STATE_ACCEPTED:
	case ORDER_STATE_STARTED:
		return HELD_BY_MEMBER;
	case ORDER_STATE_COMPLETED:
		return HELD_BY_RESIDENT;
	case ORDER_STATE_UNSPECIFIED:
	case ORDER_STATE_CLOSED:
	case ORDER_STATE_CANCELLED:
	case ORDER_STATE_REJECTED:
		return HELD_BY_UNSPECIFIED;
	}
	return HELD_BY_UNSPECIFIED;
}

const char *order_state_name(OrderState state)
{
	static const char *const names[] = {"NONE", "PLACED",    "OFFERED", "ACCEPTED",  "STARTED",
					    "HELD", "COMPLETED", "CLOSED",  "CANCELLED", "REJECTED"};
	return (unsigned)state < sizeof(names) / sizeof(names[0]) ? names[state] : "UNKNOWN";
}
