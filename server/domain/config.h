/*
 * config: a tenant's slow-changing records as one immutable snapshot: org tree with grids, categories,
 * policy, API keys.
 *
 * Nouns: the snapshot's version is the tenant record's version; every change of any of these records
 * also rewrites the tenant record, so one guard on it covers them all.
 * Ownership: a snapshot lies in the arena it was built in, records included, and is read-only.
 * Errors: lookups answer NULL when there is no such thing; config_build answers ERR_DATA_CORRUPT when a
 * record points to a parent that does not exist.
 */
#ifndef PAIDAN_DOMAIN_CONFIG_H
#define PAIDAN_DOMAIN_CONFIG_H

#include "domain/geo.h"

struct org_node {
	const NodeRecord *record;
	const struct org_node *parent; /* NULL: the root */
	struct geo_shape shape;        /* of a grid */
	unsigned depth;                /* 0: the root */
};

struct config {
	uint64_t version;
	const TenantRecord *tenant;
	const struct org_node *root;
	struct org_node *nodes; /* sorted by id */
	size_t n_nodes;
	const struct org_node **grids; /* sorted by id */
	size_t n_grids;
	CategoryRecord **categories; /* sorted by id */
	size_t n_categories;
	ApiKeyRecord **keys; /* sorted by id */
	size_t n_keys;
	IssuerRecord **issuers; /* removed ones, too */
	size_t n_issuers;
	const TokenKeysRecord *token_keys;               /* NULL: none yet */
	const TokenRevocationsRecord *token_revocations; /* NULL: none */
	ClientCertRecord **certs;                        /* revoked ones, too */
	size_t n_certs;
	const Policy *policy;    /* never NULL: policy_default() stands in */
	uint32_t policy_version; /* from 1 */
	int64_t events_from_ms;  /* by the policies before this one; see config_events_from_ms */
	/* Of the counts of orders (domain/rates.h): what new orders count in, and the oldest that some still do. */
	uint32_t edition, edition_from;
};

/* What config_build is given: records of the respective kinds, in any order. */
struct config_parts {
	const TenantRecord *tenant; /* NULL: rules alone, as in their tests */
	uint64_t version;
	NodeRecord **nodes;
	size_t n_nodes;
	CategoryRecord **categories;
	size_t n_categories;
	ApiKeyRecord **keys;
	size_t n_keys;
	IssuerRecord **issuers;
	size_t n_issuers;
	const TokenKeysRecord *token_keys; /* NULL: none */
	const TokenRevocationsRecord *token_revocations;
	ClientCertRecord **certs;
	size_t n_certs;
	const PolicyRecord *policy; /* NULL: the default */
};

enum err config_build(struct arena *a, const struct config_parts *parts, struct config **out);

const struct org_node *config_node(const struct config *c, const char *id);
const struct org_node *config_node_by_code(const struct config *c, const char *code);
const Category *config_category(const struct config *c, const char *id);
/* By the iss of its tokens. */
const IssuerRecord *config_issuer(const struct config *c, struct slice name);
/* By its name. */
const ClientCertRecord *config_client_cert(const struct config *c, struct slice name);
const ApiKeyRecord *config_key(const struct config *c, const char *id);
/* Whether node lies under ancestor or is it. An empty ancestor id is the root; an unknown id is false. */
bool config_under(const struct config *c, const char *node_id, const char *ancestor_id);
/* The nearest node of that kind at or above node_id; NULL when there is none. */
const struct org_node *config_above(const struct config *c, const char *node_id, NodeKind kind);
/* The moment from which on all events are there. What a shorter rule has dropped does not come back with a longer one.
 */
int64_t config_events_from_ms(const struct config *c, int64_t now_ms);
/* The grid that a point lies in; of overlapping grids the first by id. */
const struct org_node *config_locate(const struct config *c, struct geo_point point);

#endif
