#include "job/jobs.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/limits.h"
#include "job/batch.h"
#include "job/census.h"
#include "job/sweep.h"
#include "job/worth_notes.h"

enum { PAGE = LIMIT_BATCH_ORDERS, OWNER_BYTES = 64, TENANT_BYTES = 32, IN_FLIGHT_MAX = 512 };

struct job_tenant {
	struct job_tenant *next;
	struct jobs *jobs;
	char id[TENANT_BYTES];
	bool busy; /* waiting for the lease or for the index */
	bool held;
	bool keeping;
	int64_t housekeep_due_ms;
	struct housekeep_request housekeep;
	int64_t claims_day; /* on which the old claims were all dropped */
	struct census census;
	struct arena arena;
	struct store_load load;
	struct store_read read;
	/* Where the next page of what is due begins; "": at the start. Orders whose tick always fails stay in front
	 * of the index: they must not be all that is ever read. */
	char behind[ID_CHARS + 1];
	int64_t behind_score;
	struct sweep sweep;
	struct worth_notes worth;
};

struct jobs {
	struct exec *exec;
	struct store *store;
	const struct exec_env *env;
	char owner[OWNER_BYTES];
	struct job_tenant *tenants;
	int64_t list_due_ms;
	bool listing, stopped, armed;
	struct batches batches;
	struct jobs_stats stats;
	/* The worst lateness of the window under way, and of the one before. */
	int64_t window_until_ms;
	uint64_t late_ms, late_before_ms;
	void (*on_lease)(void *arg, struct slice tenant); /* NULL: nobody wants to know */
	void *on_lease_arg;
};

static void poll_all(void *arg);

/* After a stop the memory goes when nothing is under way that comes back to it. */
static bool quiet(const struct jobs *j)
{
	bool busy = j->listing || j->armed || j->batches.first != NULL;
	for (const struct job_tenant *t = j->tenants; t != NULL; t = t->next)
		busy |= t->busy || t->keeping || t->census.busy || !sweep_quiet(&t->sweep);
	return !busy;
}

static void free_if_over(struct jobs *j)
{
	if (!j->stopped || !quiet(j))
		return;
	while (j->tenants != NULL) {
		struct job_tenant *t = j->tenants;
		j->tenants = t->next;
		arena_free(&t->arena);
		sweep_finish(&t->sweep);
		worth_notes_finish(&t->worth);
		free(t);
	}
	free(j);
}

/* --- ticking what is due --- */

static void turn_window(struct jobs *j, int64_t now_ms)
{
	if (now_ms < j->window_until_ms)
		return;
	j->window_until_ms = now_ms + JOBS_LATE_WINDOW_MS;
	j->late_before_ms = j->late_ms;
	j->late_ms = 0;
}

static void note_late(struct jobs *j, int64_t due_ms)
{
	int64_t now_ms = j->env->now_ms(j->env->arg);
	turn_window(j, now_ms);
	if (now_ms > due_ms && (uint64_t)(now_ms - due_ms) > j->late_ms)
		j->late_ms = (uint64_t)(now_ms - due_ms);
}

static void learned(void *arg, const struct exec_result *result)
{
	struct job_tenant *t = arg;
	(void)result; /* what was not learnt now is learnt in a minute */
	t->keeping = false;
	free_if_over(t->jobs);
}

static void kept(void *arg, const struct exec_result *result)
{
	struct job_tenant *t = arg;
	if (result->err == OK)
		t->housekeep.first_bucket = (t->housekeep.first_bucket + t->housekeep.n_buckets) % CLAIM_BUCKETS;
	if (result->err == OK && t->housekeep.first_bucket == 0)
		t->claims_day = (t->housekeep_due_ms - JOBS_HOUSEKEEP_MS) / CLAIM_DAY_MS;
	if (t->jobs->stopped) {
		learned(t, result);
		return;
	}
	struct exec_request request = {.method = &job_learn, .done = learned, .arg = t};
	request.credential.kind = CREDENTIAL_SYSTEM;
	request.credential.tenant = slice_str(t->id);
	exec_call(t->jobs->exec, &request);
}

/* A few buckets a minute until each has come round: there is more to drop once a day. What was answered meanwhile is
 * learnt behind it. */
static void housekeep(struct job_tenant *t)
{
	struct jobs *j = t->jobs;
	int64_t now_ms = j->env->now_ms(j->env->arg);
	if (t->keeping || now_ms < t->housekeep_due_ms)
		return;
	t->housekeep_due_ms = now_ms + JOBS_HOUSEKEEP_MS;
	t->housekeep.n_buckets = t->claims_day == now_ms / CLAIM_DAY_MS ? 0 : HOUSEKEEP_BUCKETS;
	t->keeping = true;
	struct exec_request request = {.method = &job_housekeep, .request = &t->housekeep, .done = kept, .arg = t};
	request.credential.kind = CREDENTIAL_SYSTEM;
	request.credential.tenant = slice_str(t->id);
	exec_call(j->exec, &request);
}

static void remember_page(struct job_tenant *t)
{
	t->behind[0] = '\0';
	if (t->read.n_entries < PAGE)
		return;
	const struct store_entry *last = &t->read.entries[t->read.n_entries - 1];
	t->behind_score = last->score;
	snprintf(t->behind, sizeof(t->behind), "%.*s", SLICE_FMT(last->member));
}

static void batch_over(void *arg)
{
	free_if_over(arg);
}

static void counted(void *arg)
{
	free_if_over(arg);
}

