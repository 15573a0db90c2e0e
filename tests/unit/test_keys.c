/* Machines' credentials on the world: what a key may, rotation, use, and what becomes of streams. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/cidr.h"
#include "base/limits.h"
#include "domain/scope.h"
#include "must.h"
#include "txn/use.h"
#include "world.h"

/* What a scope may name at most (credential.proto). */
enum { METHODS = 32, NETWORKS = 16 };
enum { SIDE = 2, HOUR_MS = 3600 * 1000 };

#define REQUEST(w, type, name)                        \
	type *name = ARENA_NEW(world_arena(w), type); \
	type##_init(name)

static struct world *town(void)
{
	struct world *w = world_new(&(struct world_options){.seed = 5});
	(void)world_town(w, SIDE);
	return w;
}

/* --- networks and scopes --- */

static void test_networks(void **state)
{
	(void)state;
	static const struct {
		const char *network, *inside, *outside;
	} rows[] = {
	    {"10.20.0.0/16", "10.20.255.1", "10.21.0.0"},  {"10.20.0.0/16", "::ffff:10.20.0.9", "::ffff:10.2.0.9"},
	    {"192.0.2.7", "192.0.2.7", "192.0.2.6"},       {"192.0.2.128/25", "192.0.2.255", "192.0.2.127"},
	    {"0.0.0.0/0", "203.0.113.9", "2001:db8::1"},   {"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
	    {"2001:db8::1", "2001:db8::1", "2001:db8::2"}, {"::/0", "2001:db8::2", "10.0.0.1"},
	    {"::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"},   {"10.0.0.0/8", "10.0.0.1", "not an address"},
	    {"10.0.0.0/8", "10.1.1.1", "10.0.0.0/8"},
	};
	static const char *const wrong[] = {"",
					    "10.0.0.0/33",
					    "10.0.0.1/8",
					    "10.0.0.0/",
					    "10.0.0/8",
					    "10.0.0.0/08",
					    "10.0.0.0/-1",
					    "10.0.0.0/8 ",
					    "2001:db8::1/32",
					    "::ffff:10.0.0.0/104",
					    "/8",
					    "example.org",
					    "10.0.0.0/8/8",
					    "10.0.0.0/1e1",
					    " 10.0.0.1"};
	struct cidr network;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(cidr_parse(rows[i].network, &network));
		assert_true(cidr_has(&network, rows[i].inside));
		assert_false(cidr_has(&network, rows[i].outside));
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (cidr_parse(wrong[i], &network))
			fail_msg("%s is a network", wrong[i]);
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_true(scope_names("OrderService", "/paidan.v1.OrderService/PlaceOrder"));
	assert_true(scope_names("OrderService/PlaceOrder", "/paidan.v1.OrderService/PlaceOrder"));
	assert_false(scope_names("OrderService/Place", "/paidan.v1.OrderService/PlaceOrder"));
	assert_false(scope_names("Order", "/paidan.v1.OrderService/PlaceOrder"));
	assert_false(scope_names("", "/paidan.v1.OrderService/PlaceOrder"));
	assert_false(scope_names("OrderTick", "/job/OrderTick"));
}

static void test_too_many(void **state)
{
	(void)state;
	struct world *w = town();
	REQUEST(w, CreateApiKeyRequest, make);
	char *methods[METHODS + 1], *networks[NETWORKS + 1];
	for (size_t i = 0; i <= METHODS; i++)
		methods[i] = (char *)"OrderService";
	for (size_t i = 0; i <= NETWORKS; i++)
		networks[i] = (char *)"10.0.0.0/8";
	make->role = ROLE_BACKEND;
	make->scope = ARENA_NEW(world_arena(w), Scope);
	Scope_init(make->scope);
	make->scope->methods = methods;
	make->scope->networks = networks;
	make->scope->n_methods = METHODS;
	make->scope->n_networks = NETWORKS;
	must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
	make->scope->n_methods++;
	struct world_reply reply = world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make);
	assert_int_equal(reply.err, ERR_FIELD_OUT_OF_RANGE);
	assert_string_equal(reply.fault.field, "scope.methods");
	make->scope->n_methods--;
	make->scope->n_networks++;
	reply = world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make);
	assert_int_equal(reply.err, ERR_FIELD_OUT_OF_RANGE);
	assert_string_equal(reply.fault.field, "scope.networks");
	world_free(w);
}

/* --- keys --- */

static CreateApiKeyResponse *new_key(struct world *w)
{
	REQUEST(w, CreateApiKeyRequest, make);
	make->role = ROLE_BACKEND;
	return must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
}

