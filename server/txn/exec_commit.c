#include "domain/order.h"
#include "txn/envelope.h"
#include "txn/exec_internal.h"

enum err exec_verdict_err(enum store_verdict verdict)
{
	switch (verdict) {
	case STORE_OK:
	case STORE_STALE:
	case STORE_REPEATED:
		return OK;
	case STORE_FULL:
		return ERR_STORE_FULL;
	case STORE_UNAVAILABLE:
		return ERR_UNAVAILABLE;
	case STORE_UNKNOWN:
		return ERR_UNKNOWN_OUTCOME;
	case STORE_TOO_LARGE:
		return ERR_TOO_LARGE;
	case STORE_CORRUPT:
		return ERR_DATA_CORRUPT;
	}
	return ERR_INTERNAL;
}

/* What this worker keeps of a record as it is now. */
static void remember(struct txn *t, const struct txn_record *r)
{
	const struct kind_info *info = kind_info(r->kind);
	struct slice body;
	uint64_t version;
	if (r->removed) {
		tenant_cache_drop(t->tenant, r->kind, r->id);
		return;
	}
	envelope_reopen(r->body, &version, &body);
	tenant_wrote(t->tenant, r->kind, r->id, body, r->message);
	tenant_cache_put(t->tenant, r->kind, r->id, r->body, info->packable && info->packs(r->message));
}

void exec_after_commit(struct exec_call_state *c)
{
	struct txn *t = &c->txn;
	bool config_changed = false;
	for (size_t i = 0; i < t->n_committing; i++) {
		if ((unsigned)t->committing[i]->kind < EXEC_EVENT_KINDS)
			c->exec->stats.kinds[t->committing[i]->kind]++;
	}
	for (size_t i = 0; i < t->n_records; i++) {
		struct txn_record *r = &t->records[i];
		if (!r->put)
			continue;
		remember(t, r);
		config_changed |= r->kind == KIND_TENANT;
	}
	if (config_changed)
		tenant_config_changed(t->tenant);
	/* Only now: a tick may commit before exec_kick returns, and what it writes is newer. */
	for (size_t i = 0; i < t->n_records; i++) {
		const struct txn_record *r = &t->records[i];
		if (r->put && r->kind == KIND_ORDER && order_next_due_ms(r->message) != 0 &&
		    order_next_due_ms(r->message) <= t->scene.now_ms)
			exec_kick(t->exec, t->tenant, r->id);
	}
}
