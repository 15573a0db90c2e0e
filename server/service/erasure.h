/*
 * erasure: a person's data is destroyed, what happened stays.
 *
 * Nouns: destroying their key makes name, phone, addresses and the contacts of their orders unreadable at once;
 * the profile loses what tells who it is; orders, points and counts keep their shape.
 * Errors: as txn.h; ERR_OPEN_ORDERS while somebody is still on the way to them, or they to somebody.
 */
#ifndef PAIDAN_SERVICE_ERASURE_H
#define PAIDAN_SERVICE_ERASURE_H

#include "service/subject.h"

enum err erasure_do(struct txn *t, struct subject *who);

#endif
