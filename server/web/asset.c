#include "web/asset.h"

#include <stdlib.h>

static int compare(const void *path, const void *asset)
{
	return slice_cmp(*(const struct slice *)path, ((const struct asset *)asset)->path);
}

const struct asset *asset_find(const struct asset_table *table, struct slice path)
{
	return bsearch(&path, table->assets, table->n, sizeof(table->assets[0]), compare);
}
