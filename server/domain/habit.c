#include "domain/habit.h"

#include <math.h>

#include "base/hash.h"
#include "domain/config.h"
#include "domain/load.h"
#include "domain/policy.h"

/* Places of the features; the parts of the day and the categories follow. */
enum { BIAS, MEMBER, DISTANCE, RECENT, FIRST_PART, FIRST_CATEGORY = FIRST_PART + HABIT_PARTS_OF_DAY };
enum { MINUTES_OF_DAY = 24 * 60, PRIOR_ASKED = 4, LOSS_LIFE = 2000 };
#define MILLION 1e6
/* Where nothing is known: what volunteers' alerts see (GoodSAM), and the design's "7 at 30 % acceptance". */
#define SHARE_UNKNOWN 0.3
#define RATE 0.15

static double clamped(double value, double least, double most)
{
	if (!(value > least))
		return least;
	return value > most ? most : value;
}

static double sigmoid(double odds)
{
	return 1 / (1 + exp(-odds));
}

static double log_odds(double p)
{
	return log(p / (1 - p));
}

struct habit_case habit_case_of(struct scene *s, const char *category_id, const LoadRecord *load, uint32_t distance_m)
{
	return (struct habit_case){
	    .distance_m = distance_m,
	    .minute_of_day = policy_minute_of_week(s->config->policy, s->now_ms) % MINUTES_OF_DAY,
	    .category_id = category_id,
	    .asked_milli = load_asked_milli(load, s->now_ms),
	    .yes_milli = load_yes_milli(load, s->now_ms),
	    .offers_milli = load_offers_milli(load, s->now_ms),
	};
}

/* --- shares --- */

/* Of all, drawn towards what is usual elsewhere while there are few. */
static double tenant_share(const AcceptModelRecord *model)
{
	enum { PRIOR = 20 };
	double answers = model == NULL ? 0 : (double)model->answers, yes = model == NULL ? 0 : (double)model->accepted;
	return (yes + PRIOR * SHARE_UNKNOWN) / (answers + PRIOR);
}

double habit_by_share(const AcceptModelRecord *model, const struct habit_case *asked)
{
	double n = (double)asked->asked_milli / 1000, yes = (double)asked->yes_milli / 1000;
	if (yes > n)
		n = yes;
	return clamped((yes + PRIOR_ASKED * tenant_share(model)) / (n + PRIOR_ASKED), HABIT_LEAST, HABIT_MOST);
}

double habit_by_constant(const AcceptModelRecord *model)
{
	return clamped(tenant_share(model), HABIT_LEAST, HABIT_MOST);
}

/* --- the model --- */

static void features_of(const AcceptModelRecord *model, const struct habit_case *asked, double x[HABIT_WEIGHTS])
{
	for (size_t i = 0; i < HABIT_WEIGHTS; i++)
		x[i] = 0;
	uint32_t part = asked->minute_of_day / (MINUTES_OF_DAY / HABIT_PARTS_OF_DAY);
	uint64_t category = hash_bytes(0, slice_str(asked->category_id)) % HABIT_CATEGORIES;
	x[BIAS] = 1;
	x[MEMBER] = log_odds(habit_by_share(model, asked));
	/* From 0 at the door to about 1 at 5 km: the first hundred metres matter most. */
	x[DISTANCE] = log1p((double)asked->distance_m / 200) / log1p(25);
	x[RECENT] = clamped((double)asked->offers_milli / 1000, 0, 10) / 10;
	x[FIRST_PART + part % HABIT_PARTS_OF_DAY] = 1;
	x[FIRST_CATEGORY + category] = 1;
}

/* A model of another shape, or none: the member's own share alone. */
static bool is_whole(const AcceptModelRecord *model)
{
	return model != NULL && model->n_weights == HABIT_WEIGHTS && model->n_moved == HABIT_WEIGHTS;
}

static double odds_of(const AcceptModelRecord *model, const double x[HABIT_WEIGHTS])
{
	double odds = 0;
	for (size_t i = 0; i < HABIT_WEIGHTS; i++)
		odds += model->weights[i] / MILLION * x[i];
	return odds;
}

