/*
 * worth_seen: how long orders waited for somebody and members for an order, and what became of them: the sums that
 * worth.h goes by, and how they are learnt.
 *
 * Nouns: a stay is somebody's time: an order's until the search for it ends, or else until its promised time (past that
 * it begins anew: nobody is lost for good); a member's shift. Its spot is where it counts: a cell of the town, and how
 * much of it has passed. Known is the tenant's record, which fades over three of the orders' times; seen is a record
 * like it of what came about since, which is not stored, so that windows need not write. What was seen is learnt when a
 * twentieth of the orders' time has passed.
 * Bounds: LIMIT_WORTH_CELLS cells, beyond which all others are one.
 * Ownership: records are the caller's; what they grow by lies in the arena. Errors: none.
 */
#ifndef PAIDAN_DOMAIN_WORTH_SEEN_H
#define PAIDAN_DOMAIN_WORTH_SEEN_H

#include "domain/match.h"

enum {
	/* Of the share of a stay that has passed. */
	WORTH_STEPS = 24,
	/* Of a degree: a cell is some 450 m wide. Those so many beside it are within a walk. */
	WORTH_CELL_E6 = 4000,
	WORTH_NEAR_CELLS = 3,
	WORTH_ONE_MILLI = 1000,
};

struct worth_stay {
	struct geo_point point;
	int64_t passed_ms, span_ms; /* span 0: nobody knows for how long */
};
/* All to the second, for those who are looked at a moment later than they should be. */
struct worth_stay worth_stay_of_order(struct scene *s, const OrderRecord *order);
struct worth_stay worth_stay_of_member(struct scene *s, const MemberRecord *member);
/* shift: that they are on; NULL: none. */
struct worth_stay worth_stay_on(const struct scene *s, struct geo_point home, const Shift *shift);
/* How many steps of it have passed, from 0 to WORTH_STEPS. */
double worth_stay_steps(const struct worth_stay *stay);

struct worth_spot {
	uint32_t cell, step;
	int64_t span_ms;
};
struct worth_spot worth_spot(const struct worth_stay *stay);
/* The cell so many rows to the north of another and columns to the east: a number, whether there is such a cell or not.
 */
int64_t worth_beside(uint32_t cell, int rows, int columns);

void worth_seen_init(struct arena *a, WorthRecord *seen, int64_t now_ms);
/* They waited for so long more. */
void worth_order_waited(struct arena *a, WorthRecord *seen, const struct worth_spot *spot, int64_t ms);
void worth_member_waited(struct arena *a, WorthRecord *seen, const struct worth_spot *spot, int64_t ms);
/* Somebody was asked for the order; the member was asked. */
void worth_order_asked(struct arena *a, WorthRecord *seen, const struct worth_spot *spot);
void worth_member_asked(struct arena *a, WorthRecord *seen, const struct worth_spot *spot);
/* So many went before their time was over, and were not used. */
void worth_member_left(struct arena *a, WorthRecord *seen, const struct worth_spot *spot, uint32_t n);
/* Who was asked would not, or did not answer. */
void worth_refused(WorthRecord *seen);
/* What a member who was chosen adds to the cost of all (assign.h), never positive; a minute is worth so many metres. */
void worth_price(WorthRecord *seen, int64_t minute_m, int64_t price_m);

/* What else was seen comes to it. */
void worth_add(struct arena *a, WorthRecord *into, const WorthRecord *seen);

/* Whether it is time to learn what was seen. */
bool worth_is_due(const WorthRecord *seen, int64_t now_ms);
/* How long what was seen has gone on: for as long as windows came by, not through a night without any. */
int64_t worth_seen_ms(const WorthRecord *seen, int64_t now_ms);
void worth_learn(struct arena *a, WorthRecord *known, const WorthRecord *seen, int64_t now_ms);
/* Whether the side has the shape that this version goes by. */
bool worth_is_whole(const WorthSideRecord *side);

#endif
