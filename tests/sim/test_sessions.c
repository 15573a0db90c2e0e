/* Sessions of people at desks, of residents and members, and accounts in parts of the tree, on both stores. */
#include "sign_in_stage.h"

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

static size_t sessions_of_person(struct desk *d, struct who who, const char *person_id, enum err *err)
{
	REQUEST(d->w, ListSessionsRequest, rq);
	rq->person_id = (char *)person_id;
	struct world_reply reply = world_call(d->w, who, "SessionService/ListSessions", rq);
	*err = reply.err;
	return reply.err == OK ? ((ListSessionsResponse *)reply.message)->n_sessions : 0;
}

/* Whose phone was lost ends its session from another one, or asks an administrator to. */
static void test_persons_list_and_end_theirs(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	enum err err;
	char *r = world_resident(d.w), *other = world_resident(d.w);
	const char *lost = open_for(&d, AS_RESIDENT(r)), *own = open_for(&d, AS_RESIDENT(r));
	const char *stranger = open_for(&d, AS_RESIDENT(other));
	assert_int_equal(sessions_of_person(&d, SIGNED_IN(own), "", &err), 2);
	assert_int_equal(sessions_of_person(&d, SIGNED_IN(own), r, &err), 2);
	assert_int_equal(sessions_of_person(&d, AS_ADMIN, r, &err), 2);
	(void)sessions_of_person(&d, SIGNED_IN(stranger), r, &err);
	assert_int_equal(err, ERR_NOT_FOUND);
	REQUEST(d.w, GetSelfRequest, get);
	GetSelfResponse *there = must(world_call(d.w, SIGNED_IN(lost), "SessionService/GetSelf", get));
	REQUEST(d.w, RevokeSessionRequest, revoke);
	revoke->session_id = there->session->id;
	assert_int_equal(world_call(d.w, SIGNED_IN(stranger), "SessionService/RevokeSession", revoke).err,
			 ERR_NOT_FOUND);
	must(world_call(d.w, SIGNED_IN(own), "SessionService/RevokeSession", revoke));
	assert_int_equal(self(&d, lost), ERR_SESSION_ENDED);
	assert_int_equal(self(&d, own), OK);
	must(world_call(d.w, AS_RESIDENT(r), "PrivacyService/EraseData", PB_NEW(world_arena(d.w), EraseDataRequest)));
	assert_int_equal(sessions_of_person(&d, AS_ADMIN, r, &err), 0);
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

/* --- a stream that is open when rights change --- */

struct listener {
	size_t n;
	bool ended;
	enum err err;
};

static void on_opened(void *arg, const struct exec_result *result)
{
	((struct listener *)arg)->err = result->err;
}

static void on_told(void *arg, const struct exec_told *told)
{
	const Event *event = ((const WatchResponse *)told->message)->event;
	((struct listener *)arg)->n += event != NULL && event->kind == EVENT_KIND_PLACED;
}

static void on_end(void *arg, const struct exec_result *result)
{
	(void)result;
	((struct listener *)arg)->ended = true;
}

static size_t placed_in(struct desk *d, struct listener *l, const char *resident, size_t grid)
{
	size_t before = l->n;
	world_order(d->w, resident, d->town.plain_category, world_point(d->w, grid, 0, 0, SIDE));
	world_advance(d->w, 1000);
	return l->n - before;
}

static void test_a_stream_narrows(void **state)
{
	struct desk d;
	desk_open(&d, state, 1 << 20);
	const struct job jobs[] = {{ROLE_OPERATOR, d.town.grid_ids[0]}, {ROLE_OPERATOR, d.town.grid_ids[3]}};
	char *resident = world_resident(d.w);
	LoginResponse *in = account(&d, "desk.one", jobs, 2);
	struct listener l = {.err = ERR_INTERNAL};
	struct exec_watch_request rq = {.method = world_method(d.w, "EventService/Watch"),
					.credential = world_credential(SIGNED_IN(in->token)),
					.request = PB_NEW(world_arena(d.w), WatchRequest),
					.opened = on_opened,
					.message = on_told,
					.ended = on_end,
					.arg = &l};
	exec_watch(world_exec(d.w), &rq);
	world_advance(d.w, 1000);
	assert_int_equal(l.err, OK);
	assert_int_equal(placed_in(&d, &l, resident, 0), 1);
	assert_int_equal(placed_in(&d, &l, resident, 1), 0);
	assert_int_equal(placed_in(&d, &l, resident, 3), 1);
	in->operator_->n_assignments = 1;
	in->operator_->etag = (char *)"";
	must(update(&d, AS_ADMIN, in->operator_, "assignments"));
	world_advance(d.w, 1000);
	assert_int_equal(placed_in(&d, &l, resident, 3), 0);
	assert_int_equal(placed_in(&d, &l, resident, 0), 1);
	assert_false(l.ended);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(test_sessions_end),
	    BOTH(test_a_session_as_a_cookie),
	    BOTH(test_sessions_of_persons),
	    BOTH(test_persons_list_and_end_theirs),
	    BOTH(test_life_of_a_persons_session),
	    BOTH(test_sessions_are_few),
	    BOTH(test_session_lifetime), /* needs the jobs, which the other store's clock has not */
	    BOTH(test_several_nodes),
	    cmocka_unit_test(test_a_stream_narrows),
	    BOTH(test_mixed_roles),
	    BOTH(test_admin_of_a_part),
	    BOTH(test_not_oneself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
