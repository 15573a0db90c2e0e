/* What comes with pages: cookies that count only where they were asked for, and addresses behind proxies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "rpc/auth.h"
#include "rpc/cookie.h"
#include "rpc/peer.h"
#include "rpc_fake.h"

#define SESSION "pds_demo_s1_secret"
#define COOKIE "cookie: __Host-paidan=" SESSION
#define OWN "origin: https://desk.example:8443"

static struct http_exchange x;

static enum err find(const char *audience, const char *const *headers, struct slice *token)
{
	struct fault fault = {0};
	*token = SLICE_NONE;
	fake_request(&x, "POST", "/a.B/C", true, headers);
	x.request.authority = SLICE("desk.example:8443");
	return cookie_session(&x.request, slice_str(audience), token, &fault);
}

static void cookies(void **state)
{
	static const struct {
		const char *audience;
		const char *headers[5];
		enum err err;
	} rows[] = {
	    {"desk", {COOKIE}, OK},
	    {"desk", {"cookie: a=b; __Host-paidan=" SESSION "; c=d"}, OK},
	    {"desk", {"cookie: a=b;__Host-paidan=" SESSION}, OK},
	    {"desk", {"cookie: a=b", COOKIE}, OK},
	    {"member", {COOKIE, "cookie: __Host-paidan-member=" SESSION}, OK},
	    {"resident", {"cookie: __Host-paidan-resident=" SESSION}, OK},
	    /* from where */
	    {"desk", {COOKIE, OWN}, OK},
	    {"desk", {COOKIE, "origin: http://desk.example:8443"}, OK},
	    {"desk", {COOKIE, "sec-fetch-site: same-origin", OWN}, OK},
	    /* A proxy may have given the request another authority. */
	    {"desk", {COOKIE, "sec-fetch-site: same-origin", "origin: https://public.example"}, OK},
	    {"desk", {COOKIE, "sec-fetch-site: cross-site", OWN}, ERR_ORIGIN_FOREIGN},
	    {"desk", {COOKIE, "sec-fetch-site: same-site", OWN}, ERR_ORIGIN_FOREIGN},
	    {"desk", {COOKIE, "sec-fetch-site: none"}, ERR_ORIGIN_FOREIGN},
	    {"desk", {COOKIE, "sec-fetch-site: ", OWN}, ERR_ORIGIN_FOREIGN},
	    {"desk", {COOKIE, "origin: https://evil.example"}, ERR_ORIGIN_FOREIGN},
	    {"desk", {COOKIE, "origin: https://desk.example"}, ERR_ORIGIN_FOREIGN},
	    {"desk", {COOKIE, "origin: https://desk.example:8443.evil.example"}, ERR_ORIGIN_FOREIGN},
	    {"desk", {COOKIE, "origin: null"}, ERR_ORIGIN_FOREIGN},
	    {"desk", {COOKIE, "origin: "}, ERR_ORIGIN_FOREIGN},
	    /* not there */
	    {"desk", {NULL}, ERR_SESSION_ENDED},
	    {"desk", {"cookie: __Host-paidan=; a=b"}, ERR_SESSION_ENDED},
	    {"desk", {"cookie: paidan=" SESSION}, ERR_SESSION_ENDED},
	    {"desk", {"cookie: __host-paidan=" SESSION}, ERR_SESSION_ENDED},
	    {"desk", {"cookie: x__Host-paidan=" SESSION}, ERR_SESSION_ENDED},
	    {"desk", {"cookie: a=__Host-paidan=" SESSION}, ERR_SESSION_ENDED},
	    {"desk", {"cookie: __Host-paidan-member=" SESSION}, ERR_SESSION_ENDED},
	    {"member", {COOKIE}, ERR_SESSION_ENDED},
	    {"admin", {COOKIE}, ERR_FIELD_INVALID},
	    {"Desk", {COOKIE}, ERR_FIELD_INVALID},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice token;
		enum err err = find(rows[i].audience, rows[i].headers, &token);
		if (err != rows[i].err)
			fail_msg("row %zu: %s", i, err_info(err)->reason);
		if (err == OK && !slice_eq(token, SLICE(SESSION)))
			fail_msg("row %zu: %.*s", i, SLICE_FMT(token));
	}
}

static void written(void **state)
{
	char text[COOKIE_CHARS], longest[LIMIT_TENANT_ID_CHARS + LIMIT_ID_CHARS + LIMIT_KEY_SECRET_CHARS + 7];
	struct txn_cookie cookie = {ROLE_MEMBER, SESSION, 90061999};
	(void)state;
	assert_true(slice_eq(
	    cookie_write(&cookie, text),
	    SLICE("__Host-paidan-member=" SESSION "; Path=/; Max-Age=90061; Secure; HttpOnly; SameSite=Strict")));
	cookie = (struct txn_cookie){ROLE_OPERATOR, "", 0};
	assert_true(slice_eq(cookie_write(&cookie, text),
			     SLICE("__Host-paidan=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict")));
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cookie = (struct txn_cookie){ROLE_RESIDENT, longest, INT64_MAX};
	assert_true(cookie_write(&cookie, text).len > sizeof(longest));
}

