/* People at desks: invites, passwords, second factors, sessions, wrong tries; on both stores. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "domain/throttle.h"
#include "pb/pb_message.h"
#include "redis_fixture.h"
#include "txn/store_redis.h"
#include "txn/totp.h"
#include "world.h"

#define PASSWORD "a lantern on the hill"
#define OTHER_PASSWORD "two lanterns on a hill"
enum { SIDE = 2, HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, HASH_MS = 400 };

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

struct desk {
	struct fixture f;
	struct store *redis; /* NULL: the memory store */
	struct world *w;
	struct town town;
};

static void pump(void *arg)
{
	if (event_base_loop(arg, EVLOOP_ONCE) != 0)
		abort();
}

/* The store keeps a pointer to what is in it: the desk stays where it is. */
static void desk_open(struct desk *d, void **state, size_t cache_bytes)
{
	*d = (struct desk){.redis = NULL};
	struct world_options options = {.seed = 7, .cache_bytes = cache_bytes, .in_order = *state != NULL};
	if (*state != NULL) {
		fixture_start(&d->f, true, NULL);
		d->redis = options.store = store_redis_new(d->f.base, &d->f.config);
		assert_non_null(d->redis);
		fixture_wait_ready(d->f.base, d->redis);
		options.pump = pump;
		options.pump_arg = d->f.base;
	}
	d->w = world_new(&options);
	d->town = world_town(d->w, SIDE);
}

static void desk_close(struct desk *d)
{
	world_free(d->w);
	if (d->redis != NULL) {
		d->redis->ops->destroy(d->redis);
		fixture_stop(&d->f);
	}
}

static void *must(struct world_reply reply)
{
	if (reply.err != OK)
		print_error("%s %s %s\n", err_info(reply.err)->reason,
			    reply.fault.field == NULL ? "" : reply.fault.field, reply.fault.detail);
	assert_int_equal(reply.err, OK);
	return reply.message;
}

#define SIGNED_IN(token_) ((struct who){.key = (token_), .peer = "192.0.2.1"})
static const struct who anybody = {.id = "", .peer = "192.0.2.1"};

static uint64_t hashes(const struct desk *d)
{
	return exec_stats(world_exec(d->w))->hashes;
}

/* --- steps --- */

struct job {
	Role role;
	const char *node_id;
};

static CreateOperatorResponse *create(struct desk *d, struct who by, const char *name, const struct job *jobs, size_t n)
{
	REQUEST(d->w, CreateOperatorRequest, rq);
	rq->operator_ = PB_NEW(world_arena(d->w), Operator);
	rq->operator_->name = (char *)name;
	rq->operator_->display_name = (char *)"演示甲";
	for (size_t i = 0; i < n; i++) {
		Assignment *a = PB_NEW(world_arena(d->w), Assignment);
		a->role = jobs[i].role;
		a->node_id = (char *)(jobs[i].node_id == NULL ? "" : jobs[i].node_id);
		arena_append(world_arena(d->w), (void ***)&rq->operator_->assignments, &rq->operator_->n_assignments,
			     a);
	}
	return must(world_call(d->w, by, "OperatorService/CreateOperator", rq));
}

static struct world_reply redeem(struct desk *d, const char *invite, const char *password)
{
	REQUEST(d->w, RedeemInviteRequest, rq);
	rq->invite = (char *)invite;
	rq->password = (char *)password;
	return world_call(d->w, anybody, "SessionService/RedeemInvite", rq);
}

static struct world_reply login_from(struct desk *d, const char *peer, const char *name, const char *password,
				     const char *code)
{
	struct who who = {.id = "", .peer = peer};
	REQUEST(d->w, LoginRequest, rq);
	rq->name = (char *)name;
	rq->password = (char *)password;
	rq->code = (char *)code;
	rq->device = (char *)"test";
	return world_call(d->w, who, "SessionService/Login", rq);
}

static struct world_reply login(struct desk *d, const char *name, const char *password, const char *code)
{
	return login_from(d, "192.0.2.1", name, password, code);
}

static LoginResponse *account(struct desk *d, const char *name, const struct job *jobs, size_t n)
{
	CreateOperatorResponse *made = create(d, AS_ADMIN, name, jobs, n);
	must(redeem(d, made->invite, PASSWORD));
	return must(login(d, name, PASSWORD, ""));
}

static LoginResponse *operator_of(struct desk *d, const char *name, const char *node_id)
{
	return account(d, name, &(struct job){ROLE_OPERATOR, node_id}, 1);
}

static enum err self(struct desk *d, const char *token)
{
	REQUEST(d->w, GetSelfRequest, rq);
	return world_call(d->w, SIGNED_IN(token), "SessionService/GetSelf", rq).err;
}

static struct world_reply board(struct desk *d, const char *token, const char *node_id)
{
	REQUEST(d->w, ListBoardRequest, rq);
	rq->node_id = (char *)node_id;
	return world_call(d->w, SIGNED_IN(token), "DeskService/ListBoard", rq);
}

/* What the authenticator shows. */
static char *code_of(struct desk *d, const char *base32, int64_t at_ms)
{
	uint8_t secret[TOTP_SECRET_BYTES];
	unsigned bits = 0, n_bits = 0;
	size_t n = 0;
	for (const char *c = base32; *c != '\0'; c++) {
		bits = bits << 5 | (unsigned)(*c >= 'A' ? *c - 'A' : *c - '2' + 26);
		n_bits += 5;
		if (n_bits >= 8)
			secret[n++] = (uint8_t)(bits >> (n_bits -= 8));
	}
	assert_int_equal(n, TOTP_SECRET_BYTES);
	return arena_printf(world_arena(d->w), "%06u",
			    totp_code(slice_of(secret, n), (uint64_t)(at_ms / TOTP_STEP_MS), TOTP_DIGITS));
}

