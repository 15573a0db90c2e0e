#include "txn/exec.h"

#include <stdio.h>

#include "base/limits.h"
#include "domain/config.h"
#include "domain/order.h"
#include "txn/authn.h"
#include "txn/envelope.h"
#include "txn/exec_internal.h"

/* Reports the end; whoever is outermost on the stack frees the call (advance, exec_call). */
static void finish(struct exec_call_state *c, enum err err)
{
	struct exec_result result = {
	    .err = err, .fault = &c->txn.fault, .actor = c->actor_known ? &c->txn.actor : NULL};
	if (err == OK) {
		result.response = c->response;
		result.cookie = c->txn.cookie.value == NULL ? NULL : &c->txn.cookie;
	}
	if (err != OK && c->txn.fault.err != err)
		c->txn.fault = (struct fault){.err = err};
	c->finished = true;
	if (!c->cancelled && c->rq.done != NULL)
		c->rq.done(c->rq.arg, &result);
}

/* --- running --- */

static void advance(struct exec_call_state *c);

static void loaded(struct store_load *load, enum store_verdict verdict);
static void committed(struct store_commit *commit, enum store_verdict verdict);

static bool add_read(struct store_read *reads, size_t *n, struct txn *t, struct txn_record *r)
{
	if (r->known)
		return false;
	struct store_read *read = &reads[(*n)++];
	*read = (struct store_read){.kind = STORE_GET, .key = txn_key(&t->keep, r->kind, r->id)};
	txn_pack_place(&t->keep, r->kind, r->id, &read->pack_key, &read->pack_field);
	return true;
}

/* Everything that the last run wanted, in one round trip. */
static enum err build_load(struct exec_call_state *c)
{
	struct txn *t = &c->txn;
	struct store_read *reads = arena_array(&t->keep, t->n_records + t->n_queries, sizeof(*reads));
	size_t n = 0;
	for (size_t i = 0; i < t->n_records; i++)
		add_read(reads, &n, t, &t->records[i]);
	for (size_t i = 0; i < t->n_queries; i++) {
		if (!t->queries[i].known)
			reads[n++] = t->queries[i].read;
	}
	c->load = (struct store_load){
	    .tenant = slice_str(txn_tenant(t)), .reads = reads, .n = n, .arena = &t->keep, .done = loaded, .arg = c};
	return n == 0 && t->wants_id == KIND_COUNT && !t->wants_work && !t->wants_commit ? ERR_INTERNAL : OK;
}

static void take_load(struct exec_call_state *c)
{
	struct txn *t = &c->txn;
	size_t at = 0;
	for (size_t i = 0; i < t->n_records; i++) {
		struct txn_record *r = &t->records[i];
		if (r->known)
			continue;
		const struct store_read *read = &c->load.reads[at++];
		enum err err = txn_fill(t, r, read->found ? read->value : SLICE_NONE, read->packed, false);
		if (err != OK)
			c->failed = err;
		else if (read->found)
			tenant_cache_put(t->tenant, r->kind, r->id, read->value, read->packed);
	}
	for (size_t i = 0; i < t->n_queries; i++) {
		if (!t->queries[i].known) {
			t->queries[i].read = c->load.reads[at++];
			t->queries[i].known = true;
		}
	}
}

/* A run counts only if all that it reached for was at hand, whatever the handler made of ERR_WANTED: what it did or
 * refused without would rest on nothing. It runs again with what it passed over, so that it ends as if it had waited.
 * What is too large only gets larger. A commit on the way can't be made up for, as what was put behind it would go
 * along. */
static enum err run_end(const struct txn *t, enum err err)
{
	if (!t->wanting || err == ERR_WANTED || err == ERR_TOO_LARGE)
		return err;
	return t->wants_commit ? ERR_INTERNAL : ERR_WANTED;
}

