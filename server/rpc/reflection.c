/* grpc.reflection: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 * v1 and v1alpha are the same on the wire, so one set of structs serves both. */
#include "pb/pb_message.h"
#include "rpc/local.h"
#include "rpc/reply.h"
#include "rpc_pb.h"
#include "wkt_pb.h"

typedef Grpc__Reflection__V1__ServerReflectionRequest Request;
typedef Grpc__Reflection__V1__ServerReflectionResponse Response;
typedef Grpc__Reflection__V1__FileDescriptorResponse Files;
typedef Grpc__Reflection__V1__ServiceResponse Service;
typedef Grpc__Reflection__V1__ListServiceResponse Services;
typedef Grpc__Reflection__V1__ExtensionNumberResponse Extensions;
typedef Grpc__Reflection__V1__ErrorResponse Failure;

#define REQUEST(name) GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##name
#define RESPONSE(name) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##name
#define NEW(call, type, name) \
	((type *)pb_message_new(&(call)->arena, &grpc__reflection__v1__##name##_response__descriptor))

/* Where files and symbols are looked for: services, and what their messages import. */
static const struct pb_set *const sets[] = {&paidan_pb_set, &rpc_pb_set, &wkt_pb_set};
enum { N_SETS = sizeof(sets) / sizeof(sets[0]) };

static const struct pb_file *find_file(const char *name)
{
	const struct pb_file *file = NULL;
	for (size_t i = 0; i < N_SETS && file == NULL; i++)
		file = pb_file_by_name(sets[i], slice_str(name));
	return file;
}

static const struct pb_file *find_symbol(const char *symbol)
{
	const struct pb_file *file = NULL;
	for (size_t i = 0; i < N_SETS && file == NULL; i++)
		file = pb_file_by_symbol(sets[i], slice_str(symbol));
	return file;
}

static void fail(struct call *call, Response *rsp, const char *what)
{
	Failure *failure = NEW(call, Failure, error);
	failure->error_code = GRPC_NOT_FOUND;
	failure->error_message = (char *)(uintptr_t)what;
	rsp->message_response_case = RESPONSE(ERROR_RESPONSE);
	rsp->error_response = failure;
}

/* The file, then all that it imports, each once: clients need no second question. */
static void answer_file(struct call *call, Response *rsp, const struct pb_file *file)
{
	size_t room = 0, n = 0;
	if (file == NULL) {
		fail(call, rsp, "not found");
		return;
	}
	for (size_t i = 0; i < N_SETS; i++)
		room += sets[i]->n_files;
	const struct pb_file **found = arena_array(&call->arena, room, sizeof(*found));
	found[n++] = file;
	for (size_t i = 0; i < n; i++) {
		for (const char *const *import = found[i]->imports; *import != NULL; import++) {
			const struct pb_file *imported = find_file(*import);
			bool is_new = imported != NULL;
			for (size_t k = 0; k < n && is_new; k++)
				is_new = found[k] != imported;
			if (is_new)
				found[n++] = imported;
		}
	}
	Files *files = NEW(call, Files, file_descriptor);
	files->file_descriptor_proto = arena_array(&call->arena, n, sizeof(*files->file_descriptor_proto));
	files->n_file_descriptor_proto = n;
	for (size_t i = 0; i < n; i++)
		files->file_descriptor_proto[i] =
		    (ProtobufCBinaryData){found[i]->descriptor_len, (uint8_t *)(uintptr_t)found[i]->descriptor};
	rsp->message_response_case = RESPONSE(FILE_DESCRIPTOR_RESPONSE);
	rsp->file_descriptor_response = files;
}

static void answer_services(struct call *call, Response *rsp)
{
	size_t n = 0;
	for (size_t i = 0; i < methods_n_sets; i++)
		n += methods_sets[i]->n_services;
	Services *services = NEW(call, Services, list_service);
	services->service = arena_array(&call->arena, n, sizeof(*services->service));
	for (size_t i = 0; i < methods_n_sets; i++) {
		for (size_t k = 0; k < methods_sets[i]->n_services; k++) {
			Service *service = NEW(call, Service, service);
			service->name = (char *)(uintptr_t)methods_sets[i]->services[k].name;
			services->service[services->n_service++] = service;
		}
	}
	rsp->message_response_case = RESPONSE(LIST_SERVICES_RESPONSE);
	rsp->list_services_response = services;
}

/* proto3 has no extensions: a known type has none. */
static void answer_extensions(struct call *call, Response *rsp, const char *type)
{
	const struct pb_side *side = NULL;
	for (size_t i = 0; i < N_SETS && side == NULL; i++)
		side = pb_message_by_name(sets[i], slice_str(type));
	if (side == NULL) {
		fail(call, rsp, "no such message type");
		return;
	}
	Extensions *extensions = NEW(call, Extensions, extension_number);
	extensions->base_type_name = (char *)(uintptr_t)type;
	rsp->message_response_case = RESPONSE(ALL_EXTENSION_NUMBERS_RESPONSE);
	rsp->all_extension_numbers_response = extensions;
}

static enum err message(struct call *call, const void *request)
{
	const Request *req = request;
	Response *rsp =
	    (Response *)pb_message_new(&call->arena, &grpc__reflection__v1__server_reflection_response__descriptor);
	rsp->valid_host = req->host;
	rsp->original_request = (Request *)(uintptr_t)req;
	switch (req->message_request_case) {
	case REQUEST(FILE_BY_FILENAME):
		answer_file(call, rsp, find_file(req->file_by_filename));
		break;
	case REQUEST(FILE_CONTAINING_SYMBOL):
		answer_file(call, rsp, find_symbol(req->file_containing_symbol));
		break;
	case REQUEST(FILE_CONTAINING_EXTENSION):
		fail(call, rsp, "there are no extensions");
		break;
	case REQUEST(ALL_EXTENSION_NUMBERS_OF_TYPE):
		answer_extensions(call, rsp, req->all_extension_numbers_of_type);
		break;
	case REQUEST(LIST_SERVICES):
		answer_services(call, rsp);
		break;
	case REQUEST(_NOT_SET):
		return fault_set(&call->fault, ERR_FIELD_REQUIRED, "message_request", "nothing is asked for");
	}
	reply_send(call, &rsp->base);
	return OK;
}

const struct local_method reflection_v1 = {
    .path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    .request = &grpc__reflection__v1__server_reflection_request__descriptor,
    .response = &grpc__reflection__v1__server_reflection_response__descriptor,
    .message = message,
};
const struct local_method reflection_v1alpha = {
    .path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    .request = &grpc__reflection__v1__server_reflection_request__descriptor,
    .response = &grpc__reflection__v1__server_reflection_response__descriptor,
    .message = message,
};
