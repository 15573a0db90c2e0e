#include "domain/told.h"

#include <stddef.h>
#include <string.h>

#define VALUE(number, name)                     \
	{                                       \
		(number), (name), TOLD_VALUE, 0 \
	}
#define PARTS(number, name, parts)                    \
	{                                             \
		(number), (name), TOLD_VALUE, (parts) \
	}
#define EVENT(number, name)                     \
	{                                       \
		(number), (name), TOLD_EVENT, 0 \
	}
#define NAME(number, name)                     \
	{                                      \
		(number), (name), TOLD_NAME, 0 \
	}
#define BASE(number, name)                       \
	{                                        \
		(number), (name), TOLD_ALWAYS, 0 \
	}
#define END                           \
	{                             \
		0, NULL, TOLD_NAME, 0 \
	}

/* Of OrderRecord. Its timeline is what the events themselves are. */
const struct told_field told_order[] = {
    VALUE(2, "state"),
    VALUE(3, "held_from"),
    EVENT(4, "category_id"),
    VALUE(5, "urgency"),
    NAME(6, "title"),
    NAME(7, "description"),
    NAME(8, "attachments"),
    EVENT(9, "beneficiary_id"),
    NAME(10, "requester"),
    NAME(11, "requester"),
    EVENT(12, "grid_id"),
    NAME(13, "building_id"),
    NAME(14, "point"),
    NAME(15, "point"),
    VALUE(16, "slots"),
    VALUE(17, "offers"),
    VALUE(18, "ring"),
    VALUE(19, "pooled"),
    BASE(20, "placed_ms"),
    VALUE(21, "due_ms"),
    VALUE(22, "chases"),
    VALUE(23, "reworks"),
    VALUE(24, "escalation"),
    PARTS(25, "completion", TOLD_PART(1) | TOLD_PART(5) | TOLD_PART(6)), /* outcome, minutes, by the code */
    PARTS(26, "rating", TOLD_PART(1) | TOLD_PART(3) | TOLD_PART(4)),     /* stars, resolution, satisfaction */
    VALUE(28, "held"),
    VALUE(29, "held_by"),
    VALUE(30, "held_since_ms"),
    NAME(31, "held_party"),
    VALUE(32, "merged_into"),
    VALUE(33, "merged_from"),
    VALUE(36, "priority"),
    VALUE(37, "private"),
    VALUE(44, "completed_ms"),
    VALUE(45, "closed_ms"),
    END,
};

/* Of MemberRecord. Where somebody lives and when they are at home is nobody's business. */
const struct told_field told_member[] = {
    VALUE(2, "kind"),
    VALUE(3, "grid_id"),
    NAME(4, "building_id"),
    VALUE(5, "home_community_id"),
    VALUE(6, "linked_unit_id"),
    NAME(7, "home"),
    NAME(8, "home"),
    PARTS(9, "skills", TOLD_PART(1) | TOLD_PART(3)), /* name, expiry; not the certificate */
    NAME(10, "shifts"),
    NAME(11, "quiet"),
    VALUE(12, "holding_cap"),
    VALUE(13, "paused_until_ms"),
    NAME(14, "household_id"),
    VALUE(15, "active"),
    END,
};

/* The person whom the event names for the actor's role. */
static const char *person(const EventRecord *event)
{
	switch (event->role) {
	case ROLE_RESIDENT:
		return event->resident_id;
	case ROLE_MEMBER:
		return event->member_id;
	case ROLE_UNSPECIFIED:
	case ROLE_OPERATOR:
	case ROLE_ADMIN:
	case ROLE_SYSTEM:
	case ROLE_BACKEND:
	case ROLE_WALL:
		break;
	}
	return "";
}

void told_trim(EventRecord *event)
{
	size_t n = 0;
	if (strcmp(event->actor_id, person(event)) == 0)
		event->actor_id = (char *)protobuf_c_empty_string;
	/* The list may be shared with other events of the commit: only a list of one is cut. */
	for (size_t i = 0; i < event->n_member_ids; i++)
		n += strcmp(event->member_ids[i], event->member_id) != 0;
	if (n == 0)
		event->n_member_ids = 0;
}

const char *told_actor_id(const EventRecord *event)
{
	return event->actor_id[0] != '\0' ? event->actor_id : person(event);
}