/* One run of the handler and what follows from it, inside the arenas' guard. */
static enum err run_once(struct exec_call_state *c)
{
	struct txn *t = &c->txn;
	const struct method *m = c->rq.method;
	enum err err;
	t->exec->stats.runs++;
	txn_begin_run(t);
	c->response = NULL;
	if (m->response != NULL) {
		c->response = arena_alloc(&t->run, m->response->sizeof_message);
		m->response->message_init(c->response);
	}
	if (c->answer_again)
		err = m->again(t, c->subject, c->response);
	else
		err = m->handler(t, c->rq.request, c->response);
	err = run_end(t, err);
	if (err == ERR_WANTED)
		TRY(build_load(c));
	if (err == ERR_WANTED && t->wants_commit && c->load.n == 0)
		TRY(txn_build_commit(t, SLICE_NONE, 0, &c->commit));
	if (err == OK && (m->flags & METHOD_WRITES) != 0 && !c->answer_again)
		TRY(txn_build_commit(t, c->request_id, c->fingerprint, &c->commit));
	return err;
}

static enum err run_guarded(struct exec_call_state *c)
{
	jmp_buf guard;
	volatile enum err err = ERR_TOO_LARGE;
	c->commit.n_writes = 0;
	c->txn.keep.guard = &guard;
	if (ARENA_GUARD(&c->txn.run, &guard))
		err = run_once(c);
	arena_unguard(&c->txn.run);
	arena_unguard(&c->txn.keep);
	return err;
}

static bool has_cached(const struct txn *t)
{
	for (size_t i = 0; i < t->n_records; i++) {
		if (t->records[i].cached)
			return true;
	}
	return false;
}

static void drop_cached(struct txn *t)
{
	for (size_t i = 0; i < t->n_records; i++)
		tenant_cache_drop(t->tenant, t->records[i].kind, t->records[i].id);
}

/* Runs again on fresh records, after making sure that the configuration is current. */
static void start_over(struct exec_call_state *c)
{
	drop_cached(&c->txn);
	txn_forget_reads(&c->txn);
	c->txn.use_cache = false;
	c->verified = true;
	c->next_step = (c->rq.method->flags & METHOD_ROOT) != 0 ? STEP_RUN : STEP_VERIFY;
}

/* An answer counts only if what it was made from was current: a commit's guards see to that; an error or
 * an empty write on cached records, or a refusal by a possibly old configuration, is tried again. */
static bool must_verify(const struct exec_call_state *c, enum err err)
{
	bool open = (c->rq.method->roles & ROLE_BIT(UNSPECIFIED)) != 0;
	if (c->verified || (c->rq.credential.kind == CREDENTIAL_NONE && !open))
		return false;
	return err != OK || has_cached(&c->txn);
}

static void repeat(struct exec_call_state *c);

static void take_claim(struct exec_call_state *c)
{
	c->claiming = false;
	if (exec_claim_found(c))
		repeat(c);
	else
		finish(c, c->outcome);
}

static void send_commit(struct exec_call_state *c)
{
	c->commit.done = committed;
	c->commit.arg = c;
	c->exec->stats.commits++;
	c->pending = true;
	c->exec->store->ops->commit(c->exec->store, &c->commit);
}

static void tenant_added(void *arg, bool ok)
{
	struct exec_call_state *c = arg;
	c->pending = false;
	if (ok)
		send_commit(c);
	else
		finish(c, ERR_UNAVAILABLE);
	if (c->depth == 0)
		advance(c);
}

/* A new tenant is listed before it exists: a tenant that is listed and not there does no harm, one that is
 * there and not listed would get no timers. */
static void do_commit(struct exec_call_state *c)
{
	const struct txn_record *tenant = txn_lookup(&c->txn, KIND_TENANT, txn_tenant(&c->txn));
	if (tenant == NULL || !tenant->put || tenant->version != 0) {
		send_commit(c);
		return;
	}
	c->pending = true;
	c->exec->store->ops->add_tenant(c->exec->store, slice_str(txn_tenant(&c->txn)), tenant_added, c);
}

static void step_commit_first(struct exec_call_state *c)
{
	c->committing_first = true;
	send_commit(c);
}

