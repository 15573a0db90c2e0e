/*
 * replay_data: what is replayed: grids, members' homes and requests, from files.
 *
 *	grids    GeoJSON, a feature for each grid; its code as in cli_geojson.h, or "ward_precinct"
 *	members  CSV with volunteer_id, lat, lon
 *	orders   CSV with case_id, open_s, type, reason, lat, lon; and geo_ok, where 0 says that the place is not known
 *
 * A file that ends in .gz is unpacked (so is one that is packed and does not say so).
 *
 * Nouns: an area is a grid with its box; a kind is one `type` of request, which becomes a category.
 * Ownership: all texts lie in the arena. Memory ends the program, as in bench_rpc.
 * Errors: replay_read gives false when a file as a whole can't be used; rows and features that are wrong are left
 * out and told to `problem`, with "file:line" and the reason.
 */
#ifndef PAIDAN_CLI_REPLAY_DATA_H
#define PAIDAN_CLI_REPLAY_DATA_H

#include "cli_geojson.h"

enum { REPLAY_MAX_KINDS = 190 };

struct replay_order {
	const char *case_id;
	int64_t open_s;
	double lat, lon;
	uint32_t grid; /* of areas */
	uint16_t kind;
};

struct replay_member {
	const char *name;
	double lat, lon;
	uint32_t grid;
};

struct replay_kind {
	const char *name;
	const char *reason;
	size_t orders;
};

struct replay_data {
	struct geo_file grids;
	double (*boxes)[4]; /* of each grid: least lat, lon, greatest lat, lon */
	struct replay_member *members;
	size_t n_members;
	struct replay_order *orders;
	size_t n_orders;
	struct replay_kind kinds[REPLAY_MAX_KINDS];
	size_t n_kinds;
	size_t skipped_unknown_place; /* geo_ok = 0 */
	size_t skipped_outside;       /* in no grid */
	size_t members_outside;
	size_t malformed;
};

/* place: "orders.csv:17". */
typedef void replay_problem_fn(void *arg, const char *place, const char *zh, const char *en);

struct replay_files {
	const char *grids, *members, *orders;
	const char *code_property; /* of grids; NULL: as in cli_geojson.h */
	size_t limit;              /* of orders; 0: all */
	replay_problem_fn *problem;
	void *arg;
};

/* The whole file, unpacked; NULL with errno. For free(). */
uint8_t *replay_file_read(const char *path, size_t *len);

bool replay_read(struct arena *a, const struct replay_files *files, struct replay_data *data);

/* The parts of it, on text in memory. The grids come first. */
bool replay_read_grids(struct arena *a, const struct replay_files *files, struct slice text, struct replay_data *data);
bool replay_read_members(struct arena *a, const struct replay_files *files, struct slice text,
			 struct replay_data *data);
bool replay_read_orders(struct arena *a, const struct replay_files *files, struct slice text, struct replay_data *data);

/* The first grid that holds the point, or -1. */
int64_t replay_locate(const struct replay_data *data, double lat, double lon);

#endif
