#include "sign_in_stage.h"

void pump(void *arg)
{
	if (event_base_loop(arg, EVLOOP_ONCE) != 0)
		abort();
}

void desk_open(struct desk *d, void **state, size_t cache_bytes)
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

void desk_close(struct desk *d)
{
	world_free(d->w);
	if (d->redis != NULL) {
		d->redis->ops->destroy(d->redis);
		fixture_stop(&d->f);
	}
}

const struct who anybody = {.id = "", .peer = "192.0.2.1"};

CreateOperatorResponse *create(struct desk *d, struct who by, const char *name, const struct job *jobs, size_t n)
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

struct world_reply redeem(struct desk *d, const char *invite, const char *password)
{
	REQUEST(d->w, RedeemInviteRequest, rq);
	rq->invite = (char *)invite;
	rq->password = (char *)password;
	return world_call(d->w, anybody, "SessionService/RedeemInvite", rq);
}

struct world_reply login_from(struct desk *d, const char *peer, const char *name, const char *password,
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

struct world_reply login(struct desk *d, const char *name, const char *password, const char *code)
{
	return login_from(d, "192.0.2.1", name, password, code);
}

LoginResponse *account(struct desk *d, const char *name, const struct job *jobs, size_t n)
{
	CreateOperatorResponse *made = create(d, AS_ADMIN, name, jobs, n);
	must(redeem(d, made->invite, PASSWORD));
	return must(login(d, name, PASSWORD, ""));
}

LoginResponse *operator_of(struct desk *d, const char *name, const char *node_id)
{
	return account(d, name, &(struct job){ROLE_OPERATOR, node_id}, 1);
}

enum err self(struct desk *d, const char *token)
{
	REQUEST(d->w, GetSelfRequest, rq);
	return world_call(d->w, SIGNED_IN(token), "SessionService/GetSelf", rq).err;
}

struct world_reply board(struct desk *d, const char *token, const char *node_id)
{
	REQUEST(d->w, ListBoardRequest, rq);
	rq->node_id = (char *)node_id;
	return world_call(d->w, SIGNED_IN(token), "DeskService/ListBoard", rq);
}

void waive_factor(struct desk *d)
{
	REQUEST(d->w, GetPolicyRequest, get);
	GetPolicyResponse *policy = must(world_call(d->w, AS_ADMIN, "OrgService/GetPolicy", get));
	REQUEST(d->w, PutPolicyRequest, put);
	put->policy = policy->policy;
	put->policy->admins_without_totp = true;
	must(world_call(d->w, AS_ADMIN, "OrgService/PutPolicy", put));
}

bool on_redis = true;
