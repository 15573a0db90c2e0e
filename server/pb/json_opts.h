/*
 * json_opts: the choices that proto3 JSON leaves to its users. Zero-initialised: the strict default.
 */
#ifndef PAIDAN_PB_JSON_OPTS_H
#define PAIDAN_PB_JSON_OPTS_H

#include "pb/pb_side.h"

struct json_opts {
	bool ignore_unknown; /* read: skip unknown fields and enum names */
	bool emit_defaults;  /* write: also scalars that are zero, empty lists and empty maps */
	bool enum_numbers;   /* write: enums as numbers */
	/* Where google.protobuf.Any finds its types; NULL ends; NULL itself: Any is not supported. */
	const struct pb_set *const *sets;
};

#endif
