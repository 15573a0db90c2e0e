#include "txn/seal.h"
#include "txn/tenant.h"
#include "txn/txn_internal.h"

static struct wrapped_key wrapped_of(const PersonKeyRecord *record)
{
	return (struct wrapped_key){.owner_id = record->id,
				    .version = record->key_version,
				    .bytes = slice_of(record->wrapped_key.data, record->wrapped_key.len)};
}

static void take(PersonKeyRecord *record, const struct wrapped_key *key)
{
	record->key_version = key->version;
	record->wrapped_key = (ProtobufCBinaryData){key->bytes.len, (uint8_t *)(uintptr_t)key->bytes.ptr};
}

static enum err erased(struct txn *t)
{
	return fault_set(&t->fault, ERR_ERASED, NULL, "the key is destroyed");
}

enum err txn_person_key(struct txn *t, const char *owner_id, bool fresh)
{
	PersonKeyRecord *record = NULL;
	struct wrapped_key key;
	if (!fresh)
		TRY(TXN_FIND(t, PERSON_KEY, owner_id, &record));
	if (record != NULL)
		return record->erased_ms != 0 ? erased(t) : OK;
	TRY(seal_new_key(tenant_sealer(t->tenant), &t->run, txn_tenant(t), owner_id, &key));
	record = ARENA_NEW(&t->run, PersonKeyRecord);
	PersonKeyRecord_init(record);
	record->id = (char *)owner_id;
	take(record, &key);
	txn_put(t, KIND_PERSON_KEY, record);
	return OK;
}

enum err txn_rewrap_person_key(struct txn *t, const char *owner_id)
{
	struct sealer *sealer = tenant_sealer(t->tenant);
	PersonKeyRecord *record;
	TRY(TXN_GET(t, PERSON_KEY, owner_id, &record));
	if (record->erased_ms != 0 || record->key_version == key_ring_newest(sealer_ring(sealer)))
		return OK;
	struct wrapped_key key = wrapped_of(record);
	TRY(seal_rewrap(sealer, &t->run, txn_tenant(t), &key));
	take(record, &key);
	txn_put(t, KIND_PERSON_KEY, record);
	return OK;
}

enum err txn_destroy_person_key(struct txn *t, const char *owner_id)
{
	PersonKeyRecord *record;
	TRY(TXN_FIND(t, PERSON_KEY, owner_id, &record));
	if (record != NULL && record->erased_ms != 0)
		return OK;
	if (record == NULL) { /* nothing was ever sealed, and nothing shall be */
		record = ARENA_NEW(&t->run, PersonKeyRecord);
		PersonKeyRecord_init(record);
		record->id = (char *)owner_id;
	}
	take(record, &(struct wrapped_key){.version = 0});
	record->erased_ms = t->scene.now_ms;
	record->on_disk = true;
	enum record_kind kind = kind_of_letter(owner_id[0]);
	record->wiping = kind == KIND_RESIDENT || kind == KIND_MEMBER;
	txn_put(t, KIND_PERSON_KEY, record);
	return OK;
}

size_t txn_key_versions(struct txn *t, uint32_t **versions)
{
	const struct key_ring *ring = sealer_ring(tenant_sealer(t->tenant));
	*versions = arena_array(&t->run, ring->n, sizeof(**versions));
	for (size_t i = 0; i < ring->n; i++)
		(*versions)[i] = ring->entries[i].version;
	return ring->n;
}

/* --- what the executor needs --- */

enum err txn_unseal(struct txn *t, const char *id, struct slice sealed, struct slice *plain, bool *is_erased)
{
	struct sealer *sealer = tenant_sealer(t->tenant);
	const char *owner_id;
	PersonKeyRecord *record;
	*is_erased = false;
	TRY(seal_owner(&t->run, id, sealed, &owner_id));
	TRY(TXN_FIND(t, PERSON_KEY, owner_id, &record));
	if (record == NULL)
		return ERR_DATA_CORRUPT;
	*is_erased = record->erased_ms != 0;
	if (*is_erased)
		return OK;
	struct wrapped_key key = wrapped_of(record);
	return seal_open(sealer, &t->run, txn_tenant(t), id, &key, sealed, plain);
}

enum err txn_seal(struct txn *t, const char *id, const char *owner_id, struct slice plain, struct slice *sealed)
{
	const struct txn_record *r = txn_lookup(t, KIND_PERSON_KEY, owner_id);
	if (r == NULL || r->message == NULL)
		return ERR_INTERNAL; /* txn_person_key was forgotten */
	struct wrapped_key key = wrapped_of(r->message);
	return seal_close(tenant_sealer(t->tenant), &t->run, txn_tenant(t), id, &key, plain, sealed);
}