static void worked(struct exec_work *work, bool ok)
{
	struct exec_call_state *c = work->arg;
	exec_work_known(work);
	c->pending = false;
	if (!ok)
		c->failed = ERR_OVERLOADED;
	c->next_step = STEP_RUN;
	if (c->depth == 0)
		advance(c);
}

/* What the last run wanted is brought; then it goes on with that step. */
static void get_wanted(struct exec_call_state *c, enum step then)
{
	/* Waiting for numbers is no round: under load others may take them first. */
	if (c->txn.wants_id == KIND_COUNT && ++c->rounds > LIMIT_TXN_ROUNDS) {
		finish(c, ERR_INTERNAL);
		return;
	}
	c->step_after_load = then;
	c->next_step = exec_wanted(c);
}

static void step_run(struct exec_call_state *c)
{
	struct txn *t = &c->txn;
	if (c->rq.deadline_ms != 0 && t->exec->env->now_ms(t->exec->env->arg) > c->rq.deadline_ms) {
		finish(c, ERR_DEADLINE_EXCEEDED);
		return;
	}
	if (t->snapshot == NULL)
		t->snapshot = tenant_hold(t->tenant);
	enum err err = c->failed != OK ? c->failed : run_guarded(c);
	if (err == ERR_WANTED) {
		get_wanted(c, STEP_RUN);
	} else if (err == OK && c->commit.n_writes > 0) {
		do_commit(c);
	} else if (must_verify(c, err)) {
		start_over(c);
	} else if (exec_may_be_repeat(c)) {
		c->outcome = err;
		c->next_step = STEP_CLAIM;
	} else {
		finish(c, err);
	}
}

static void step_load(struct exec_call_state *c)
{
	c->exec->stats.loads++;
	c->pending = true;
	if (c->load.n == 0) {
		c->pending = false;
		c->next_step = c->step_after_load;
		return;
	}
	c->exec->store->ops->load(c->exec->store, &c->load);
}

static void waited(struct tenant_wait *wait, enum err err)
{
	struct exec_call_state *c = (struct exec_call_state *)((char *)wait - offsetof(struct exec_call_state, wait));
	c->pending = false;
	if (err == ERR_NOT_FOUND)
		err = ERR_UNAUTHENTICATED; /* a tenant that does not exist is not told apart from a wrong key */
	if (err != OK)
		c->failed = err;
	c->next_step = c->step_after_wait;
	if (c->depth == 0)
		advance(c);
}

static void step_ready(struct exec_call_state *c)
{
	c->pending = true;
	c->step_after_wait = STEP_AUTHENTICATE;
	c->wait.ready = waited;
	tenant_when_ready(c->txn.tenant, c->min_version, &c->wait);
}

static void step_reserve(struct exec_call_state *c)
{
	c->pending = true;
	c->step_after_wait = c->load.n > 0 ? STEP_LOAD : c->step_after_load;
	c->wait.ready = waited;
	tenant_reserve(c->txn.tenant, c->txn.wants_id, &c->wait);
}

/* Reads the tenant record's version: is the snapshot current? */
static void step_verify(struct exec_call_state *c)
{
	struct txn *t = &c->txn;
	c->verified = true;
	c->verifying = true;
	c->verify_read = (struct store_read){.kind = STORE_GET, .key = c->tenant_key};
	c->load = (struct store_load){.tenant = slice_str(txn_tenant(t)),
				      .reads = &c->verify_read,
				      .n = 1,
				      .arena = &t->keep,
				      .done = loaded,
				      .arg = c};
	c->pending = true;
	c->exec->stats.loads++;
	c->exec->store->ops->load(c->exec->store, &c->load);
}

static void take_verify(struct exec_call_state *c)
{
	struct slice body;
	uint64_t version = 0;
	c->verifying = false;
	snapshot_release(c->txn.snapshot);
	c->txn.snapshot = NULL;
	if (c->verify_read.found && envelope_open(c->verify_read.value, &version, &body) != OK)
		c->failed = ERR_DATA_CORRUPT;
	c->min_version = version;
	c->next_step = STEP_READY;
}

