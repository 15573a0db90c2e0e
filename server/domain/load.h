/*
 * load: what a member carries: orders in hand, recent jobs, recent offers, rating.
 *
 * Nouns: decayed counts are thousandths that shrink exponentially (jobs: mean life 7 days, and
 * 180 over the season; offers: 24 hours), as of load->at_ms. Offers of a day are those of the local calendar. A member
 * is going to the buildings of the orders in their hands; building ids are "" for orders that are at none. Ownership:
 * what a load grows by lies in the arena given. Source: the design's dispatch cost (load and notification fatigue;
 * Manshadi & Rodilitz 2022 on rationing notifications). Errors: none.
 */
#ifndef PAIDAN_DOMAIN_LOAD_H
#define PAIDAN_DOMAIN_LOAD_H

#include "domain/scene.h"

void load_offered(struct scene *s, LoadRecord *load);
void load_accepted(struct arena *a, LoadRecord *load, const char *building_id, int64_t now_ms);
/* The order left the member's hands undone. */
void load_released(LoadRecord *load, const char *building_id, int64_t now_ms);
void load_completed(LoadRecord *load, const char *building_id, int64_t now_ms);
bool load_goes_to(const LoadRecord *load, const char *building_id);
/* Taken back at once (undo.h): an offer, which still was one too many; an acceptance; a release; a completion. */
void load_unasked(LoadRecord *load, int64_t now_ms);
void load_unaccepted(struct arena *a, LoadRecord *load, const char *building_id, int64_t now_ms);
void load_unreleased(struct arena *a, LoadRecord *load, const char *building_id, int64_t now_ms);
void load_uncompleted(struct arena *a, LoadRecord *load, const char *building_id, int64_t now_ms);
void load_rated(LoadRecord *load, uint32_t stars);
/* Decayed counts at now_ms, in thousandths. */
int64_t load_jobs_milli(const LoadRecord *load, int64_t now_ms);
int64_t load_season_jobs_milli(const LoadRecord *load, int64_t now_ms);
int64_t load_offers_milli(const LoadRecord *load, int64_t now_ms);
/* How many offers the member had today. */
uint32_t load_day_offers(struct scene *s, const LoadRecord *load);
/* How often the member was asked and said yes, likewise (mean life 30 days); who took orders unasked said yes more
 * often than they were asked. */
int64_t load_asked_milli(const LoadRecord *load, int64_t now_ms);
int64_t load_yes_milli(const LoadRecord *load, int64_t now_ms);
/* Mean stars shrunk towards 4 by ten imaginary ratings (Bayesian average). */
double load_rating(const LoadRecord *load);

#endif
