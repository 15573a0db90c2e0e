/*
 * bulk: requests of many rows, each carried out on its own, which are answered again when they are repeated.
 *
 * How: what a row changed is undone when it fails. The request's claim remembers which rows were done, four to a digit;
 * a row that was refused is looked at again, for its reason, and nothing of it is written. Nouns: a row is one element
 * of the request's list "items" ((rule).rows). Errors: ERR_WANTED; those of rows are told in the reply.
 */
#ifndef PAIDAN_SERVICE_BULK_H
#define PAIDAN_SERVICE_BULK_H

#include "service/reply.h"

struct bulk {
	const ProtobufCMessage *request;
	size_t n;
	enum err (*carry_out)(struct txn *t, const void *request, size_t i);
	/* error is NULL when it was done. */
	enum err (*answer)(struct txn *t, const void *request, void *response, size_t i, ErrorInfo *error);
};

enum err bulk_run(struct txn *t, const struct bulk *bulk, void *response);
/* For method.again: done is the claim's subject. */
enum err bulk_again(struct txn *t, const struct bulk *bulk, const char *done, void *response);

#endif
