/*
 * pb_path: which field of a message is meant, for faults: "order.slots[2].skill".
 *
 * Nouns: a path is a list of steps from the innermost outwards, each on the stack of the call that
 * made it; it costs nothing until it becomes text.
 * Ownership: a step borrows its name and the step above it; the text is arena memory.
 * Errors: none.
 */
#ifndef PAIDAN_PB_PB_PATH_H
#define PAIDAN_PB_PB_PATH_H

#include "base/arena.h"
#include "base/err.h"

#define PB_NO_INDEX SIZE_MAX

struct pb_path {
	const struct pb_path *up; /* NULL: the message itself */
	struct slice name;
	size_t index; /* in a repeated field or map, or PB_NO_INDEX */
};

/* Names come from outside too (unknown JSON fields): control characters become '?', long ones are cut. */
const char *pb_path_text(struct arena *a, const struct pb_path *path);

/* fault_set with the path's text; always returns err. A NULL path names no field. */
enum err pb_fault(struct arena *a, struct fault *fault, enum err err, const struct pb_path *path, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
