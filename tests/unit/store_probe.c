#include "store_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <event2/event.h>

#include "base/buf.h"
#include "redis_fixture.h"
#include "txn/envelope.h"

void probe_init(struct probe *p, struct store *store, struct event_base *base)
{
	*p = (struct probe){.store = store, .base = base, .tenant = SLICE("town")};
	arena_init(&p->arena, 64 * 1024 * 1024);
}

void probe_finish(struct probe *p)
{
	arena_free(&p->arena);
}

void probe_forget(struct probe *p)
{
	arena_reset(&p->arena);
}

static void wait_for(struct probe *p, const bool *flag)
{
	if (p->base != NULL)
		fixture_wait_flag(p->base, flag);
	assert_true(*flag);
}

/* --- commits --- */

struct slice probe_record(struct probe *p, uint64_t version, const char *text)
{
	size_t len = strlen(text);
	uint8_t *bytes = arena_alloc(&p->arena, ENVELOPE_BYTES + len);
	memcpy(bytes + ENVELOPE_BYTES, text, len);
	envelope_seal(bytes, ENVELOPE_PLAIN, len, version);
	return slice_of(bytes, ENVELOPE_BYTES + len);
}

static struct slice keep(struct probe *p, const char *text)
{
	return text == NULL ? SLICE_NONE : slice_str(arena_strdup(&p->arena, text));
}

void probe_guard(struct probe *p, const char *key, uint64_t version)
{
	p->guards[p->n_guards++] = (struct store_guard){.key = keep(p, key), .version = version};
}

void probe_guard_packed(struct probe *p, const char *pack, const char *field, uint64_t version)
{
	p->guards[p->n_guards++] =
	    (struct store_guard){.pack_key = keep(p, pack), .pack_field = keep(p, field), .version = version};
}

void probe_write(struct probe *p, enum store_write_kind kind, const char *key, const char *field, int64_t score,
		 struct slice value)
{
	p->writes[p->n_writes++] = (struct store_write){kind, keep(p, key), keep(p, field), score, value};
}

void probe_put(struct probe *p, const char *key, uint64_t version, const char *text)
{
	probe_write(p, STORE_PUT, key, NULL, 0, probe_record(p, version, text));
}

void probe_claim(struct probe *p, const char *old_bucket, const char *bucket, const char *field, const char *value)
{
	p->commit.claim_old_key = keep(p, old_bucket);
	p->commit.claim_key = keep(p, bucket);
	p->commit.claim_field = keep(p, field);
	p->commit.claim_value = keep(p, value);
}

struct committed {
	bool done;
	enum store_verdict verdict;
};

static void on_commit(struct store_commit *commit, enum store_verdict verdict)
{
	struct committed *c = commit->arg;
	assert_false(c->done);
	*c = (struct committed){true, verdict};
}

enum store_verdict probe_commit(struct probe *p)
{
	struct committed c = {0};
	struct store_commit *commit = &p->commit;
	commit->tenant = p->tenant;
	commit->guards = p->guards;
	commit->n_guards = p->n_guards;
	commit->writes = p->writes;
	commit->n_writes = p->n_writes;
	commit->arena = &p->arena;
	commit->done = on_commit;
	commit->arg = &c;
	p->store->ops->commit(p->store, commit);
	wait_for(p, &c.done);
	p->n_guards = p->n_writes = 0;
	commit->claim_field = SLICE_NONE;
	return c.verdict;
}

/* --- loads --- */

struct loaded {
	bool done;
	enum store_verdict verdict;
};

static void on_load(struct store_load *load, enum store_verdict verdict)
{
	struct loaded *l = load->arg;
	assert_false(l->done);
	*l = (struct loaded){true, verdict};
}

