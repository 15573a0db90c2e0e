/*
 * sweep: what is done to personal data of a tenant by and by: keys are wrapped anew after a rotation, texts of
 * erased persons' orders are wiped, destroyed keys leave the store's files, old access notes go.
 *
 * Nouns: a sweep looks at the indexes that say what is to be done, and starts one transaction for each person;
 * compaction = the store writes its files anew, after which what was overwritten lies nowhere any more.
 * Ownership: belongs to a tenant of the jobs; idle is called when it waits for nothing any more after a stop.
 * Errors: none; what fails is still in its index.
 */
#ifndef PAIDAN_JOB_SWEEP_H
#define PAIDAN_JOB_SWEEP_H

#include "txn/exec.h"

/* One person each (exec_tick). */
extern const struct method job_rewrap_key;
extern const struct method job_wipe_orders;
extern const struct method job_trim_access;
extern const struct method job_note_shredded;

enum { SWEEP_MS = 1000, SWEEP_SHREDS = 64, SWEEP_ID_BYTES = 41 };
enum sweep_read { SWEEP_REWRAP, SWEEP_WIPE, SWEEP_TRIM, SWEEP_SHRED, SWEEP_LEFT, SWEEP_READS };

struct sweep {
	struct exec *exec;
	struct store *store;
	const struct exec_env *env;
	const char *tenant;
	void (*idle)(void *arg);
	void *arg;
	int64_t due_ms;
	bool reading;
	unsigned in_flight;
	struct arena arena;
	struct store_load load;
	struct store_read reads[SWEEP_READS];
	uint64_t keys_left; /* wrapped by an old version */
	/* Compaction: those whose keys it is to remove, and when the next one may begin. */
	bool compacting, asking;
	char shredding[SWEEP_SHREDS][SWEEP_ID_BYTES];
	size_t n_shredding;
	int64_t compact_due_ms;
};

void sweep_init(struct sweep *sweep, struct exec *exec, struct store *store, const struct exec_env *env,
		const char *tenant, void (*idle)(void *arg), void *arg);
void sweep_finish(struct sweep *sweep);
/* Looks, if it is time to; only where the tenant's lease is held. */
void sweep_poll(struct sweep *sweep);
bool sweep_quiet(const struct sweep *sweep);

#endif
