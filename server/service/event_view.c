#include "service/event_view.h"

#include "domain/told.h"
#include "domain/view.h"
#include "pb/pb_wire.h"
#include "txn/kind.h"

static bool has_changed(const EventRecord *event, const struct told_field *fields, const char *name)
{
	for (size_t i = 0; i < event->n_changed; i++) {
		const char *changed = told_name(fields, event->changed[i]);
		if (changed != NULL && strcmp(changed, name) == 0)
			return true;
	}
	return false;
}

/* Several fields of the record may be one of the API's; they are neighbours. */
static Google__Protobuf__FieldMask *view_mask(struct scene *s, const EventRecord *event,
					      const struct told_field *fields)
{
	Google__Protobuf__FieldMask *mask = ARENA_NEW(s->arena, Google__Protobuf__FieldMask);
	google__protobuf__field_mask__init(mask);
	mask->paths = arena_array(s->arena, event->n_changed, sizeof(*mask->paths));
	for (size_t i = 0; i < event->n_changed; i++) {
		const char *name = told_name(fields, event->changed[i]);
		if (name != NULL && (mask->n_paths == 0 || strcmp(mask->paths[mask->n_paths - 1], name) != 0))
			mask->paths[mask->n_paths++] = (char *)name;
	}
	return mask;
}

static enum err view_order_change(struct scene *s, const EventRecord *event, struct slice told, Event *out)
{
	struct fault fault;
	OrderRecord *order;
	/* Everybody who hears of events sees all offers. */
	struct actor actor = {.role = ROLE_SYSTEM, .id = "", .key_id = ""};
	struct scene scene = *s;
	if (PB_DECODE(s->arena, OrderRecord, told, &fault, &order) != OK)
		return ERR_DATA_CORRUPT;
	scene.actor = &actor;
	out->changed = view_mask(s, event, told_order);
	out->order = view_order_facts(&scene, order);
	if (!has_changed(event, told_order, "placed_ms"))
		out->order->placed_ms = 0;
	return OK;
}

static enum err view_member_change(struct scene *s, const EventRecord *event, struct slice told, Event *out)
{
	struct fault fault;
	MemberRecord *member;
	if (PB_DECODE(s->arena, MemberRecord, told, &fault, &member) != OK)
		return ERR_DATA_CORRUPT;
	out->changed = view_mask(s, event, told_member);
	out->member = view_member_facts(s, member);
	out->member->active &= has_changed(event, told_member, "active");
	return OK;
}

enum err event_view(struct scene *s, const EventRecord *event, const char *id, Event **view)
{
	struct slice told = slice_of(event->told.data, event->told.len);
	Event *out = ARENA_NEW(s->arena, Event);
	Event_init(out);
	*view = out;
	out->id = (char *)id;
	out->kind = event->kind;
	out->at_ms = event->at_ms;
	out->subject_id = event->subject_id;
	out->version = event->version;
	out->from = event->from == event->to ? ORDER_STATE_UNSPECIFIED : event->from;
	out->to = event->from == event->to ? ORDER_STATE_UNSPECIFIED : event->to;
	out->grid_id = event->grid_id;
	out->category_id = event->category_id;
	out->actor = ARENA_NEW(s->arena, Actor);
	Actor_init(out->actor);
	out->actor->role = event->role;
	out->actor->id = event->actor_id;
	out->member_id = event->member_id;
	if (event->n_changed == 0)
		return OK;
	if (event->subject_id[0] == kind_info(KIND_ORDER)->letter)
		return view_order_change(s, event, told, out);
	return view_member_change(s, event, told, out);
}
