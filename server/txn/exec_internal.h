/*
 * exec_internal: the executor's own state, for exec.c (running), exec_*.c (its parts) and watch.c
 * (streams).
 *
 * Nouns: a step is what a call does next when nothing is pending; depth counts the executor's functions
 * on the stack for a call, so that only the outermost frees it (stores may answer inside the asking).
 */
#ifndef PAIDAN_TXN_EXEC_INTERNAL_H
#define PAIDAN_TXN_EXEC_INTERNAL_H

#include "txn/tenant.h"
#include "txn/token.h"
#include "txn/txn_internal.h"
#include "txn/use.h"

/* Calls kept for reuse with their arenas; as many as are commonly in flight. */
enum { EXEC_SPARE_CALLS = 512 };

enum step {
	STEP_READY, /* wait for the tenant's configuration */
	STEP_AUTHENTICATE,
	STEP_RUN,
	STEP_LOAD,
	STEP_RESERVE, /* wait for numbers for ids */
	STEP_VERIFY,  /* look whether the configuration is current */
	STEP_CLAIM,   /* look whether the request was carried out before */
	STEP_WORK,    /* wait for a computation */
	STEP_COMMIT_FIRST,
};

struct exec_call_state {
	struct txn txn;
	struct exec *exec;
	struct exec_call_state *next, **at;
	struct exec_request rq;
	enum step next_step, step_after_wait, step_after_load;
	unsigned depth, rounds, retries;
	bool pending, finished, cancelled, verified, verifying, answer_again;
	bool claim_read, claiming, actor_known;
	bool committing_first; /* the commit under way is txn_commit_first's */
	enum err outcome;      /* what the run ended with, while its claim is looked for */
	enum err failed;       /* noticed where nothing could be reported */
	struct slice request_id;
	uint64_t fingerprint;
	uint64_t min_version; /* of the configuration */
	char subject[STORE_CLAIM_VALUE_BYTES + 1];
	struct slice tenant_key;
	ProtobufCMessage *response;
	struct tenant_wait wait;
	struct store_load load;
	struct store_read verify_read;
	struct store_read claim_reads[2]; /* today's bucket, yesterday's */
	struct store_commit commit;
};

struct exec {
	struct store *store;
	const struct exec_env *env;
	const struct method *const *methods;
	size_t n_methods;
	const struct method *order_tick, *refresh_member, *note_use;
	const struct webhook_rules *webhooks;
	struct tenants tenants;
	struct exec_call_state *calls, *spare;
	struct kick *kicks; /* calls of its own: exec_life.c */
	size_t n_spare;
	size_t memory_bytes; /* of each arena of a call */
	struct exec_stats stats;
	uint64_t n_same; /* messages so far that were told to all alike */
	struct uses uses;
	struct token_cache *tokens;
};

struct exec_call_state *exec_call_new(struct exec *exec);
void exec_call_free(struct exec_call_state *call);
/* exec_admit.c: what the .proto files ask of the request's fields (pb_rule.h). */
enum err exec_check_request(struct exec_call_state *call);
/* exec_claim.c: finds out the id and the fingerprint of a request. */
enum err exec_claim_prepare(struct exec_call_state *call);
/* A request that has nothing to write, or is refused, may be the repeat of one that did its
 * work: what was accepted can't be accepted again. Its claim is looked for after its records were read, so
 * if the first try shows in them, its claim is found; commit.repeated has it then. */
bool exec_may_be_repeat(const struct exec_call_state *call);
/* false: no memory for the question. */
bool exec_claim_ask(struct exec_call_state *call, void (*done)(struct store_load *load, enum store_verdict verdict));
bool exec_claim_found(struct exec_call_state *call);
/* The subject is how the first try was refused: fault and err in the same words. */
enum err exec_claim_refusal(struct exec_call_state *call);
/* exec_commit.c: what a verdict means for the caller; what a commit that went through means for this worker. */
enum err exec_verdict_err(enum store_verdict verdict);
void exec_after_commit(struct exec_call_state *call);
/* Where a run on fresh records begins: who acts may depend on records, too. */
static inline enum step exec_first_step(const struct exec_call_state *call)
{
	return call->rq.credential.kind == CREDENTIAL_SESSION ? STEP_AUTHENTICATE : STEP_RUN;
}
/* exec_work.c: what a run wanted that is no record. The next step; records come first, for they may change
 * what else is wanted. */
enum step exec_wanted(const struct exec_call_state *call);
/* false: too much is waiting already. */
bool exec_work_ask(struct exec_call_state *call, void (*done)(struct exec_work *work, bool ok));
void exec_work_known(struct exec_work *work);
/* txn_commit_first's commit went through: the handler goes on with what is true now. */
void exec_committed_first(struct exec_call_state *call);
/* A credential was used. */
void exec_used(struct exec *exec, struct tenant *tenant, const char *credential_id, int64_t now_ms);
/* Lets time do to an order what is due. */
void exec_kick(struct exec *exec, struct tenant *tenant, const char *order_id);

#endif
