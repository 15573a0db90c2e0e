/*
 * match: may this member be offered that order, and at what cost?
 *
 * Nouns: a filter is a hard reason against; cost is in metres, lower is better, and is a sum of terms
 * that can be shown. Section 6 of the design:
 *   distance − age·6000/SLA + jobs·50 + offers·100…300 − 300 if responsible and first − ≤150 rating
 *   + 200 per missing optional skill − 250 if already going to the same building; all weights are the policy's, which
 *   may also count jobs over the season, and spare who had enough offers for a day.
 * Ownership: everything is borrowed.
 * Errors: match_filter_err maps a filter to the err that a person trying it by hand gets.
 */
#ifndef PAIDAN_DOMAIN_MATCH_H
#define PAIDAN_DOMAIN_MATCH_H

#include "domain/config.h"

enum match_filter {
	MATCH_FINE,
	MATCH_INACTIVE,
	MATCH_PAUSED,
	MATCH_OFF_DUTY,
	MATCH_QUIET,
	MATCH_UNSKILLED,
	MATCH_HOUSEHOLD,
	MATCH_FULL,
	MATCH_ASKED, /* in this round already */
	MATCH_HOLDS, /* another slot of the same order */
	MATCH_TOO_FAR,
};

enum match_term {
	TERM_DISTANCE,
	TERM_AGE,
	TERM_JOBS,
	TERM_OFFERS,
	TERM_RESPONSIBLE,
	TERM_RATING,
	TERM_OPTIONAL_SKILL,
	TERM_SAME_BUILDING,
	TERM_COUNT,
};

/* What of an order matters to matching. */
struct match_order {
	const OrderRecord *order;
	const char *responsible_id; /* "" for none */
	struct geo_point point;
	int64_t age_m; /* the same for all members */
	bool first_offer;
};

struct match_cost {
	int64_t terms_m[TERM_COUNT];
	int64_t total_m;
};

/* household may be NULL. */
struct match_order match_order_of(struct scene *s, const OrderRecord *order, const HouseholdRecord *household);
enum match_filter match_filter(struct scene *s, const struct match_order *wanted, const SlotRecord *slot,
			       const MemberRecord *member, const LoadRecord *load);
struct match_cost match_cost(struct scene *s, const struct match_order *wanted, const SlotRecord *slot,
			     const MemberRecord *member, const LoadRecord *load);

/* The part of the cost that their load alone makes: jobs, offers, rating. */
int64_t match_load_cost_m(struct scene *s, const LoadRecord *load);
/* What the cost of a member who lies at the order's own place is at least; the responsible one and those who are going
 * to the building left out. */
int64_t match_least_cost_m(struct scene *s, const struct match_order *wanted);

uint32_t match_holding_cap(const struct config *config, const MemberRecord *member);
/* The shift that they are on; NULL: none. */
const Shift *match_shift(const Policy *policy, const MemberRecord *member, int64_t now_ms);
/* Whether they could be asked now for something, if it is near and they can do it. */
bool match_is_free(struct scene *s, const MemberRecord *member, const LoadRecord *load);
bool match_has_skill(const MemberRecord *member, const char *skill, int64_t now_ms);
/* How long an offer to the member lives: the mode's time, in routine at most 10 % of the shift. */
int64_t match_offer_ttl_ms(struct scene *s, const OrderRecord *order, const MemberRecord *member);

/* "OFF_DUTY"; "" for MATCH_FINE. */
const char *match_filter_name(enum match_filter filter);
const char *match_term_name(enum match_term term);
enum err match_filter_err(enum match_filter filter);
/* Filters that don't bind a member who takes the order of their own accord (duty, quiet hours, pause,
 * distance), or an operator who gives a reason. */
bool match_filter_grabbable(enum match_filter filter);

#endif
