#include "job/jobs.h"
#include "txn/use.h"

/* A session ends when it was not used for long: it knows itself. */
static enum err note_session(struct txn *t, const char *id)
{
	SessionRecord *session;
	TRY(TXN_FIND(t, SESSION, id, &session));
	if (session == NULL || txn_now_ms(t) - session->used_ms < USE_STEP_MS)
		return OK;
	session->used_ms = txn_now_ms(t);
	txn_put(t, KIND_SESSION, session);
	return OK;
}

/* Other workers may have written it down already. */
static enum err note_use(struct txn *t, const void *request, void *response)
{
	const struct exec_tick *req = request;
	UseRecord *use;
	(void)response;
	if (kind_of_letter(req->order_id[0]) == KIND_SESSION)
		return note_session(t, req->order_id);
	TRY(TXN_FIND(t, USE, req->order_id, &use));
	if (use == NULL) {
		use = ARENA_NEW(txn_arena(t), UseRecord);
		UseRecord_init(use);
		use->id = (char *)req->order_id;
	}
	if (txn_now_ms(t) - use->last_ms < USE_STEP_MS)
		return OK;
	use->last_ms = txn_now_ms(t);
	txn_put(t, KIND_USE, use);
	return OK;
}

const struct method job_note_use = {
    .path = "/job/NoteUse", .handler = note_use, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES};
