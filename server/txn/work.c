#include "txn/txn_internal.h"

/* What a handler wants that is no record: computations beside the event loop, and a commit on the way. */

static bool same_work(const struct exec_work *a, const struct exec_work *b)
{
	return a->kind == b->kind && a->log2_n == b->log2_n && slice_eq(a->password, b->password) &&
	       slice_eq(a->salt, b->salt);
}

static enum err want_work(struct txn *t, const struct exec_work *wanted, const uint8_t **hash)
{
	struct txn_work *w = t->works;
	while (w != NULL && !same_work(&w->work, wanted))
		w = w->next;
	if (w == NULL) {
		w = ARENA_NEW(&t->keep, struct txn_work);
		*w = (struct txn_work){.next = t->works, .work = *wanted};
		w->work.password = arena_slice(&t->keep, wanted->password);
		w->work.salt = arena_slice(&t->keep, wanted->salt);
		t->works = w;
	}
	*hash = w->work.hash;
	if (w->known)
		return OK;
	t->wants_work = true;
	return txn_wanted(t);
}

enum err txn_scrypt(struct txn *t, const char *password, struct slice salt, unsigned log2_n, const uint8_t **hash)
{
	struct exec_work work = {
	    .kind = EXEC_WORK_SCRYPT, .log2_n = log2_n, .password = slice_str(password), .salt = salt};
	return want_work(t, &work, hash);
}

enum err txn_idle(struct txn *t)
{
	const uint8_t *hash;
	struct exec_work work = {.kind = EXEC_WORK_IDLE};
	return want_work(t, &work, &hash);
}

enum err txn_commit_first(struct txn *t)
{
	if (t->committed_first)
		return OK;
	t->wants_commit = true;
	return txn_wanted(t);
}

bool txn_committed_first(const struct txn *t)
{
	return t->committed_first;
}
