#include "txn/exec_internal.h"

#include "base/hash.h"
#include "base/limits.h"
#include "pb/pb_wire.h"

static const char *message_request_id(const struct method *m, const void *request)
{
	const ProtobufCFieldDescriptor *f =
	    m->request == NULL ? NULL : protobuf_c_message_descriptor_get_field_by_name(m->request, "request_id");
	return f == NULL ? "" : *(char *const *)((const char *)request + f->offset);
}

static enum err prepare(struct exec_call_state *c)
{
	const struct exec_request *rq = &c->rq;
	struct txn *t = &c->txn;
	c->tenant_key = txn_key(&t->keep, KIND_TENANT, txn_tenant(t));
	c->request_id = arena_slice(&t->keep, rq->request_id);
	if ((rq->method->flags & METHOD_UNCLAIMED) != 0)
		c->request_id = SLICE_NONE;
	if ((rq->method->flags & METHOD_WRITES) == 0 || (rq->method->flags & METHOD_UNCLAIMED) != 0)
		return OK;
	const char *own = message_request_id(rq->method, rq->request);
	if (own[0] != '\0')
		c->request_id = slice_str(own);
	if (c->request_id.len > LIMIT_REQUEST_ID_CHARS)
		return fault_set(&t->fault, ERR_FIELD_TOO_LONG, "request_id", "at most %d bytes",
				 LIMIT_REQUEST_ID_CHARS);
	if (c->request_id.len > 0)
		c->fingerprint =
		    hash_bytes(hash_bytes(0, slice_str(rq->method->path)), pb_encode_arena(rq->request, &t->keep));
	return OK;
}

enum err exec_claim_prepare(struct exec_call_state *c)
{
	jmp_buf guard;
	volatile enum err err = ERR_TOO_LARGE;
	if (ARENA_GUARD(&c->txn.keep, &guard))
		err = prepare(c);
	arena_unguard(&c->txn.keep);
	return err;
}

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

enum err exec_claim_refusal(struct exec_call_state *c)
{
	struct fault *fault = &c->txn.fault;
	enum err err;
	char *field = strchr(c->subject, '\n');
	char *detail = field == NULL ? NULL : strchr(field + 1, '\n');
	if (detail == NULL)
		return fault_set(fault, ERR_REQUEST_ID_REUSED, "request_id", "it was refused");
	*field++ = *detail++ = '\0';
	if (!err_find(c->subject + 1, &err))
		return fault_set(fault, ERR_REQUEST_ID_REUSED, "request_id", "it was refused");
	/* The name must last as long as the fault: the request's own lasts. */
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(c->rq.method->request, field);
	return fault_set(fault, err, f == NULL ? NULL : f->name, "%s", detail);
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
