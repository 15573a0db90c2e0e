#include <stdio.h>

#include "base/limits.h"
#include "pb/pb_message.h"
#include "txn/watch_internal.h"

void alike_init(struct alike *a, struct exec *exec, struct tenant *tenant, const struct tenant_heard *heard)
{
	*a = (struct alike){.exec = exec, .tenant = tenant, .heard = heard};
	arena_init(&a->arena, LIMIT_REQUEST_ARENA_BYTES);
	if (heard->id.len < sizeof(a->id))
		memcpy(a->id, heard->id.ptr, heard->id.len);
	a->now_ms = exec->env->now_ms(exec->env->arg);
}

void alike_finish(struct alike *a)
{
	arena_free(&a->arena);
}

/* Whether nothing lies between what it was told last and the entry; a credential that has expired, or is just being
 * judged, is for a transaction of its own. */
static bool may_tell(const struct alike *a, const struct exec_watch *w)
{
	struct log_id after;
	if (w->rq.method->tell == NULL || !w->opened || w->paused || w->opening != NULL || w->n_tells > 0 ||
	    !w->heard_more || !watch_at_rest(w) || a->heard->before == NULL || tenant_config(a->tenant) == NULL)
		return false;
	if (w->actor.until_ms != 0 && w->actor.until_ms <= a->now_ms)
		return false;
	return log_id_parse(slice_str(w->after), &after) && log_id_cmp(after, *a->heard->before) == 0;
}

/* What is told of the i-th event; without a message when none can be made. */
static const struct exec_told *make(struct alike *a, const struct method *m, size_t i)
{
	static const struct actor nobody = {.role = ROLE_SYSTEM, .id = "", .key_id = "", .person_id = ""};
	size_t n = a->heard->batch->n_events;
	struct fault fault;
	if (a->method != m) {
		a->told = arena_array(&a->arena, n, sizeof(*a->told));
		a->method = m;
	}
	struct exec_told *told = &a->told[i];
	if (told->message != NULL)
		return told;
	struct scene scene = {.arena = &a->arena,
			      .now_ms = a->now_ms,
			      .actor = &nobody,
			      .config = tenant_config(a->tenant),
			      .fault = &fault};
	const char *position = arena_printf(&a->arena, "%s-%zu", a->id, i);
	ProtobufCMessage *message = pb_message_new(&a->arena, m->response);
	if (m->tell(&scene, a->heard->batch->events[i], position, message) == OK)
		*told = (struct exec_told){slice_str(position), message, ++a->exec->n_same};
	return told;
}

/* false: not told, for want of a message. */
static bool tell_event(struct alike *a, const struct exec_watch *w, size_t i)
{
	jmp_buf guard;
	const struct exec_told *volatile told = NULL;
	if (ARENA_GUARD(&a->arena, &guard))
		told = make(a, w->rq.method, i);
	arena_unguard(&a->arena);
	if (told == NULL || told->message == NULL)
		return false;
	w->rq.message(w->rq.arg, told);
	return true;
}

bool alike_tell(struct alike *a, struct exec_watch *w)
{
	const EventBatch *batch = a->heard->batch;
	const struct method *m = w->rq.method;
	size_t i = 0;
	if (!may_tell(a, w))
		return false;
	w->busy = true; /* whoever is told may stop the watch */
	if (w->actor.key_id[0] != '\0')
		exec_used(a->exec, a->tenant, w->actor.key_id, a->now_ms);
	for (bool told = true; i < batch->n_events && !w->paused && !w->ended; i += told) {
		if (m->concerns(&w->actor, tenant_config(a->tenant), w->rq.request, batch->events[i]))
			told = tell_event(a, w, i);
		if (!told)
			break;
	}
	w->busy = false;
	if (w->ended) {
		watch_free(w);
		return true;
	}
	if (i < batch->n_events) { /* as if it had been resumed here */
		memcpy(w->skip_entry, a->id, sizeof(a->id));
		w->skip = (unsigned)i;
		return false;
	}
	memcpy(w->after, a->id, sizeof(a->id));
	w->heard_more = false;
	return true;
}
