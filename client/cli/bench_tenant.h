/*
 * bench_tenant: a fresh tenant for a load to run in, made through the public API.
 *
 * Nouns: the links are three channels: the administrator's, a backend's (acts for residents and members, over
 * many connections) and the desk's; a batch is many calls of one kind with some of them in flight.
 * Ownership: the links are the rpcs'; texts lie in tenant_links.
 * Errors: false, and `error` says why.
 */
#ifndef PAIDAN_CLI_BENCH_TENANT_H
#define PAIDAN_CLI_BENCH_TENANT_H

#include "bench_rpc.h"

enum { TENANT_ID_BYTES = 25, NODE_ID_BYTES = 33, TENANT_KEY_BYTES = 256 };

struct tenant_links {
	char tenant[TENANT_ID_BYTES];
	char root_id[NODE_ID_BYTES];
	struct channel *admin;
	struct channel *backend;
	struct channel *desk;
	struct channel *watch; /* NULL: none was asked for */
};

struct tenant_options {
	const char *root_key; /* the key itself */
	const char *tenant;   /* NULL or "": a new name, from `prefix` and the time */
	const char *prefix;
	unsigned connections;       /* of the backend */
	unsigned watch_connections; /* 0: none */
};

bool tenant_create(struct rpcs *r, const struct tenant_options *options, struct tenant_links *links,
		   struct rpc_error *error);
/* The first line of a key file, without spaces around it; NULL with errno. For free(). */
char *tenant_read_key(const char *path);

struct batch {
	struct rpcs *rpcs;
	void *arg;
	size_t in_flight;
	struct rpc_error *error; /* of the first that failed */
};

struct batch_call {
	struct batch *batch;
	size_t index;
	void (*take)(void *arg, size_t index, const void *message);
};

/* Sends the call of one index: fills its request and gives it to batch_send. */
typedef void batch_make_fn(struct batch *b, size_t index);
/* Takes what came back. */
typedef void batch_take_fn(void *arg, size_t index, const void *message);

/* make is called for 0 to n - 1; true when all succeeded. */
bool batch_run(struct rpcs *r, size_t n, size_t window, batch_make_fn *make, void *arg, struct rpc_error *error);
/* take may be NULL. */
void batch_send(struct batch *b, size_t index, struct channel *link, enum rpc rpc, const void *request,
		batch_take_fn *take);

#endif
