/*
 * fuzz_codec: what the codecs' fuzz targets share.
 *
 * Nouns: an input's first byte chooses the message type, the rest is read as that type.
 */
#ifndef PAIDAN_TESTS_FUZZ_CODEC_H
#define PAIDAN_TESTS_FUZZ_CODEC_H

#include <stdio.h>
#include <stdlib.h>

#include "codec_pb.h"
#include "pb/json_read.h"
#include "pb/json_write.h"
#include "pb/pb_wire.h"
#include "wkt_pb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ProtobufCMessageDescriptor *const fuzz_types[] = {
    &Scalars_desc, &Optionals_desc, &Lists_desc, &Choice_desc, &Maps_desc,
    &Known_desc,   &Names_desc,     &Outer_desc, &Tree_desc,
};

static const struct pb_set *const fuzz_sets[] = {&codec_pb_set, &wkt_pb_set, NULL};

#define FUZZ_CHECK(condition)                                                           \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: " #condition "\n", __FILE__, __LINE__); \
			abort();                                                        \
		}                                                                       \
	} while (0)

static inline const ProtobufCMessageDescriptor *fuzz_type(uint8_t choice)
{
	return fuzz_types[choice % (sizeof(fuzz_types) / sizeof(fuzz_types[0]))];
}

#endif
