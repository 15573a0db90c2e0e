/*
 * exclusion: leaving an order out of the rates (剔除), which takes two people.
 *
 * Nouns: a person is who answers for what a credential does (scene.h, person_id): an operator has one
 * however they come, by session, by a key that they were shown or a certificate that they registered.
 * Rules: only an order that counts (rates.h) can be excluded, one exclusion at a time; whoever asked can't
 * decide, administrator or not; whoever asked may withdraw the request, and anybody at the desk an approved
 * exclusion. A reopened order counts again, and its exclusion has lapsed.
 * Ownership: as order.h. Errors: ERR_EXCLUSION_STATE, ERR_NOT_COUNTED, ERR_SAME_PERSON, ERR_NOT_REQUESTER,
 * ERR_ORDER_FULL.
 */
#ifndef PAIDAN_DOMAIN_EXCLUSION_H
#define PAIDAN_DOMAIN_EXCLUSION_H

#include "domain/scene.h"

enum err exclusion_ask(struct scene *s, OrderRecord *order, const char *id, const char *reason, ExclusionRecord **out);
/* to: APPROVED or REFUSED. */
enum err exclusion_decide(struct scene *s, OrderRecord *order, ExclusionRecord *exclusion, ExclusionState to,
			  const char *comment);
enum err exclusion_withdraw(struct scene *s, OrderRecord *order, ExclusionRecord *exclusion, const char *comment);
/* The order was opened again. */
void exclusion_lapse(ExclusionRecord *exclusion);

#endif
