/*
 * scene: what every rule is told about the moment it is applied in.
 *
 * Nouns: the scene is who acts, when, under which configuration, with which memory, and where to say
 * what was wrong. Rules read nothing else: no clock, no randomness, no I/O.
 * Ownership: everything is borrowed for the call; results are allocated in scene.arena.
 * Errors: a rule that refuses fills scene.fault where it knows the field and returns the err.
 */
#ifndef PAIDAN_DOMAIN_SCENE_H
#define PAIDAN_DOMAIN_SCENE_H

#include "base/arena.h"
#include "base/err.h"
#include "paidan_pb.h"

/* Who acts: authenticated, with the scope that the credential gives. */
struct actor {
	Role role;
	const char *id; /* resident, member or key id; "" for the system */
	/* The nodes of the org tree that bound the reach of an operator, administrator or backend; none: it has
	 * the whole tenant. */
	const char *const *node_ids;
	size_t n_node_ids;
	const char *key_id; /* the credential's record behind the request, for the audit; "" for none */
	/* Who answers for what is done: an operator; of a key, who was shown its secret; of a certificate, who
	 * registered it. "" for the system. */
	const char *person_id;
	int64_t until_ms; /* when the credential ends by itself; 0: it does not */
	bool by_staff;    /* an administrator acts in the name of the resident or member */
};

struct config;

struct scene {
	struct arena *arena;
	int64_t now_ms;
	int64_t device_ms; /* as the device said, 0: not told */
	const struct actor *actor;
	const struct config *config;
	struct fault *fault;
};

#endif
