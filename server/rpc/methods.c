#include "rpc/methods.h"

#include <stdlib.h>

#include "paidan_pb.h"
#include "rpc/local.h"
#include "rpc_pb.h"

const struct pb_set *const methods_sets[] = {&paidan_pb_set, &rpc_pb_set};
const size_t methods_n_sets = sizeof(methods_sets) / sizeof(methods_sets[0]);

struct methods {
	size_t n;
	struct rpc_method rows[];
};

static size_t count(void)
{
	size_t n = 1;
	for (size_t i = 0; i < methods_n_sets; i++)
		n += methods_sets[i]->n_methods;
	return n;
}

static const struct local_method *find_local(const struct local_method *const *local, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(local[i]->path, path) == 0)
			return local[i];
	}
	return NULL;
}

static const ProtobufCFieldDescriptor *string_field(const ProtobufCMessageDescriptor *message, const char *name)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(message, name);
	return f != NULL && f->type == PROTOBUF_C_TYPE_STRING && f->label != PROTOBUF_C_LABEL_REPEATED ? f : NULL;
}

struct methods *methods_new(const struct exec *exec, const struct local_method *const *local, size_t n_local)
{
	size_t n = count();
	struct methods *m = calloc(1, sizeof(*m) + n * sizeof(m->rows[0]));
	if (m == NULL)
		return NULL;
	m->n = n;
	size_t index = 1;
	for (size_t s = 0; s < methods_n_sets; s++) {
		for (size_t i = 0; i < methods_sets[s]->n_methods; i++, index++) {
			const struct pb_method *pb = &methods_sets[s]->methods[i];
			struct rpc_method *row = &m->rows[index];
			*row = (struct rpc_method){
			    .pb = pb,
			    .handler = exec == NULL ? NULL : exec_method(exec, slice_str(pb->path)),
			    .local = find_local(local, n_local, pb->path),
			    .index = index,
			    .streams = pb->client_streaming || pb->server_streaming,
			};
			row->tenant_id = string_field(pb->request, "tenant_id");
			if (row->handler != NULL && row->streams) {
				row->after = string_field(pb->request, "after");
				row->event_id = string_field(pb->response, "event_id");
			}
		}
	}
	return m;
}

void methods_free(struct methods *m)
{
	free(m);
}

const struct rpc_method *methods_find(const struct methods *m, struct slice path)
{
	size_t first = 1;
	for (size_t s = 0; s < methods_n_sets; s++) {
		const struct pb_method *pb = pb_method_by_path(methods_sets[s], path);
		if (pb != NULL)
			return &m->rows[first + (size_t)(pb - methods_sets[s]->methods)];
		first += methods_sets[s]->n_methods;
	}
	return NULL;
}

const char **methods_paths(size_t *n)
{
	*n = count();
	const char **paths = calloc(*n, sizeof(*paths));
	size_t at = 1;
	for (size_t s = 0; paths != NULL && s < methods_n_sets; s++) {
		for (size_t i = 0; i < methods_sets[s]->n_methods; i++)
			paths[at++] = methods_sets[s]->methods[i].path;
	}
	return paths;
}
