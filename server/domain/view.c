#include "domain/view.h"

#include "domain/load.h"
#include "domain/mask.h"
#include "domain/order.h"

static Actor *view_actor(struct scene *s, Role role, char *id)
{
	Actor *actor = ARENA_NEW(s->arena, Actor);
	Actor_init(actor);
	actor->role = role;
	actor->id = id;
	return actor;
}

/* 0 stays 0: it has not happened. */
static int64_t at(const OrderRecord *o, int64_t after_ms)
{
	return after_ms == 0 ? 0 : order_time_ms(o, after_ms);
}

static void view_slots(struct scene *s, const OrderRecord *o, Order *out)
{
	out->n_slots = o->n_slots;
	out->slots = arena_array(s->arena, o->n_slots, sizeof(*out->slots));
	for (size_t i = 0; i < o->n_slots; i++) {
		const SlotRecord *slot = o->slots[i];
		Slot *view = out->slots[i] = ARENA_NEW(s->arena, Slot);
		Slot_init(view);
		view->skill = slot->skill;
		view->member_id = slot->member_id;
		view->accepted_ms = at(o, slot->accepted_after_ms);
		view->started_ms = at(o, slot->started_after_ms);
		view->completed_ms = at(o, slot->completed_after_ms);
		out->points += slot->points;
	}
}

/* A member sees only what was put to them: who else was asked is not their business. */
static bool sees_member(struct scene *s, const char *member_id)
{
	return s->actor->role != ROLE_MEMBER || strcmp(s->actor->id, member_id) == 0;
}

static void view_offers(struct scene *s, const OrderRecord *o, Order *out)
{
	if (s->actor->role == ROLE_RESIDENT)
		return;
	out->offers = arena_array(s->arena, o->n_offers, sizeof(*out->offers));
	for (size_t i = 0; i < o->n_offers; i++) {
		const OfferRecord *offer = o->offers[i];
		if (!sees_member(s, offer->member_id))
			continue;
		Offer *view = out->offers[out->n_offers++] = ARENA_NEW(s->arena, Offer);
		Offer_init(view);
		view->member_id = offer->member_id;
		view->slot = offer->slot;
		view->state = offer->state;
		view->ring = offer->ring;
		view->offered_ms = at(o, offer->offered_after_ms);
		view->expire_ms = at(o, offer->offered_after_ms + offer->ttl_ms);
		view->decline_reason = offer->decline_reason;
		view->distance_m = offer->distance_m;
		view->manual = offer->manual;
	}
}

/* What the command that was taken back began with. */
static EventKind undone_kind(const OrderRecord *o, const EntryRecord *entry)
{
	return entry->undoes > 0 && entry->undoes <= o->n_timeline ? o->timeline[entry->undoes - 1]->kind
								   : EVENT_KIND_UNSPECIFIED;
}

static bool sees_entry(struct scene *s, const OrderRecord *o, const EntryRecord *entry)
{
	EventKind kind = entry->kind == EVENT_KIND_UNDONE ? undone_kind(o, entry) : entry->kind;
	bool dispatch =
	    kind == EVENT_KIND_OFFERED || kind == EVENT_KIND_OFFER_DECLINED || kind == EVENT_KIND_OFFER_EXPIRED;
	if (!authz_knows_of(s->actor, kind))
		return false;
	return !dispatch || (s->actor->role != ROLE_RESIDENT && sees_member(s, entry->member_id));
}

EventKind view_event_kind(struct scene *s, const EventRecord *event)
{
	bool no = event->kind == EVENT_KIND_OFFER_DECLINED || event->kind == EVENT_KIND_OFFER_EXPIRED;
	bool theirs = s->actor->role != ROLE_RESIDENT && sees_member(s, event->member_id);
	return no && !theirs ? EVENT_KIND_DISPATCHED : event->kind;
}

static void view_timeline(struct scene *s, const OrderRecord *o, bool words, Order *out)
{
	out->timeline = arena_array(s->arena, o->n_timeline, sizeof(*out->timeline));
	for (size_t i = 0; i < o->n_timeline; i++) {
		const EntryRecord *entry = o->timeline[i];
		if (!sees_entry(s, o, entry))
			continue;
		TimelineEntry *view = out->timeline[out->n_timeline++] = ARENA_NEW(s->arena, TimelineEntry);
		TimelineEntry_init(view);
		view->kind = entry->kind;
		view->at_ms = o->placed_ms + entry->after_ms;
		view->device_ms = entry->device_skew_ms == 0 ? 0 : view->at_ms + entry->device_skew_ms;
		view->actor = view_actor(s, entry->role, (char *)order_entry_actor_id(o, entry));
		view->member_id = entry->member_id;
		if (words)
			view->text = entry->text;
		view->undone = undone_kind(o, entry);
	}
}

