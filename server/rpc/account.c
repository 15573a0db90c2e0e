#include "rpc/account.h"

#include <stdio.h>

#include "base/log.h"

static void log_call(const struct call *call, enum err err, int64_t elapsed_us, enum log_level level)
{
	char tenant[LIMIT_TENANT_ID_CHARS + 1] = "", key[LIMIT_ID_CHARS + 1] = "";
	snprintf(tenant, sizeof(tenant), "%.*s", SLICE_FMT(call->credential.tenant));
	snprintf(key, sizeof(key), "%.*s", SLICE_FMT(call->credential.id));
	LOG_AT(level, "rpc", call->messages > 0 ? "stream" : "call",
	       LOG_S("method", call->method == NULL ? "unknown" : call->method->pb->path + 1),
	       LOG_S("code", grpc_code_name(err_info(err)->code)), LOG_S("reason", err_info(err)->reason),
	       LOG_I("us", elapsed_us), LOG_I("in", call->bytes_in), LOG_I("out", call->bytes_out),
	       LOG_I("messages", call->messages), LOG_S("rid", call->request_id), LOG_S("trace", call->trace.text),
	       LOG_S("parent", call->trace.parent), LOG_S("protocol", protocol_name(call->type->protocol)),
	       LOG_S("tenant", tenant), LOG_S("key", key), LOG_S("peer", call->peer));
}

/* A watch is not slow because it was open for long, and a client that leaves it has not failed. */
static enum log_level level_of(const struct call *call, enum err err, int64_t elapsed_us)
{
	const struct rpc_config *config = &call->rpc->config;
	bool stream = call->method != NULL && call->method->streams;
	if (err != OK && !(stream && err == ERR_CANCELLED))
		return LOG_INFO;
	if (config->slow_ms > 0 && elapsed_us > (int64_t)config->slow_ms * 1000 && !stream)
		return LOG_INFO;
	return config->log_ok ? LOG_INFO : LOG_DEBUG;
}

void account_call(const struct call *call, enum err err)
{
	int64_t elapsed_us = rpc_now_us() - call->since_us;
	size_t index = call->method == NULL ? 0 : call->method->index;
	metrics_rpc(call->rpc->config.slot, index, err_info(err)->code, elapsed_us);
	enum log_level level = level_of(call, err, elapsed_us);
	if (log_wants(level))
		log_call(call, err, elapsed_us, level);
}