static struct world_reply confirm(struct desk *d, const char *token, const char *code)
{
	REQUEST(d->w, ConfirmTotpRequest, rq);
	rq->code = (char *)code;
	return world_call(d->w, SIGNED_IN(token), "SessionService/ConfirmTotp", rq);
}

static struct world_reply enrol(struct desk *d, const char *token, const char *password)
{
	REQUEST(d->w, EnrolTotpRequest, rq);
	rq->password = (char *)password;
	return world_call(d->w, SIGNED_IN(token), "SessionService/EnrolTotp", rq);
}

/* --- invites and passwords --- */

static void test_first_password(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	CreateOperatorResponse *made = create(&d, AS_ADMIN, "desk.one", &(struct job){ROLE_OPERATOR, NULL}, 1);
	assert_true(made->operator_->invited);
	assert_int_equal(login(&d, "desk.one", PASSWORD, "").err, ERR_SIGN_IN_FAILED);
	world_advance(d.w, 5000);
	assert_int_equal(redeem(&d, made->invite, "short").err, ERR_FIELD_INVALID);
	assert_int_equal(redeem(&d, made->invite, "desk.one!!").err, ERR_FIELD_INVALID);
	char *wrong = arena_strdup(world_arena(d.w), made->invite);
	wrong[strlen(wrong) - 1] ^= 1;
	assert_int_equal(redeem(&d, wrong, PASSWORD).err, ERR_INVITE_INVALID);
	assert_int_equal(redeem(&d, "pdi_elm_u0000099_00", PASSWORD).err, ERR_INVITE_INVALID);
	assert_int_equal(redeem(&d, "nonsense", PASSWORD).err, ERR_INVITE_INVALID);
	RedeemInviteResponse *redeemed = must(redeem(&d, made->invite, PASSWORD));
	assert_string_equal(redeemed->name, "desk.one");
	/* Once. */
	assert_int_equal(redeem(&d, made->invite, OTHER_PASSWORD).err, ERR_INVITE_INVALID);
	LoginResponse *in = must(login(&d, "desk.one", PASSWORD, ""));
	assert_false(in->second_factor_missing);
	assert_string_equal(in->operator_->display_name, "演示甲");
	assert_string_equal(in->session->device, "test");
	assert_int_equal(self(&d, in->token), OK);
	assert_int_equal(board(&d, in->token, "").err, OK);
	char *bad = arena_strdup(world_arena(d.w), in->token);
	bad[strlen(bad) - 1] ^= 1;
	assert_int_equal(self(&d, bad), ERR_SESSION_ENDED);
	desk_close(&d);
}

static void test_invite_expires(void **state)
{
	struct desk d;
	desk_open(&d, state, 0);
	CreateOperatorResponse *made = create(&d, AS_ADMIN, "desk.one", &(struct job){ROLE_OPERATOR, NULL}, 1);
	world_advance(d.w, LIMIT_INVITE_MS);
	assert_int_equal(redeem(&d, made->invite, PASSWORD).err, ERR_INVITE_INVALID);
	REQUEST(d.w, ResetOperatorRequest, rq);
	rq->operator_id = made->operator_->id;
	ResetOperatorResponse *again = must(world_call(d.w, AS_ADMIN, "OperatorService/ResetOperator", rq));
	must(redeem(&d, again->invite, PASSWORD));
	desk_close(&d);
}

static void test_change_password(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	LoginResponse *one = operator_of(&d, "desk.one", NULL);
	LoginResponse *two = must(login(&d, "desk.one", PASSWORD, ""));
	REQUEST(d.w, ChangePasswordRequest, rq);
	rq->password = (char *)OTHER_PASSWORD;
	rq->new_password = (char *)OTHER_PASSWORD;
	assert_int_equal(world_call(d.w, SIGNED_IN(one->token), "SessionService/ChangePassword", rq).err,
			 ERR_SIGN_IN_FAILED);
	world_advance(d.w, 2000);
	rq->password = (char *)PASSWORD;
	rq->new_password = (char *)"1234567890";
	assert_int_equal(world_call(d.w, SIGNED_IN(one->token), "SessionService/ChangePassword", rq).err,
			 ERR_FIELD_INVALID);
	rq->new_password = (char *)OTHER_PASSWORD;
	must(world_call(d.w, SIGNED_IN(one->token), "SessionService/ChangePassword", rq));
	assert_int_equal(self(&d, one->token), OK);
	assert_int_equal(self(&d, two->token), ERR_SESSION_ENDED);
	must(login(&d, "desk.one", OTHER_PASSWORD, ""));
	assert_int_equal(login(&d, "desk.one", PASSWORD, "").err, ERR_SIGN_IN_FAILED);
	/* A key is nobody's account. */
	assert_int_equal(world_call(d.w, AS_ADMIN, "SessionService/ChangePassword", rq).err, ERR_PERMISSION_DENIED);
	desk_close(&d);
}

/* --- wrong tries --- */

