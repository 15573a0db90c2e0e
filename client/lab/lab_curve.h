/*
 * lab_curve: one setting of a policy varied, and what each value gives: how much is served against how long it takes.
 *
 * Nouns: a point has the means of one policy; those that only stand beside the curve are others to compare it with.
 * Ownership: names are kept as copies. Errors: lab_curve_write gives false with errno when the file can't be written.
 */
#ifndef PAIDAN_LAB_CURVE_H
#define PAIDAN_LAB_CURVE_H

#include "lab_run.h"

enum { LAB_CURVE_POINTS = 64 };

struct lab_curve {
	const char *dataset;
	char setting[32]; /* that varies */
	struct lab_curve_point {
		char name[40];
		double means[FIGURE_COUNT];
		bool beside;
	} points[LAB_CURVE_POINTS];
	size_t n;
};

/* A point more, as far as there is room. */
void lab_curve_add(struct lab_curve *curve, const char *name, bool beside, const double means[FIGURE_COUNT]);
/* curve.svg in the directory, which is there. */
bool lab_curve_write(const struct lab_curve *curve, const char *directory);

#endif
