#include "client.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_TIMEOUT_MS = 30000, DEFAULT_RETRIES = 4 };

int client_set_error(struct paidan_client *c, const struct rpc_error *error)
{
	if (error != &c->error)
		c->error = *error;
	c->n_violations = 0;
	return (int)c->error.code;
}

int client_fail(struct paidan_client *c, enum err err, const char *field, const char *detail)
{
	c->n_violations = 0;
	rpc_error_local(&c->error, err, detail == NULL ? NULL : "%s", detail);
	snprintf(c->error.field, sizeof(c->error.field), "%s", field == NULL ? "" : field);
	return (int)c->error.code;
}

int client_fault(struct paidan_client *c, const struct fault *fault)
{
	return client_fail(c, fault->err, fault->field, fault->detail[0] == '\0' ? NULL : fault->detail);
}

int client_ok(struct paidan_client *c)
{
	c->error = (struct rpc_error){0};
	c->n_violations = 0;
	return PAIDAN_OK;
}

int client_leave(struct paidan_client *c, int code)
{
	arena_unguard(&c->arena);
	return code;
}

const struct paidan_error *paidan_error(const struct paidan_client *client)
{
	static const struct paidan_error no_memory = {PAIDAN_INTERNAL, "INTERNAL",      "", "out of memory",
						      "内存不足",      "out of memory", "", ""};
	if (client == NULL)
		return &no_memory;
	/* A view of the client's own error: the caller sees nothing change. */
	struct paidan_client *c = (struct paidan_client *)(uintptr_t)client;
	const struct rpc_error *e = &c->error;
	c->view = (struct paidan_error){(int)e->code, e->reason, e->field,      c->zh ? e->zh : e->en,
					e->zh,        e->en,     e->request_id, c->sent_id};
	return &c->view;
}

const struct paidan_violation *paidan_violation(const struct paidan_client *client, size_t i)
{
	if (client == NULL || i >= client->n_violations)
		return NULL;
	struct paidan_client *c = (struct paidan_client *)(uintptr_t)client;
	const struct rpc_violation *v = &c->violations[i];
	c->violation_view = (struct paidan_violation){v->field, v->reason, c->zh ? v->zh : v->en, v->zh, v->en};
	return &c->violation_view;
}

/* --- open --- */

static bool env_is_zh(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			return strncmp(value, "zh", 2) == 0;
	}
	return false;
}

int paidan_act_as(struct paidan_client *client, const char *act_as)
{
	if (client == NULL)
		return PAIDAN_INTERNAL;
	if (act_as == NULL || *act_as == '\0') {
		client->act_as[0] = '\0';
		return client_ok(client);
	}
	const char *slash = strchr(act_as, '/');
	bool ok = slash != NULL && slash[1] != '\0' && strlen(act_as) < sizeof(client->act_as) &&
		  (strncmp(act_as, "resident/", 9) == 0 || strncmp(act_as, "member/", 7) == 0);
	for (const char *p = act_as; *p != '\0'; p++)
		ok = ok && *p > ' ' && *p < 0x7f;
	if (!ok)
		return client_fail(client, ERR_FIELD_INVALID, "act_as", "it must be resident/<id> or member/<id>");
	memcpy(client->act_as, act_as, strlen(act_as) + 1);
	return client_ok(client);
}

int paidan_request_id(struct paidan_client *client, const char *request_id)
{
	if (client == NULL)
		return PAIDAN_INTERNAL;
	const char *id = request_id == NULL ? "" : request_id;
	if (strlen(id) >= sizeof(client->next_id))
		return client_fail(client, ERR_FIELD_TOO_LONG, "request_id", NULL);
	memcpy(client->next_id, id, strlen(id) + 1);
	return client_ok(client);
}

static void open_channel(struct paidan_client *c, const struct paidan_options *o)
{
	struct channel_options options = {
	    .base = c->base,
	    .url = o->url,
	    .ca_file = o->ca_file,
	    .cert_file = o->cert_file,
	    .cert_key_file = o->cert_key_file,
	    .key = o->key,
	    .tenant = o->tenant,
	    .trace = o->traceparent,
	    .agent = o->user_agent == NULL ? "libpaidan/" PAIDAN_VERSION : o->user_agent,
	};
	if (paidan_act_as(c, o->act_as) != PAIDAN_OK)
		c->broken = c->error;
	else
		c->channel = channel_open(&options, &c->broken);
	if (c->channel == NULL)
		client_set_error(c, &c->broken);
}

int paidan_open(struct paidan_client **client, const struct paidan_options *options)
{
	const struct paidan_options from_env = {.url = getenv("PAIDAN_SERVER"),
						.key = getenv("PAIDAN_KEY"),
						.ca_file = getenv("PAIDAN_CA"),
						.cert_file = getenv("PAIDAN_CERT"),
						.cert_key_file = getenv("PAIDAN_CERT_KEY"),
						.act_as = getenv("PAIDAN_AS"),
						.tenant = getenv("PAIDAN_TENANT"),
						.traceparent = getenv("TRACEPARENT")};
	const struct paidan_options *o = options == NULL ? &from_env : options;
	struct paidan_client *c = calloc(1, sizeof(*c));
	*client = NULL;
	if (c == NULL)
		return PAIDAN_INTERNAL;
	struct event_config *config = event_config_new();
	if (config != NULL) {
		/* One loop, one thread: no locks, no signals. */
		event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
		c->base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (c->base == NULL) {
		free(c);
		return PAIDAN_INTERNAL;
	}
	*client = c;
	arena_init(&c->arena, CLIENT_ARENA_BYTES);
	c->zh = o->lang == NULL ? env_is_zh() : strncmp(o->lang, "zh", 2) == 0;
	c->timeout_ms = o->timeout_ms == 0 ? DEFAULT_TIMEOUT_MS : o->timeout_ms;
	c->retries = o->retries == 0 ? DEFAULT_RETRIES : o->retries < 0 ? 0 : (unsigned)o->retries;
	open_channel(c, o);
	return c->channel == NULL ? (int)c->broken.code : client_ok(c);
}

void paidan_close(struct paidan_client *client)
{
	if (client == NULL)
		return;
	channel_close(client->channel);
	event_base_free(client->base);
	arena_free(&client->arena);
	buf_free(&client->reply);
	free(client);
}

void paidan_free(void *json)
{
	free(json);
}
