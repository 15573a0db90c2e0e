#include "txn/exec.h"

#include <stdlib.h>

#include "base/limits.h"
#include "domain/webhook.h"
#include "txn/exec_internal.h"
#include "txn/seal.h"
#include "txn/squash.h"
#include "txn/watch.h"

/* --- life of a call's memory --- */

struct exec_call_state *exec_call_new(struct exec *e)
{
	struct exec_call_state *c = e->spare;
	if (c != NULL) {
		e->spare = c->next;
		e->n_spare--;
	} else {
		c = malloc(sizeof(*c));
		if (c == NULL)
			return NULL;
		txn_init(&c->txn, e);
	}
	struct txn txn = c->txn;
	txn.keep.cap_bytes = txn.run.cap_bytes = e->memory_bytes;
	*c = (struct exec_call_state){.txn = txn, .exec = e, .next = e->calls};
	if (c->next != NULL)
		c->next->at = &c->next;
	c->at = &e->calls;
	e->calls = c;
	e->stats.in_flight++;
	return c;
}

void exec_call_free(struct exec_call_state *c)
{
	struct exec *e = c->exec;
	e->stats.cache_hits += c->txn.n_cache_hits;
	*c->at = c->next;
	if (c->next != NULL)
		c->next->at = c->at;
	tenant_wait_cancel(&c->wait);
	snapshot_release(c->txn.snapshot);
	if (c->txn.tenant != NULL)
		tenant_release(c->txn.tenant);
	txn_reset(&c->txn);
	e->stats.in_flight--;
	if (e->n_spare < EXEC_SPARE_CALLS) {
		c->next = e->spare;
		e->spare = c;
		e->n_spare++;
	} else {
		txn_free(&c->txn);
		free(c);
	}
}

/* --- calls that the broker makes itself --- */

struct kick {
	struct kick *next, **at; /* of those under way: what is cancelled is not told */
	struct exec_tick tick;
	char id[];
};

static void kicked(void *arg, const struct exec_result *result)
{
	struct kick *kick = arg;
	(void)result; /* a tick that failed is due again: its timer is an index of the order */
	*kick->at = kick->next;
	if (kick->next != NULL)
		kick->next->at = kick->at;
	free(kick);
}

/* method NULL: nobody wants it. */
static void kick(struct exec *e, const struct method *method, struct tenant *tenant, const char *id)
{
	size_t len = strlen(id);
	struct kick *kick = method == NULL ? NULL : malloc(sizeof(*kick) + len + 1);
	if (kick == NULL)
		return;
	memcpy(kick->id, id, len + 1);
	kick->next = e->kicks;
	kick->at = &e->kicks;
	if (kick->next != NULL)
		kick->next->at = &kick->next;
	e->kicks = kick;
	kick->tick = (struct exec_tick){.order_id = kick->id};
	struct exec_request request = {.method = method, .request = &kick->tick, .done = kicked, .arg = kick};
	request.credential.kind = CREDENTIAL_SYSTEM;
	request.credential.tenant = slice_str(tenant_id(tenant));
	exec_call(e, &request);
}

void exec_kick(struct exec *e, struct tenant *tenant, const char *order_id)
{
	kick(e, e->order_tick, tenant, order_id);
}

void exec_used(struct exec *e, struct tenant *tenant, const char *credential_id, int64_t now_ms)
{
	if (use_is_due(&e->uses, slice_str(tenant_id(tenant)), slice_str(credential_id), now_ms))
		kick(e, e->note_use, tenant, credential_id);
}

/* --- the executor itself --- */

static void member_changed(struct exec *e, struct tenant *tenant, const char *member_id)
{
	kick(e, e->refresh_member, tenant, member_id);
}

struct exec *exec_new(const struct exec_config *config)
{
	struct exec *e = calloc(1, sizeof(*e));
	if (e == NULL)
		return NULL;
	*e = (struct exec){.store = config->store,
			   .env = config->env,
			   .methods = config->methods,
			   .n_methods = config->n_methods,
			   .memory_bytes = LIMIT_REQUEST_ARENA_BYTES,
			   .order_tick = config->order_tick,
			   .refresh_member = config->refresh_member,
			   .note_use = config->note_use,
			   .webhooks = config->webhooks != NULL ? config->webhooks : &webhook_default_rules};
	e->tenants = (struct tenants){.exec = e,
				      .store = config->store,
				      .env = config->env,
				      .sealer = config->sealer,
				      .on_events = watch_events,
				      .on_member = member_changed};
	e->tokens = token_cache_new();
	e->tenants.squasher = squasher_new();
	if (e->tokens == NULL || e->tenants.squasher == NULL) {
		token_cache_free(e->tokens);
		squasher_free(e->tenants.squasher);
		free(e);
		return NULL;
	}
	if (config->cache_bytes > 0)
		e->tenants.cache = record_cache_new(config->cache_bytes);
	return e;
}

void exec_stop(struct exec *e)
{
	for (struct exec_call_state *c = e->calls; c != NULL; c = c->next)
		c->cancelled = true;
	watch_end_all(e);
	tenants_stop(&e->tenants);
}

void exec_free(struct exec *e)
{
	if (e == NULL)
		return;
	while (e->calls != NULL)
		exec_call_free(e->calls);
	while (e->kicks != NULL)
		kicked(e->kicks, NULL);
	tenants_free(&e->tenants);
	while (e->spare != NULL) {
		struct exec_call_state *c = e->spare;
		e->spare = c->next;
		txn_free(&c->txn);
		free(c);
	}
	record_cache_free(e->tenants.cache);
	token_cache_free(e->tokens);
	squasher_free(e->tenants.squasher);
	free(e);
}

uint32_t exec_newest_key(const struct exec *e)
{
	return key_ring_newest(sealer_ring(e->tenants.sealer));
}

const struct method *exec_method(const struct exec *e, struct slice path)
{
	for (size_t i = 0; i < e->n_methods; i++) {
		if (slice_eq(slice_str(e->methods[i]->path), path))
			return e->methods[i];
	}
	return NULL;
}

void exec_limit_memory(struct exec *e, size_t bytes)
{
	e->memory_bytes = bytes;
}

void exec_cancel(struct exec_call_state *c)
{
	if (c != NULL)
		c->cancelled = true;
}

const struct exec_stats *exec_stats(const struct exec *e)
{
	return &e->stats;
}

const struct exec_env *exec_env_of(const struct exec *e)
{
	return e->env;
}

const struct webhook_rules *txn_webhook_rules(const struct txn *t)
{
	return t->exec->webhooks;
}
