#include "web/attachments_inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "rpc/status.h"

#define PATH "/v1/attachments"

static const struct route_ops upload_ops, download_ops;

/* --- exchanges --- */

struct passage *passage_new(struct attachments *a, struct http_exchange *x, const struct http_request *request)
{
	struct passage *p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->attachments = a;
	p->x = x;
	p->zh = status_prefers_zh(http_header(request, SLICE("accept-language")));
	arena_init(&p->arena, LIMIT_REQUEST_ARENA_BYTES);
	p->body.cap_bytes = LIMIT_ATTACHMENT_BYTES;
	a->n_passages++;
	return p;
}

static void passage_free(struct passage *p)
{
	p->attachments->n_passages--;
	buf_free(&p->body);
	arena_free(&p->arena);
	free(p);
}

void passage_fail(struct passage *p, enum err err, const struct fault *fault)
{
	struct status status = {err, fault != NULL && fault->err == err ? fault : NULL, p->zh, SLICE_NONE};
	struct http_header headers[] = {{.name = SLICE("content-type"), .value = SLICE("application/json")},
					{.name = SLICE("cache-control"), .value = SLICE("no-store")}};
	struct buf text = {0};
	if (p->is_answered)
		return;
	p->is_answered = true;
	buf_free(&p->body);
	status_json(&status, &text);
	if (text.failed)
		http_abort(p->x);
	else
		http_respond_body(p->x, err_info(err)->http, headers, 2, buf_view(&text));
	buf_free(&text);
	if (err_info(err)->http >= 500)
		log_warn("web", "an attachment was not served", LOG_S("reason", err_info(err)->reason));
}

bool passage_ask(struct passage *p, const struct method *method, const void *request,
		 void (*done)(void *arg, const struct exec_result *result))
{
	const struct exec_env *env = p->attachments->env;
	struct exec_request rq = {.method = method,
				  .credential = p->credential,
				  .request = request,
				  .deadline_ms = env->now_ms(env->arg) + LIMIT_DEADLINE_MS,
				  .done = done,
				  .arg = p};
	struct exec_call_state *state = exec_call(p->attachments->exec, &rq);
	if (state != NULL)
		p->exec = state;
	return state != NULL;
}

bool passage_shelve(struct passage *p, enum shelf_task task, const char *id, void (*done)(struct shelf_job *job))
{
	struct slice tenant = p->credential.tenant;
	struct shelf_job *job = calloc(1, sizeof(*job));
	if (job == NULL || tenant.len >= sizeof(job->tenant) || strlen(id) >= sizeof(job->id)) {
		free(job);
		return false;
	}
	job->task = task;
	memcpy(job->tenant, tenant.ptr, tenant.len);
	memcpy(job->id, id, strlen(id));
	memcpy(job->sha256, p->sha256, sizeof(job->sha256));
	job->bytes = p->clean;
	p->clean = (struct buf){0};
	job->done = done;
	job->arg = p;
	p->job = job;
	if (shelf_take(p->attachments->shelf, job))
		return true;
	p->job = NULL;
	shelf_job_free(job);
	return false;
}

static void passage_gone(struct route_state *state, bool completed)
{
	struct passage *p = (struct passage *)(void *)state;
	(void)completed;
	if (p->exec != NULL)
		exec_cancel(p->exec);
	shelf_forget(p->job);
	buf_free(&p->clean);
	passage_free(p);
}

static void ignore_body(struct route_state *state, struct slice piece)
{
	(void)state;
	(void)piece;
}

static void ignore(struct route_state *state)
{
	(void)state;
}

/* --- the way in --- */

static void upload_body(struct route_state *state, struct slice piece)
{
	struct passage *p = (struct passage *)(void *)state;
	if (p->is_answered || p->early != OK)
		return;
	buf_slice(&p->body, piece);
	if (p->body.failed) {
		p->early = p->body.len + piece.len > LIMIT_ATTACHMENT_BYTES ? ERR_TOO_LARGE : ERR_OVERLOADED;
		buf_free(&p->body);
	}
}

static void upload_end(struct route_state *state)
{
	struct passage *p = (struct passage *)(void *)state;
	if (p->is_answered)
		return;
	if (p->early != OK)
		passage_fail(p, p->early, &p->fault);
	else
		upload_take(p);
}

static const struct route_ops upload_ops = {upload_body, upload_end, ignore, passage_gone};
static const struct route_ops download_ops = {ignore_body, ignore, ignore, passage_gone};

/* --- paths --- */

static enum err read_credential(struct passage *p, const struct http_request *request)
{
	TRY(rpc_credential(p->attachments->rpc, request, &p->arena, p->from, &p->credential, &p->fault));
	return p->credential.kind == CREDENTIAL_NONE ? ERR_UNAUTHENTICATED : OK;
}

static enum err admit(struct passage *p, const struct http_request *request)
{
	if (p->attachments->n_passages > LIMIT_ATTACHMENTS_PER_WORKER)
		return ERR_OVERLOADED;
	if (!rpc_serving(p->attachments->rpc))
		return ERR_UNAVAILABLE;
	TRY(read_credential(p, request));
	return request->content_length > LIMIT_ATTACHMENT_BYTES ? ERR_TOO_LARGE : OK;
}

static struct route_state *begin_upload(struct passage *p, const struct http_request *request)
{
	p->route.ops = &upload_ops;
	p->early = admit(p, request);
	return &p->route;
}

static struct route_state *begin_download(struct passage *p, const struct http_request *request, struct slice id)
{
	p->route.ops = &download_ops;
	enum err err = admit(p, request);
	if (err == OK && id.len != ID_CHARS)
		err = ERR_NOT_FOUND;
	if (err != OK) {
		passage_fail(p, err, &p->fault);
		return &p->route;
	}
	memcpy(p->id, id.ptr, ID_CHARS);
	download_ask(p);
	return &p->route;
}

static struct route_state *not_allowed(struct http_exchange *x, const struct http_request *request, struct slice allow)
{
	bool asks = slice_eq(request->method, SLICE("OPTIONS"));
	return route_refuse(x, &(struct route_refusal){asks ? 204 : 405, {.name = SLICE("allow"), .value = allow}, ""});
}

struct route_state *attachments_begin(struct attachments *a, struct http_exchange *x,
				      const struct http_request *request)
{
	bool all = slice_eq(request->path, SLICE(PATH));
	if (!all && !slice_starts(request->path, SLICE(PATH "/")))
		return NULL;
	bool fits = slice_eq(request->method, all ? SLICE("POST") : SLICE("GET")) ||
		    (!all && slice_eq(request->method, SLICE("HEAD")));
	if (!fits)
		return not_allowed(x, request, all ? SLICE("POST") : SLICE("GET, HEAD"));
	struct passage *p = passage_new(a, x, request);
	if (p == NULL)
		return route_refuse(x, &(struct route_refusal){.status = 503, .text = "out of memory\n"});
	return all ? begin_upload(p, request)
		   : begin_download(p, request, slice_from(request->path, sizeof(PATH "/") - 1));
}

/* --- beginning and end --- */

struct attachments *attachments_new(const struct attachments_config *config)
{
	struct attachments *a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->exec = config->exec;
	a->env = config->env;
	a->shelf = config->shelf;
	LIST_INIT(&a->sweeps);
	return a;
}

void attachments_set_rpc(struct attachments *a, struct rpc *rpc)
{
	a->rpc = rpc;
}

void attachments_free(struct attachments *a)
{
	if (a == NULL)
		return;
	sweeps_free(a);
	free(a);
}
