#include "domain/authz.h"

#include "domain/order.h"
#include "domain/order_state.h"

static enum err unseen(struct scene *s, const char *what)
{
	return fault_set(s->fault, ERR_NOT_FOUND, NULL, "%s", what);
}

static bool is(const char *a, const char *b)
{
	return a[0] != '\0' && strcmp(a, b) == 0;
}

bool authz_is_desk(const struct actor *actor)
{
	return actor->role == ROLE_OPERATOR || actor->role == ROLE_ADMIN || actor->role == ROLE_SYSTEM;
}

bool authz_reaches(const struct actor *actor, const struct config *config, const char *node_id)
{
	for (size_t i = 0; i < actor->n_node_ids; i++) {
		if (config_under(config, node_id, actor->node_ids[i]))
			return true;
	}
	return actor->n_node_ids == 0;
}

static bool sees_order(struct scene *s, const OrderRecord *order)
{
	const struct actor *actor = s->actor;
	switch (actor->role) {
	case ROLE_SYSTEM:
		return true;
	case ROLE_ADMIN:
	case ROLE_OPERATOR:
	case ROLE_BACKEND:
		return authz_reaches(actor, s->config, order->grid_id);
	case ROLE_RESIDENT:
		return is(actor->id, order->beneficiary_id) ||
		       (order->requester_role == ROLE_RESIDENT && is(actor->id, order_requester_id(order)));
	case ROLE_MEMBER:
		return order_slot_of(order, actor->id) != NULL || order_offer_of(order, actor->id) != NULL ||
		       order->pooled;
	case ROLE_WALL:
	case ROLE_UNSPECIFIED:
		return false;
	}
	return false;
}

enum err authz_order(struct scene *s, const OrderRecord *order)
{
	return sees_order(s, order) ? OK : unseen(s, "order");
}

enum err authz_desk_order(struct scene *s, const OrderRecord *order)
{
	return authz_is_desk(s->actor) && sees_order(s, order) ? OK : unseen(s, "order");
}

enum err authz_node(struct scene *s, const char *node_id, const char *field)
{
	const struct actor *actor = s->actor;
	bool bounded = actor->role == ROLE_ADMIN || actor->role == ROLE_OPERATOR || actor->role == ROLE_BACKEND ||
		       actor->role == ROLE_WALL;
	if (config_node(s->config, node_id) == NULL || (bounded && !authz_reaches(actor, s->config, node_id)))
		return fault_set(s->fault, ERR_NOT_FOUND, field, "node");
	return OK;
}

enum err authz_whole_tenant(struct scene *s)
{
	if (s->actor->n_node_ids > 0)
		return fault_set(s->fault, ERR_PERMISSION_DENIED, NULL, "for those who have the whole tenant");
	return OK;
}

const char *authz_home_node(const struct scene *s)
{
	return s->actor->n_node_ids == 1 ? s->actor->node_ids[0] : s->config->root->record->id;
}

enum err authz_member(struct scene *s, const MemberRecord *member)
{
	switch (s->actor->role) {
	case ROLE_SYSTEM:
		return OK;
	case ROLE_ADMIN:
	case ROLE_OPERATOR:
	case ROLE_BACKEND:
		return authz_reaches(s->actor, s->config, member->grid_id) ? OK : unseen(s, "member");
	case ROLE_MEMBER:
		return is(s->actor->id, member->id) ? OK : unseen(s, "member");
	case ROLE_RESIDENT:
	case ROLE_WALL:
	case ROLE_UNSPECIFIED:
		break;
	}
	return unseen(s, "member");
}

enum err authz_resident(struct scene *s, const ResidentRecord *resident, const HouseholdRecord *household)
{
	switch (s->actor->role) {
	case ROLE_SYSTEM:
		return OK;
	case ROLE_ADMIN:
	case ROLE_OPERATOR:
	case ROLE_BACKEND:
		if (household == NULL || authz_reaches(s->actor, s->config, household->grid_id))
			return OK;
		break;
	case ROLE_RESIDENT:
		if (is(s->actor->id, resident->id))
			return OK;
		break;
	case ROLE_MEMBER:
	case ROLE_WALL:
	case ROLE_UNSPECIFIED:
		break;
	}
	return unseen(s, "resident");
}