static enum err find_actor(struct exec_call_state *c)
{
	struct txn *t = &c->txn;
	jmp_buf guard;
	volatile enum err err = ERR_TOO_LARGE;
	if (t->snapshot == NULL)
		t->snapshot = tenant_hold(t->tenant);
	t->keep.guard = &guard;
	if (ARENA_GUARD(&t->run, &guard)) {
		txn_begin_run(t);
		err = run_end(t, authn_actor(t, &c->rq.credential, &t->actor));
		if (err == ERR_WANTED && build_load(c) != OK)
			err = ERR_INTERNAL;
	}
	arena_unguard(&t->run);
	arena_unguard(&t->keep);
	c->actor_known = err == OK;
	for (size_t i = 0; i < t->n_records && err == OK; i++)
		t->records[i].of_actor = t->records[i].guarded;
	return err;
}

/* Tries again on fresh records and a configuration that is current. */
static void verify_actor(struct exec_call_state *c)
{
	start_over(c);
	c->next_step = STEP_VERIFY;
}

static void take_request(struct exec_call_state *c)
{
	enum err err = exec_check_request(c);
	if (err == OK)
		c->next_step = STEP_RUN;
	else
		finish(c, err);
}

static void step_authenticate(struct exec_call_state *c)
{
	struct txn *t = &c->txn;
	enum err err = c->failed;
	if (err == OK)
		err = find_actor(c);
	if (err == OK && (c->rq.method->roles & 1U << t->actor.role) == 0)
		err = fault_set(&t->fault, ERR_PERMISSION_DENIED, NULL, "not for this role");
	if (err == OK && t->actor.key_id[0] != '\0')
		exec_used(c->exec, t->tenant, t->actor.key_id, t->scene.now_ms);
	if (err == OK)
		take_request(c);
	else if (err == ERR_WANTED)
		get_wanted(c, STEP_AUTHENTICATE);
	else if (c->failed == OK && must_verify(c, err))
		verify_actor(c);
	else
		finish(c, err);
}

/* Takes the call as far as it gets; store calls may answer at once (memory store) or later. */
static void advance(struct exec_call_state *c)
{
	c->depth++;
	while (!c->finished && !c->pending) {
		if (c->cancelled) {
			finish(c, ERR_CANCELLED);
			break;
		}
		switch (c->next_step) {
		case STEP_READY:
			step_ready(c);
			break;
		case STEP_AUTHENTICATE:
			step_authenticate(c);
			break;
		case STEP_RUN:
			step_run(c);
			break;
		case STEP_LOAD:
			step_load(c);
			break;
		case STEP_RESERVE:
			step_reserve(c);
			break;
		case STEP_VERIFY:
			step_verify(c);
			break;
		case STEP_WORK:
			if (!exec_work_ask(c, worked))
				finish(c, ERR_OVERLOADED);
			break;
		case STEP_COMMIT_FIRST:
			step_commit_first(c);
			break;
		case STEP_CLAIM:
			if (!exec_claim_ask(c, loaded))
				finish(c, ERR_TOO_LARGE);
			break;
		}
	}
	if (--c->depth == 0 && c->finished)
		exec_call_free(c);
}

static void loaded(struct store_load *load, enum store_verdict verdict)
{
	struct exec_call_state *c = load->arg;
	c->pending = false;
	c->next_step = c->step_after_load;
	if (verdict != STORE_OK)
		finish(c, exec_verdict_err(verdict));
	else if (c->verifying)
		take_verify(c);
	else if (c->claiming)
		take_claim(c);
	else
		take_load(c);
	if (c->depth == 0)
		advance(c);
}

/* --- after a commit --- */

