/*
 * bench_wire: looks into encoded replies without reading them whole.
 *
 * A load generator should cost little beside what it measures: of an order in a reply it needs the id and perhaps
 * who is being asked.
 *
 * Nouns: a field is one field of a message on the wire; a glance is what was seen of an order.
 * Ownership: slices borrow from the message. Errors: false for what is not protobuf, or has no order.
 */
#ifndef PAIDAN_CLI_BENCH_WIRE_H
#define PAIDAN_CLI_BENCH_WIRE_H

#include "base/slice.h"

struct wire_field {
	uint32_t number;
	unsigned type;      /* 0 varint, 1 fixed64, 2 bytes, 5 fixed32 */
	uint64_t value;     /* of a varint */
	struct slice bytes; /* of type 2 */
};

/* Takes the next field off the message; false at its end, and with *broken set when it can't be read. */
bool wire_next(struct slice *message, struct wire_field *field, bool *broken);

struct order_glance {
	struct slice id;
	uint64_t state;
	struct slice asked; /* the member of the last live offer; empty: nobody */
};

/* An Order. */
bool wire_order(struct slice order, struct order_glance *glance);
/* The order in a reply: field `number` of the message, which is 1 in the replies of writes and GetOrder. */
bool wire_order_in(struct slice message, uint32_t number, struct order_glance *glance);
/* The varint of that number, 0 when it is not there. */
uint64_t wire_number_in(struct slice message, uint32_t number);
struct slice wire_bytes_in(struct slice message, uint32_t number);

#endif
