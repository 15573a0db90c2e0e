#include <stdlib.h>

#include "base/limits.h"
#include "domain/policy.h"
#include "domain/policy_check.h"
#include "pb/pb_rule.h"
#include "service/audit.h"
#include "service/reply.h"
#include "service/services.h"

/* The policy that applies is one record of the configuration. Each version lies beside it under its number, so that
 * the configuration does not grow with its history. */

#define POLICY_ID "policy"
enum { FIRST_VERSION = 1 };

static PolicyRecord *new_record(struct txn *t, const char *id, const Policy *policy)
{
	PolicyRecord *record = ARENA_NEW(txn_arena(t), PolicyRecord);
	PolicyRecord_init(record);
	record->id = (char *)id;
	record->policy = arena_copy(txn_arena(t), policy, sizeof(*record->policy));
	record->policy->etag = (char *)protobuf_c_empty_string;
	return record;
}

/* What applies, also where nobody has ever changed it, as the first version. */
static PolicyRecord *present_or_first(struct txn *t, PolicyRecord *record)
{
	if (record == NULL) {
		record = new_record(t, POLICY_ID, policy_default());
		record->at_ms = txn_config(t)->tenant->created_ms;
		record->role = ROLE_SYSTEM;
	}
	if (record->number == 0)
		record->number = FIRST_VERSION;
	return record;
}

static PolicyVersion *view_version(struct txn *t, const PolicyRecord *record)
{
	PolicyVersion *out = ARENA_NEW(txn_arena(t), PolicyVersion);
	PolicyVersion_init(out);
	out->number = record->number;
	out->at_ms = record->at_ms;
	out->reason = record->reason;
	out->restored = record->restored;
	if (record->role == ROLE_UNSPECIFIED)
		return out;
	out->by = ARENA_NEW(txn_arena(t), Actor);
	Actor_init(out->by);
	out->by->role = record->role;
	out->by->id = record->actor_id;
	return out;
}

static Policy *view_policy(struct txn *t, const PolicyRecord *record)
{
	Policy *out = arena_copy(txn_arena(t), record->policy, sizeof(*out));
	out->etag = txn_etag(t, KIND_POLICY, POLICY_ID);
	return out;
}

static enum err read_version(struct txn *t, uint32_t number, PolicyRecord **out)
{
	PolicyRecord *present;
	TRY(TXN_PEEK(t, POLICY, POLICY_ID, &present));
	*out = present = present_or_first(t, present);
	if (number == 0 || number == present->number)
		return OK;
	TRY(TXN_PEEK(t, POLICY_VERSION, arena_printf(txn_arena(t), "%u", number), out));
	if (*out == NULL)
		return fault_set(txn_fault(t), ERR_NOT_FOUND, "version", "there are %u", present->number);
	return OK;
}

HANDLER(get_policy, GetPolicy)
{
	PolicyRecord *record;
	TRY(read_version(t, req->version, &record));
	rsp->policy = view_policy(t, record);
	rsp->version = view_version(t, record);
	return OK;
}

/* --- changing it --- */

static void keep_version(struct txn *t, const PolicyRecord *record)
{
	PolicyRecord *version = arena_copy(txn_arena(t), record, sizeof(*version));
	version->id = arena_printf(txn_arena(t), "%u", record->number);
	txn_put(t, KIND_POLICY_VERSION, version);
}

struct change {
	const Policy *policy;
	const char *etag;
	const char *reason;
	uint32_t restored;
};

