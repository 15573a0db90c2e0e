/*
 * view: records as the API shows them to the acting actor.
 *
 * Nouns: a view is built in scene.arena and borrows strings from the record; what the actor may not see
 * is left out (contact, private text, completion code, other members' offers).
 * Errors: none.
 */
#ifndef PAIDAN_DOMAIN_VIEW_H
#define PAIDAN_DOMAIN_VIEW_H

#include "domain/config.h"

/* contact may be NULL; it is shown only to those who may see it. */
Order *view_order(struct scene *s, const OrderRecord *order, const char *etag, const PiiRecord *contact);
/* Only what holds no free text, place or person: the part of an order that events may tell, of a record that
 * need not be whole (domain/told.h). */
Order *view_order_facts(struct scene *s, const OrderRecord *order);
Member *view_member_facts(struct scene *s, const MemberRecord *member);
Member *view_member(struct scene *s, const MemberRecord *member, const LoadRecord *load, const PiiRecord *pii,
		    const char *etag);
Node *view_node(struct scene *s, const struct org_node *node, bool with_polygons);
Account *view_account(struct scene *s, const AccountRecord *account);

#endif