static void revoke(struct world *w, char *key_id)
{
	REQUEST(w, RevokeApiKeyRequest, rq);
	rq->key_id = key_id;
	must(world_call(w, AS_ADMIN, "OrgService/RevokeApiKey", rq));
}

static size_t listed(struct world *w)
{
	REQUEST(w, ListApiKeysRequest, rq);
	size_t n = 0;
	rq->page_size = LIMIT_PAGE_SIZE;
	do {
		ListApiKeysResponse *rsp = must(world_call(w, AS_ADMIN, "OrgService/ListApiKeys", rq));
		n += rsp->n_keys;
		rq->page_token = rsp->next_page_token;
	} while (rq->page_token[0] != '\0');
	return n;
}

static void keep_err(void *arg, const struct exec_result *result)
{
	*(enum err *)arg = result->err;
}

/* What a key is told by a method that needs nothing, from that address. */
static enum err from(struct world *w, const char *key, const char *peer, const char *path)
{
	enum err err = ERR_INTERNAL;
	const struct method *method = world_method(w, path);
	void *request = arena_alloc(world_arena(w), method->request->sizeof_message);
	method->request->message_init(request);
	struct exec_request rq = {.method = method,
				  .request = request,
				  .credential = world_credential(WITH_KEY(key)),
				  .done = keep_err,
				  .arg = &err};
	rq.credential.peer = peer;
	assert_null(exec_call(world_exec(w), &rq));
	return err;
}

static enum err ask(struct world *w, const char *key)
{
	return from(w, key, NULL, "OrgService/ListCategories");
}

static void test_scope(void **state)
{
	(void)state;
	struct world *w = town();
	REQUEST(w, CreateApiKeyRequest, make);
	make->role = ROLE_BACKEND;
	make->scope = ARENA_NEW(world_arena(w), Scope);
	Scope_init(make->scope);
	make->scope->read_only = true;
	CreateApiKeyResponse *reader = must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
	assert_int_equal(ask(w, reader->key), OK);
	assert_int_equal(from(w, reader->key, NULL, "OrderService/PlaceOrder"), ERR_CREDENTIAL_SCOPE);
	make->scope->read_only = false;
	char *methods[] = {(char *)"OrderService", (char *)"OrgService/GetPolicy"};
	make->scope->methods = methods;
	make->scope->n_methods = 2;
	CreateApiKeyResponse *some = must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
	assert_int_equal(ask(w, some->key), ERR_CREDENTIAL_SCOPE);
	assert_int_equal(from(w, some->key, NULL, "OrgService/GetPolicy"), OK);
	assert_int_equal(from(w, some->key, NULL, "OrderService/GetOrder"), ERR_FIELD_REQUIRED);
	char *networks[] = {(char *)"10.0.0.0/8", (char *)"2001:db8::/32"};
	make->scope->n_methods = 0;
	make->scope->networks = networks;
	make->scope->n_networks = 2;
	CreateApiKeyResponse *near = must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
	assert_int_equal(from(w, near->key, "10.1.2.3", "OrgService/ListCategories"), OK);
	assert_int_equal(from(w, near->key, "2001:db8::9", "OrgService/ListCategories"), OK);
	assert_int_equal(from(w, near->key, "192.0.2.1", "OrgService/ListCategories"), ERR_CREDENTIAL_SOURCE);
	assert_int_equal(ask(w, near->key), ERR_CREDENTIAL_SOURCE);
	world_free(w);
}

static void test_expiry(void **state)
{
	(void)state;
	struct world *w = town();
	REQUEST(w, CreateApiKeyRequest, make);
	make->role = ROLE_BACKEND;
	make->expires_ms = world_now_ms(w) + LIMIT_KEY_LIFE_MIN_MS;
	CreateApiKeyResponse *key = must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
	assert_int_equal(ask(w, key->key), OK);
	world_advance(w, LIMIT_KEY_LIFE_MIN_MS - 1);
	assert_int_equal(ask(w, key->key), OK);
	world_advance(w, 1);
	assert_int_equal(ask(w, key->key), ERR_CREDENTIAL_EXPIRED);
	/* Who does not know the secret learns nothing of it. */
	char *wrong = arena_strdup(world_arena(w), key->key);
	wrong[strlen(wrong) - 1] = wrong[strlen(wrong) - 1] == '0' ? '1' : '0';
	assert_int_equal(ask(w, wrong), ERR_UNAUTHENTICATED);
	world_free(w);
}

