#include "bench_tenant.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH_WINDOW_MIN = 1 };

char *tenant_read_key(const char *path)
{
	char line[512];
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return NULL;
	bool got = fgets(line, sizeof(line), file) != NULL;
	int error = errno;
	fclose(file);
	if (!got) {
		errno = error != 0 ? error : EINVAL;
		return NULL;
	}
	size_t from = strspn(line, " \t");
	line[from + strcspn(line + from, " \t\r\n")] = '\0';
	return strdup(line + from);
}

/* --- batches --- */

static void batch_done(void *arg, const struct rpc_reply *reply)
{
	struct batch_call *call = arg;
	struct batch *b = call->batch;
	b->in_flight--;
	if (reply->error != NULL) {
		if (b->error->code == GRPC_OK)
			*b->error = *reply->error;
	} else if (call->take != NULL) {
		const void *message = rpc_decode(b->rpcs, reply->rpc, reply->message);
		if (message != NULL)
			call->take(b->arg, call->index, message);
		else if (b->error->code == GRPC_OK)
			rpc_error_local(b->error, ERR_INTERNAL, "the reply can't be read");
	}
	free(call);
}

void batch_send(struct batch *b, size_t index, struct channel *link, enum rpc rpc, const void *request,
		batch_take_fn *take)
{
	struct batch_call *call = malloc(sizeof(*call));
	if (call == NULL) {
		fputs("paidan: out of memory\n", stderr);
		abort();
	}
	*call = (struct batch_call){b, index, take};
	b->in_flight++;
	rpc_send(b->rpcs, link, rpc, request, NULL, batch_done, call);
}

bool batch_run(struct rpcs *r, size_t n, size_t window, batch_make_fn *make, void *arg, struct rpc_error *error)
{
	struct batch b = {.rpcs = r, .arg = arg, .error = error};
	size_t next = 0;
	*error = (struct rpc_error){.code = GRPC_OK};
	if (window < BATCH_WINDOW_MIN)
		window = BATCH_WINDOW_MIN;
	while (b.in_flight > 0 || (next < n && error->code == GRPC_OK)) {
		while (next < n && b.in_flight < window && error->code == GRPC_OK)
			make(&b, next++);
		if (b.in_flight > 0)
			event_base_loop(rpcs_base(r), EVLOOP_ONCE);
	}
	return error->code == GRPC_OK;
}

/* --- the tenant --- */

static void name_tenant(const struct tenant_options *options, char name[TENANT_ID_BYTES])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	struct timespec now;
	char tail[16];
	size_t n = sizeof(tail) - 1;
	if (options->tenant != NULL && options->tenant[0] != '\0') {
		snprintf(name, TENANT_ID_BYTES, "%s", options->tenant);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	tail[n] = '\0';
	for (; ms > 0 && n > 0; ms /= 36)
		tail[--n] = digits[ms % 36];
	snprintf(name, TENANT_ID_BYTES, "%.12s-%s", options->prefix, tail + n);
}

static bool new_key(struct rpcs *r, struct tenant_links *links, Role role, const char *label,
		    char key[TENANT_KEY_BYTES], struct rpc_error *error)
{
	CreateApiKeyRequest request;
	CreateApiKeyRequest_init(&request);
	request.role = role;
	request.label = (char *)(uintptr_t)label;
	const CreateApiKeyResponse *response = rpc_wait(r, links->admin, RPC_CREATE_API_KEY, &request, NULL, error);
	if (response == NULL)
		return false;
	snprintf(key, TENANT_KEY_BYTES, "%s", response->key);
	return true;
}

static bool new_tenant(struct rpcs *r, const struct tenant_options *options, struct tenant_links *links,
		       char key[TENANT_KEY_BYTES], struct rpc_error *error)
{
	CreateTenantRequest request;
	CreateTenantRequest_init(&request);
	struct channel *root = rpc_link(r, options->root_key, 1, error);
	if (root == NULL)
		return false;
	request.tenant_id = links->tenant;
	request.name = links->tenant;
	request.root_kind = NODE_KIND_STREET;
	const CreateTenantResponse *response = rpc_wait(r, root, RPC_CREATE_TENANT, &request, NULL, error);
	if (response == NULL)
		return false;
	snprintf(key, TENANT_KEY_BYTES, "%s", response->admin_key);
	snprintf(links->root_id, sizeof(links->root_id), "%s", response->root == NULL ? "" : response->root->id);
	return true;
}

bool tenant_create(struct rpcs *r, const struct tenant_options *options, struct tenant_links *links,
		   struct rpc_error *error)
{
	char key[TENANT_KEY_BYTES];
	name_tenant(options, links->tenant);
	if (!new_tenant(r, options, links, key, error) || (links->admin = rpc_link(r, key, 1, error)) == NULL)
		return false;
	if (!new_key(r, links, ROLE_BACKEND, "load: backend", key, error) ||
	    (links->backend = rpc_link(r, key, options->connections, error)) == NULL)
		return false;
	if (options->watch_connections > 0 &&
	    (links->watch = rpc_link(r, key, options->watch_connections, error)) == NULL)
		return false;
	return new_key(r, links, ROLE_OPERATOR, "load: desk", key, error) &&
	       (links->desk = rpc_link(r, key, 2, error)) != NULL;
}
