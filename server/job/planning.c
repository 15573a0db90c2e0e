#include "job/planning.h"

#include <stdlib.h>

#include "base/limits.h"
#include "domain/batch.h"
#include "job/jobs.h"
#include "job/worth_notes.h"

struct planning_work {
	struct seat_request seat; /* this turn's orders */
	size_t seated;            /* orders looked at */
	SeatedOrder **orders;     /* those that wait for their batch */
	size_t n;
	struct batch_task *task;
};

static void look(void *arg);
static void solve(void *arg);

static void next_turn(struct planning *p, void (*turn)(void *arg))
{
	if (p->n_orders <= PLANNING_ORDERS)
		turn(p);
	else
		p->env->later(p->env->arg, 0, turn, p);
}

static void give_up(struct planning *p)
{
	p->n_planned = 0;
	p->done(p->arg);
}

/* --- solving --- */

/* The oldest first: they choose first when the plan is greedy. */
static int older(const void *a, const void *b)
{
	const SeatedOrder *x = *(SeatedOrder *const *)a, *y = *(SeatedOrder *const *)b;
	if (x->placed_ms != y->placed_ms)
		return x->placed_ms < y->placed_ms ? -1 : 1;
	return strcmp(x->order_id, y->order_id);
}

static enum err begin(struct planning *p)
{
	struct planning_work *w = p->work;
	if (w->n > 0)
		qsort(w->orders, w->n, sizeof(*w->orders), older);
	return batch_begin(&p->arena, w->orders, w->n, &w->task);
}

static void end(struct planning *p)
{
	const struct planning_work *w = p->work;
	struct batch_plan plan;
	batch_end(w->task, &plan);
	p->greedy = plan.greedy;
	worth_notes_take(p->notes, w->orders, w->n, &plan);
	p->planned = arena_array(&p->arena, w->n, sizeof(*p->planned));
	for (size_t i = 0; i < w->n; i++)
		p->planned[p->n_planned++] = batch_planned(&p->arena, w->orders[i]->order_id, &plan.choices[i]);
}

static void solve(void *arg)
{
	struct planning *p = arg;
	struct planning_work *w = p->work;
	jmp_buf guard;
	bool over = false;
	if (!ARENA_GUARD(&p->arena, &guard) || (w->task == NULL && begin(p) != OK)) {
		arena_unguard(&p->arena);
		give_up(p);
		return;
	}
	over = batch_go_on(w->task, PLANNING_STEPS);
	if (over)
		end(p);
	arena_unguard(&p->arena);
	if (over)
		p->done(p->arg);
	else
		next_turn(p, solve);
}

/* --- candidates --- */

static SeatedSlot *copy_slot(struct arena *a, const SeatedSlot *slot, bool weighed)
{
	SeatedSlot *out = arena_copy(a, slot, sizeof(*slot));
	SeatCandidate *all = arena_array(a, slot->n_candidates, sizeof(*all));
	SeatWorth *worths = weighed ? arena_array(a, slot->n_candidates, sizeof(*worths)) : NULL;
	out->candidates = arena_array(a, slot->n_candidates, sizeof(*out->candidates));
	for (size_t i = 0; i < slot->n_candidates; i++) {
		all[i] = *slot->candidates[i];
		all[i].member_id = arena_strdup(a, all[i].member_id);
		if (weighed && all[i].worth != NULL) {
			worths[i] = *all[i].worth;
			all[i].worth = &worths[i];
		}
		out->candidates[i] = &all[i];
	}
	return out;
}

/* What a response has goes with its call, and the roster's ids with its next change. */
static SeatedOrder *copy_order(struct arena *a, const SeatedOrder *order)
{
	SeatedOrder *out = arena_copy(a, order, sizeof(*order));
	out->order_id = arena_strdup(a, order->order_id);
	if (order->worth != NULL)
		out->worth = arena_copy(a, order->worth, sizeof(*order->worth));
	out->slots = arena_array(a, order->n_slots, sizeof(*out->slots));
	for (size_t i = 0; i < order->n_slots; i++)
		out->slots[i] = copy_slot(a, order->slots[i], order->worth != NULL);
	return out;
}

static bool keep(struct planning *p, const BatchSeats *seats)
{
	struct planning_work *w = p->work;
	jmp_buf guard;
	if (!ARENA_GUARD(&p->arena, &guard))
		return false;
	for (size_t i = 0; i < seats->n_orders; i++)
		w->orders[w->n++] = copy_order(&p->arena, seats->orders[i]);
	arena_unguard(&p->arena);
	return true;
}

static void seated(void *arg, const struct exec_result *result)
{
	struct planning *p = arg;
	struct planning_work *w = p->work;
	if (result->err != OK || !keep(p, (const void *)result->response)) {
		give_up(p);
		return;
	}
	w->seated += w->seat.n;
	next_turn(p, w->seated < p->n_orders ? look : solve);
}

static void look(void *arg)
{
	struct planning *p = arg;
	struct planning_work *w = p->work;
	size_t left = p->n_orders - w->seated;
	w->seat = (struct seat_request){p->order_ids + w->seated, left < PLANNING_ORDERS ? left : PLANNING_ORDERS};
	struct exec_request request = {.method = &job_seat_batch, .request = &w->seat, .done = seated, .arg = p};
	request.credential.kind = CREDENTIAL_SYSTEM;
	request.credential.tenant = slice_str(p->tenant);
	exec_call(p->exec, &request);
}

void planning_start(struct planning *p)
{
	arena_init(&p->arena, LIMIT_REQUEST_ARENA_BYTES);
	p->work = ARENA_NEW(&p->arena, struct planning_work);
	*p->work = (struct planning_work){.orders = arena_array(&p->arena, p->n_orders, sizeof(SeatedOrder *))};
	look(p);
}

void planning_finish(struct planning *p)
{
	arena_free(&p->arena);
}
