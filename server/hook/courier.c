#include "hook/courier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/limits.h"
#include "base/log.h"
#include "hook/payload.h"
#include "job/webhook_jobs.h"

enum { TENANT_BYTES = 32, ID_BYTES = 48, STAMP_BYTES = 24, TIDY_MS = 60000, STALE_MS = 2000, IDLE_LOOK_MS = 2000 };

struct hook;

/* A delivery under way. */
struct run {
	TAILQ_ENTRY(run) link;
	struct hook *hook;
	char lane_id[ID_BYTES], event_id[ID_BYTES], stamp[STAMP_BYTES];
	char *url;
	struct buf id, body, signature;
	int64_t sent_ms;
	struct hook_lane_request plan;
	struct hook_outcome_request outcome;
};

TAILQ_HEAD(runs, run);

struct hook {
	TAILQ_ENTRY(hook) link;
	struct route *route;
	char id[ID_BYTES];
	struct hook_request request;
	bool listed; /* in the last look */
	bool taking, tidying, releasing;
	int64_t tidy_due_ms;
	int64_t oldest_ms;
	struct runs runs;
	size_t n_runs;
	char due[HOOKS_LANES_MAX][ID_BYTES]; /* lanes to run, from the last look */
	size_t due_at, n_due;
	bool more_due; /* the look saw only the first */
};

TAILQ_HEAD(hooks, hook);

struct route {
	TAILQ_ENTRY(route) link;
	struct courier *courier;
	char tenant[TENANT_BYTES];
	struct hooks hooks;
	int64_t visited_ms;
	int64_t idle_until_ms; /* it has no webhooks: no need to look before */
	bool looking;
	bool look_again, later; /* wanted; on its way */
};

TAILQ_HEAD(routes, route);

struct courier {
	struct courier_config config;
	struct routes routes;
	bool stopped;
	struct courier_stats stats;
};

static void look(struct route *r);
static void run_due(struct hook *h);

static int64_t now_ms(const struct courier *c)
{
	return c->config.env->now_ms(c->config.env->arg);
}

/* Whether the lease may be taken to hold. */
static bool on_the_way(const struct route *r)
{
	return !r->courier->stopped && now_ms(r->courier) - r->visited_ms <= STALE_MS;
}

static void call(struct route *r, const struct method *method, const void *request,
		 void (*done)(void *arg, const struct exec_result *result), void *arg)
{
	struct exec_request rq = {.method = method, .request = request, .done = done, .arg = arg};
	rq.credential.kind = CREDENTIAL_SYSTEM;
	rq.credential.tenant = slice_str(r->tenant);
	exec_call(r->courier->config.exec, &rq);
}

/* --- looking again soon, outside the present call stack --- */

static void look_later(void *arg)
{
	struct route *r = arg;
	r->later = false;
	if (r->look_again && !r->looking && on_the_way(r))
		look(r);
}

static void want_look(struct route *r)
{
	r->look_again = true;
	if (r->later || r->looking || r->courier->stopped)
		return;
	r->later = true;
	r->courier->config.env->later(r->courier->config.env->arg, 0, look_later, r);
}

/* --- runs --- */

static void run_free(struct run *run)
{
	free(run->url);
	buf_free(&run->id);
	buf_free(&run->body);
	buf_free(&run->signature);
	free(run);
}

static void run_over(struct run *run)
{
	struct hook *h = run->hook;
	TAILQ_REMOVE(&h->runs, run, link);
	h->n_runs--;
	h->route->courier->stats.in_flight--;
	run_free(run);
}

static void release(struct hook *h);

static void run_plan(struct run *run);

static void reported(void *arg, const struct exec_result *result)
{
	struct run *run = arg;
	struct hook *h = run->hook;
	struct courier *c = h->route->courier;
	const HookOutcome *outcome = (const HookOutcome *)result->response;
	bool next = outcome != NULL && outcome->next && on_the_way(h->route);
	if (outcome != NULL) {
		c->stats.dead += outcome->dead ? 1 : 0;
		c->stats.disabled += outcome->disabled ? 1 : 0;
		if (outcome->disabled) {
			log_warn("hook", "a webhook was disabled", LOG_S("tenant", h->route->tenant),
				 LOG_S("webhook", h->id), LOG_I("status", run->outcome.status));
			h->n_due = h->due_at = 0;
		}
		if (outcome->release && !c->stopped)
			release(h);
	}
	if (next) {
		run_plan(run);
		return;
	}
	run_over(run);
	run_due(h);
}

static void answered(void *arg, const struct hook_answer *answer)
{
	struct run *run = arg;
	struct route *r = run->hook->route;
	int64_t took_ms = now_ms(r->courier) - run->sent_ms;
	r->courier->stats.results[answer->result]++;
	run->outcome = (struct hook_outcome_request){
	    .webhook_id = run->hook->id,
	    .lane_id = run->lane_id,
	    .event_id = run->event_id,
	    .result = answer->result,
	    .status = answer->status,
	    .latency_ms = took_ms > 0 && took_ms < UINT32_MAX ? (uint32_t)took_ms : 0,
	    .retry_after_ms = answer->retry_after_ms,
	};
	call(r, &job_hook_outcome, &run->outcome, reported, run);
}

