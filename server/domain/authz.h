/*
 * authz: who may do what to which record. The only place that decides by role and node of the org tree;
 * which roles may call a method at all stands in the method table.
 *
 * Rules: the system reaches all of its tenant; an administrator, operator or backend what lies under their
 * nodes, all of it when they have none; a resident what they asked for or are helped by; a member an order that they
 * hold, are asked for, or could grab. What an actor may not see does not exist for them. Errors: ERR_NOT_FOUND for
 * records beyond reach; ERR_PERMISSION_DENIED for units beyond reach.
 */
#ifndef PAIDAN_DOMAIN_AUTHZ_H
#define PAIDAN_DOMAIN_AUTHZ_H

#include "domain/config.h"

enum err authz_order(struct scene *s, const OrderRecord *order);
/* To act on it as the desk does. */
enum err authz_desk_order(struct scene *s, const OrderRecord *order);
/* A grid or other node under which the actor wants to work. */
enum err authz_node(struct scene *s, const char *node_id, const char *field);
/* What belongs to the tenant as a whole: policy, categories. ERR_PERMISSION_DENIED for who has a part of it. */
enum err authz_whole_tenant(struct scene *s);
/* The node that the actor works in unless they say another: their only one, else the root. */
const char *authz_home_node(const struct scene *s);
/* Whether a node lies in the actor's part of the tree, whatever their role. */
bool authz_reaches(const struct actor *actor, const struct config *config, const char *node_id);
/* A member as a subject: the desk of their grid, or themselves. */
enum err authz_member(struct scene *s, const MemberRecord *member);
/* A resident as a subject: themselves, their backend or the desk. */
enum err authz_resident(struct scene *s, const ResidentRecord *resident, const HouseholdRecord *household);
/* Whether to place an order for that beneficiary. */
enum err authz_order_for(struct scene *s, const ResidentRecord *beneficiary, const HouseholdRecord *household);

/* How much the actor is shown of who and where somebody is. Masked is for recognising them (mask.h). */
enum authz_sight { SIGHT_NONE, SIGHT_MASKED, SIGHT_FULL };
/* Of an order's contact: in full for the resident and who asked for them, and for a member from taking it on
 * until they are done; masked for the desk, backends and a member who was done with it. */
enum authz_sight authz_contact(struct scene *s, const OrderRecord *order);
/* Of a resident or member whom the actor may see at all: in full for themselves alone. */
enum authz_sight authz_person(struct scene *s, const char *person_id);
/* Of somebody for whom they may order: in full, as their contact in the order will be. */
enum authz_sight authz_beneficiary(struct scene *s);
/* Whether the actor is told who comes: whose home it is, and who asked, while they may still come. */
bool authz_helpers(struct scene *s, const OrderRecord *order);
/* Title, description and attachments of a private order. */
bool authz_sees_private(struct scene *s, const OrderRecord *order);
bool authz_is_desk(const struct actor *actor);
/* Whether what happened is for the actor to know, in an order that they see: how the desk is judged (exclusions from
 * the rates) is not a matter of those whom it is about. */
bool authz_knows_of(const struct actor *actor, EventKind kind);
/* Whether an event about an order concerns the actor (streams). */
bool authz_event(const struct actor *actor, const struct config *config, const EventRecord *event);

#endif
