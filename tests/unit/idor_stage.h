/*
 * idor_stage: a town and a second tenant beside it, with something of every kind to reach for and callers who may and
 * may not.
 *
 * Nouns: a subject is the id of what a row of idor.txt reaches for, by its letter; $o in a request's JSON is replaced
 * by it. Ownership: everything lies in the world. Errors: what a stage can't be without ends the program.
 */
#ifndef PAIDAN_TESTS_IDOR_STAGE_H
#define PAIDAN_TESTS_IDOR_STAGE_H

#include "world.h"

enum { ROLES = 6, RELATIONS = 4, SUBJECTS = 128 };

/* The subjects, all in the first grid of elm, and who calls. */
struct stage {
	struct world *w;
	/* $o offered to $m, $a accepted, $d completed, $x closed, $q held, $p in the grab pool: orders of $r; $g grid,
	 * $n community, $b building, $h household, $c category, $k key, $l ranked member, $i issuer, $u issuer of the
	 * whole tenant, $t certificate, $w webhook, $j operator of the
	 * grid, $z their session, $s one of $r's page, $y an order for $r that $x placed, $e an exclusion that is asked
	 * for, $f one that is approved; $P polygons, $Q a point, $Y a policy; $V a screen's key; $D a view shared with
	 * the grid. */
	char *ids[SUBJECTS];
	struct who callers[ROLES][RELATIONS];
};

struct stage stage_new(void);
/* JSON that is no request of the method ends the program. */
ProtobufCMessage *stage_request(const struct stage *s, const struct method *method, const char *json);
struct world_reply stage_call(const struct stage *s, struct who who, const char *path, const char *json);
void *stage_must(const struct stage *s, struct who who, const char *path, const char *json);
/* The message as JSON. */
char *stage_text(struct world *w, const void *message);

#endif