static void test_thousand_wrong_passwords(void **state)
{
	enum { TRIES = 1000, MOST = 10 };
	struct desk d;
	desk_open(&d, state, 1 << 20);
	operator_of(&d, "desk.one", NULL);
	uint64_t before = hashes(&d);
	for (int i = 0; i < TRIES; i++) {
		assert_int_equal(login(&d, "desk.one", "not the password", "").err, ERR_SIGN_IN_FAILED);
		world_advance(d.w, HASH_MS);
	}
	assert_true(hashes(&d) - before <= MOST);
	assert_true(hashes(&d) - before > 1);
	/* What is refused unseen took its time. */
	assert_true(world_idles(d.w) >= TRIES - MOST);
	/* Locked: the right one fares no better, and costs nothing. */
	before = hashes(&d);
	assert_int_equal(login_from(&d, "198.51.100.7", "desk.one", PASSWORD, "").err, ERR_SIGN_IN_FAILED);
	assert_int_equal(hashes(&d), before);
	world_advance(d.w, THROTTLE_LAST_MS);
	must(login_from(&d, "198.51.100.7", "desk.one", PASSWORD, ""));
	/* And it starts from the beginning. */
	assert_int_equal(login_from(&d, "198.51.100.7", "desk.one", "not it at all", "").err, ERR_SIGN_IN_FAILED);
	world_advance(d.w, THROTTLE_FIRST_MS);
	must(login_from(&d, "198.51.100.7", "desk.one", PASSWORD, ""));
	desk_close(&d);
}

static size_t events_of(struct desk *d, EventKind kind)
{
	REQUEST(d->w, ListEventsRequest, rq);
	rq->kinds = &kind;
	rq->n_kinds = 1;
	rq->page_size = 200;
	return ((ListEventsResponse *)must(world_call(d->w, AS_ADMIN, "EventService/ListEvents", rq)))->n_events;
}

/* Tries at what is locked leave a trace, and a flood of them one a minute, whoever has the name. */
static void test_locked_tries_are_told(void **state)
{
	enum { TRIES = 60, EACH_MS = 2000, AT_ONCE = 20 };
	struct desk d;
	desk_open(&d, state, 1 << 20);
	operator_of(&d, "desk.one", NULL);
	for (int i = 0; i < 10; i++) {
		(void)login(&d, "desk.one", "not the password", "");
		world_advance(d.w, THROTTLE_FIRST_MS << i);
	}
	(void)login(&d, "desk.one", "not the password", "");
	size_t wrong = events_of(&d, EVENT_KIND_SIGN_IN_FAILED);
	assert_int_equal(events_of(&d, EVENT_KIND_SIGN_IN_LOCKED), 0);
	for (int i = 0; i < TRIES; i++) {
		assert_int_equal(login(&d, "desk.one", "not the password", "").err, ERR_SIGN_IN_FAILED);
		world_advance(d.w, EACH_MS);
	}
	assert_int_equal(events_of(&d, EVENT_KIND_SIGN_IN_FAILED), wrong);
	assert_in_range(events_of(&d, EVENT_KIND_SIGN_IN_LOCKED), 2, 3);
	/* From an address that is locked, at names that nobody has. */
	size_t before = events_of(&d, EVENT_KIND_SIGN_IN_LOCKED);
	for (int i = 0; i < AT_ONCE; i++) {
		char name[32];
		snprintf(name, sizeof(name), "guess%d", i);
		assert_int_equal(login_from(&d, "198.51.100.9", name, "not the password", "").err, ERR_SIGN_IN_FAILED);
	}
	assert_int_equal(events_of(&d, EVENT_KIND_SIGN_IN_LOCKED), before + 1);
	desk_close(&d);
}

/* From one address through many names, and from many addresses at one name: neither helps. */
static void test_spread_tries(void **state)
{
	enum { TRIES = 1000, MOST = 10, AT_ONCE_MS = 8 };
	struct desk d;
	desk_open(&d, state, 0);
	uint64_t before = hashes(&d);
	for (int i = 0; i < TRIES; i++) {
		char name[32];
		snprintf(name, sizeof(name), "guess%d", i);
		assert_int_equal(login(&d, name, "not the password", "").err, ERR_SIGN_IN_FAILED);
		world_advance(d.w, AT_ONCE_MS);
	}
	assert_true(hashes(&d) - before <= MOST);
	before = hashes(&d);
	for (int i = 0; i < TRIES; i++) {
		char peer[32];
		snprintf(peer, sizeof(peer), "10.0.%d.%d", i / 256, i % 256);
		assert_int_equal(login_from(&d, peer, "desk.one", "not the password", "").err, ERR_SIGN_IN_FAILED);
		world_advance(d.w, HASH_MS);
	}
	assert_true(hashes(&d) - before <= MOST);
	desk_close(&d);
}

/* Of IPv6, what one owner has counts as one address. */
static void test_ipv6_network(void **state)
{
	struct desk d;
	desk_open(&d, state, 0);
	uint64_t before = hashes(&d);
	for (int i = 0; i < 100; i++) {
		char name[32], peer[64];
		snprintf(name, sizeof(name), "guess%d", i);
		snprintf(peer, sizeof(peer), "2001:db8:1:2:%x::%x", i + 1, i + 1);
		assert_int_equal(login_from(&d, peer, name, "not the password", "").err, ERR_SIGN_IN_FAILED);
	}
	assert_int_equal(hashes(&d) - before, THROTTLE_FREE_ADDRESS + 1);
	desk_close(&d);
}

