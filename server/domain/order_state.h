/*
 * order_state: the legal transitions of an order, in one table, and nowhere else.
 *
 * Nouns: a state is where an order stands (OrderState); a step is a pair of states.
 * Source: the design's table of order states.
 */
#ifndef PAIDAN_DOMAIN_ORDER_STATE_H
#define PAIDAN_DOMAIN_ORDER_STATE_H

#include "domain/scene.h"

/* Whether an order may go from one state to the other. HELD goes back only to held_from. */
bool order_state_allows(OrderState from, OrderState to, OrderState held_from);
/* Whether what a desk did can be taken back from one state to the other (undo.h): the only steps out of CANCELLED and
 * REJECTED, within seconds. Staying where it is is one. */
bool order_state_undoes(OrderState from, OrderState to);
/* CLOSED, CANCELLED and REJECTED. */
bool order_state_final(OrderState state);
/* Still needs somebody: every state but the final ones. */
bool order_state_open(OrderState state);
/* Who the clock runs against in a state; a HELD order names its party itself. */
HeldBy order_state_held_by(OrderState state);
/* "PLACED", for messages. */
const char *order_state_name(OrderState state);

#endif
