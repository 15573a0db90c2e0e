#include "domain/webhook.h"

#include <ctype.h>
#include <stdlib.h>

#include "domain/authz.h"
#include "domain/event_filter.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

/* Failures are noted once in so long, and an outage that shorter pauses than this would explain is none. */
enum { NOTE_PART = 10 };

const struct webhook_rules webhook_default_rules = {
    .pause_ms = {5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 14 * HOUR_MS,
		 20 * HOUR_MS, 24 * HOUR_MS},
    .n_pauses = 9,
    .give_up_ms = 5 * SECOND_MS + 35 * MINUTE_MS + 75 * HOUR_MS,
    .disable_ms = 5 * DAY_MS,
};

static int64_t unit_ms(const char **at)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", SECOND_MS}, {"m", MINUTE_MS}, {"h", HOUR_MS}, {"d", DAY_MS}};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i].name);
		if (strncmp(*at, units[i].name, len) == 0 && ((*at)[len] == ' ' || (*at)[len] == '\0')) {
			*at += len;
			return units[i].ms;
		}
	}
	return 0;
}

bool webhook_pauses_parse(const char *text, struct webhook_rules *rules)
{
	const char *at = text;
	rules->n_pauses = 0;
	rules->give_up_ms = 0;
	while (*at == ' ')
		at++;
	while (*at != '\0') {
		int64_t n = 0, ms;
		if (*at < '1' || *at > '9' || rules->n_pauses == WEBHOOK_PAUSES_MAX)
			return false;
		while (*at >= '0' && *at <= '9' && n < INT32_MAX)
			n = n * 10 + (*at++ - '0');
		ms = unit_ms(&at);
		if (ms == 0 || n * ms > 30 * DAY_MS)
			return false;
		rules->pause_ms[rules->n_pauses++] = n * ms;
		rules->give_up_ms += n * ms;
		while (*at == ' ')
			at++;
	}
	return rules->n_pauses > 0;
}

/* What a host may hold; brackets and colons are for IPv6 addresses. */
static bool host_char(char c)
{
	return isalnum((unsigned char)c) || strchr("-._[]:", c) != NULL;
}

enum err webhook_check_url(struct scene *s, const char *url, const char *field)
{
	bool tls = strncmp(url, "https://", 8) == 0;
	if (!tls && strncmp(url, "http://", 7) != 0)
		return fault_set(s->fault, ERR_FIELD_INVALID, field, "https://…");
	for (const char *c = url; *c != '\0'; c++) {
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("\"<>\\^`{|}#", *c) != NULL)
			return fault_set(s->fault, ERR_FIELD_INVALID, field, "a character that no URL has here");
	}
	const char *host = url + (tls ? 8 : 7);
	size_t len = strcspn(host, "/?");
	for (size_t i = 0; i < len; i++) {
		if (!host_char(host[i]))
			return fault_set(s->fault, ERR_FIELD_INVALID, field, "not a host name or address");
	}
	if (len == 0 || host[0] == ':')
		return fault_set(s->fault, ERR_FIELD_INVALID, field, "without a host");
	return OK;
}

enum err webhook_authz(struct scene *s, const WebhookRecord *webhook)
{
	bool reached = webhook->node_id[0] == '\0' ? s->actor->n_node_ids == 0
						   : authz_reaches(s->actor, s->config, webhook->node_id);
	return reached && !webhook->deleted ? OK : fault_set(s->fault, ERR_NOT_FOUND, "webhook_id", "webhook");
}

bool webhook_wants(const WebhookRecord *webhook, const struct config *config, const EventRecord *event)
{
	struct event_filter filter = EVENT_FILTER(webhook);
	if (event->kind == EVENT_KIND_WEBHOOK_TEST)
		return strcmp(event->subject_id, webhook->id) == 0;
	if (webhook->node_id[0] != '\0' && !config_under(config, event->grid_id, webhook->node_id))
		return false;
	return event_filter_passes(&filter, config, event);
}