/* A name that nobody has costs what another does: hashes, transactions, commits, and what is kept. */
static void test_no_enumeration(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	operator_of(&d, "desk.one", NULL);
	operator_of(&d, "desk.two", NULL);
	struct exec_stats costs[2];
	struct world_reply replies[2];
	static const char *const names[] = {"desk.one", "desk.ten"};
	for (int i = 0; i < 2; i++) {
		struct exec_stats before = *exec_stats(world_exec(d.w));
		replies[i] = login(&d, names[i], "not the password", "");
		costs[i] = *exec_stats(world_exec(d.w));
		costs[i].hashes -= before.hashes;
		costs[i].commits -= before.commits;
		costs[i].loads -= before.loads;
		costs[i].runs -= before.runs;
	}
	assert_int_equal(costs[0].hashes, 1);
	assert_int_equal(costs[0].hashes, costs[1].hashes);
	assert_int_equal(costs[0].commits, costs[1].commits);
	assert_int_equal(costs[0].loads, costs[1].loads);
	assert_int_equal(costs[0].runs, costs[1].runs);
	assert_int_equal(replies[0].err, replies[1].err);
	assert_string_equal(replies[0].fault.detail, replies[1].fault.detail);
	desk_close(&d);
}

/* All at once, before the first one's hash is there: one is looked at. */
static void test_tries_at_once(void **state)
{
	enum { TRIES = 40, PATIENCE_MS = 60000 };
	struct desk d;
	desk_open(&d, state, 1 << 20);
	operator_of(&d, "desk.one", NULL);
	struct world_reply replies[TRIES];
	uint64_t before = hashes(&d);
	for (int i = 0; i < TRIES; i++) {
		REQUEST(d.w, LoginRequest, rq);
		rq->name = (char *)"desk.one";
		rq->password = (char *)"not the password";
		(void)world_begin(d.w, anybody, "SessionService/Login", rq, &replies[i]);
	}
	for (int i = 0; i < TRIES; i++) {
		world_wait(d.w, &replies[i].answered, PATIENCE_MS);
		assert_int_equal(replies[i].err, ERR_SIGN_IN_FAILED);
	}
	assert_int_equal(hashes(&d) - before, 1);
	desk_close(&d);
}

static void test_reset_unlocks(void **state)
{
	struct desk d;
	desk_open(&d, state, 0);
	LoginResponse *in = operator_of(&d, "desk.one", NULL);
	for (int i = 0; i < 5; i++) {
		(void)login(&d, "desk.one", "not the password", "");
		world_advance(d.w, THROTTLE_FIRST_MS << i);
	}
	assert_int_equal(login(&d, "desk.one", "not the password", "").err, ERR_SIGN_IN_FAILED);
	REQUEST(d.w, ResetOperatorRequest, rq);
	rq->operator_id = in->operator_->id;
	ResetOperatorResponse *reset = must(world_call(d.w, AS_ADMIN, "OperatorService/ResetOperator", rq));
	assert_int_equal(self(&d, in->token), ERR_SESSION_ENDED);
	must(redeem(&d, reset->invite, OTHER_PASSWORD));
	must(login_from(&d, "198.51.100.7", "desk.one", OTHER_PASSWORD, ""));
	desk_close(&d);
}

/* --- the second factor --- */

static void test_admin_needs_second_factor(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	LoginResponse *in = account(&d, "chief", &(struct job){ROLE_ADMIN, NULL}, 1);
	assert_true(in->second_factor_missing);
	assert_int_equal(self(&d, in->token), OK);
	assert_int_equal(board(&d, in->token, "").err, ERR_SECOND_FACTOR_MISSING);
	assert_int_equal(confirm(&d, in->token, "000000").err, ERR_FIELD_INVALID);
	assert_int_equal(enrol(&d, in->token, "not the password").err, ERR_SIGN_IN_FAILED);
	world_advance(d.w, THROTTLE_FIRST_MS);
	EnrolTotpResponse *secret = must(enrol(&d, in->token, PASSWORD));
	assert_non_null(strstr(secret->uri, "otpauth://totp/paidan%20"));
	assert_int_equal(board(&d, in->token, "").err, ERR_SECOND_FACTOR_MISSING);
	ConfirmTotpResponse *codes = must(confirm(&d, in->token, code_of(&d, secret->secret, world_now_ms(d.w))));
	assert_int_equal(codes->n_recovery_codes, LIMIT_RECOVERY_CODES);
	assert_int_equal(board(&d, in->token, "").err, OK);

	assert_int_equal(login(&d, "chief", PASSWORD, "").err, ERR_SECOND_FACTOR_NEEDED);
	/* The one that confirmed is used up. */
	assert_int_equal(login(&d, "chief", PASSWORD, code_of(&d, secret->secret, world_now_ms(d.w))).err,
			 ERR_SIGN_IN_FAILED);
	world_advance(d.w, TOTP_STEP_MS);
	const char *code = code_of(&d, secret->secret, world_now_ms(d.w));
	must(login(&d, "chief", PASSWORD, code));
	assert_int_equal(login(&d, "chief", PASSWORD, code).err, ERR_SIGN_IN_FAILED);
	world_advance(d.w, THROTTLE_FIRST_MS);
	assert_int_equal(login(&d, "chief", "not the password", code).err, ERR_SIGN_IN_FAILED);
	world_advance(d.w, 2 * THROTTLE_FIRST_MS);
	LoginResponse *recovered = must(login(&d, "chief", PASSWORD, codes->recovery_codes[3]));
	assert_int_equal(recovered->recovery_codes_left, LIMIT_RECOVERY_CODES - 1);
	assert_int_equal(login(&d, "chief", PASSWORD, codes->recovery_codes[3]).err, ERR_SIGN_IN_FAILED);
	desk_close(&d);
}