static void repeat(struct exec_call_state *c)
{
	uint64_t fingerprint;
	struct slice subject;
	c->exec->stats.repeats++;
	if (!txn_read_claim(c->commit.repeated, &fingerprint, &subject) || fingerprint != c->fingerprint) {
		fault_set(&c->txn.fault, ERR_REQUEST_ID_REUSED, "request_id", "with another body");
		finish(c, ERR_REQUEST_ID_REUSED);
		return;
	}
	/* At most STORE_CLAIM_VALUE_BYTES, as it was written. */
	snprintf(c->subject, sizeof(c->subject), "%.*s", SLICE_FMT(subject));
	if (c->subject[0] == CLAIM_REFUSAL) {
		finish(c, exec_claim_refusal(c));
		return;
	}
	if (c->rq.method->again == NULL) {
		finish(c, OK);
		return;
	}
	c->answer_again = true;
	c->verified = true;
	txn_forget_reads(&c->txn);
	c->txn.use_cache = false;
	c->next_step = STEP_RUN;
}

static void retry(void *arg)
{
	struct exec_call_state *c = arg;
	c->pending = false;
	advance(c);
}

static void conflict(struct exec_call_state *c)
{
	const struct exec_env *env = c->exec->env;
	c->exec->stats.conflicts++;
	if (++c->retries > LIMIT_TXN_RETRIES) {
		finish(c, ERR_CONFLICT);
		return;
	}
	/* Nearly always a record moved on; only when fresh records did not help is it the configuration. */
	bool verified = c->verified;
	start_over(c);
	if (c->retries < 2) {
		c->verified = verified;
		c->next_step = exec_first_step(c);
	}
	c->rounds = 0;
	c->txn.scene.now_ms = env->now_ms(env->arg);
	if (c->retries > 2) {
		/* Spread those that meet on the same record. */
		c->pending = true;
		env->later(env->arg, (int64_t)(env->random(env->arg) % (2U << c->retries)), retry, c);
	}
}

static void committed(struct store_commit *commit, enum store_verdict verdict)
{
	struct exec_call_state *c = commit->arg;
	bool first = c->committing_first;
	c->pending = c->committing_first = false;
	switch (verdict) {
	case STORE_OK:
		exec_after_commit(c);
		if (first)
			exec_committed_first(c);
		else
			finish(c, c->txn.reply_err);
		break;
	case STORE_STALE:
		conflict(c);
		break;
	case STORE_REPEATED:
		repeat(c);
		break;
	case STORE_FULL:
	case STORE_UNAVAILABLE:
	case STORE_UNKNOWN:
	case STORE_TOO_LARGE:
	case STORE_CORRUPT:
		drop_cached(&c->txn);
		finish(c, exec_verdict_err(verdict));
		break;
	}
	if (c->depth == 0)
		advance(c);
}

/* --- the outside --- */

struct exec_call_state *exec_call(struct exec *e, const struct exec_request *request)
{
	struct exec_call_state *c = exec_call_new(e);
	struct exec_result failed = {.err = ERR_OVERLOADED, .fault = &(struct fault){.err = ERR_OVERLOADED}};
	if (c == NULL) {
		request->done(request->arg, &failed);
		return NULL;
	}
	struct txn *t = &c->txn;
	c->rq = *request;
	t->method = request->method;
	t->watched = request->watched;
	t->watched_id = request->watched_id;
	t->request = request->request;
	t->peer = request->credential.peer;
	t->tenant = tenant_open(&e->tenants, request->credential.tenant);
	if (t->tenant != NULL)
		tenant_use(t->tenant);
	t->scene.now_ms = e->env->now_ms(e->env->arg);
	t->random_seed = e->env->random(e->env->arg);
	t->use_cache = e->tenants.cache != NULL && (request->method->flags & METHOD_WRITES) != 0;
	e->stats.calls++;
	c->depth++; /* the caller gets NULL when it is over before this returns */
	enum err err = t->tenant == NULL ? ERR_UNAUTHENTICATED : exec_claim_prepare(c);
	if (err != OK) {
		finish(c, err);
	} else {
		c->next_step = (request->method->flags & METHOD_ROOT) != 0 ? STEP_AUTHENTICATE : STEP_READY;
		advance(c);
	}
	c->depth--;
	if (c->finished) {
		exec_call_free(c);
		return NULL;
	}
	return c;
}
