#include "lab_town.h"

#include <math.h>

#include "pb/pb_message.h"

/* Orders share residents: who asks is of no matter. */
enum { RESIDENTS = 997, MINUTE_S = 60, WEEK_MIN = 7 * 24 * 60 };
#define STREET "n0000001"
#define GRID "n0000002"
/* One millionth of a degree along a meridian. */
static const double METRES_PER_E6 = 0.111195079734;
static const double MARGIN_E6 = 10000;
/* Where those are who have gone: out of everybody's reach. */
static const int32_t AWAY_E6 = 60000000;

struct town town_of(const struct lab_trace *t)
{
	struct town town = {t, INFINITY, INFINITY};
	for (uint32_t i = 0; i < t->n_orders; i++) {
		town.low_x = fmin(town.low_x, t->orders[i].x);
		town.low_y = fmin(town.low_y, t->orders[i].y);
	}
	return town;
}

int64_t town_ms(double at_s)
{
	return TOWN_START_MS + llround(at_s * 1000);
}

static bool is_city(const struct town *town)
{
	return strcmp(town->trace->dataset, "boston") == 0;
}

/* From the corner, eastwards or northwards. */
static double e6_of(const struct town *town, double from, double to)
{
	return (to - from) * town->trace->unit_m / METRES_PER_E6;
}

static void order_e6(const struct town *town, uint32_t order, double *lat_e6, double *lon_e6)
{
	const struct lab_order *o = &town->trace->orders[order];
	*lat_e6 = is_city(town) ? o->lat_e6 : e6_of(town, town->low_y, o->y);
	*lon_e6 = is_city(town) ? o->lon_e6 : e6_of(town, town->low_x, o->x);
}

void town_order_point(const struct town *town, uint32_t order, GeoPoint *point)
{
	double lat_e6, lon_e6;
	order_e6(town, order, &lat_e6, &lon_e6);
	*point = (GeoPoint){.base = {.descriptor = &GeoPoint_desc}, .lat = lat_e6 / 1e6, .lon = lon_e6 / 1e6};
}

/* In local time, which is the trace's (lab_rules.c): TOWN_START_MS begins a week. Who is there beyond it has none. */
static void add_shift(struct arena *a, const struct lab_trace *t, const struct lab_member *m, MemberRecord *record)
{
	double until_min = m->until_s / MINUTE_S;
	double to_min = t->closed ? floor(until_min) + 1 : ceil(until_min);
	if (to_min > WEEK_MIN)
		return;
	Shift *shift = PB_NEW(a, Shift);
	shift->from_min = (uint32_t)(m->at_s / MINUTE_S);
	shift->to_min = (uint32_t)to_min;
	arena_append(a, (void ***)&record->shifts, &record->n_shifts, shift);
}

void town_member(struct arena *a, const struct town *town, uint32_t member, bool there, MemberRecord *record)
{
	const struct lab_member *m = &town->trace->members[member];
	MemberRecord_init(record);
	record->kind = MEMBER_KIND_VOLUNTEER;
	record->grid_id = (char *)GRID;
	record->inactive = !there;
	if (!there) {
		record->lat_e6 = AWAY_E6;
		return;
	}
	if (!isinf(m->until_s))
		add_shift(a, town->trace, m, record);
	record->lat_e6 = is_city(town) ? m->lat_e6 : (int32_t)lrint(e6_of(town, town->low_y, m->y));
	record->lon_e6 = is_city(town) ? m->lon_e6 : (int32_t)lrint(e6_of(town, town->low_x, m->x));
}

void town_member_id(uint32_t member, char id[ID_CHARS + 1])
{
	id_format('m', (uint64_t)member + 1, id);
}

uint32_t town_member_of(const char *id)
{
	uint64_t number = 0;
	char letter;
	(void)id_parse(id, &letter, &number);
	return (uint32_t)(number - 1);
}

void town_resident_id(uint32_t order, char id[ID_CHARS + 1])
{
	id_format('r', order % RESIDENTS + 1, id);
}

/* --- settlers --- */

static void add_corner(struct arena *a, Ring2d *ring, double lat_e6, double lon_e6)
{
	GeoPoint *point = PB_NEW(a, GeoPoint);
	point->lat = lat_e6 / 1e6;
	point->lon = lon_e6 / 1e6;
	arena_append(a, (void ***)&ring->points, &ring->n_points, point);
}

/* A rectangle around all orders. */
static Polygon *bounds(struct arena *a, const struct town *town)
{
	double south = INFINITY, north = -INFINITY, west = INFINITY, east = -INFINITY, lat_e6, lon_e6;
	Polygon *polygon = PB_NEW(a, Polygon);
	Ring2d *ring = PB_NEW(a, Ring2d);
	for (uint32_t i = 0; i < town->trace->n_orders; i++) {
		order_e6(town, i, &lat_e6, &lon_e6);
		south = fmin(south, lat_e6 - MARGIN_E6);
		north = fmax(north, lat_e6 + MARGIN_E6);
		west = fmin(west, lon_e6 - MARGIN_E6);
		east = fmax(east, lon_e6 + MARGIN_E6);
	}
	add_corner(a, ring, south, west);
	add_corner(a, ring, south, east);
	add_corner(a, ring, north, east);
	add_corner(a, ring, north, west);
	add_corner(a, ring, south, west);
	arena_append(a, (void ***)&polygon->rings, &polygon->n_rings, ring);
	return polygon;
}

static void add_nodes(struct arena *a, const struct town *town, struct trial_trace *settlers)
{
	Node *street = PB_NEW(a, Node), *grid = PB_NEW(a, Node);
	street->id = (char *)STREET;
	street->kind = NODE_KIND_STREET;
	grid->id = (char *)GRID;
	grid->parent_id = street->id;
	grid->kind = NODE_KIND_GRID;
	arena_append(a, (void ***)&grid->polygons, &grid->n_polygons, bounds(a, town));
	arena_append(a, (void ***)&settlers->nodes, &settlers->n_nodes, street);
	arena_append(a, (void ***)&settlers->nodes, &settlers->n_nodes, grid);
}

struct trial_trace town_settlers(struct arena *a, const struct town *town)
{
	struct trial_trace settlers = {.n_nodes = 0};
	Category *category = PB_NEW(a, Category);
	add_nodes(a, town, &settlers);
	category->id = (char *)TOWN_CATEGORY;
	category->code = (char *)"errand";
	arena_append(a, (void ***)&settlers.categories, &settlers.n_categories, category);
	/* Residents are settled by what they have ordered. */
	for (uint32_t i = 0; i < RESIDENTS && i < town->trace->n_orders; i++) {
		TraceOrder *order = PB_NEW(a, TraceOrder);
		char id[ID_CHARS + 1];
		town_resident_id(i, id);
		order->order = PB_NEW(a, Order);
		order->order->beneficiary_id = arena_strdup(a, id);
		order->away = true;
		arena_append(a, (void ***)&settlers.orders, &settlers.n_orders, order);
	}
	return settlers;
}
