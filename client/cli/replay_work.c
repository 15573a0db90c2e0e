#include "replay_work.h"

static void step_rate(struct play *p, size_t i);

/* --- calling off --- */

static void cancelled(void *arg, const struct rpc_reply *reply)
{
	struct step s = step_over(arg);
	struct play *p = s.play;
	size_t i = s.i;
	struct play_case *c = s.c;
	if (!step_refused(p, reply)) {
		c->acks[ACK_CANCELLED]++;
		case_end(p, c, CASE_OVER);
	} else if (c->phase == CASE_WORKING) {
		step_start(p, i);
	}
}

void step_cancel(struct play *p, size_t i)
{
	CancelOrderRequest request;
	CancelOrderRequest_init(&request);
	request.order_id = p->cases[i].id;
	request.reason = step_text("no longer needed");
	p->cases[i].planned = true;
	step_call_as_resident(p, i, RPC_CANCEL_ORDER, &request, cancelled, (struct step){0});
}

static void rejected(void *arg, const struct rpc_reply *reply)
{
	struct step s = step_over(arg);
	struct play *p = s.play;
	struct play_case *c = s.c;
	if (step_refused(p, reply))
		return;
	c->acks[ACK_REJECTED]++;
	case_end(p, c, CASE_OVER);
}

void step_reject(struct play *p, size_t i)
{
	RejectOrderRequest request;
	RejectOrderRequest_init(&request);
	request.order_id = p->cases[i].id;
	request.reason = step_text("not this street's to serve");
	p->cases[i].planned = true;
	step_call(p, i, p->links->desk, RPC_REJECT_ORDER, &request, NULL, rejected, (struct step){0});
}

/* --- the work --- */

static void completed(void *arg, const struct rpc_reply *reply)
{
	struct step s = step_over(arg);
	struct play *p = s.play;
	size_t i = s.i;
	struct play_case *c = s.c;
	if (step_refused(p, reply))
		return;
	c->acks[ACK_COMPLETED]++;
	c->phase = CASE_RATING;
	step_rate(p, i);
}

void step_complete(struct play *p, size_t i)
{
	struct play_case *c = &p->cases[i];
	CompleteTaskRequest request;
	Attachment photo, *photos[] = {&photo};
	CompleteTaskRequest_init(&request);
	Attachment_init(&photo);
	request.order_id = c->id;
	request.text = step_text("done");
	request.duration_min = 15 + (uint32_t)(i % 4) * 15;
	request.photos = photos;
	request.n_photos = 1;
	photo.ref = step_text("photos/after.jpg");
	photo.media_type = step_text("image/jpeg");
	step_call_as_member(p, i, c->member, RPC_COMPLETE_TASK, &request, completed);
}

static void started(void *arg, const struct rpc_reply *reply)
{
	struct step s = step_over(arg);
	struct play *p = s.play;
	size_t i = s.i;
	struct play_case *c = s.c;
	if (step_refused(p, reply))
		return;
	c->acks[ACK_STARTED]++;
	step_complete(p, i);
}

void step_start(struct play *p, size_t i)
{
	StartTaskRequest request;
	StartTaskRequest_init(&request);
	request.order_id = p->cases[i].id;
	step_call_as_member(p, i, p->cases[i].member, RPC_START_TASK, &request, started);
}

static void resumed(void *arg, const struct rpc_reply *reply)
{
	struct step s = step_over(arg);
	struct play *p = s.play;
	size_t i = s.i;
	struct play_case *c = s.c;
	if (step_refused(p, reply) || c->phase != CASE_HELD)
		return;
	c->phase = CASE_WORKING;
	step_start(p, i);
}

static void held(void *arg, const struct rpc_reply *reply)
{
	struct step s = step_over(arg);
	struct play *p = s.play;
	size_t i = s.i;
	struct play_case *c = s.c;
	if (step_refused(p, reply)) {
		c->phase = CASE_WORKING;
		step_start(p, i);
		return;
	}
	c->acks[ACK_HELD]++;
	p->counts.holds++;
	if (c->plan == PLAN_HOLD_UNTIL) {
		/* Time ends it; the event says so. */
		case_park(p, c, c->phase == CASE_HELD);
		case_expect(c, false);
		return;
	}
	ResumeOrderRequest request;
	ResumeOrderRequest_init(&request);
	request.order_id = c->id;
	step_call(p, i, p->links->desk, RPC_RESUME_ORDER, &request, NULL, resumed, (struct step){0});
}

static void step_hold(struct play *p, size_t i)
{
	enum { HOLD_MS = 1500 };
	struct play_case *c = &p->cases[i];
	HoldOrderRequest request;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	HoldOrderRequest_init(&request);
	request.order_id = c->id;
	request.party = HELD_BY_THIRD_PARTY;
	request.party_name = step_text("the works department");
	request.reason = step_text("waits for a spare part");
	if (c->plan == PLAN_HOLD_UNTIL)
		request.until_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + HOLD_MS;
	c->planned = true;
	c->phase = CASE_HELD;
	step_call(p, i, p->links->desk, RPC_HOLD_ORDER, &request, NULL, held, (struct step){0});
}

void step_work(struct play *p, size_t i)
{
	struct play_case *c = &p->cases[i];
	enum replay_plan plan = c->planned ? PLAN_USUAL : (enum replay_plan)c->plan;
	switch (plan) {
	case PLAN_CANCEL_SOON:
	case PLAN_CANCEL_LATE:
		step_cancel(p, i);
		break;
	case PLAN_HOLD:
	case PLAN_HOLD_UNTIL:
		step_hold(p, i);
		break;
	case PLAN_USUAL:
	case PLAN_REJECT:
	case PLAN_POOL:
		step_start(p, i);
		break;
	}
}

/* --- the rating --- */

static void rated(void *arg, const struct rpc_reply *reply)
{
	struct step s = step_over(arg);
	struct play *p = s.play;
	bool rework = s.rework;
	struct play_case *c = s.c;
	if (step_refused(p, reply)) {
		/* Too late: it had closed by itself. */
		if (strcmp(reply->error->reason, "ALREADY_RATED") == 0)
			case_end(p, c, CASE_OVER);
		return;
	}
	c->acks[ACK_RATED]++;
	if (!rework)
		case_end(p, c, CASE_OVER);
	else
		p->counts.reworks++;
	case_expect(c, true);
}

static void step_rate(struct play *p, size_t i)
{
	const struct replay_chances *chances = &p->options.chances;
	struct play_case *c = &p->cases[i];
	if (dice_roll(chances->seed, ROLL_RATED, i, 0, c->rounds) < chances->unrated) {
		p->counts.unrated++;
		case_park(p, c, true); /* it closes by itself */
		case_expect(c, false);
		return;
	}
	RateOrderRequest request;
	RateOrderRequest_init(&request);
	bool rework = dice_roll(chances->seed, ROLL_SOLVED, i, 0, c->rounds) < chances->unsolved;
	request.order_id = c->id;
	request.stars = rework ? 1 : dice_stars(chances, i, c->rounds);
	request.resolution = rework ? RESOLUTION_NOT_SOLVED : RESOLUTION_SOLVED;
	request.comment = step_text(rework ? "still broken" : "");
	if (rework) {
		/* From here on it is offered again; that may be heard of before the reply. */
		c->phase = CASE_SEEKING;
		c->rounds++;
		c->pool_tried = false;
	}
	step_call_as_resident(p, i, RPC_RATE_ORDER, &request, rated, (struct step){.rework = rework});
}
