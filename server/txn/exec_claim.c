#include "txn/exec_internal.h"

bool exec_may_be_repeat(const struct exec_call_state *c)
{
	return (c->rq.method->flags & METHOD_WRITES) != 0 && c->request_id.len > 0 && !c->answer_again &&
	       !c->claim_read && c->failed == OK;
}

static void place_reads(struct exec_call_state *c)
{
	struct claim_place place;
	/* No record has this key, so that the reads fall through to the buckets. */
	struct store_read read = {.kind = STORE_GET, .key = SLICE("q")};
	txn_claim_place(&c->txn, &c->txn.keep, c->request_id, &place);
	read.pack_field = place.field;
	read.pack_key = place.key;
	c->claim_reads[0] = read;
	read.pack_key = place.old_key;
	c->claim_reads[1] = read;
}

bool exec_claim_ask(struct exec_call_state *c, void (*done)(struct store_load *load, enum store_verdict verdict))
{
	struct txn *t = &c->txn;
	jmp_buf guard;
	volatile bool fine = false;
	if (ARENA_GUARD(&t->keep, &guard)) {
		place_reads(c);
		fine = true;
	}
	arena_unguard(&t->keep);
	if (!fine)
		return false;
	c->claim_read = c->claiming = true;
	c->load = (struct store_load){.tenant = slice_str(txn_tenant(t)),
				      .reads = c->claim_reads,
				      .n = 2,
				      .arena = &t->keep,
				      .done = done,
				      .arg = c};
	c->pending = true;
	c->exec->stats.loads++;
	c->exec->store->ops->load(c->exec->store, &c->load);
	return true;
}

bool exec_claim_found(struct exec_call_state *c)
{
	for (size_t i = 0; i < sizeof(c->claim_reads) / sizeof(c->claim_reads[0]); i++) {
		if (c->claim_reads[i].found) {
			c->commit.repeated = c->claim_reads[i].value;
			return true;
		}
	}
	return false;
}
