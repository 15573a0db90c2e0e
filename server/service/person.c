#include "service/person.h"

#include "domain/mask.h"
#include "domain/order.h"

static enum err check(struct txn *t, const char *text, const char *field)
{
	return mask_is_masked(text) ? fault_set(txn_fault(t), ERR_FIELD_INVALID, field, "it is masked") : OK;
}

enum err person_check(struct txn *t, const char *name, const char *name_field, const char *phone,
		      const char *phone_field)
{
	TRY(check(t, name, name_field));
	return check(t, phone, phone_field);
}

enum err person_check_address(struct txn *t, const char *address, const char *field)
{
	return check(t, address, field);
}

static PiiRecord *new_pii(struct txn *t, const char *id, const char *name, const char *phone, const char *address)
{
	PiiRecord *pii = ARENA_NEW(txn_arena(t), PiiRecord);
	PiiRecord_init(pii);
	pii->id = (char *)id;
	pii->name = (char *)name;
	pii->phone = (char *)phone;
	pii->address = (char *)address;
	return pii;
}

enum err person_put_new(struct txn *t, const char *id, const char *name, const char *phone, const char *address,
			PiiRecord **pii)
{
	*pii = new_pii(t, id, name, phone, address);
	if (name[0] == '\0' && phone[0] == '\0' && address[0] == '\0')
		return OK;
	TRY(txn_person_key(t, id, true));
	txn_put(t, KIND_PII, *pii);
	return OK;
}

enum err person_change(struct txn *t, const char *id, const char *name, const char *phone, PiiRecord **pii)
{
	TRY(txn_person_key(t, id, false));
	*pii = new_pii(t, id, name, phone, "");
	txn_put(t, KIND_PII, *pii);
	return OK;
}

enum err person_put_contact(struct txn *t, const OrderRecord *order, const Contact *contact)
{
	PiiRecord *pii = new_pii(t, order->id, contact->name, contact->phone, contact->address);
	pii->owner_id = order->beneficiary_id;
	TRY(txn_person_key(t, order->beneficiary_id, false));
	txn_put(t, KIND_PII, pii);
	return OK;
}

/* The later ones say it better. */
static PiiRecord *merge(struct txn *t, PiiRecord *const *parts, size_t n)
{
	PiiRecord *merged = new_pii(t, "", "", "", "");
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		if (parts[i] == NULL)
			continue;
		if (parts[i]->erased)
			return parts[i]; /* the others would still say who it was */
		any = true;
		merged->name = parts[i]->name[0] != '\0' ? parts[i]->name : merged->name;
		merged->phone = parts[i]->phone[0] != '\0' ? parts[i]->phone : merged->phone;
		merged->address = parts[i]->address[0] != '\0' ? parts[i]->address : merged->address;
	}
	return any ? merged : NULL;
}

enum err person_order_contact(struct txn *t, const OrderRecord *order, PiiRecord **contact)
{
	const char *own = order->own_contact ? order->id : "";
	PiiRecord *parts[3];
	txn_prefetch(t, KIND_PII, own);
	txn_prefetch(t, KIND_PII, order_home_id(order));
	TRY(TXN_FIND(t, PII, order->beneficiary_id, &parts[0]));
	TRY(TXN_FIND(t, PII, order_home_id(order), &parts[1]));
	TRY(TXN_FIND(t, PII, own, &parts[2]));
	*contact = merge(t, parts, 3);
	return OK;
}

enum err person_resident_contact(struct txn *t, const ResidentRecord *resident, PiiRecord **contact)
{
	PiiRecord *parts[2];
	txn_prefetch(t, KIND_PII, resident->household_id);
	TRY(TXN_FIND(t, PII, resident->id, &parts[0]));
	TRY(TXN_FIND(t, PII, resident->household_id, &parts[1]));
	*contact = merge(t, parts, 2);
	return OK;
}