enum err authz_order_for(struct scene *s, const ResidentRecord *beneficiary, const HouseholdRecord *household)
{
	for (size_t i = 0; i < beneficiary->n_proxy_ids && s->actor->role == ROLE_RESIDENT; i++) {
		if (is(s->actor->id, beneficiary->proxy_ids[i]))
			return OK;
	}
	return authz_resident(s, beneficiary, household);
}

/* A team's first member has somebody to see while the others are still looked for. */
static enum authz_sight member_sight(const OrderRecord *order, const char *member_id)
{
	const SlotRecord *slot = order_slot_of(order, member_id);
	if (slot == NULL)
		return SIGHT_NONE;
	bool done =
	    slot->completed_after_ms != 0 || order->state == ORDER_STATE_COMPLETED || order_state_final(order->state);
	return done ? SIGHT_MASKED : SIGHT_FULL;
}

enum authz_sight authz_contact(struct scene *s, const OrderRecord *order)
{
	const struct actor *actor = s->actor;
	enum authz_sight sight = SIGHT_NONE;
	switch (actor->role) {
	case ROLE_OPERATOR:
	case ROLE_ADMIN:
	case ROLE_BACKEND:
		return SIGHT_MASKED;
	case ROLE_RESIDENT:
		sight = sees_order(s, order) ? SIGHT_FULL : SIGHT_NONE;
		break;
	case ROLE_MEMBER:
		sight = member_sight(order, actor->id);
		break;
	case ROLE_SYSTEM:
	case ROLE_WALL:
	case ROLE_UNSPECIFIED:
		break;
	}
	/* In somebody's name is not a way around being noted. */
	return sight == SIGHT_FULL && actor->by_staff ? SIGHT_MASKED : sight;
}

enum authz_sight authz_person(struct scene *s, const char *person_id)
{
	const struct actor *actor = s->actor;
	switch (actor->role) {
	case ROLE_OPERATOR:
	case ROLE_ADMIN:
	case ROLE_BACKEND:
		return SIGHT_MASKED;
	case ROLE_RESIDENT:
	case ROLE_MEMBER:
		if (!is(actor->id, person_id))
			break;
		return actor->by_staff ? SIGHT_MASKED : SIGHT_FULL;
	case ROLE_SYSTEM:
	case ROLE_WALL:
	case ROLE_UNSPECIFIED:
		break;
	}
	return SIGHT_NONE;
}

enum authz_sight authz_beneficiary(struct scene *s)
{
	if (s->actor->role != ROLE_RESIDENT)
		return SIGHT_NONE;
	return s->actor->by_staff ? SIGHT_MASKED : SIGHT_FULL;
}

bool authz_helpers(struct scene *s, const OrderRecord *order)
{
	return s->actor->role == ROLE_RESIDENT && sees_order(s, order) && !order_state_final(order->state);
}

bool authz_sees_private(struct scene *s, const OrderRecord *order)
{
	if (!order->private_ || s->actor->role != ROLE_MEMBER)
		return true;
	return order_slot_of(order, s->actor->id) != NULL;
}

bool authz_knows_of(const struct actor *actor, EventKind kind)
{
	bool rates = kind >= EVENT_KIND_EXCLUSION_REQUESTED && kind <= EVENT_KIND_EXCLUSION_WITHDRAWN;
	return !rates || (actor->role != ROLE_RESIDENT && actor->role != ROLE_MEMBER);
}

bool authz_event(const struct actor *actor, const struct config *config, const EventRecord *event)
{
	if (!authz_knows_of(actor, event->kind))
		return false;
	switch (actor->role) {
	case ROLE_SYSTEM:
		return true;
	case ROLE_ADMIN:
	case ROLE_OPERATOR:
	case ROLE_BACKEND:
		/* What belongs to no unit is for those who see all of them. */
		if (event->grid_id[0] == '\0')
			return actor->n_node_ids == 0;
		return config != NULL && authz_reaches(actor, config, event->grid_id);
	case ROLE_WALL:
		return event->grid_id[0] != '\0' && config != NULL && authz_reaches(actor, config, event->grid_id);
	case ROLE_RESIDENT:
		return is(actor->id, event->resident_id) || is(actor->id, event->requester_id);
	case ROLE_MEMBER:
		if (is(actor->id, event->member_id))
			return true;
		for (size_t i = 0; i < event->n_member_ids; i++) {
			if (is(actor->id, event->member_ids[i]))
				return true;
		}
		return false;
	case ROLE_UNSPECIFIED:
		return false;
	}
	return false;
}