static void test_rotation(void **state)
{
	(void)state;
	struct world *w = town();
	REQUEST(w, CreateApiKeyRequest, make);
	make->role = ROLE_BACKEND;
	CreateApiKeyResponse *first = must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
	REQUEST(w, RotateApiKeyRequest, rotate);
	rotate->request_id = (char *)"once";
	rotate->key_id = first->key_id;
	rotate->overlap_ms = HOUR_MS;
	RotateApiKeyResponse *second = must(world_call(w, AS_ADMIN, "OrgService/RotateApiKey", rotate));
	assert_string_equal(second->key_id, first->key_id);
	assert_int_equal(ask(w, first->key), OK);
	assert_int_equal(ask(w, second->key), OK);
	/* Asked again, the request does not rotate again; the secret was shown once. */
	RotateApiKeyResponse *again = must(world_call(w, AS_ADMIN, "OrgService/RotateApiKey", rotate));
	assert_string_equal(again->key_id, first->key_id);
	assert_string_equal(again->key, "");
	assert_int_equal(ask(w, second->key), OK);
	world_advance(w, HOUR_MS);
	assert_int_equal(ask(w, first->key), ERR_CREDENTIAL_EXPIRED);
	assert_int_equal(ask(w, second->key), OK);
	/* A third: the first is nothing any more. Without an overlap the second ends at once. */
	rotate->request_id = (char *)"twice";
	rotate->overlap_ms = 0;
	RotateApiKeyResponse *third = must(world_call(w, AS_ADMIN, "OrgService/RotateApiKey", rotate));
	assert_int_equal(ask(w, first->key), ERR_UNAUTHENTICATED);
	assert_int_equal(ask(w, second->key), ERR_CREDENTIAL_EXPIRED);
	assert_int_equal(ask(w, third->key), OK);
	REQUEST(w, RevokeApiKeyRequest, revoke);
	revoke->key_id = first->key_id;
	must(world_call(w, AS_ADMIN, "OrgService/RevokeApiKey", revoke));
	assert_int_equal(ask(w, third->key), ERR_CREDENTIAL_REVOKED);
	rotate->request_id = (char *)"thrice";
	assert_int_equal(world_call(w, AS_ADMIN, "OrgService/RotateApiKey", rotate).err, ERR_CREDENTIAL_REVOKED);
	world_free(w);
}

static const ApiKey *find(struct world *w, const char *key_id)
{
	REQUEST(w, ListApiKeysRequest, list);
	list->page_size = LIMIT_PAGE_SIZE;
	ListApiKeysResponse *rsp = must(world_call(w, AS_ADMIN, "OrgService/ListApiKeys", list));
	for (size_t i = 0; i < rsp->n_keys; i++) {
		if (strcmp(rsp->keys[i]->key_id, key_id) == 0)
			return rsp->keys[i];
	}
	fail_msg("no key %s", key_id);
	return NULL;
}

static void test_last_used(void **state)
{
	(void)state;
	struct world *w = town();
	REQUEST(w, CreateApiKeyRequest, make);
	make->role = ROLE_BACKEND;
	make->label = (char *)"mini";
	CreateApiKeyResponse *key = must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
	assert_int_equal(find(w, key->key_id)->last_used_ms, 0);
	int64_t first_ms = world_now_ms(w);
	assert_int_equal(ask(w, key->key), OK);
	assert_int_equal(find(w, key->key_id)->last_used_ms, first_ms);
	assert_string_equal(find(w, key->key_id)->label, "mini");
	/* Within the hour nothing is written. */
	world_advance(w, HOUR_MS / 2);
	uint64_t commits = exec_stats(world_exec(w))->commits;
	for (int i = 0; i < 100; i++)
		assert_int_equal(ask(w, key->key), OK);
	assert_int_equal(exec_stats(world_exec(w))->commits, commits);
	assert_int_equal(find(w, key->key_id)->last_used_ms, first_ms);
	world_advance(w, HOUR_MS);
	assert_int_equal(ask(w, key->key), OK);
	assert_int_equal(find(w, key->key_id)->last_used_ms, first_ms + HOUR_MS / 2 + HOUR_MS);
	/* A wrong secret is no use. */
	world_advance(w, 2 * HOUR_MS);
	assert_int_equal(ask(w, "pdk_elm_k0000001_wrong"), ERR_UNAUTHENTICATED);
	assert_int_equal(find(w, key->key_id)->last_used_ms, first_ms + HOUR_MS / 2 + HOUR_MS);
	world_free(w);
}