double habit_by_model(const AcceptModelRecord *model, const struct habit_case *asked)
{
	double x[HABIT_WEIGHTS];
	if (!is_whole(model))
		return habit_by_share(model, asked);
	features_of(model, asked, x);
	return clamped(sigmoid(odds_of(model, x)), HABIT_LEAST, HABIT_MOST);
}

AcceptanceBasis habit_basis(const AcceptModelRecord *model)
{
	if (!is_whole(model) || model->judged_milli < HABIT_JUDGED_MIN * UINT64_C(1000))
		return ACCEPTANCE_BASIS_MEMBER;
	struct habit_losses losses = habit_losses(model);
	double simpler = losses.share < losses.constant ? losses.share : losses.constant;
	if (losses.model + HABIT_GAIN_MIN < simpler)
		return ACCEPTANCE_BASIS_MODEL;
	return losses.constant + HABIT_GAIN_MIN < losses.share ? ACCEPTANCE_BASIS_TENANT : ACCEPTANCE_BASIS_MEMBER;
}

double habit_estimate(const AcceptModelRecord *model, const struct habit_case *asked)
{
	switch (habit_basis(model)) {
	case ACCEPTANCE_BASIS_MODEL:
		return habit_by_model(model, asked);
	case ACCEPTANCE_BASIS_TENANT:
		return habit_by_constant(model);
	case ACCEPTANCE_BASIS_MEMBER:
	case ACCEPTANCE_BASIS_UNSPECIFIED:
		break;
	}
	return habit_by_share(model, asked);
}

/* --- learning --- */

void habit_init(struct arena *a, AcceptModelRecord *model, const char *id)
{
	model->id = (char *)id;
	model->weights = arena_array(a, HABIT_WEIGHTS, sizeof(*model->weights));
	model->moved = arena_array(a, HABIT_WEIGHTS, sizeof(*model->moved));
	model->n_weights = model->n_moved = HABIT_WEIGHTS;
	model->weights[MEMBER] = (int32_t)MILLION;
	model->judged_milli = model->model_loss = model->member_loss = model->constant_loss = 0;
}

static uint64_t aged(uint64_t sum, double loss)
{
	return (uint64_t)llround((double)sum * (1 - 1.0 / LOSS_LIFE) + loss);
}

static double loss_of(double p, bool accepted)
{
	return -log(accepted ? p : 1 - p) * MILLION;
}

static void judge(AcceptModelRecord *model, const struct habit_case *asked, bool accepted)
{
	model->model_loss = aged(model->model_loss, loss_of(habit_by_model(model, asked), accepted));
	model->member_loss = aged(model->member_loss, loss_of(habit_by_share(model, asked), accepted));
	model->constant_loss = aged(model->constant_loss, loss_of(habit_by_constant(model), accepted));
	model->judged_milli = aged(model->judged_milli, 1000);
}

void habit_learn(AcceptModelRecord *model, const struct habit_case *asked, bool accepted)
{
	double x[HABIT_WEIGHTS];
	if (!is_whole(model))
		return;
	judge(model, asked, accepted);
	features_of(model, asked, x);
	double wrong = sigmoid(odds_of(model, x)) - (accepted ? 1 : 0);
	for (size_t i = 0; i < HABIT_WEIGHTS; i++) {
		double slope = wrong * x[i], moved = model->moved[i] / 1000.0 + slope * slope;
		if (slope == 0)
			continue;
		double weight = model->weights[i] / MILLION - RATE * slope / sqrt(1 + moved);
		model->weights[i] = (int32_t)lround(clamped(weight, -HABIT_WEIGHT_MAX, HABIT_WEIGHT_MAX) * MILLION);
		model->moved[i] = (uint32_t)lround(clamped(moved * 1000, 0, 4e9));
	}
	model->answers++;
	model->accepted += accepted;
}

struct habit_losses habit_losses(const AcceptModelRecord *model)
{
	struct habit_losses none = {0, 0, 0};
	if (model == NULL || model->judged_milli == 0)
		return none;
	double judged = (double)model->judged_milli / 1000 * MILLION;
	return (struct habit_losses){(double)model->model_loss / judged, (double)model->member_loss / judged,
				     (double)model->constant_loss / judged};
}