/* Only a session is taken from a cookie, and only when nothing else says who it is. */
static void credentials(void **state)
{
	static const struct {
		const char *session, *authorization;
		enum err err;
		enum credential_kind kind;
	} rows[] = {
	    {SESSION, "", OK, CREDENTIAL_SESSION},
	    {SESSION, "Bearer pdk_demo_k1_secret", OK, CREDENTIAL_KEY},
	    {"pdk_demo_k1_secret", "", ERR_SESSION_ENDED, CREDENTIAL_NONE},
	    {"pds_demo", "", ERR_SESSION_ENDED, CREDENTIAL_NONE},
	    {"a.b.c", "", ERR_SESSION_ENDED, CREDENTIAL_NONE},
	    {"the root key of this server, 32 characters", "", ERR_SESSION_ENDED, CREDENTIAL_NONE},
	};
	struct arena arena;
	(void)state;
	arena_init(&arena, 1 << 20);
	struct auth *auth = auth_new(NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct auth_headers headers = {.session = slice_str(rows[i].session),
					       .authorization = slice_str(rows[i].authorization),
					       .arena = &arena};
		struct credential got;
		struct fault fault = {0};
		assert_int_equal(auth_credential(auth, &headers, &got, &fault), rows[i].err);
		assert_int_equal(got.kind, rows[i].kind);
	}
	auth_free(auth);
	arena_free(&arena);
}

static void peers(void **state)
{
	static const struct {
		const char *trusted, *peer;
		const char *headers[4];
		const char *found;
	} rows[] = {
	    {"", "10.0.0.1", {"x-forwarded-for: 192.0.2.7"}, "10.0.0.1"},
	    {"10.0.0.0/8", "10.0.0.1", {NULL}, "10.0.0.1"},
	    {"10.0.0.0/8", "10.0.0.1", {"x-forwarded-for: 192.0.2.7"}, "192.0.2.7"},
	    {"10.0.0.0/8", "::ffff:10.0.0.1", {"x-forwarded-for: 192.0.2.7"}, "192.0.2.7"},
	    {"127.0.0.1, ::1", "::1", {"x-forwarded-for: 2001:db8::7"}, "2001:db8::7"},
	    /* Who is no proxy says nothing. */
	    {"10.0.0.0/8", "192.0.2.1", {"x-forwarded-for: 192.0.2.7"}, "192.0.2.1"},
	    /* What stands before the proxy's entry is the client's invention. */
	    {"10.0.0.0/8", "10.0.0.1", {"x-forwarded-for: 10.0.0.9, 203.0.113.5, 192.0.2.7"}, "192.0.2.7"},
	    {"10.0.0.0/8", "10.0.0.1", {"x-forwarded-for: 203.0.113.5, 192.0.2.7,10.0.0.2 ,  10.0.0.3"}, "192.0.2.7"},
	    {"10.0.0.0/8",
	     "10.0.0.1",
	     {"x-forwarded-for: 203.0.113.5, 192.0.2.7", "via: a", "x-forwarded-for: 10.0.0.2"},
	     "192.0.2.7"},
	    {"10.0.0.0/8", "10.0.0.1", {"x-forwarded-for: 10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
	    {"10.0.0.0/8", "10.0.0.1", {"x-forwarded-for: 203.0.113.5, unknown, 10.0.0.2"}, "10.0.0.2"},
	    {"10.0.0.0/8", "10.0.0.1", {"x-forwarded-for: 203.0.113.5, 192.0.2.0/24"}, "10.0.0.1"},
	    {"10.0.0.0/8", "10.0.0.1", {"x-forwarded-for: 203.0.113.5,"}, "10.0.0.1"},
	    {"10.0.0.0/8", "10.0.0.1", {"x-forwarded-for: "}, "10.0.0.1"},
	    {"10.0.0.0/8", "10.0.0.1", {"x-forwarded-for: 192.0.2.7:1234"}, "10.0.0.1"},
	    {"10.0.0.0/8",
	     "10.0.0.1",
	     {"x-forwarded-for: 1111111111111111111111111111111111111111111111111111111111111"},
	     "10.0.0.1"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer_proxies proxies;
		char text[PEER_CHARS];
		assert_true(peer_proxies_parse(rows[i].trusted, &proxies));
		fake_request(&x, "POST", "/a.B/C", true, rows[i].headers);
		x.request.peer = rows[i].peer;
		const char *found = peer_find(&proxies, &x.request, text);
		if (strcmp(found, rows[i].found) != 0)
			fail_msg("row %zu: %s", i, found);
	}
}

static void proxies(void **state)
{
	struct peer_proxies out;
	char many[PEER_PROXIES * 10 + 10] = "";
	(void)state;
	assert_true(peer_proxies_parse(NULL, &out));
	assert_int_equal(out.n, 0);
	assert_true(peer_proxies_parse(" 127.0.0.1,10.0.0.0/8\t::1 , ", &out));
	assert_int_equal(out.n, 3);
	for (size_t i = 0; i < PEER_PROXIES; i++)
		strcat(many, "10.0.0.1 ");
	assert_true(peer_proxies_parse(many, &out));
	strcat(many, "10.0.0.1");
	assert_false(peer_proxies_parse(many, &out));
	static const char *const wrong[] = {"10.0.0.1/8", "localhost", "10.0.0.0/8;::1", "10.0.0.0/33"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(peer_proxies_parse(wrong[i], &out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cookies), cmocka_unit_test(written), cmocka_unit_test(credentials),
	    cmocka_unit_test(peers),   cmocka_unit_test(proxies),
	};
	return cmocka_run_group_tests_name("rpc_page", tests, NULL, NULL);
}
