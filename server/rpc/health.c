/* grpc.health.v1: https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
#include "rpc/local.h"
#include "rpc/reply.h"
#include "rpc_pb.h"

typedef Grpc__Health__V1__HealthCheckRequest Request;
typedef Grpc__Health__V1__HealthCheckResponse Response;

#define STATUS(name) GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__##name

enum { NOTHING_TOLD = -1 };

static bool is_known(struct slice service)
{
	for (size_t i = 0; i < methods_n_sets; i++) {
		if (pb_service_by_name(methods_sets[i], service) != NULL)
			return true;
	}
	return service.len == 0;
}

/* "" and the services of the API need the store; health and reflection only a process that stays. */
static int status_of(const struct rpc *rpc, const char *service)
{
	struct slice name = slice_str(service);
	if (!is_known(name))
		return STATUS(SERVICE_UNKNOWN);
	bool serving = slice_starts(name, SLICE("grpc.")) ? !rpc->draining : rpc_serving(rpc);
	return serving ? STATUS(SERVING) : STATUS(NOT_SERVING);
}

static enum err check(struct call *call, const void *request, void *response)
{
	const Request *req = request;
	Response *rsp = response;
	int status = status_of(call->rpc, req->service);
	if (status == STATUS(SERVICE_UNKNOWN))
		return fault_set(&call->fault, ERR_NOT_FOUND, "service", "no such service");
	rsp->status = status;
	return OK;
}

/* Tells the status when it is another than was told last. */
static void tell(struct call *call)
{
	Response response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
	response.status = status_of(call->rpc, call->local_subject);
	if ((int)response.status == call->local_note)
		return;
	call->local_note = (int)response.status;
	reply_send(call, &response.base);
}

static enum err watch(struct call *call, const void *request)
{
	const Request *req = request;
	call->local_subject = req->service;
	call->local_note = NOTHING_TOLD;
	tell(call);
	return OK;
}

const struct local_method health_check = {
    .path = "/grpc.health.v1.Health/Check",
    .request = &grpc__health__v1__health_check_request__descriptor,
    .response = &grpc__health__v1__health_check_response__descriptor,
    .answer = check,
};
const struct local_method health_watch = {
    .path = "/grpc.health.v1.Health/Watch",
    .request = &grpc__health__v1__health_check_request__descriptor,
    .response = &grpc__health__v1__health_check_response__descriptor,
    .message = watch,
    .tick = tell,
};
