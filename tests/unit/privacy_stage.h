/*
 * privacy_stage: a town with an order that holds personal data, for the tests of privacy.
 */
#ifndef PAIDAN_TESTS_PRIVACY_STAGE_H
#define PAIDAN_TESTS_PRIVACY_STAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "must.h"
#include "pb/json_read.h"
#include "pb/json_write.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 2 };

#define HOUR_MS INT64_C(3600000)

/* A resident at home, their family who may order for them, a member, and one of another grid. */
struct stage {
	struct world *w;
	struct town town;
	char *backend, *operator, * far_operator; /* keys */
	char *resident, *proxy, *member, *other;
	char *household;
	unsigned next_request;
};

struct world_reply call(struct stage *s, struct who who, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
char *new_key(struct stage *s, const char *role, const char *node_id);
struct who as(const struct stage *s, Role role, const char *id);
char *new_resident(struct stage *s, const char *name, const char *phone, const char *proxy);
char *new_member(struct stage *s, size_t grid, const char *name, const char *phone);
struct stage stage_up(void);
char *place(struct stage *s, struct who who, const char *contact);

/* What a reply says of who and where, as text. */
bool tells(struct stage *s, const struct world_reply *reply, const char *text);

enum sight { NOTHING, MASKED, FULL };

void assert_sight(struct stage *s, const struct world_reply *reply, const char *full, const char *masked,
		  enum sight sight, const char *what);

struct world_reply reveal(struct stage *s, const char *key, const char *what, const char *id, const char *request_id);
const ListAccessResponse *access_log(struct stage *s, struct who who);

#endif
