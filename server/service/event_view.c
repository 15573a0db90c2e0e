#include "service/event_view.h"

#include "domain/told.h"
#include "domain/view.h"
#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "txn/kind.h"

/* What of a record's change the event tells. */
struct change {
	const EventRecord *event;
	const ProtobufCMessage *told; /* the record with the values that are told */
};

/* Named, or there with its new value. */
static bool has_changed(const struct change *c, const struct told_field *f)
{
	for (size_t i = 0; i < c->event->n_changed; i++) {
		if (c->event->changed[i] == f->number)
			return true;
	}
	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(c->told->descriptor, f->number);
	return f->how == TOLD_VALUE && field != NULL && pb_is_set(c->told, field);
}

static bool name_changed(const struct change *c, const struct told_field *fields, const char *name)
{
	for (const struct told_field *f = fields; f->number != 0; f++) {
		if (strcmp(f->name, name) == 0 && has_changed(c, f))
			return true;
	}
	return false;
}

/* Several fields of the record may be one of the API's; they are neighbours. NULL: nothing that is told. */
static Google__Protobuf__FieldMask *view_mask(struct scene *s, const struct change *c, const struct told_field *fields)
{
	Google__Protobuf__FieldMask *mask = ARENA_NEW(s->arena, Google__Protobuf__FieldMask);
	google__protobuf__field_mask__init(mask);
	for (const struct told_field *f = fields; f->number != 0; f++) {
		if (has_changed(c, f) && (mask->n_paths == 0 || strcmp(mask->paths[mask->n_paths - 1], f->name) != 0))
			arena_append(s->arena, (void ***)&mask->paths, &mask->n_paths, (char *)(uintptr_t)f->name);
	}
	return mask->n_paths == 0 ? NULL : mask;
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
	struct change change = {event, &order->base};
	out->changed = view_mask(s, &change, told_order);
	if (out->changed == NULL)
		return OK;
	if (name_changed(&change, told_order, "category_id"))
		order->category_id = event->category_id;
	if (name_changed(&change, told_order, "beneficiary_id"))
		order->beneficiary_id = event->resident_id;
	if (name_changed(&change, told_order, "grid_id"))
		order->grid_id = event->grid_id;
	out->order = view_order_facts(&scene, order);
	if (!name_changed(&change, told_order, "placed_ms"))
		out->order->placed_ms = 0;
	return OK;
}

static enum err view_member_change(struct scene *s, const EventRecord *event, struct slice told, Event *out)
{
	struct fault fault;
	MemberRecord *member;
	if (PB_DECODE(s->arena, MemberRecord, told, &fault, &member) != OK)
		return ERR_DATA_CORRUPT;
	struct change change = {event, &member->base};
	out->changed = view_mask(s, &change, told_member);
	if (out->changed == NULL)
		return OK;
	out->member = view_member_facts(s, member);
	out->member->active &= name_changed(&change, told_member, "active");
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
	out->actor->id = (char *)(uintptr_t)told_actor_id(event);
	out->member_id = event->member_id;
	if (event->n_changed == 0 && event->told.len == 0)
		return OK;
	if (event->subject_id[0] == kind_info(KIND_ORDER)->letter)
		return view_order_change(s, event, told, out);
	return view_member_change(s, event, told, out);
}