Contact *view_contact(struct scene *s, const PiiRecord *pii, enum authz_sight sight)
{
	if (pii == NULL || sight == SIGHT_NONE)
		return NULL;
	Contact *out = ARENA_NEW(s->arena, Contact);
	Contact_init(out);
	out->erased = pii->erased;
	out->masked = sight == SIGHT_MASKED && !pii->erased;
	out->name = out->masked ? mask_name(s->arena, pii->name) : pii->name;
	out->phone = out->masked ? mask_phone(s->arena, pii->phone) : pii->phone;
	out->address = out->masked ? mask_address(s->arena, pii->address) : pii->address;
	return out;
}

/* Who completed it and when it was rated stand in the timeline only. */
static void view_result(struct scene *s, const OrderRecord *o, Order *out)
{
	const EntryRecord *completed = order_last_entry(o, EVENT_KIND_COMPLETED);
	const EntryRecord *rated = order_last_entry(o, EVENT_KIND_RATED);
	if (o->completion != NULL) {
		out->completion = arena_copy(s->arena, o->completion, sizeof(*o->completion));
		if (completed != NULL)
			out->completion->by =
			    view_actor(s, completed->role, (char *)order_entry_actor_id(o, completed));
	}
	if (o->rating != NULL) {
		out->rating = arena_copy(s->arena, o->rating, sizeof(*o->rating));
		out->rating->rated_ms = rated == NULL ? 0 : o->placed_ms + rated->after_ms;
	}
}

static void view_held(struct scene *s, const OrderRecord *o, Order *out)
{
	out->n_held = o->n_held;
	out->held = arena_array(s->arena, o->n_held, sizeof(*out->held));
	for (size_t i = 0; i < o->n_held; i++) {
		HeldSpan *span = out->held[i] = ARENA_NEW(s->arena, HeldSpan);
		HeldSpan_init(span);
		span->party = o->held[i]->party;
		span->total_ms = o->held[i]->total_ms;
	}
}

Order *view_order_facts(struct scene *s, const OrderRecord *o)
{
	Order *out = ARENA_NEW(s->arena, Order);
	Order_init(out);
	out->id = o->id;
	out->state = o->state;
	out->held_from = o->held_from;
	out->category_id = o->category_id;
	out->urgency = o->urgency;
	out->beneficiary_id = o->beneficiary_id;
	out->grid_id = o->grid_id;
	view_slots(s, o, out);
	view_offers(s, o, out);
	out->ring = o->ring;
	out->pooled = o->pooled;
	out->placed_ms = o->placed_ms;
	out->due_ms = o->due_after_ms == 0 ? 0 : order_due_ms(o);
	out->completed_ms = at(o, o->completed_after_ms);
	out->closed_ms = at(o, o->closed_after_ms);
	out->chases = o->chases;
	out->reworks = o->reworks;
	out->escalation = o->escalation;
	out->completion = o->completion;
	out->rating = o->rating;
	view_held(s, o, out);
	out->held_by = o->held_by;
	out->held_since_ms = at(o, o->held_since_after_ms);
	out->merged_into = o->merged_into;
	out->merged_from = o->merged_from;
	out->n_merged_from = o->n_merged_from;
	out->private_ = o->private_;
	out->priority = o->priority;
	return out;
}

/* The nearest unit's that has one, from the order's grid upwards. */
static char *desk_phone(struct scene *s, const OrderRecord *o)
{
	for (const struct org_node *n = config_node(s->config, o->grid_id); n != NULL; n = n->parent) {
		if (n->record->phone[0] != '\0')
			return n->record->phone;
	}
	return (char *)protobuf_c_empty_string;
}

Order *view_order(struct scene *s, const OrderRecord *o, const char *etag, const PiiRecord *contact)
{
	Order *out = view_order_facts(s, o);
	bool words = authz_sees_private(s, o);
	out->etag = (char *)etag;
	if (words) {
		out->title = o->title;
		out->description = o->description;
		out->attachments = o->attachments;
		out->n_attachments = o->n_attachments;
		view_result(s, o, out);
	} else {
		out->completion = NULL;
		out->rating = NULL;
	}
	out->requester = view_actor(s, o->requester_role, (char *)order_requester_id(o));
	out->building_id = o->building_id;
	out->point = geo_point_write(s->arena, (struct geo_point){o->lat_e6, o->lon_e6});
	view_timeline(s, o, words, out);
	out->held_party = o->held_party;
	out->batch_ms = order_window_end_ms(s, o);
	out->contact = view_contact(s, contact, authz_contact(s, o));
	if (s->actor->role == ROLE_RESIDENT || s->actor->role == ROLE_MEMBER)
		out->desk_phone = desk_phone(s, o);
	if (s->actor->role == ROLE_RESIDENT && strcmp(s->actor->id, o->beneficiary_id) == 0)
		out->completion_code = arena_printf(s->arena, "%04u", o->completion_code);
	return out;
}

Helper *view_helper(struct scene *s, const OrderRecord *o, const SlotRecord *slot, const MemberRecord *member,
		    const PiiRecord *pii)
{
	Helper *out = ARENA_NEW(s->arena, Helper);
	Helper_init(out);
	out->member_id = slot->member_id;
	out->kind = member->kind;
	out->accepted_ms = at(o, slot->accepted_after_ms);
	if (pii != NULL && !pii->erased)
		out->name = member->kind == MEMBER_KIND_UNIT ? pii->name : mask_surname(s->arena, pii->name);
	return out;
}

