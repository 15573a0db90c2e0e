/*
 * person: names, phones and addresses between requests, records and replies.
 *
 * Nouns: who = name and phone of a resident or member; where = the address of a household; an order may have a
 * contact of its own, which says it better than the records of its beneficiary and their home.
 * Ownership: as txn.h.
 * Errors: ERR_WANTED and the store's; ERR_ERASED; FIELD_INVALID for texts that can't be kept.
 */
#ifndef PAIDAN_SERVICE_PERSON_H
#define PAIDAN_SERVICE_PERSON_H

#include "txn/txn.h"

/* Refuses texts of a request, each with its field, that are masked: a client got them and sent them back. */
enum err person_check(struct txn *t, const char *name, const char *name_field, const char *phone,
		      const char *phone_field);
enum err person_check_address(struct txn *t, const char *address, const char *field);

/* Puts what is known of a new person or household; nothing when nothing is. */
enum err person_put_new(struct txn *t, const char *id, const char *name, const char *phone, const char *address,
			PiiRecord **pii);
/* Changes name and phone of a person. */
enum err person_change(struct txn *t, const char *id, const char *name, const char *phone, PiiRecord **pii);
/* Puts a new order's own contact, which belongs to who is helped. */
enum err person_put_contact(struct txn *t, const OrderRecord *order, const Contact *contact);

/* Who and where for an order; NULL in contact: nobody said. */
enum err person_order_contact(struct txn *t, const OrderRecord *order, PiiRecord **contact);
/* Who, and where they live. */
enum err person_resident_contact(struct txn *t, const ResidentRecord *resident, PiiRecord **contact);

#endif
