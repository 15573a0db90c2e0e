/*
 * told: what of a record's change the outside is told in events.
 *
 * Nouns: a told field is a field of a stored record with the name that the API gives it; its value goes
 * into events, or, when it holds words of people, places or other personal data, only its name does.
 * A list of them ends with number 0 and goes up by number. Fields that it leaves out are never mentioned.
 * A new field of a record that the API shows: a row here; its value only when no person is in it.
 * Ownership: static. Errors: none.
 */
#ifndef PAIDAN_DOMAIN_TOLD_H
#define PAIDAN_DOMAIN_TOLD_H

#include <stdint.h>

#include "paidan_pb.h"

/* Of a value that is a message: the fields of it that are told, as bits; 0: all. */
#define TOLD_PART(number) (UINT64_C(1) << (number))

enum told_how {
	TOLD_NAME,   /* only that it changed */
	TOLD_VALUE,  /* and what it is now */
	TOLD_EVENT,  /* and what it is now, which every event of such a record says anyway */
	TOLD_ALWAYS, /* the value even when it stays as it was: others count from it */
};

struct told_field {
	uint32_t number;
	const char *name; /* in the API's message; several record fields may make one of the API's */
	enum told_how how;
	uint64_t parts;
};

extern const struct told_field told_order[];
extern const struct told_field told_member[];

/* Events are kept in their thousands: what an event says twice is kept once. */
void told_trim(EventRecord *event);
/* Who acted, trimmed or not. */
const char *told_actor_id(const EventRecord *event);

#endif
