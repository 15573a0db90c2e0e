#include "domain/shifts.h"

enum err shifts_check(struct scene *s, Shift *const *shifts, size_t n, const char *at)
{
	for (size_t i = 0; i < n; i++) {
		const Shift *shift = shifts[i];
		const char *field = arena_printf(s->arena, "%s[%zu]", at, i);
		if (shift->from_min >= shift->to_min)
			return fault_set(s->fault, ERR_FIELD_OUT_OF_RANGE, field, "from_min < to_min");
		for (size_t k = 0; k < i; k++) {
			if (shift->from_min < shifts[k]->to_min && shifts[k]->from_min < shift->to_min)
				return fault_set(s->fault, ERR_FIELD_OUT_OF_RANGE, field, "overlaps %s[%zu]", at, k);
		}
	}
	return OK;
}
