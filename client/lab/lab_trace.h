/*
 * lab_trace: what is replayed: orders and members with their places and times, from files.
 *
 * Nouns: an order is open from at_s until until_s and pays `pay`; a member is there from at_s until until_s, serves
 * within reach of where they stand, and does so with the success `rate`. Places are on a plane, in units of unit_m
 * metres; those of a city are projected about its middle (within 0.1 % over 30 km). A grid is an area for the charts.
 *
 *	gMission  "nW nT Umax sumC", then "t w x y radius cap duration rate" or "t t x y duration payment" in any order
 *	TOBM      "nT nW", then "t w x y window radius" or "t t x y window"
 *	Boston    CSV with open_s, lat, lon, geo_ok and perhaps precinct; members: CSV with lat, lon
 *
 * A file may be packed by gzip. Times are seconds.
 * Ownership: everything lies in the arena. Memory ends the program, as in bench_rpc.
 * Errors: the readers give false and fill the problem: the place "file:line", or the file, and why in both languages.
 */
#ifndef PAIDAN_LAB_TRACE_H
#define PAIDAN_LAB_TRACE_H

#include "base/arena.h"

struct lab_order {
	double at_s, until_s;
	double x, y;
	double pay;
	int32_t lat_e6, lon_e6; /* of a city's */
	uint32_t grid;
};

struct lab_member {
	double at_s, until_s;
	double x, y;
	double reach;
	double rate;
	int32_t lat_e6, lon_e6;
};

struct lab_trace {
	const char *dataset; /* "gmission", "tobm", "boston", "synthetic" */
	double unit_m;
	struct lab_order *orders; /* by time */
	struct lab_member *members;
	uint32_t n_orders, n_members, n_grids;
	bool closed;      /* windows have their last moment too: an order and a member who meet at it are a pair */
	uint32_t skipped; /* rows whose place is not known */
};

struct lab_problem {
	char place[512];
	char zh[160], en[160];
};

bool lab_read_gmission(struct arena *a, const char *path, struct lab_trace *trace, struct lab_problem *problem);
bool lab_read_tobm(struct arena *a, const char *path, struct lab_trace *trace, struct lab_problem *problem);
/* The radius is that of every member, in metres. */
bool lab_read_boston(struct arena *a, const char *orders_path, const char *members_path, double reach_m,
		     struct lab_trace *trace, struct lab_problem *problem);

/* For the readers: sorts by time and puts what lies on a plane into square grids. */
void lab_trace_sort(struct lab_trace *trace);
void lab_trace_square_grids(struct lab_trace *trace, unsigned side);
/* The distance in the trace's units. */
double lab_distance(const struct lab_order *order, const struct lab_member *member);

#endif
