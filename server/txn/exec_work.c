#include "txn/exec_internal.h"

enum step exec_wanted(const struct exec_call_state *c)
{
	const struct txn *t = &c->txn;
	if (t->wants_id != KIND_COUNT)
		return STEP_RESERVE;
	if (c->load.n > 0)
		return STEP_LOAD;
	return t->wants_commit ? STEP_COMMIT_FIRST : STEP_WORK;
}

bool exec_work_ask(struct exec_call_state *c, void (*done)(struct exec_work *work, bool ok))
{
	const struct exec_env *env = c->exec->env;
	struct txn_work *w = c->txn.works;
	while (w->known)
		w = w->next;
	w->work.done = done;
	w->work.arg = c;
	c->pending = true;
	if (!env->work(env->arg, &w->work)) {
		c->pending = false;
		return false;
	}
	if (w->work.kind == EXEC_WORK_SCRYPT)
		c->exec->stats.hashes++;
	return true;
}

void exec_work_known(struct exec_work *work)
{
	struct txn_work *w = (struct txn_work *)(void *)((char *)work - offsetof(struct txn_work, work));
	w->known = true;
}

void exec_committed_first(struct exec_call_state *c)
{
	c->txn.committed_first = true;
	c->verified = true;
	c->txn.use_cache = false;
	c->rounds = c->retries = 0;
	txn_forget_reads(&c->txn);
	c->next_step = exec_first_step(c);
}
