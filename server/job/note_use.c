#include "job/jobs.h"
#include "txn/use.h"

/* Other workers may have written it down already. */
static enum err note_use(struct txn *t, const void *request, void *response)
{
	const struct exec_tick *req = request;
	UseRecord *use;
	(void)response;
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