enum store_verdict probe_load(struct probe *p, struct store_read *reads, size_t n)
{
	struct loaded l = {0};
	struct store_load load = {
	    .tenant = p->tenant, .reads = reads, .n = n, .arena = &p->arena, .done = on_load, .arg = &l};
	p->store->ops->load(p->store, &load);
	wait_for(p, &l.done);
	return l.verdict;
}

const char *probe_get(struct probe *p, const char *key, const char *pack, const char *field)
{
	struct store_read read = {
	    .kind = STORE_GET, .key = slice_str(key), .pack_key = slice_str(pack), .pack_field = slice_str(field)};
	assert_int_equal(probe_load(p, &read, 1), STORE_OK);
	if (!read.found)
		return NULL;
	uint64_t version;
	struct slice body;
	assert_int_equal(envelope_open(read.value, &version, &body), OK);
	return arena_string(&p->arena, body);
}

static const char *entries_text(struct probe *p, const struct store_read *read)
{
	struct buf b = {0};
	for (size_t i = 0; i < read->n_entries; i++) {
		const struct store_entry *e = &read->entries[i];
		if (i > 0)
			buf_byte(&b, ' ');
		if (read->kind == STORE_LOG)
			buf_slice(&b, e->value);
		else
			buf_printf(&b, "%.*s:%lld", SLICE_FMT(e->member), (long long)e->score);
	}
	const char *text = arena_string(&p->arena, buf_view(&b));
	buf_free(&b);
	return text;
}

const char *probe_range(struct probe *p, struct store_read read)
{
	read.kind = STORE_RANGE;
	assert_int_equal(probe_load(p, &read, 1), STORE_OK);
	return entries_text(p, &read);
}

const char *probe_log(struct probe *p, const char *key, const char *after, bool reverse, uint32_t limit)
{
	struct store_read read = {
	    .kind = STORE_LOG, .key = slice_str(key), .after = slice_str(after), .reverse = reverse, .limit = limit};
	assert_int_equal(probe_load(p, &read, 1), STORE_OK);
	return entries_text(p, &read);
}

int64_t probe_number(struct probe *p, struct store_read read)
{
	assert_int_equal(probe_load(p, &read, 1), STORE_OK);
	return read.number;
}

/* --- the rest --- */

struct small_answer {
	bool done;
	uint64_t number;
	struct buf text;
};

static void on_number(void *arg, uint64_t number)
{
	struct small_answer *a = arg;
	a->number = number;
	a->done = true;
}

static void on_bool(void *arg, bool yes)
{
	on_number(arg, yes);
}

uint64_t probe_reserve(struct probe *p, const char *key, uint32_t n)
{
	struct small_answer a = {0};
	p->store->ops->reserve(p->store, p->tenant, slice_str(key), n, on_number, &a);
	wait_for(p, &a.done);
	return a.number;
}

bool probe_lease(struct probe *p, const char *key, const char *owner, uint32_t ttl_ms)
{
	struct small_answer a = {0};
	p->store->ops->lease(p->store, p->tenant, slice_str(key), slice_str(owner), ttl_ms, on_bool, &a);
	wait_for(p, &a.done);
	return a.number != 0;
}

bool probe_add_tenant(struct probe *p, const char *tenant)
{
	struct small_answer a = {0};
	p->store->ops->add_tenant(p->store, slice_str(tenant), on_bool, &a);
	wait_for(p, &a.done);
	return a.number != 0;
}

static void on_tenant(void *arg, struct slice tenant, bool ok)
{
	struct small_answer *a = arg;
	if (tenant.len == 0) {
		a->number = ok;
		a->done = true;
		return;
	}
	buf_slice(&a->text, tenant);
	buf_byte(&a->text, ' ');
}

const char *probe_tenants(struct probe *p)
{
	struct small_answer a = {0};
	p->store->ops->list_tenants(p->store, on_tenant, &a);
	wait_for(p, &a.done);
	const char *text = a.number != 0 ? arena_string(&p->arena, buf_view(&a.text)) : NULL;
	buf_free(&a.text);
	return text;
}
