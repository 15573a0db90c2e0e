/*
 * view: records as the API shows them to the acting actor.
 *
 * Nouns: a view is built in scene.arena and borrows strings from the record; what the actor may not see
 * is left out (private text, completion code, other members' offers) or masked (who and where).
 * Errors: none.
 */
#ifndef PAIDAN_DOMAIN_VIEW_H
#define PAIDAN_DOMAIN_VIEW_H

#include "domain/authz.h"

/* contact may be NULL; it is shown as far as the actor may see it (authz_contact). Who comes is added by
 * view_helper, slot by slot, for those whom authz_helpers lets know. */
Order *view_order(struct scene *s, const OrderRecord *order, const char *etag, const PiiRecord *contact);
/* What a stream calls an event: that somebody declined or did not answer is not told to those who don't see it in the
 * order; for them dispatch goes on. */
EventKind view_event_kind(struct scene *s, const EventRecord *event);
/* Only what holds no free text, place or person: the part of an order that events may tell, of a record that
 * need not be whole (domain/told.h). */
Order *view_order_facts(struct scene *s, const OrderRecord *order);
Member *view_member_facts(struct scene *s, const MemberRecord *member);
/* Who fills a slot; pii NULL: their name is not known. */
Helper *view_helper(struct scene *s, const OrderRecord *order, const SlotRecord *slot, const MemberRecord *member,
		    const PiiRecord *pii);
/* Somebody for whom the actor may order, and where they live. */
Beneficiary *view_beneficiary(struct scene *s, const ResidentRecord *resident, const PiiRecord *who,
			      const PiiRecord *where);
Contact *view_contact(struct scene *s, const PiiRecord *contact, enum authz_sight sight);
Member *view_member(struct scene *s, const MemberRecord *member, const LoadRecord *load, const PiiRecord *pii,
		    const char *etag);
Building *view_building(struct scene *s, const BuildingRecord *b);
Resident *view_resident(struct scene *s, const ResidentRecord *resident, const PiiRecord *pii);
Household *view_household(struct scene *s, const HouseholdRecord *household, const PiiRecord *pii);
Node *view_node(struct scene *s, const struct org_node *node, bool with_polygons);
Account *view_account(struct scene *s, const AccountRecord *account);

#endif
