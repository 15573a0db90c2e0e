#include <stdlib.h>

#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "web/attachments_inside.h"

/* How often a tenant is looked after. */
enum { SWEEP_EVERY_MS = 5000 };

/* Kept for the worker's life: when it was last done. */
struct sweep {
	LIST_ENTRY(sweep) link;
	struct attachments *attachments;
	char tenant[LIMIT_TENANT_ID_CHARS + 1];
	int64_t due_ms;
	bool busy;
	struct arena arena;
	AttachmentsGone *gone;
	size_t n_left; /* files */
	bool failed;
	struct exec_call_state *exec;
};

static void ask(struct sweep *s, const struct method *method, const void *request,
		void (*done)(void *arg, const struct exec_result *result))
{
	struct exec_request rq = {.method = method,
				  .credential = {.kind = CREDENTIAL_SYSTEM, .tenant = slice_str(s->tenant)},
				  .request = request,
				  .done = done,
				  .arg = s};
	struct exec_call_state *state = exec_call(s->attachments->exec, &rq);
	if (state != NULL)
		s->exec = state;
}

static void over(struct sweep *s)
{
	arena_reset(&s->arena);
	s->gone = NULL;
	s->busy = false;
}

static void forgotten(void *arg, const struct exec_result *result)
{
	struct sweep *s = arg;
	(void)result; /* those that are left are met again */
	s->exec = NULL;
	over(s);
}

/* Records go only when all files did: the next time finds the rest. */
static void dropped(struct shelf_job *job)
{
	struct sweep *s = job->arg;
	s->failed |= job->err != OK;
	shelf_job_free(job);
	if (--s->n_left > 0)
		return;
	if (s->failed)
		over(s);
	else
		ask(s, &attachment_swept, s->gone, forgotten);
}

static bool drop(struct sweep *s, const AttachmentRecord *record)
{
	struct shelf_job *job = calloc(1, sizeof(*job));
	if (job == NULL || strlen(record->id) >= sizeof(job->id) || strlen(record->sha256) >= sizeof(job->sha256)) {
		free(job);
		return false;
	}
	job->task = SHELF_DROP;
	memcpy(job->tenant, s->tenant, sizeof(job->tenant));
	memcpy(job->id, record->id, strlen(record->id));
	memcpy(job->sha256, record->sha256, strlen(record->sha256));
	job->done = dropped;
	job->arg = s;
	if (shelf_take(s->attachments->shelf, job))
		return true;
	shelf_job_free(job);
	return false;
}

/* The reply lives as long as this call. */
static AttachmentsGone *copy(struct sweep *s, const ProtobufCMessage *reply)
{
	jmp_buf guard;
	ProtobufCMessage *volatile message = NULL;
	if (ARENA_GUARD(&s->arena, &guard)) {
		struct fault fault;
		ProtobufCMessage *read = NULL;
		if (pb_decode(&s->arena, reply->descriptor, pb_encode_arena(reply, &s->arena), &fault, &read) == OK)
			message = read;
	}
	arena_unguard(&s->arena);
	return (AttachmentsGone *)(void *)message;
}

static void looked(void *arg, const struct exec_result *result)
{
	struct sweep *s = arg;
	s->exec = NULL;
	s->gone = result->err == OK ? copy(s, result->response) : NULL;
	if (s->gone == NULL || s->gone->n_attachments == 0) {
		over(s);
		return;
	}
	s->failed = false;
	s->n_left = 1; /* until all are asked for */
	for (size_t i = 0; i < s->gone->n_attachments && !s->failed; i++) {
		s->n_left++;
		if (!drop(s, s->gone->attachments[i])) {
			s->n_left--;
			s->failed = true;
		}
	}
	if (--s->n_left == 0)
		over(s);
}

static struct sweep *find(struct attachments *a, struct slice tenant)
{
	struct sweep *s;
	LIST_FOREACH(s, &a->sweeps, link)
	{
		if (slice_eq(slice_str(s->tenant), tenant))
			return s;
	}
	s = tenant.len >= sizeof(s->tenant) ? NULL : calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->attachments = a;
	memcpy(s->tenant, tenant.ptr, tenant.len);
	arena_init(&s->arena, LIMIT_REQUEST_ARENA_BYTES);
	LIST_INSERT_HEAD(&a->sweeps, s, link);
	return s;
}

void attachments_sweep(struct attachments *a, struct slice tenant)
{
	struct sweep *s = find(a, tenant);
	int64_t now_ms = a->env->now_ms(a->env->arg);
	if (s == NULL || s->busy || now_ms < s->due_ms)
		return;
	s->busy = true;
	s->due_ms = now_ms + SWEEP_EVERY_MS;
	ask(s, &attachment_sweep, NULL, looked);
}

void sweeps_free(struct attachments *a)
{
	while (!LIST_EMPTY(&a->sweeps)) {
		struct sweep *s = LIST_FIRST(&a->sweeps);
		LIST_REMOVE(s, link);
		arena_free(&s->arena);
		free(s);
	}
}
