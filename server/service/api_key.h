/*
 * api_key: what services share about API keys: making one, and judging the scope of a request.
 *
 * Nouns: the secret is shown once, as part of the key's text "pdk_<tenant>_<id>_<secret>"; its hash stays.
 * Ownership: records and texts lie in the transaction's arena.
 * Errors: as txn.h; ERR_FIELD_INVALID of a scope, ERR_FIELD_OUT_OF_RANGE of an expiry, with the field.
 */
#ifndef PAIDAN_SERVICE_API_KEY_H
#define PAIDAN_SERVICE_API_KEY_H

#include "service/reply.h"

/* A new key; the caller fills in the rest of the record and puts it. */
enum err api_key_new(struct txn *t, ApiKeyRecord **record, char **text);
/* A new secret for it. */
enum err api_key_secret(struct txn *t, ApiKeyRecord *record, char **text);

/* ERR_ORDER_FULL when there are too many good ones. Revoked keys take no room of others; the one that was revoked first
 * is forgotten when they are too many. */
enum err api_key_make_room(struct txn *t);

/* The page of those keys that the caller is shown, with their use on its way (KIND_USE). */
void api_key_page(struct txn *t, struct page *page, bool (*shown)(struct scene *s, const ApiKeyRecord *key),
		  const ApiKeyRecord ***keys, size_t *n, char **next_page_token);

/* When a credential's record goes, what is known of its use goes, too. */
enum err credential_forget_use(struct txn *t, const char *id);

/* Whether the scope that a request brings is one; its methods must exist. */
enum err api_key_scope(struct txn *t, const Scope *scope, const char *field);
/* Whether the moment is none (0) or far enough ahead. */
enum err api_key_expiry(struct txn *t, int64_t expires_ms, const char *field);

#endif
