/*
 * asset: the files that browsers are given, as they lie in the program (bundle_assets.py makes the table).
 *
 * Nouns: an asset is one file under its path, plain and, where that is shorter, packed with gzip. Each form has a tag,
 * by which a browser asks whether what it has is still right. One that lasts has its content's hash in its name, so
 * that it may be kept forever. A way has no content but the location of another path.
 * Ownership: static. Errors: asset_find NULL when nothing has that path.
 */
#ifndef PAIDAN_WEB_ASSET_H
#define PAIDAN_WEB_ASSET_H

#include "base/slice.h"

struct asset {
	struct slice path;
	struct slice type;
	struct slice plain;
	struct slice packed; /* empty: plain is as short */
	struct slice plain_tag;
	struct slice packed_tag;
	struct slice location; /* of a way */
	bool lasts;
};

/* In the order of their paths, by slice_cmp. */
struct asset_table {
	const struct asset *assets;
	size_t n;
};

/* The pages of this build. */
extern const struct asset_table asset_table;

const struct asset *asset_find(const struct asset_table *table, struct slice path);

#endif
