/* People at desks: invites, passwords, second factors, sessions, wrong tries; on both stores. */
#include "sign_in_stage.h"

static uint64_t hashes(const struct desk *d)
{
	return exec_stats(world_exec(d->w))->hashes;
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

/* Who has one account can't use it to have an address' wrong tries at others forgotten. */
static void test_a_right_one_among_wrong_ones(void **state)
{
	struct desk d;
	desk_open(&d, state, 0);
	operator_of(&d, "desk.one", NULL);
	const char *peer = "198.51.100.77";
	for (int i = 0; i < THROTTLE_FREE_ADDRESS; i++) {
		char name[32];
		snprintf(name, sizeof(name), "guess%d", i);
		assert_int_equal(login_from(&d, peer, name, "not the password", "").err, ERR_SIGN_IN_FAILED);
	}
	must(login_from(&d, peer, "desk.one", PASSWORD, ""));
	assert_int_equal(login_from(&d, peer, "guess", "not the password", "").err, ERR_SIGN_IN_FAILED);
	uint64_t before = hashes(&d);
	assert_int_equal(login_from(&d, peer, "another", "not the password", "").err, ERR_SIGN_IN_FAILED);
	assert_int_equal(hashes(&d), before);
	desk_close(&d);
}

/* Of IPv6, what one owner has counts as one address. */
static void test_ipv6_network(void **state)
{
	/* All in 2001:db8::/64. */
	static const char *const spellings[] = {"2001:db8::%x", "2001:db8:0:0:%x::5", "2001:0db8::%x:0:0:1"};
	struct desk d;
	desk_open(&d, state, 0);
	uint64_t before = hashes(&d);
	for (int i = 0; i < 100; i++) {
		char name[32], peer[64];
		snprintf(name, sizeof(name), "guess%d", i);
		snprintf(peer, sizeof(peer), spellings[i % 3], i + 1);
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

/* Who has the password and no authenticator gets no further by asking for the code again and again. */
static void test_codes_are_not_guessed(void **state)
{
	struct desk d;
	enum { TRIES = 3 };
	desk_open(&d, state, 1 << 20);
	LoginResponse *in = account(&d, "chief", &(struct job){ROLE_ADMIN, NULL}, 1);
	EnrolTotpResponse *secret = must(enrol(&d, in->token, PASSWORD));
	must(confirm(&d, in->token, code_of(&d, secret->secret, world_now_ms(d.w))));
	for (int i = 0; i < TRIES; i++) {
		world_advance(d.w, 2 * TOTP_STEP_MS);
		assert_int_equal(login(&d, "chief", PASSWORD, "000000").err, ERR_SIGN_IN_FAILED);
	}
	world_advance(d.w, 2 * TOTP_STEP_MS);
	assert_int_equal(login(&d, "chief", PASSWORD, "").err, ERR_SECOND_FACTOR_NEEDED);
	assert_int_equal(login(&d, "chief", PASSWORD, "000000").err, ERR_SIGN_IN_FAILED);
	/* The fourth wrong code: eight times as long as the first. */
	world_advance(d.w, 2 * THROTTLE_FIRST_MS);
	assert_int_equal(login(&d, "chief", PASSWORD, code_of(&d, secret->secret, world_now_ms(d.w))).err,
			 ERR_SIGN_IN_FAILED);
	world_advance(d.w, 2 * TOTP_STEP_MS);
	must(login(&d, "chief", PASSWORD, code_of(&d, secret->secret, world_now_ms(d.w))));
	desk_close(&d);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(test_first_password),
	    BOTH(test_invite_expires),
	    BOTH(test_change_password),
	    BOTH(test_thousand_wrong_passwords),
	    BOTH(test_locked_tries_are_told),
	    BOTH(test_spread_tries),
	    BOTH(test_a_right_one_among_wrong_ones),
	    BOTH(test_ipv6_network),
	    BOTH(test_no_enumeration),
	    BOTH(test_tries_at_once),
	    BOTH(test_reset_unlocks),
	    BOTH(test_admin_needs_second_factor),
	    BOTH(test_codes_are_not_guessed),
	    BOTH(test_policy_waives),
	    cmocka_unit_test(test_nothing_stays), /* needs the jobs, which the other store's clock has not */
	    BOTH(test_names_are_unique),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