static void waive_factor(struct desk *d)
{
	REQUEST(d->w, GetPolicyRequest, get);
	GetPolicyResponse *policy = must(world_call(d->w, AS_ADMIN, "OrgService/GetPolicy", get));
	REQUEST(d->w, PutPolicyRequest, put);
	put->policy = policy->policy;
	put->policy->admins_without_totp = true;
	must(world_call(d->w, AS_ADMIN, "OrgService/PutPolicy", put));
}

static void test_policy_waives(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	LoginResponse *in = account(&d, "chief", &(struct job){ROLE_ADMIN, NULL}, 1);
	assert_int_equal(board(&d, in->token, "").err, ERR_SECOND_FACTOR_MISSING);
	waive_factor(&d);
	assert_int_equal(board(&d, in->token, "").err, OK);
	desk_close(&d);
}

/* --- sessions --- */

static void test_sessions_end(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	LoginResponse *one = operator_of(&d, "desk.one", NULL);
	LoginResponse *two = must(login(&d, "desk.one", PASSWORD, ""));
	LoginResponse *stranger = operator_of(&d, "desk.two", NULL);
	REQUEST(d.w, ListSessionsRequest, list);
	ListSessionsResponse *sessions =
	    must(world_call(d.w, SIGNED_IN(one->token), "SessionService/ListSessions", list));
	assert_int_equal(sessions->n_sessions, 2);
	assert_true(sessions->sessions[0]->current != sessions->sessions[1]->current);
	/* Not those of others, and nobody's name is needed to say so. */
	list->operator_id = stranger->operator_->id;
	assert_int_equal(world_call(d.w, SIGNED_IN(one->token), "SessionService/ListSessions", list).err,
			 ERR_NOT_FOUND);
	sessions = must(world_call(d.w, AS_ADMIN, "SessionService/ListSessions", list));
	assert_int_equal(sessions->n_sessions, 1);
	REQUEST(d.w, RevokeSessionRequest, revoke);
	revoke->session_id = stranger->session->id;
	assert_int_equal(world_call(d.w, SIGNED_IN(one->token), "SessionService/RevokeSession", revoke).err,
			 ERR_NOT_FOUND);
	must(world_call(d.w, AS_ADMIN, "SessionService/RevokeSession", revoke));
	assert_int_equal(self(&d, stranger->token), ERR_SESSION_ENDED);
	revoke->session_id = two->session->id;
	must(world_call(d.w, SIGNED_IN(one->token), "SessionService/RevokeSession", revoke));
	assert_int_equal(self(&d, two->token), ERR_SESSION_ENDED);
	REQUEST(d.w, LogoutRequest, out);
	must(world_call(d.w, SIGNED_IN(one->token), "SessionService/Logout", out));
	assert_int_equal(self(&d, one->token), ERR_SESSION_ENDED);
	assert_int_equal(world_call(d.w, AS_ADMIN, "SessionService/Logout", out).err, ERR_PERMISSION_DENIED);
	desk_close(&d);
}

/* --- pages --- */

static void test_a_session_as_a_cookie(void **state)
{
	struct desk d;
	desk_open(&d, state, 0);
	operator_of(&d, "desk.one", NULL);
	REQUEST(d.w, LoginRequest, rq);
	rq->name = (char *)"desk.one";
	rq->password = (char *)PASSWORD;
	rq->cookie = true;
	struct world_reply reply = world_call(d.w, anybody, "SessionService/Login", rq);
	assert_string_equal(((LoginResponse *)must(reply))->token, "");
	assert_int_equal(reply.cookie.role, ROLE_OPERATOR);
	assert_int_equal(reply.cookie.life_ms, LIMIT_SESSION_MS);
	assert_int_equal(self(&d, reply.cookie.value), OK);
	REQUEST(d.w, LogoutRequest, out);
	struct world_reply gone = world_call(d.w, SIGNED_IN(reply.cookie.value), "SessionService/Logout", out);
	must(gone);
	assert_string_equal(gone.cookie.value, "");
	assert_int_equal(gone.cookie.life_ms, 0);
	assert_int_equal(self(&d, reply.cookie.value), ERR_SESSION_ENDED);
	/* Who is not let in gets none, and neither does who did not ask for it. */
	rq->password = (char *)OTHER_PASSWORD;
	assert_null(world_call(d.w, anybody, "SessionService/Login", rq).cookie.value);
	assert_null(login(&d, "desk.one", PASSWORD, "").cookie.value);
	desk_close(&d);
}

/* A session of a resident or member: its token, from the cookie. */
static const char *open_for(struct desk *d, struct who who)
{
	REQUEST(d->w, OpenSessionRequest, rq);
	struct world_reply reply = world_call(d->w, who, "SessionService/OpenSession", rq);
	const OpenSessionResponse *rsp = must(reply);
	assert_int_equal(reply.cookie.role, who.role);
	assert_int_equal(reply.cookie.life_ms, LIMIT_PERSON_SESSION_MS);
	assert_string_equal(who.role == ROLE_RESIDENT ? rsp->resident_id : rsp->member_id, who.id);
	assert_string_equal(rsp->session->operator_id, "");
	return reply.cookie.value;
}