static void test_uses(void **state)
{
	(void)state;
	struct uses *uses = test_calloc(1, sizeof(*uses));
	assert_true(use_is_due(uses, SLICE("elm"), SLICE("k1"), 1));
	assert_false(use_is_due(uses, SLICE("elm"), SLICE("k1"), USE_STEP_MS));
	assert_true(use_is_due(uses, SLICE("oak"), SLICE("k1"), USE_STEP_MS));
	assert_true(use_is_due(uses, SLICE("elm"), SLICE("k1"), USE_STEP_MS + 1));
	test_free(uses);
}

static void test_pages(void **state)
{
	(void)state;
	struct world *w = town();
	REQUEST(w, CreateApiKeyRequest, make);
	make->role = ROLE_OPERATOR;
	for (int i = 0; i < 6; i++)
		must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
	REQUEST(w, ListApiKeysRequest, list);
	list->page_size = 3;
	size_t n = 0;
	char *last = (char *)"";
	do {
		ListApiKeysResponse *rsp = must(world_call(w, AS_ADMIN, "OrgService/ListApiKeys", list));
		for (size_t i = 0; i < rsp->n_keys; i++, n++) {
			assert_true(strcmp(last, rsp->keys[i]->key_id) < 0);
			last = rsp->keys[i]->key_id;
		}
		list->page_token = rsp->next_page_token;
	} while (list->page_token[0] != '\0');
	assert_int_equal(n, 7); /* with the first administrator's */
	world_free(w);
}

/* --- streams --- */

struct watcher {
	bool opened, ended;
	enum err err;
};

static void opened(void *arg, const struct exec_result *result)
{
	((struct watcher *)arg)->opened = result->err == OK;
}

static void message(void *arg, const struct exec_told *told)
{
	(void)arg;
	(void)told;
}

static void ended(void *arg, const struct exec_result *result)
{
	struct watcher *me = arg;
	me->ended = true;
	me->err = result->err;
}

static struct exec_watch *watch(struct world *w, struct watcher *me, const char *key)
{
	REQUEST(w, WatchBoardRequest, board);
	struct exec_watch_request rq = {.method = world_method(w, "DeskService/WatchBoard"),
					.credential = world_credential(WITH_KEY(key)),
					.request = board,
					.opened = opened,
					.message = message,
					.ended = ended,
					.arg = me};
	*me = (struct watcher){.err = OK};
	struct exec_watch *watch = exec_watch(world_exec(w), &rq);
	assert_true(me->opened);
	return watch;
}

/* Nothing is told, and yet the streams end: of a revoked key, and of those that are rotated away. */
static void test_quiet_streams(void **state)
{
	(void)state;
	struct world *w = town();
	struct watcher mine, other, old;
	REQUEST(w, CreateApiKeyRequest, make);
	make->role = ROLE_OPERATOR;
	CreateApiKeyResponse *a = must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
	CreateApiKeyResponse *b = must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make));
	(void)watch(w, &mine, a->key);
	struct exec_watch *stays = watch(w, &other, b->key);
	REQUEST(w, RevokeApiKeyRequest, revoke);
	revoke->key_id = a->key_id;
	must(world_call(w, AS_ADMIN, "OrgService/RevokeApiKey", revoke));
	world_advance(w, 1000);
	assert_true(mine.ended && !other.ended);
	assert_int_equal(mine.err, ERR_CREDENTIAL_REVOKED);
	/* The old secret's stream goes on until the overlap ends, then with the next look. */
	REQUEST(w, RotateApiKeyRequest, rotate);
	rotate->key_id = b->key_id;
	rotate->overlap_ms = HOUR_MS;
	RotateApiKeyResponse *fresh = must(world_call(w, AS_ADMIN, "OrgService/RotateApiKey", rotate));
	world_advance(w, 1000);
	assert_false(other.ended);
	struct exec_watch *late = watch(w, &old, b->key);
	exec_watch_check(late);
	assert_false(old.ended);
	world_advance(w, HOUR_MS);
	assert_false(old.ended);
	exec_watch_check(late);
	assert_true(old.ended);
	assert_int_equal(old.err, ERR_CREDENTIAL_EXPIRED);
	exec_unwatch(stays);
	assert_int_equal(ask(w, fresh->key), OK);
	assert_int_equal(exec_stats(world_exec(w))->watches, 0);
	world_free(w);
}

