/*
 * lab_lines: a text file line by line, packed or not, with numbers taken from each line.
 *
 * Nouns: a field is what stands between blanks.
 * Ownership: lines_open to lines_close; a line is valid until the next one.
 * Errors: every function that gives false has filled the problem. A line beyond LINES_MAX_BYTES is one.
 */
#ifndef PAIDAN_LAB_LINES_H
#define PAIDAN_LAB_LINES_H

#include "lab_trace.h"

enum { LINES_MAX_BYTES = 4096 };

struct lines {
	void *file;
	const char *path;
	size_t line; /* from 1 */
	char text[LINES_MAX_BYTES];
	char *at; /* what of it was not taken yet */
	struct lab_problem *problem;
};

bool lines_open(struct lines *l, const char *path, struct lab_problem *problem);
void lines_close(struct lines *l);
/* The next line that has anything on it; *end at the end of the file. */
bool lines_next(struct lines *l, bool *end);

/* The next field as a number from low to high. */
bool lines_number(struct lines *l, const char *name, double low, double high, double *value);
/* As a number of things, at least 1. */
bool lines_count(struct lines *l, const char *name, uint32_t most, uint32_t *value);
/* One letter. */
bool lines_letter(struct lines *l, const char *letters, char *value);
/* Nothing more is on the line. */
bool lines_done(struct lines *l);
/* Says what is wrong with the present line; always false. */
bool lines_bad(struct lines *l, const char *zh, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

#endif