/* The parcel as it goes out; false without memory. */
static bool pack(struct run *run, const HookPlan *plan)
{
	const struct route *r = run->hook->route;
	int64_t seconds = run->sent_ms / 1000;
	free(run->url);
	run->url = strdup(plan->url);
	buf_reset(&run->id);
	buf_reset(&run->body);
	buf_reset(&run->signature);
	snprintf(run->event_id, sizeof(run->event_id), "%s", plan->event_id);
	snprintf(run->stamp, sizeof(run->stamp), "%" PRId64, seconds);
	payload_id(r->tenant, plan->event_id, &run->id);
	bool fine = run->url != NULL && payload_body(plan->event, &run->body) &&
		    payload_sign(plan->secrets, plan->n_secrets, buf_view(&run->id), seconds, buf_view(&run->body),
				 &run->signature);
	buf_byte(&run->id, '\0');
	buf_byte(&run->signature, '\0');
	return fine && !run->id.failed && !run->signature.failed;
}

static void planned(void *arg, const struct exec_result *result)
{
	struct run *run = arg;
	struct hook *h = run->hook;
	struct hook_transport *transport = &h->route->courier->config.transport;
	const HookPlan *plan = (const HookPlan *)result->response;
	run->sent_ms = now_ms(h->route->courier);
	bool send = plan != NULL && plan->event_id[0] != '\0' && on_the_way(h->route) && pack(run, plan);
	struct hook_parcel parcel = {.url = run->url,
				     .id = (const char *)run->id.ptr,
				     .timestamp = run->stamp,
				     .signature = (const char *)run->signature.ptr,
				     .body = buf_view(&run->body),
				     .done = answered,
				     .arg = run};
	if (send && transport->send(transport->arg, &parcel))
		return;
	run_over(run);
	run_due(h);
}

static void run_plan(struct run *run)
{
	run->plan = (struct hook_lane_request){run->hook->id, run->lane_id};
	call(run->hook->route, &job_hook_plan, &run->plan, planned, run);
}

static bool is_running(const struct hook *h, const char *lane_id)
{
	const struct run *run;
	TAILQ_FOREACH(run, &h->runs, link)
	{
		if (strcmp(run->lane_id, lane_id) == 0)
			return true;
	}
	return false;
}

/* As many of the due lanes as may run at once. */
static void run_due(struct hook *h)
{
	while (h->due_at < h->n_due && h->n_runs < LIMIT_HOOK_IN_FLIGHT && on_the_way(h->route)) {
		const char *lane_id = h->due[h->due_at++];
		struct run *run = is_running(h, lane_id) ? NULL : calloc(1, sizeof(*run));
		if (run == NULL)
			continue; /* still due at the next look */
		run->hook = h;
		snprintf(run->lane_id, sizeof(run->lane_id), "%s", lane_id);
		TAILQ_INSERT_TAIL(&h->runs, run, link);
		h->n_runs++;
		h->route->courier->stats.in_flight++;
		run_plan(run);
	}
	if (h->due_at == h->n_due && h->more_due && h->n_runs < LIMIT_HOOK_IN_FLIGHT) {
		h->more_due = false;
		want_look(h->route);
	}
}

/* --- the rest of a hook's work --- */

static void took(void *arg, const struct exec_result *result)
{
	struct hook *h = arg;
	const HookProgress *progress = (const HookProgress *)result->response;
	h->taking = false;
	if (progress != NULL && (progress->more || progress->done > 0))
		want_look(h->route);
}

static void tidied(void *arg, const struct exec_result *result)
{
	struct hook *h = arg;
	const HookProgress *progress = (const HookProgress *)result->response;
	h->tidying = false;
	if (progress != NULL && progress->more)
		h->tidy_due_ms = 0;
}

static void tidy(struct hook *h)
{
	if (h->tidying)
		return;
	h->tidying = true;
	h->tidy_due_ms = now_ms(h->route->courier) + TIDY_MS;
	call(h->route, &job_hook_tidy, &h->request, tidied, h);
}

static void released(void *arg, const struct exec_result *result)
{
	struct hook *h = arg;
	const HookProgress *progress = (const HookProgress *)result->response;
	h->releasing = false;
	if (progress != NULL && progress->more && on_the_way(h->route))
		release(h);
}

static void release(struct hook *h)
{
	if (h->releasing)
		return;
	h->releasing = true;
	call(h->route, &job_hook_release, &h->request, released, h);
}

/* --- looking --- */

static struct hook *hook_of(struct route *r, const char *id)
{
	struct hook *h;
	TAILQ_FOREACH(h, &r->hooks, link)
	{
		if (strcmp(h->id, id) == 0)
			return h;
	}
	h = strlen(id) < ID_BYTES ? calloc(1, sizeof(*h)) : NULL;
	if (h == NULL)
		return NULL;
	h->route = r;
	strcpy(h->id, id);
	h->request.webhook_id = h->id;
	/* Not all of a tenant's at once. */
	h->tidy_due_ms =
	    now_ms(r->courier) + (int64_t)(r->courier->config.env->random(r->courier->config.env->arg) % TIDY_MS);
	TAILQ_INIT(&h->runs);
	TAILQ_INSERT_TAIL(&r->hooks, h, link);
	return h;
}

