/* The audit log: who did what and why, the newest first, page by page; nobody but the tenant's administrators reads it.
 */
#include "privacy_stage.h"

static const ListAuditResponse *audit(struct stage *s, unsigned size, const char *token)
{
	return must(
	    call(s, AS_ADMIN, "AuditService/ListAudit", "{\"page_size\":%u,\"page_token\":\"%s\"}", size, token));
}

static size_t count(const ListAuditResponse *log, AuditKind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < log->n_entries; i++)
		n += log->entries[i]->kind == kind;
	return n;
}

static void test_entries(void **state)
{
	(void)state;
	struct stage s = stage_up();
	size_t before = audit(&s, 200, "")->n_entries;
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.resident), "{\"name\":\"甲老三\"}");
	world_advance(s.w, 1000);
	must(reveal(&s, s.operator, "order_id", order, "once"));
	/* A repeated request is the same act. */
	must(reveal(&s, s.operator, "order_id", order, "once"));
	must(call(&s, AS_ADMIN, "OrgService/RestorePolicy", "{\"version\":1,\"reason\":\"as it was\"}"));
	const ListAuditResponse *log = audit(&s, 200, "");
	assert_int_equal(log->n_entries, before + 2);
	const AuditEntry *policy = log->entries[0], *shown = log->entries[1];
	assert_int_equal(policy->kind, AUDIT_KIND_POLICY_CHANGED);
	assert_string_equal(policy->text, "as it was");
	assert_int_equal(policy->actor->role, ROLE_ADMIN);
	assert_int_equal(shown->kind, AUDIT_KIND_CONTACT_REVEALED);
	assert_string_equal(shown->subject_id, s.resident);
	assert_string_equal(shown->order_id, order);
	assert_string_equal(shown->text, "call back");
	assert_int_equal(shown->actor->role, ROLE_OPERATOR);
	assert_true(shown->at_ms > 0 && shown->at_ms <= policy->at_ms);
	/* The stage's keys were made by somebody. */
	assert_true(count(log, AUDIT_KIND_KEY_CHANGED) >= 3);
	world_free(s.w);
}

/* What is refused was not done. */
static void test_refused(void **state)
{
	(void)state;
	struct stage s = stage_up();
	size_t before = audit(&s, 200, "")->n_entries;
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.resident), "{\"name\":\"甲老三\"}");
	assert_int_equal(reveal(&s, s.far_operator, "order_id", order, "").err, ERR_NOT_FOUND);
	assert_int_equal(call(&s, AS_ADMIN, "OrgService/RestorePolicy", "{\"version\":99}").err, ERR_NOT_FOUND);
	assert_int_equal(audit(&s, 200, "")->n_entries, before);
	world_free(s.w);
}

static void test_override(void **state)
{
	(void)state;
	struct stage s = stage_up();
	char *order = place(&s, as(&s, ROLE_RESIDENT, s.resident), "{\"name\":\"甲老三\"}");
	must(call(&s, AS_ADMIN, "MemberService/PauseMember", "{\"member_id\":\"%s\",\"until_ms\":\"4000000000000\"}",
		  s.other));
	must(call(&s, AS_ADMIN, "DeskService/AssignOrder",
		  "{\"order_id\":\"%s\",\"member_id\":\"%s\",\"reason\":\"said yes on the phone\"}", order, s.other));
	const ListAuditResponse *log = audit(&s, 1, "");
	assert_int_equal(log->n_entries, 1);
	assert_int_equal(log->entries[0]->kind, AUDIT_KIND_RULE_OVERRIDDEN);
	assert_string_equal(log->entries[0]->subject_id, s.other);
	assert_string_equal(log->entries[0]->order_id, order);
	assert_string_equal(log->entries[0]->text, "said yes on the phone");
	world_free(s.w);
}

static void test_pages(void **state)
{
	(void)state;
	struct stage s = stage_up();
	for (int i = 0; i < 5; i++)
		must(reveal(&s, s.operator, "person_id", s.resident, ""));
	size_t all = audit(&s, 200, "")->n_entries, seen = 0;
	const char *token = "", *last = "";
	do {
		const ListAuditResponse *page = audit(&s, 2, token);
		for (size_t i = 0; i < page->n_entries; i++) {
			assert_string_not_equal(page->entries[i]->id, last);
			last = page->entries[i]->id;
		}
		seen += page->n_entries;
		token = page->next_page_token;
	} while (*token != '\0');
	assert_int_equal(seen, all);
	assert_int_equal(call(&s, WITH_KEY(s.operator), "AuditService/ListAudit", "{}").err, ERR_PERMISSION_DENIED);
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_entries),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_override),
	    cmocka_unit_test(test_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
