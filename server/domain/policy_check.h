/*
 * policy_check: whether the parts of a policy can hold together. What a field may be by itself stands in the protos
 * (proto/paidan/v1/org.proto) and was checked before.
 *
 * Rules: what is more urgent is served sooner; an offer ends before the promised time of the orders that its mode is
 * for; going to the same building anyway can't be worth more than the longest way.
 * Ownership: the violations lie in the scene's arena.
 * Errors: ERR_FIELD_OUT_OF_RANGE, with all that is wrong as the fault's violations.
 */
#ifndef PAIDAN_DOMAIN_POLICY_CHECK_H
#define PAIDAN_DOMAIN_POLICY_CHECK_H

#include "domain/scene.h"

/* at: the path of the policy in the request. */
enum err policy_check(struct scene *s, const Policy *policy, const char *at);

#endif