static void test_sessions_of_persons(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	char *r = world_resident(d.w), *other = world_resident(d.w);
	char *m = world_member(d.w, world_point(d.w, 0, 0, 0, SIDE), NULL);
	const char *resident = open_for(&d, AS_RESIDENT(r)), *member = open_for(&d, AS_MEMBER(m));
	REQUEST(d.w, GetSelfRequest, get);
	GetSelfResponse *me = must(world_call(d.w, SIGNED_IN(resident), "SessionService/GetSelf", get));
	assert_string_equal(me->resident_id, r);
	assert_true(me->session->current);
	me = must(world_call(d.w, SIGNED_IN(member), "SessionService/GetSelf", get));
	assert_string_equal(me->member_id, m);
	/* It is that person and nobody else, and opens no further ones. */
	REQUEST(d.w, ListOrdersRequest, list);
	must(world_call(d.w, SIGNED_IN(resident), "OrderService/ListOrders", list));
	list->resident_id = other;
	assert_int_equal(world_call(d.w, SIGNED_IN(resident), "OrderService/ListOrders", list).err, ERR_NOT_FOUND);
	REQUEST(d.w, ListBoardRequest, board_rq);
	assert_int_equal(world_call(d.w, SIGNED_IN(member), "DeskService/ListBoard", board_rq).err,
			 ERR_PERMISSION_DENIED);
	REQUEST(d.w, OpenSessionRequest, again);
	assert_int_equal(world_call(d.w, SIGNED_IN(member), "SessionService/OpenSession", again).err,
			 ERR_PERMISSION_DENIED);
	struct who acting = {.role = ROLE_RESIDENT, .id = other, .key = resident};
	assert_true(world_call(d.w, acting, "OrderService/ListOrders", list).err != OK);
	REQUEST(d.w, LogoutRequest, out);
	struct world_reply gone = world_call(d.w, SIGNED_IN(member), "SessionService/Logout", out);
	must(gone);
	assert_int_equal(gone.cookie.role, ROLE_MEMBER);
	assert_int_equal(self(&d, member), ERR_SESSION_ENDED);
	assert_int_equal(self(&d, resident), OK);
	desk_close(&d);
}

static void test_life_of_a_persons_session(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	char *r = world_resident(d.w);
	const char *idle = open_for(&d, AS_RESIDENT(r)), *busy = open_for(&d, AS_RESIDENT(r));
	int64_t began_ms = world_now_ms(d.w);
	world_advance(d.w, LIMIT_PERSON_SESSION_IDLE_MS - HOUR_MS);
	assert_int_equal(self(&d, busy), OK);
	world_advance(d.w, HOUR_MS);
	assert_int_equal(self(&d, idle), ERR_SESSION_ENDED);
	while (world_now_ms(d.w) + 5 * DAY_MS < began_ms + LIMIT_PERSON_SESSION_MS) {
		assert_int_equal(self(&d, busy), OK);
		world_advance(d.w, 5 * DAY_MS);
	}
	assert_int_equal(self(&d, busy), OK);
	world_advance(d.w, began_ms + LIMIT_PERSON_SESSION_MS - world_now_ms(d.w));
	assert_int_equal(self(&d, busy), ERR_SESSION_ENDED);
	/* Erased persons have none. */
	const char *last = open_for(&d, AS_RESIDENT(r));
	REQUEST(d.w, EraseDataRequest, erase);
	erase->person_id = r;
	must(world_call(d.w, AS_ADMIN, "PrivacyService/EraseData", erase));
	assert_int_equal(self(&d, last), ERR_SESSION_ENDED);
	REQUEST(d.w, OpenSessionRequest, again);
	assert_int_equal(world_call(d.w, AS_RESIDENT(r), "SessionService/OpenSession", again).err, ERR_ERASED);
	desk_close(&d);
}

static void test_sessions_are_few(void **state)
{
	struct desk d;
	desk_open(&d, state, 0);
	LoginResponse *first = operator_of(&d, "desk.one", NULL);
	for (int i = 0; i < LIMIT_SESSIONS; i++) {
		world_advance(d.w, 1000);
		assert_int_equal(self(&d, first->token), OK);
		must(login(&d, "desk.one", PASSWORD, ""));
	}
	assert_int_equal(self(&d, first->token), ERR_SESSION_ENDED);
	desk_close(&d);
}

static void test_session_lifetime(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	LoginResponse *idle = operator_of(&d, "desk.one", NULL);
	LoginResponse *busy = must(login(&d, "desk.one", PASSWORD, ""));
	int64_t began_ms = world_now_ms(d.w);
	world_advance(d.w, LIMIT_SESSION_IDLE_MS - HOUR_MS);
	assert_int_equal(self(&d, busy->token), OK);
	world_advance(d.w, HOUR_MS);
	assert_int_equal(self(&d, idle->token), ERR_SESSION_ENDED);
	while (world_now_ms(d.w) + 10 * HOUR_MS < began_ms + LIMIT_SESSION_MS) {
		assert_int_equal(self(&d, busy->token), OK);
		world_advance(d.w, 10 * HOUR_MS);
	}
	assert_int_equal(self(&d, busy->token), OK);
	world_advance(d.w, began_ms + LIMIT_SESSION_MS - world_now_ms(d.w));
	assert_int_equal(self(&d, busy->token), ERR_SESSION_ENDED);
	desk_close(&d);
}

