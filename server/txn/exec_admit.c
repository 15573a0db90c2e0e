#include "pb/pb_rule.h"
#include "txn/exec_internal.h"

enum err exec_check_request(struct exec_call_state *c)
{
	struct txn *t = &c->txn;
	jmp_buf guard;
	volatile enum err err = ERR_TOO_LARGE;
	/* A job has none; a stream's was checked when it was opened. */
	if (c->rq.method->request == NULL || c->rq.watched != NULL)
		return OK;
	if (ARENA_GUARD(&t->keep, &guard))
		err = pb_check(&t->keep, c->rq.request, &t->fault);
	arena_unguard(&t->keep);
	return err;
}
