#include "txn/watch_internal.h"

void watch_leave_due(struct exec_watch *w)
{
	if (w->at_due == NULL)
		return;
	*w->at_due = w->next_due;
	if (w->next_due != NULL)
		w->next_due->at_due = w->at_due;
	w->at_due = NULL;
}

/* Whose credential may have ended. Keys are configuration, and any of them may have been revoked; sessions and
 * the accounts behind them tell for themselves. */
enum ending { ENDING_NONE, ENDING_SESSIONS, ENDING_ALL };

static enum ending ending_of(const EventBatch *batch)
{
	enum ending ending = ENDING_NONE;
	for (size_t i = 0; i < batch->n_events; i++) {
		EventKind kind = batch->events[i]->kind;
		if (kind == EVENT_KIND_CONFIG_CHANGED)
			return ENDING_ALL;
		if (kind == EVENT_KIND_SESSION_ENDED || kind == EVENT_KIND_OPERATOR_CHANGED)
			ending = ENDING_SESSIONS;
	}
	return ending;
}

static void check_some(struct tenant *tenant, enum ending ending)
{
	struct exec_watch *next;
	for (struct exec_watch *w = *tenant_watches(tenant); w != NULL; w = next) {
		next = w->next;
		if (ending == ENDING_ALL || w->rq.credential.kind == CREDENTIAL_SESSION)
			watch_check(w);
	}
}

/* --- hearing --- */

struct hearing {
	struct tenant *tenant;
	const struct tenant_heard *heard;
	struct exec_watch *due;
};

void watch_pass_by(struct exec_watch *w, const struct log_id *before)
{
	struct log_id after;
	if (before != NULL && !w->heard_more && watch_at_rest(w) && log_id_parse(slice_str(w->after), &after) &&
	    log_id_cmp(after, *before) < 0)
		log_id_format(*before, w->after);
}

static void hear(void *arg, struct watch_listener *listener)
{
	struct hearing *h = arg;
	struct exec_watch *w = (struct exec_watch *)((char *)listener - offsetof(struct exec_watch, listener));
	const EventBatch *batch = h->heard->batch;
	bool concerned = false;
	if (w->at_due != NULL || w->ended)
		return;
	for (size_t i = 0; i < batch->n_events && !concerned; i++)
		concerned =
		    w->rq.method->concerns(&w->actor, tenant_config(h->tenant), w->rq.request, batch->events[i]);
	if (!concerned)
		return;
	watch_pass_by(w, h->heard->before);
	w->heard_more = true;
	w->next_due = h->due;
	w->at_due = &h->due;
	if (w->next_due != NULL)
		w->next_due->at_due = &w->next_due;
	h->due = w;
}

/* First all are found, then each goes on: one that is told may stop others. */
void watch_events(struct exec *e, struct tenant *tenant, const struct tenant_heard *heard)
{
	struct hearing h = {.tenant = tenant, .heard = heard};
	struct alike alike;
	e->stats.events++;
	enum ending ending = ending_of(heard->batch);
	if (ending != ENDING_NONE)
		check_some(tenant, ending);
	tenant_use(tenant); /* it may go with its last watch */
	watch_index_find(tenant_listeners(tenant), heard->batch, hear, &h);
	alike_init(&alike, e, tenant, heard);
	while (h.due != NULL) {
		struct exec_watch *w = h.due;
		watch_leave_due(w);
		if (!w->busy && !alike_tell(&alike, w))
			watch_move_on(w);
	}
	alike_finish(&alike);
	tenant_release(tenant);
}