/* Only good keys take room; of revoked ones the latest are kept, to say whose they were. */
static void test_revoked_make_room(void **state)
{
	(void)state;
	struct world *w = town();
	size_t others = listed(w);
	CreateApiKeyResponse *first = new_key(w);
	for (size_t i = others + 1; i < LIMIT_API_KEYS; i++)
		(void)new_key(w);
	REQUEST(w, CreateApiKeyRequest, make);
	make->role = ROLE_BACKEND;
	assert_int_equal(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", make).err, ERR_TENANT_FULL);
	for (int i = 0; i < LIMIT_REVOKED; i++) {
		revoke(w, first->key_id);
		world_advance(w, 10);
		CreateApiKeyResponse *next = new_key(w);
		assert_int_equal(ask(w, first->key), ERR_CREDENTIAL_REVOKED);
		if (i == 0)
			make->label = first->key; /* the very first, for below */
		first = next;
	}
	assert_int_equal(listed(w), LIMIT_API_KEYS + LIMIT_REVOKED);
	assert_int_equal(ask(w, make->label), ERR_CREDENTIAL_REVOKED);
	revoke(w, first->key_id);
	world_advance(w, 10);
	(void)new_key(w);
	assert_int_equal(listed(w), LIMIT_API_KEYS + LIMIT_REVOKED);
	assert_int_equal(ask(w, make->label), ERR_UNAUTHENTICATED); /* forgotten */
	assert_int_equal(ask(w, first->key), ERR_CREDENTIAL_REVOKED);
	world_free(w);
}

static struct world_reply put_cert(struct world *w, char *name)
{
	REQUEST(w, PutClientCertRequest, rq);
	rq->cert = ARENA_NEW(world_arena(w), ClientCert);
	ClientCert_init(rq->cert);
	rq->cert->name = name;
	rq->cert->role = ROLE_BACKEND;
	return world_call(w, AS_ADMIN, "CredentialService/PutClientCert", rq);
}

static RevokeClientCertRequest *cert_named(struct world *w, int number)
{
	REQUEST(w, RevokeClientCertRequest, rq);
	rq->name = arena_printf(world_arena(w), "dns:host%d.example", number);
	return rq;
}

/* An id stands for one name, also after that was given up. */
static void test_revoked_certs(void **state)
{
	(void)state;
	struct world *w = town();
	const char *last = "", *second = "", *zeroth = "";
	for (int i = 0; i < LIMIT_CLIENT_CERTS; i++) {
		PutClientCertResponse *rsp = must(put_cert(w, arena_printf(world_arena(w), "dns:host%d.example", i)));
		zeroth = i == 0 ? rsp->cert->cert_id : zeroth;
	}
	assert_int_equal(put_cert(w, (char *)"dns:one-more.example").err, ERR_TENANT_FULL);
	REQUEST(w, RevokeClientCertRequest, rq);
	for (int i = 0; i < LIMIT_REVOKED + 2; i++) {
		rq->name = arena_printf(world_arena(w), "dns:host%d.example", i);
		must(world_call(w, AS_ADMIN, "CredentialService/RevokeClientCert", rq));
		world_advance(w, 10);
		PutClientCertResponse *rsp =
		    must(put_cert(w, arena_printf(world_arena(w), "dns:host%d.example", LIMIT_CLIENT_CERTS + i)));
		assert_string_not_equal(rsp->cert->cert_id, last);
		last = rsp->cert->cert_id;
		second = i == 1 ? last : second;
	}
	/* A name that is given up comes back as the same one; the first is forgotten, and comes back as another. */
	rq->name = arena_printf(world_arena(w), "dns:host%d.example", LIMIT_CLIENT_CERTS + 5);
	must(world_call(w, AS_ADMIN, "CredentialService/RevokeClientCert", rq));
	PutClientCertResponse *back =
	    must(put_cert(w, arena_printf(world_arena(w), "dns:host%d.example", LIMIT_REVOKED + 1)));
	assert_string_equal(back->cert->cert_id, second);
	assert_int_equal(put_cert(w, (char *)"dns:host0.example").err, ERR_TENANT_FULL);
	must(world_call(w, AS_ADMIN, "CredentialService/RevokeClientCert", cert_named(w, LIMIT_CLIENT_CERTS + 6)));
	back = must(put_cert(w, (char *)"dns:host0.example"));
	assert_string_not_equal(back->cert->cert_id, zeroth);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_networks),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_scope),
	    cmocka_unit_test(test_expiry),
	    cmocka_unit_test(test_rotation),
	    cmocka_unit_test(test_last_used),
	    cmocka_unit_test(test_uses),
	    cmocka_unit_test(test_pages),
	    cmocka_unit_test(test_quiet_streams),
	    cmocka_unit_test(test_revoked_make_room),
	    cmocka_unit_test(test_revoked_certs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