static void due_read(struct store_load *load, enum store_verdict verdict)
{
	struct job_tenant *t = load->arg;
	struct jobs *j = t->jobs;
	if (verdict == STORE_OK)
		remember_page(t);
	for (size_t i = 0; verdict == STORE_OK && i < t->read.n_entries; i++)
		note_late(j, t->read.entries[i].score);
	if (verdict == STORE_OK && !j->stopped && t->read.n_entries > 0)
		batch_start(&j->batches, &t->worth, t->read.entries, t->read.n_entries);
	t->busy = false;
	free_if_over(j);
}

static void leased(void *arg, bool held)
{
	struct job_tenant *t = arg;
	struct jobs *j = t->jobs;
	if (held != t->held)
		j->stats.leases += held ? 1 : (uint64_t)-1;
	t->held = held;
	if (!held)
		census_forget(&t->census);
	if (!held || j->stopped || j->batches.in_flight > IN_FLIGHT_MAX) {
		t->busy = false;
		free_if_over(j);
		return;
	}
	housekeep(t);
	census_take(&t->census, j->store, slice_str(t->id), j->env->now_ms(j->env->arg), counted, j);
	if (j->on_lease != NULL)
		j->on_lease(j->on_lease_arg, slice_str(t->id));
	sweep_poll(&t->sweep);
	arena_reset(&t->arena);
	t->read = (struct store_read){.kind = STORE_RANGE,
				      .key = SLICE(INDEX_DUE),
				      .min = 0,
				      .max = j->env->now_ms(j->env->arg),
				      .after = slice_str(t->behind),
				      .after_score = t->behind_score,
				      .limit = PAGE};
	t->load = (struct store_load){
	    .tenant = slice_str(t->id), .reads = &t->read, .n = 1, .arena = &t->arena, .done = due_read, .arg = t};
	j->store->ops->load(j->store, &t->load);
}

/* --- tenants --- */

static void swept(void *arg)
{
	free_if_over(arg);
}

static void listed(void *arg, struct slice tenant, bool ok)
{
	struct jobs *j = arg;
	(void)ok;
	if (tenant.len == 0) {
		j->listing = false;
		free_if_over(j);
		return;
	}
	for (struct job_tenant *t = j->tenants; t != NULL; t = t->next) {
		if (slice_eq(slice_str(t->id), tenant))
			return;
	}
	struct job_tenant *t = tenant.len < TENANT_BYTES ? calloc(1, sizeof(*t)) : NULL;
	if (t == NULL)
		return; /* the next listing comes soon */
	enum { ARENA_BYTES = 1024 * 1024 };
	memcpy(t->id, tenant.ptr, tenant.len);
	t->jobs = j;
	t->next = j->tenants;
	arena_init(&t->arena, ARENA_BYTES);
	worth_notes_init(&t->worth, j->exec, j->env, t->id);
	sweep_init(&t->sweep, j->exec, j->store, j->env, t->id, swept, j);
	j->tenants = t;
}

static void poll_all(void *arg)
{
	struct jobs *j = arg;
	int64_t now_ms = j->env->now_ms(j->env->arg);
	j->armed = false;
	if (j->stopped) {
		free_if_over(j);
		return;
	}
	j->armed = true;
	j->env->later(j->env->arg, JOBS_POLL_MS, poll_all, j);
	if (!j->store->ops->ready(j->store))
		return;
	if (!j->listing && now_ms >= j->list_due_ms) {
		j->list_due_ms = now_ms + JOBS_TENANTS_MS;
		j->listing = true;
		j->store->ops->list_tenants(j->store, listed, j);
	}
	for (struct job_tenant *t = j->tenants; t != NULL; t = t->next) {
		if (t->busy)
			continue;
		t->busy = true;
		j->store->ops->lease(j->store, slice_str(t->id), SLICE("lease:timers"), slice_str(j->owner),
				     JOBS_LEASE_MS, leased, t);
	}
}

struct jobs *jobs_start(struct exec *exec, struct store *store, const struct exec_env *env, const char *owner)
{
	struct jobs *j = calloc(1, sizeof(*j));
	if (j == NULL)
		return NULL;
	j->exec = exec;
	j->store = store;
	j->env = env;
	snprintf(j->owner, sizeof(j->owner), "%s", owner);
	j->batches = (struct batches){.exec = exec, .env = env, .stats = &j->stats, .over = batch_over, .arg = j};
	j->armed = true;
	env->later(env->arg, 0, poll_all, j);
	return j;
}

void jobs_on_lease(struct jobs *j, void (*fn)(void *arg, struct slice tenant), void *arg)
{
	j->on_lease = fn;
	j->on_lease_arg = arg;
}

void jobs_stop(struct jobs *j)
{
	if (j == NULL)
		return;
	j->stopped = true;
	free_if_over(j);
}

const struct jobs_stats *jobs_stats(struct jobs *j)
{
	j->stats.keys_left = 0;
	for (const struct job_tenant *t = j->tenants; t != NULL; t = t->next)
		j->stats.keys_left += t->held ? t->sweep.keys_left : 0;
	turn_window(j, j->env->now_ms(j->env->arg));
	j->stats.late_ms_max = j->late_ms > j->late_before_ms ? j->late_ms : j->late_before_ms;
	memset(j->stats.orders, 0, sizeof(j->stats.orders));
	memset(j->stats.late_orders, 0, sizeof(j->stats.late_orders));
	memset(j->stats.age_ms, 0, sizeof(j->stats.age_ms));
	for (const struct job_tenant *t = j->tenants; t != NULL; t = t->next) {
		for (size_t i = 0; i < CENSUS_N_STATES; i++) {
			j->stats.orders[i] += t->census.orders[i];
			j->stats.late_orders[i] += t->census.late[i];
			if (t->census.age_ms[i] > j->stats.age_ms[i])
				j->stats.age_ms[i] = t->census.age_ms[i];
		}
	}
	return &j->stats;
}