/* Both writes that make a version; *out is the one made. */
static enum err change_policy(struct txn *t, const struct change *change, PolicyRecord **out)
{
	struct scene *s = txn_scene(t);
	PolicyRecord *stored, *record;
	TRY(TXN_FIND(t, POLICY, POLICY_ID, &stored));
	TRY(txn_check_etag(t, KIND_POLICY, POLICY_ID, change->etag));
	bool first = stored == NULL || stored->number == 0;
	const PolicyRecord *before = present_or_first(t, stored);
	if (first)
		keep_version(t, before);
	record = new_record(t, POLICY_ID, change->policy);
	record->number = before->number + 1;
	record->at_ms = s->now_ms;
	record->role = s->actor->role;
	record->actor_id = (char *)s->actor->id;
	record->reason = (char *)change->reason;
	record->restored = change->restored;
	record->events_from_ms = config_events_from_ms(s->config, s->now_ms);
	txn_put(t, KIND_POLICY, record);
	keep_version(t, record);
	const char *number = arena_printf(s->arena, "%u", record->number);
	audit_note(t, (struct audit_note){AUDIT_KIND_POLICY_CHANGED, number, NULL, change->reason});
	txn_subject(t, number);
	*out = record;
	return OK;
}

HANDLER(put_policy, PutPolicy)
{
	PolicyRecord *record;
	TRY(authz_whole_tenant(txn_scene(t)));
	TRY(policy_check(txn_scene(t), req->policy, "policy"));
	struct change change = {.policy = req->policy, .etag = req->policy->etag, .reason = req->reason};
	TRY(change_policy(t, &change, &record));
	rsp->policy = view_policy(t, record);
	rsp->version = view_version(t, record);
	return OK;
}

HANDLER(restore_policy, RestorePolicy)
{
	struct scene *s = txn_scene(t);
	PolicyRecord *old, *record;
	TRY(authz_whole_tenant(s));
	TRY(read_version(t, req->version, &old));
	/* It was right by the rules of its time. */
	TRY(pb_check(s->arena, &old->policy->base, s->fault));
	TRY(policy_check(s, old->policy, "version"));
	struct change change = {old->policy, req->etag, req->reason, req->version};
	TRY(change_policy(t, &change, &record));
	rsp->policy = view_policy(t, record);
	rsp->version = view_version(t, record);
	return OK;
}

/* Of PutPolicy and RestorePolicy, whose replies are alike: the version that the request made. */
static enum err again_policy(struct txn *t, const char *number, void *response)
{
	GetPolicyRequest made;
	GetPolicyRequest_init(&made);
	made.version = (uint32_t)strtoul(number, NULL, 10);
	return get_policy_any(t, &made, response);
}

/* --- its history --- */

HANDLER(list_versions, ListPolicyVersions)
{
	struct page page;
	struct store_entry *entries;
	PolicyRecord *record;
	size_t n;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	struct txn_range range = {.key = INDEX_POLICIES,
				  .max = INT64_MAX,
				  .has_after = page.has_after,
				  .after_score = page.after_score,
				  .after = page.after,
				  .reverse = true,
				  .limit = page.size};
	TRY(txn_range(t, &range, &entries, &n));
	rsp->versions = arena_array(txn_arena(t), n + 1, sizeof(*rsp->versions));
	if (n == 0 && !page.has_after) {
		TRY(read_version(t, 0, &record));
		rsp->versions[rsp->n_versions++] = view_version(t, record);
		return OK;
	}
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_POLICY_VERSION, arena_string(txn_arena(t), entries[i].member));
	for (size_t i = 0; i < n; i++) {
		TRY(TXN_PEEK(t, POLICY_VERSION, arena_string(txn_arena(t), entries[i].member), &record));
		if (record != NULL)
			rsp->versions[rsp->n_versions++] = view_version(t, record);
	}
	if (n == page.size)
		rsp->next_page_token = page_token(t, entries[n - 1].score, entries[n - 1].member);
	return OK;
}

const struct method policy_methods[] = {
    METHOD(OrgService, GetPolicy, get_policy, .again = NULL),
    METHOD(OrgService, PutPolicy, put_policy, .again = again_policy),
    METHOD(OrgService, RestorePolicy, restore_policy, .again = again_policy),
    METHOD(OrgService, ListPolicyVersions, list_versions, .again = NULL),
};
const size_t policy_methods_n = sizeof(policy_methods) / sizeof(policy_methods[0]);