/* What ended by itself, and tries that are forgotten, do not stay. */
static void test_nothing_stays(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	operator_of(&d, "desk.one", NULL);
	assert_int_equal(login(&d, "nobody", "not the password", "").err, ERR_SIGN_IN_FAILED);
	char *before = world_dump(d.w);
	assert_non_null(strstr(before, " s:s"));
	assert_non_null(strstr(before, " th:n"));
	world_advance(d.w, DAY_MS);
	char *after = world_dump(d.w);
	assert_null(strstr(after, " s:s"));
	assert_null(strstr(after, " th:"));
	assert_null(strstr(after, " i:se"));
	assert_null(strstr(after, " i:th"));
	assert_non_null(strstr(after, " us:u"));
	desk_close(&d);
}

/* --- scopes --- */

static struct world_reply update(struct desk *d, struct who by, Operator *operator_, const char *path)
{
	REQUEST(d->w, UpdateOperatorRequest, rq);
	rq->operator_ = operator_;
	Google__Protobuf__FieldMask *mask = rq->update_mask = ARENA_NEW(world_arena(d->w), Google__Protobuf__FieldMask);
	google__protobuf__field_mask__init(mask);
	arena_append(world_arena(d->w), (void ***)&mask->paths, &mask->n_paths, (void *)path);
	return world_call(d->w, by, "OperatorService/UpdateOperator", rq);
}

static void test_several_nodes(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	const struct job jobs[] = {{ROLE_OPERATOR, d.town.grid_ids[0]}, {ROLE_OPERATOR, d.town.grid_ids[3]}};
	char *resident = world_resident(d.w);
	for (size_t i = 0; i < d.town.n_grids; i++)
		world_order(d.w, resident, d.town.plain_category, world_point(d.w, i, 0, 0, SIDE));
	LoginResponse *in = account(&d, "desk.one", jobs, 2);
	ListBoardResponse *all = must(board(&d, in->token, ""));
	assert_int_equal(all->n_orders, 2);
	assert_int_equal(board(&d, in->token, d.town.grid_ids[1]).err, ERR_NOT_FOUND);
	ListBoardResponse *part = must(board(&d, in->token, d.town.grid_ids[3]));
	assert_int_equal(part->n_orders, 1);
	/* From now on one grid only, in the session that is open, too. */
	in->operator_->n_assignments = 1;
	in->operator_->etag = (char *)"";
	must(update(&d, AS_ADMIN, in->operator_, "assignments"));
	all = must(board(&d, in->token, ""));
	assert_int_equal(all->n_orders, 1);
	in->operator_->disabled = true;
	must(update(&d, AS_ADMIN, in->operator_, "disabled"));
	assert_int_equal(self(&d, in->token), ERR_SESSION_ENDED);
	assert_int_equal(login(&d, "desk.one", PASSWORD, "").err, ERR_SIGN_IN_FAILED);
	desk_close(&d);
}

static enum err sessions_of(struct desk *d, const char *token, const char *operator_id, size_t *n)
{
	REQUEST(d->w, ListSessionsRequest, rq);
	rq->operator_id = (char *)operator_id;
	struct world_reply reply = world_call(d->w, SIGNED_IN(token), "SessionService/ListSessions", rq);
	*n = reply.err == OK ? ((ListSessionsResponse *)reply.message)->n_sessions : 0;
	return reply.err;
}