static void take_due(struct hook *h, const HookDue *due)
{
	h->due_at = h->n_due = 0;
	for (size_t i = 0; i < due->n_lane_ids && i < HOOKS_LANES_MAX; i++) {
		if (strlen(due->lane_ids[i]) < ID_BYTES)
			strcpy(h->due[h->n_due++], due->lane_ids[i]);
	}
	h->more_due = due->n_lane_ids == HOOKS_LANES_MAX;
	h->oldest_ms = due->oldest_ms;
}

static void work(struct hook *h, const HookDue *due)
{
	struct route *r = h->route;
	take_due(h, due);
	if (due->purge || due->sweep || now_ms(r->courier) >= h->tidy_due_ms)
		tidy(h);
	if (due->purge)
		return;
	if (!h->taking) {
		h->taking = true;
		call(r, &job_hook_take, &h->request, took, h);
	}
	run_due(h);
}

/* Those that were not seen are disabled or gone. */
static void forget_unlisted(struct route *r)
{
	struct hook *h = TAILQ_FIRST(&r->hooks);
	while (h != NULL) {
		struct hook *next = TAILQ_NEXT(h, link);
		if (!h->listed) {
			h->n_due = h->due_at = 0;
			h->oldest_ms = 0;
			if (h->n_runs == 0 && !h->taking && !h->tidying && !h->releasing) {
				TAILQ_REMOVE(&r->hooks, h, link);
				free(h);
			}
		}
		h = next;
	}
}

static void looked(void *arg, const struct exec_result *result)
{
	struct route *r = arg;
	const HooksDue *due = (const HooksDue *)result->response;
	struct hook *h;
	TAILQ_FOREACH(h, &r->hooks, link)
	h->listed = false;
	for (size_t i = 0; due != NULL && i < due->n_hooks; i++) {
		h = hook_of(r, due->hooks[i]->webhook_id);
		if (h == NULL)
			continue;
		h->listed = true;
		work(h, due->hooks[i]);
	}
	if (due != NULL) {
		forget_unlisted(r);
		r->idle_until_ms = due->n_hooks > 0 ? 0 : now_ms(r->courier) + IDLE_LOOK_MS;
	}
	r->looking = false;
	if (r->look_again)
		want_look(r);
}

static void look(struct route *r)
{
	r->looking = true;
	r->look_again = false;
	call(r, &job_hooks_look, NULL, looked, r);
}

/* --- the outside --- */

static struct route *route_of(struct courier *c, struct slice tenant)
{
	struct route *r;
	TAILQ_FOREACH(r, &c->routes, link)
	{
		if (slice_eq(slice_str(r->tenant), tenant))
			return r;
	}
	r = tenant.len < TENANT_BYTES ? calloc(1, sizeof(*r)) : NULL;
	if (r == NULL)
		return NULL;
	r->courier = c;
	memcpy(r->tenant, tenant.ptr, tenant.len);
	TAILQ_INIT(&r->hooks);
	TAILQ_INSERT_TAIL(&c->routes, r, link);
	return r;
}

void courier_visit(struct courier *c, struct slice tenant)
{
	struct route *r = c->stopped ? NULL : route_of(c, tenant);
	if (r == NULL)
		return;
	r->visited_ms = now_ms(c);
	if (!r->looking && r->visited_ms >= r->idle_until_ms)
		look(r);
}

struct courier *courier_new(const struct courier_config *config)
{
	struct courier *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->config = *config;
	TAILQ_INIT(&c->routes);
	return c;
}

void courier_stop(struct courier *c)
{
	if (c != NULL)
		c->stopped = true;
}

static void hook_free(struct hook *h)
{
	struct run *run;
	while ((run = TAILQ_FIRST(&h->runs)) != NULL) {
		TAILQ_REMOVE(&h->runs, run, link);
		run_free(run);
	}
	free(h);
}

void courier_free(struct courier *c)
{
	struct route *r;
	struct hook *h;
	while (c != NULL && (r = TAILQ_FIRST(&c->routes)) != NULL) {
		while ((h = TAILQ_FIRST(&r->hooks)) != NULL) {
			TAILQ_REMOVE(&r->hooks, h, link);
			hook_free(h);
		}
		TAILQ_REMOVE(&c->routes, r, link);
		free(r);
	}
	free(c);
}

const struct courier_stats *courier_stats(const struct courier *c)
{
	return &c->stats;
}

int64_t courier_lag_ms(const struct courier *c)
{
	int64_t oldest_ms = INT64_MAX, now = now_ms(c);
	const struct route *r;
	const struct hook *h;
	TAILQ_FOREACH(r, &c->routes, link)
	{
		TAILQ_FOREACH(h, &r->hooks, link)
		{
			if (on_the_way(r) && h->oldest_ms != 0 && h->oldest_ms < oldest_ms)
				oldest_ms = h->oldest_ms;
		}
	}
	return oldest_ms < now ? now - oldest_ms : 0;
}
