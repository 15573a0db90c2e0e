/*
 * scope: what a machine's credential may do, narrower than its role: reads only, certain methods only, from
 * certain networks only.
 *
 * Nouns: a method's path is "/paidan.v1.OrderService/PlaceOrder"; a scope names it "OrderService/PlaceOrder",
 * or its whole service "OrderService". An empty scope allows all that the role does.
 * Errors: ERR_FIELD_INVALID (no network) with the field; ERR_CREDENTIAL_SCOPE, ERR_CREDENTIAL_SOURCE.
 */
#ifndef PAIDAN_DOMAIN_SCOPE_H
#define PAIDAN_DOMAIN_SCOPE_H

#include "domain/scene.h"

/* The networks of a request's scope, whose field it is. NULL is the empty one. */
enum err scope_check(struct scene *s, const Scope *scope, const char *field);
/* Whether a name in a scope means the method of that path. */
bool scope_names(const char *name, const char *path);
/* peer: the address that the request came from, NULL when it came from none. */
enum err scope_allows(const Scope *scope, const char *path, bool writes, const char *peer, struct fault *fault);

#endif
