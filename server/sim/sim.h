/*
 * sim: a whole broker in this process: real handlers and jobs on the memory store, under a clock that moves from one
 * thing that happens to the next, with seeded randomness. For trying rules on what has been, without a broker.
 *
 * Nouns: a sim serves one tenant; what happens is a call of somebody, or what time does by itself (server/job). The
 * same seed and the same calls give the same run. Ownership: replies lie in the arena given. Errors: as the called
 * method's; sim_new gives NULL without memory.
 */
#ifndef PAIDAN_SIM_SIM_H
#define PAIDAN_SIM_SIM_H

#include "txn/exec.h"

struct sim;

struct sim_options {
	const char *tenant; /* lives as long as the sim */
	int64_t start_ms;   /* wall clock at the beginning */
	uint64_t seed;
};

struct sim *sim_new(const struct sim_options *options);
/* NULL-safe. */
void sim_free(struct sim *sim);

int64_t sim_now_ms(const struct sim *sim);
/* fn is called at that time, or now if it has passed; of the same time in the order given. Not after sim_free. */
void sim_at(struct sim *sim, int64_t at_ms, void (*fn)(void *arg), void *arg);
/* Lets happen all that happens until then; the clock stands there afterwards. */
void sim_run(struct sim *sim, int64_t until_ms);

struct sim_actor {
	Role role; /* ADMIN, RESIDENT, MEMBER, SYSTEM */
	const char *id;
};
struct sim_reply {
	enum err err;
	struct fault fault; /* its texts lie in the arena */
	void *message;      /* NULL on errors */
};
/* path: "OrderService/PlaceOrder". */
struct sim_reply sim_call(struct sim *sim, struct sim_actor as, const char *path, const void *request, struct arena *a);
/* A method of one's own, as the broker itself. */
struct sim_reply sim_run_method(struct sim *sim, const struct method *method, const void *request, struct arena *a);

/* Tells of each event of a commit from now on. fn may not call the sim but for sim_at. One listener. False: it could
 * not be heard. */
bool sim_listen(struct sim *sim, void (*heard)(void *arg, const Event *event), void *arg);

#endif