void webhook_type(EventKind kind, char type[WEBHOOK_TYPE_BYTES])
{
	enum { PREFIX = sizeof("EVENT_KIND_") - 1 };
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(&EventKind_desc, (int)kind);
	const char *name = value == NULL ? "unknown" : value->name + PREFIX;
	/* MEMBER_CHANGED is of the member: "member.changed"; what happens to an order is of the order. */
	bool other = kind >= EVENT_KIND_MEMBER_CHANGED;
	size_t n = 0;
	if (!other)
		n = (size_t)(stpcpy(type, "order.") - type);
	for (; *name != '\0' && n + 1 < WEBHOOK_TYPE_BYTES; name++) {
		bool dot = other && *name == '_';
		type[n++] = dot ? '.' : (char)tolower((unsigned char)*name);
		other &= !dot;
	}
	type[n] = '\0';
}

int64_t webhook_pause_ms(const struct webhook_rules *rules, uint32_t attempts, int64_t retry_after_ms, uint64_t random)
{
	size_t at = attempts == 0 ? 0 : attempts - 1;
	int64_t pause_ms = rules->pause_ms[at < rules->n_pauses ? at : rules->n_pauses - 1];
	/* Four fifths to six fifths of it. */
	int64_t spread_ms = pause_ms * 2 / 5;
	pause_ms = pause_ms - pause_ms / 5 + (spread_ms == 0 ? 0 : (int64_t)(random % (uint64_t)(spread_ms + 1)));
	if (retry_after_ms <= 0)
		return pause_ms;
	if (retry_after_ms > WEBHOOK_RETRY_AFTER_MAX_MS)
		return WEBHOOK_RETRY_AFTER_MAX_MS;
	return retry_after_ms < rules->pause_ms[0] ? rules->pause_ms[0] : retry_after_ms;
}

static int64_t note_ms(const struct webhook_rules *rules)
{
	return rules->pause_ms[rules->n_pauses > 1 ? 1 : 0] / NOTE_PART;
}

/* Longer than any pause nothing was tried: what failed before says nothing about today. */
static bool forgotten(const struct webhook_rules *rules, const WebhookStateRecord *state, int64_t now_ms)
{
	int64_t longest_ms = rules->pause_ms[rules->n_pauses - 1];
	return state->failing_since_ms != 0 && now_ms - state->failed_ms > 2 * longest_ms;
}

bool webhook_notes_failure(const struct webhook_rules *rules, const WebhookStateRecord *state, const char *lane_id,
			   int64_t now_ms)
{
	return state->failing_since_ms == 0 || forgotten(rules, state, now_ms) ||
	       now_ms - state->failed_ms >= note_ms(rules) || now_ms - state->failing_since_ms >= rules->disable_ms ||
	       (!state->failed_others && strcmp(state->failed_lane, lane_id) != 0);
}

bool webhook_failed(const struct webhook_rules *rules, WebhookStateRecord *state, const char *lane_id, int64_t now_ms)
{
	if (state->failing_since_ms == 0 || forgotten(rules, state, now_ms)) {
		state->failing_since_ms = now_ms;
		state->failed_lane = (char *)lane_id;
		state->failed_others = false;
	}
	state->failed_others |= strcmp(state->failed_lane, lane_id) != 0;
	state->failed_ms = now_ms;
	return now_ms - state->failing_since_ms >= rules->disable_ms;
}

bool webhook_recovered(const struct webhook_rules *rules, WebhookStateRecord *state, int64_t now_ms)
{
	/* One event that the receiver never takes must not be brought again with every other that it does. */
	bool release = state->failed_others && now_ms - state->failing_since_ms >= note_ms(rules);
	state->failing_since_ms = state->failed_ms = 0;
	state->failed_lane = (char *)protobuf_c_empty_string;
	state->failed_others = false;
	return release;
}

void webhook_disable(WebhookRecord *webhook, WebhookDisabled why, int64_t now_ms)
{
	webhook->disabled = why;
	webhook->disabled_ms = now_ms;
}
