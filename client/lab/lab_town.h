/*
 * lab_town: a trace as a tenant of the broker: one street with one grid that holds all of it, a category, residents.
 *
 * Nouns: a place on a plane becomes a point near the equator, where degrees are alike both ways; a city's keep their
 * own. The trace's time 0 is TOWN_START_MS, a multiple of all windows, and what comes comes TOWN_BEFORE_S before its
 * second, so that a window that ends with the second has it. Ownership: borrows from the trace. Errors: none.
 */
#ifndef PAIDAN_LAB_TOWN_H
#define PAIDAN_LAB_TOWN_H

#include "base/id.h"
#include "lab_trace.h"
#include "sim/trial.h"

/* A Monday midnight of UTC, in whole ten-minute windows. */
#define TOWN_START_MS INT64_C(1772409600000)
#define TOWN_CATEGORY "c0000001"
#define TOWN_BEFORE_S 0.001
enum { TOWN_EARLY_MS = 1000 };

struct town {
	const struct lab_trace *trace;
	double low_x, low_y; /* the corner of a plane */
};

struct town town_of(const struct lab_trace *trace);
/* Its units, category and residents, for settle_town. */
struct trial_trace town_settlers(struct arena *a, const struct town *town);
int64_t town_ms(double at_s);
void town_order_point(const struct town *town, uint32_t order, GeoPoint *point);
/* there: they can be asked; otherwise they are far away and ask for nothing. Their hours are known to the minute. */
void town_member(struct arena *a, const struct town *town, uint32_t member, bool there, MemberRecord *record);
void town_member_id(uint32_t member, char id[ID_CHARS + 1]);
uint32_t town_member_of(const char *id);
void town_resident_id(uint32_t order, char id[ID_CHARS + 1]);

#endif