/* Administrator of one grid and operator of another: sees and ends the sessions of the first. */
static void test_mixed_roles(void **state)
{
	struct desk d;
	size_t n;
	desk_open(&d, state, 1 << 20);
	waive_factor(&d);
	const struct job jobs[] = {{ROLE_ADMIN, d.town.grid_ids[0]}, {ROLE_OPERATOR, d.town.grid_ids[1]}};
	LoginResponse *mixed = account(&d, "both.one", jobs, 2);
	LoginResponse *near = operator_of(&d, "desk.near", d.town.grid_ids[0]);
	LoginResponse *far = operator_of(&d, "desk.far", d.town.grid_ids[1]);
	assert_int_equal(sessions_of(&d, mixed->token, "", &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(sessions_of(&d, mixed->token, near->operator_->id, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(sessions_of(&d, mixed->token, far->operator_->id, &n), ERR_NOT_FOUND);
	assert_int_equal(sessions_of(&d, near->token, mixed->operator_->id, &n), ERR_NOT_FOUND);
	assert_int_equal(sessions_of(&d, far->token, near->operator_->id, &n), ERR_NOT_FOUND);
	REQUEST(d.w, RevokeSessionRequest, revoke);
	revoke->session_id = far->session->id;
	assert_int_equal(world_call(d.w, SIGNED_IN(mixed->token), "SessionService/RevokeSession", revoke).err,
			 ERR_NOT_FOUND);
	revoke->session_id = near->session->id;
	must(world_call(d.w, SIGNED_IN(mixed->token), "SessionService/RevokeSession", revoke));
	assert_int_equal(self(&d, near->token), ERR_SESSION_ENDED);
	assert_int_equal(self(&d, far->token), OK);
	desk_close(&d);
}

/* An administrator of a part makes and sees accounts of that part. */
static void test_admin_of_a_part(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	REQUEST(d.w, CreateApiKeyRequest, rq);
	rq->role = ROLE_ADMIN;
	rq->node_id = d.town.grid_ids[0];
	CreateApiKeyResponse *key = must(world_call(d.w, AS_ADMIN, "OrgService/CreateApiKey", rq));
	struct who part = WITH_KEY(key->key);
	LoginResponse *far = operator_of(&d, "desk.far", d.town.grid_ids[1]);
	CreateOperatorResponse *near =
	    create(&d, part, "desk.near", &(struct job){ROLE_OPERATOR, d.town.grid_ids[0]}, 1);
	REQUEST(d.w, ListOperatorsRequest, list);
	ListOperatorsResponse *seen = must(world_call(d.w, part, "OperatorService/ListOperators", list));
	assert_int_equal(seen->n_operators, 1);
	assert_string_equal(seen->operators[0]->id, near->operator_->id);
	seen = must(world_call(d.w, AS_ADMIN, "OperatorService/ListOperators", list));
	assert_int_equal(seen->n_operators, 2);
	REQUEST(d.w, GetOperatorRequest, get);
	get->operator_id = far->operator_->id;
	assert_int_equal(world_call(d.w, part, "OperatorService/GetOperator", get).err, ERR_NOT_FOUND);
	REQUEST(d.w, ResetOperatorRequest, reset);
	reset->operator_id = far->operator_->id;
	assert_int_equal(world_call(d.w, part, "OperatorService/ResetOperator", reset).err, ERR_NOT_FOUND);
	/* Not beyond its own part. */
	near->operator_->assignments[0]->node_id = d.town.grid_ids[1];
	near->operator_->etag = (char *)"";
	assert_int_equal(update(&d, part, near->operator_, "assignments").err, ERR_NOT_FOUND);
	desk_close(&d);
}

/* Nobody changes what they may do, or locks themselves out. */
static void test_not_oneself(void **state)
{
	struct desk d;
	desk_open(&d, state, 0);
	REQUEST(d.w, GetPolicyRequest, get);
	GetPolicyResponse *policy = must(world_call(d.w, AS_ADMIN, "OrgService/GetPolicy", get));
	REQUEST(d.w, PutPolicyRequest, put);
	put->policy = policy->policy;
	put->policy->admins_without_totp = true;
	must(world_call(d.w, AS_ADMIN, "OrgService/PutPolicy", put));
	LoginResponse *in = account(&d, "chief", &(struct job){ROLE_ADMIN, d.town.community_id}, 1);
	Operator *me = in->operator_;
	me->etag = (char *)"";
	assert_int_equal(update(&d, SIGNED_IN(in->token), me, "assignments").err, ERR_PERMISSION_DENIED);
	me->disabled = true;
	assert_int_equal(update(&d, SIGNED_IN(in->token), me, "disabled").err, ERR_PERMISSION_DENIED);
	me->display_name = (char *)"演示乙";
	must(update(&d, SIGNED_IN(in->token), me, "display_name"));
	REQUEST(d.w, ResetOperatorRequest, reset);
	reset->operator_id = me->id;
	assert_int_equal(world_call(d.w, SIGNED_IN(in->token), "OperatorService/ResetOperator", reset).err,
			 ERR_PERMISSION_DENIED);
	desk_close(&d);
}

static void test_names_are_unique(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	create(&d, AS_ADMIN, "desk.one", &(struct job){ROLE_OPERATOR, NULL}, 1);
	REQUEST(d.w, CreateOperatorRequest, rq);
	rq->request_id = (char *)"make-2";
	rq->operator_ = PB_NEW(world_arena(d.w), Operator);
	rq->operator_->name = (char *)"desk.one";
	Assignment *a = PB_NEW(world_arena(d.w), Assignment);
	a->role = ROLE_OPERATOR;
	arena_append(world_arena(d.w), (void ***)&rq->operator_->assignments, &rq->operator_->n_assignments, a);
	assert_int_equal(world_call(d.w, AS_ADMIN, "OperatorService/CreateOperator", rq).err, ERR_ALREADY_EXISTS);
	rq->operator_->name = (char *)"desk.two";
	CreateOperatorResponse *made = must(world_call(d.w, AS_ADMIN, "OperatorService/CreateOperator", rq));
	CreateOperatorResponse *again = must(world_call(d.w, AS_ADMIN, "OperatorService/CreateOperator", rq));
	assert_string_equal(made->operator_->id, again->operator_->id);
	assert_string_equal(again->invite, "");
	desk_close(&d);
}

static bool on_redis = true;
#define BOTH(test) cmocka_unit_test(test), cmocka_unit_test_prestate(test, &on_redis)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(test_first_password),
	    BOTH(test_invite_expires),
	    BOTH(test_change_password),
	    BOTH(test_thousand_wrong_passwords),
	    BOTH(test_locked_tries_are_told),
	    BOTH(test_spread_tries),
	    BOTH(test_ipv6_network),
	    BOTH(test_no_enumeration),
	    BOTH(test_tries_at_once),
	    BOTH(test_reset_unlocks),
	    BOTH(test_admin_needs_second_factor),
	    BOTH(test_policy_waives),
	    BOTH(test_sessions_end),
	    BOTH(test_a_session_as_a_cookie),
	    BOTH(test_sessions_of_persons),
	    BOTH(test_life_of_a_persons_session),
	    BOTH(test_sessions_are_few),
	    BOTH(test_session_lifetime),
	    cmocka_unit_test(test_nothing_stays), /* needs the jobs, which the other store's clock has not */
	    BOTH(test_several_nodes),
	    BOTH(test_mixed_roles),
	    BOTH(test_admin_of_a_part),
	    BOTH(test_not_oneself),
	    BOTH(test_names_are_unique),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
