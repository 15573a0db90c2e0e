/*
 * shifts: when a member is on duty, as it is said by them or for them.
 *
 * Nouns: a shift is a span of the week in minutes since Monday 00:00; spans may touch.
 * Ownership: everything is borrowed.
 * Errors: ERR_FIELD_OUT_OF_RANGE with the path of the shift that ends before it begins, or overlaps an earlier one.
 */
#ifndef PAIDAN_DOMAIN_SHIFTS_H
#define PAIDAN_DOMAIN_SHIFTS_H

#include "domain/scene.h"

/* at: the path of the list, "member.shifts". */
enum err shifts_check(struct scene *s, Shift *const *shifts, size_t n, const char *at);

#endif