Member *view_member_facts(struct scene *s, const MemberRecord *m)
{
	Member *out = ARENA_NEW(s->arena, Member);
	Member_init(out);
	out->id = m->id;
	out->kind = m->kind;
	out->grid_id = m->grid_id;
	out->home_community_id = m->home_community_id;
	out->linked_unit_id = m->linked_unit_id;
	out->skills = m->skills;
	out->n_skills = m->n_skills;
	out->holding_cap = m->holding_cap;
	out->paused_until_ms = m->paused_until_ms;
	out->active = !m->inactive;
	return out;
}

/* Name, phone, address as far as the actor may see them; empty when there are none. */
static const Contact *view_person(struct scene *s, const char *id, const PiiRecord *pii)
{
	Contact *who = view_contact(s, pii, authz_person(s, id));
	if (who == NULL) {
		who = ARENA_NEW(s->arena, Contact);
		Contact_init(who);
	}
	return who;
}

Member *view_member(struct scene *s, const MemberRecord *m, const LoadRecord *load, const PiiRecord *pii,
		    const char *etag)
{
	Member *out = view_member_facts(s, m);
	out->etag = (char *)etag;
	out->erased = m->erased_ms != 0;
	const Contact *who = view_person(s, m->id, pii);
	out->name = who->name;
	out->phone = who->phone;
	out->masked = who->masked;
	out->building_id = m->building_id;
	out->home = geo_point_write(s->arena, (struct geo_point){m->lat_e6, m->lon_e6});
	out->shifts = m->shifts;
	out->n_shifts = m->n_shifts;
	out->quiet = m->quiet;
	out->household_id = m->household_id;
	if (load != NULL) {
		out->holding = load->holding;
		out->jobs_done = load->jobs_done;
		out->rating = load_rating(load);
		out->ratings = load->ratings;
	}
	return out;
}

Building *view_building(struct scene *s, const BuildingRecord *b)
{
	Building *out = ARENA_NEW(s->arena, Building);
	Building_init(out);
	out->id = b->id;
	out->name = b->name;
	out->grid_id = b->grid_id;
	out->point = geo_point_write(s->arena, (struct geo_point){b->lat_e6, b->lon_e6});
	return out;
}

Resident *view_resident(struct scene *s, const ResidentRecord *r, const PiiRecord *pii)
{
	Resident *out = ARENA_NEW(s->arena, Resident);
	Resident_init(out);
	out->id = r->id;
	out->household_id = r->household_id;
	out->proxy_ids = r->proxy_ids;
	out->n_proxy_ids = r->n_proxy_ids;
	out->erased = r->erased_ms != 0;
	const Contact *who = view_person(s, r->id, pii);
	out->name = who->name;
	out->phone = who->phone;
	out->masked = who->masked;
	return out;
}

Beneficiary *view_beneficiary(struct scene *s, const ResidentRecord *r, const PiiRecord *who, const PiiRecord *where)
{
	enum authz_sight sight = authz_beneficiary(s);
	const Contact *person = view_contact(s, who, sight), *home = view_contact(s, where, sight);
	Beneficiary *out = ARENA_NEW(s->arena, Beneficiary);
	Beneficiary_init(out);
	out->resident_id = r->id;
	out->masked = sight == SIGHT_MASKED;
	if (person != NULL)
		out->name = person->name;
	if (home != NULL)
		out->address = home->address;
	return out;
}

Household *view_household(struct scene *s, const HouseholdRecord *h, const PiiRecord *pii)
{
	Household *out = ARENA_NEW(s->arena, Household);
	Household_init(out);
	out->id = h->id;
	out->building_id = h->building_id;
	out->grid_id = h->grid_id;
	out->responsible_member_id = h->responsible_member_id;
	out->tags = h->tags;
	out->n_tags = h->n_tags;
	out->erased = h->erased_ms != 0;
	const Contact *where = view_person(s, h->id, pii);
	out->address = where->address;
	out->masked = where->masked;
	return out;
}

Node *view_node(struct scene *s, const struct org_node *node, bool with_polygons)
{
	Node *out = ARENA_NEW(s->arena, Node);
	Node_init(out);
	out->id = node->record->id;
	out->kind = node->record->kind;
	out->name = node->record->name;
	out->parent_id = node->record->parent_id;
	out->code = node->record->code;
	out->phone = node->record->phone;
	if (with_polygons) {
		out->n_polygons = node->shape.n;
		out->polygons = arena_array(s->arena, node->shape.n, sizeof(*out->polygons));
		for (size_t i = 0; i < node->shape.n; i++)
			out->polygons[i] = geo_polygon_write(s->arena, &node->shape.polygons[i]);
	}
	return out;
}

Account *view_account(struct scene *s, const AccountRecord *a)
{
	Account *out = ARENA_NEW(s->arena, Account);
	Account_init(out);
	out->member_id = a->member_id;
	out->available = a->available;
	out->provisional = a->provisional;
	out->leaderboard = a->leaderboard;
	return out;
}
