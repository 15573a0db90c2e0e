/*
 * habit: how likely a member says yes when they are asked, learnt from the answers there were.
 *
 * Nouns: a case is what is known when an offer is made: how far, what time of day, which category, how often the member
 * was asked lately and said yes. The model is logistic over the case's features: the log-odds of the member's own share
 * (drawn towards the tenant's when there were few answers), distance, offers of the last day, time of day in four
 * parts, and the category, hashed into HABIT_CATEGORIES. It starts as the member's own share alone, and learns one
 * answer at a time (AdaGrad), each judged before it is learnt, so that its loss is honest.
 * Bounds: weights stay within ±HABIT_WEIGHT_MAX, estimates within [HABIT_LEAST, HABIT_MOST].
 * Which estimate counts: the member's own share, until HABIT_JUDGED_MIN answers were judged; then whichever of model,
 * own share and the tenant's share for everybody has the least log loss, the later of them only if by HABIT_GAIN_MIN.
 * Ownership: the model belongs to the caller; what it lacks is allocated in the arena.
 * Errors: none.
 */
#ifndef PAIDAN_DOMAIN_HABIT_H
#define PAIDAN_DOMAIN_HABIT_H

#include "domain/scene.h"

#define HABIT_LEAST 0.02
#define HABIT_MOST 0.98
/* Odds of e^6: beyond, nothing changes within the bounds of the estimate. */
#define HABIT_WEIGHT_MAX 6.0
#define HABIT_GAIN_MIN 0.002

enum {
	HABIT_PARTS_OF_DAY = 4,
	HABIT_CATEGORIES = 16,
	HABIT_WEIGHTS = 4 + HABIT_PARTS_OF_DAY + HABIT_CATEGORIES,
	HABIT_JUDGED_MIN = 200,
};

struct habit_case {
	uint32_t distance_m;
	uint32_t minute_of_day; /* local */
	const char *category_id;
	int64_t asked_milli, yes_milli; /* load.h, before this offer */
	int64_t offers_milli;
};

/* Of an offer made now. */
struct habit_case habit_case_of(struct scene *s, const char *category_id, const LoadRecord *load, uint32_t distance_m);
/* model NULL: nothing was learnt yet. */
double habit_estimate(const AcceptModelRecord *model, const struct habit_case *asked);
/* The three that it chooses from, for comparing. */
double habit_by_model(const AcceptModelRecord *model, const struct habit_case *asked);
double habit_by_share(const AcceptModelRecord *model, const struct habit_case *asked);
double habit_by_constant(const AcceptModelRecord *model);
/* What habit_estimate goes by. */
AcceptanceBasis habit_basis(const AcceptModelRecord *model);

void habit_init(struct arena *a, AcceptModelRecord *model, const char *id);
void habit_learn(AcceptModelRecord *model, const struct habit_case *asked, bool accepted);
/* Mean log loss per answer: of the model, the member's own share, and one share for all. 0: nothing was judged. */
struct habit_losses {
	double model, share, constant;
};
struct habit_losses habit_losses(const AcceptModelRecord *model);

#endif
