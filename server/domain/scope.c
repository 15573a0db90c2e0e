#include "domain/scope.h"

#include "base/cidr.h"

#define PACKAGE "/paidan.v1."

bool scope_names(const char *name, const char *path)
{
	size_t len = strlen(name);
	if (strncmp(path, PACKAGE, sizeof(PACKAGE) - 1) != 0)
		return false;
	path += sizeof(PACKAGE) - 1;
	return len > 0 && strncmp(path, name, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

enum err scope_check(struct scene *s, const Scope *scope, const char *field)
{
	struct cidr network;
	if (scope == NULL)
		return OK;
	for (size_t i = 0; i < scope->n_networks; i++) {
		if (!cidr_parse(scope->networks[i], &network))
			return fault_set(s->fault, ERR_FIELD_INVALID,
					 arena_printf(s->arena, "%s.networks[%zu]", field, i),
					 "not a network such as 10.20.0.0/16");
	}
	return OK;
}

static bool has_method(const Scope *scope, const char *path)
{
	for (size_t i = 0; i < scope->n_methods; i++) {
		if (scope_names(scope->methods[i], path))
			return true;
	}
	return scope->n_methods == 0;
}

static bool has_network(const Scope *scope, const char *peer)
{
	struct cidr network;
	for (size_t i = 0; i < scope->n_networks && peer != NULL; i++) {
		if (cidr_parse(scope->networks[i], &network) && cidr_has(&network, peer))
			return true;
	}
	return scope->n_networks == 0;
}

enum err scope_allows(const Scope *scope, const char *path, bool writes, const char *peer, struct fault *fault)
{
	if (scope == NULL)
		return OK;
	if (!has_network(scope, peer))
		return fault_set(fault, ERR_CREDENTIAL_SOURCE, NULL, "not from this address");
	if (writes && scope->read_only)
		return fault_set(fault, ERR_CREDENTIAL_SCOPE, NULL, "it may only read");
	if (!has_method(scope, path))
		return fault_set(fault, ERR_CREDENTIAL_SCOPE, NULL, "not one of its methods");
	return OK;
}
