#include "job/worth_notes.h"

#include "base/limits.h"
#include "domain/worth_seen.h"
#include "job/jobs.h"

/* LIMIT_WORTH_CELLS of a kilobyte each, and as much again. */
enum { PAGE_BYTES = 2 * LIMIT_WORTH_CELLS * 1024, FREE_BYTES = 2 * 1024 * 1024 };

void worth_notes_init(struct worth_notes *w, struct exec *exec, const struct exec_env *env, const char *tenant)
{
	*w = (struct worth_notes){.exec = exec, .env = env, .tenant = tenant};
	arena_init(&w->free_in, FREE_BYTES);
}

static void tear_out(struct worth_page *page)
{
	if (page->begun)
		arena_free(&page->arena);
	page->begun = false;
}

void worth_notes_finish(struct worth_notes *w)
{
	tear_out(&w->pages[0]);
	tear_out(&w->pages[1]);
	arena_free(&w->free_in);
}

/* --- taking notes --- */

static struct worth_spot spot_of(const SeatWorth *worth)
{
	return (struct worth_spot){.cell = worth->cell, .step = worth->step, .span_ms = worth->span_ms};
}

static void note_asked(struct worth_page *page, const SeatedOrder *order, const struct batch_choice *choice,
		       const struct batch_plan *plan)
{
	struct worth_spot spot = spot_of(order->worth);
	worth_order_asked(&page->arena, &page->seen, &spot);
	for (size_t i = 0; i < choice->n_offers; i++) {
		const struct batch_offer *offer = &choice->offers[i];
		if (offer->worth == NULL)
			continue;
		struct worth_spot member = spot_of(offer->worth);
		worth_member_asked(&page->arena, &page->seen, &member);
		if (offer->worth->known && !plan->greedy)
			worth_price(&page->seen, order->minute_m, offer->price_m);
	}
}

static void note(struct worth_page *page, const SeatedOrder *order, const struct batch_choice *choice,
		 const struct batch_plan *plan)
{
	struct worth_spot spot = spot_of(order->worth);
	if (order->refused)
		worth_refused(&page->seen);
	if (choice->n_offers > 0)
		note_asked(page, order, choice, plan);
	else
		worth_order_waited(&page->arena, &page->seen, &spot, order->again_ms);
}

/* What there is no memory for is not noted. */
static void note_if_possible(struct worth_notes *w, const SeatedOrder *order, const struct batch_choice *choice,
			     const struct batch_plan *plan)
{
	struct worth_page *page = &w->pages[w->page];
	jmp_buf guard;
	if (!page->begun)
		arena_init(&page->arena, PAGE_BYTES);
	if (ARENA_GUARD(&page->arena, &guard)) {
		if (!page->begun)
			worth_seen_init(&page->arena, &page->seen, w->env->now_ms(w->env->arg));
		page->begun = true;
		note(page, order, choice, plan);
	} else if (!page->begun) {
		arena_free(&page->arena);
	}
	arena_unguard(&page->arena);
}

void worth_notes_take(struct worth_notes *w, SeatedOrder *const *orders, size_t n, const struct batch_plan *plan)
{
	for (size_t i = 0; i < n; i++) {
		if (orders[i]->worth != NULL)
			note_if_possible(w, orders[i], &plan->choices[i], plan);
	}
}

/* --- learning --- */

static FreeMembers *copy_free(struct arena *a, const FreeMembers *free)
{
	FreeMembers *out = arena_copy(a, free, sizeof(*free));
	FreeMember *all = arena_array(a, free->n_members, sizeof(*all));
	out->members = arena_array(a, free->n_members, sizeof(*out->members));
	for (size_t i = 0; i < free->n_members; i++) {
		all[i] = *free->members[i];
		all[i].id = arena_strdup(a, all[i].id);
		out->members[i] = &all[i];
	}
	return out;
}

static void keep_free(struct worth_notes *w, const FreeMembers *free)
{
	jmp_buf guard;
	arena_reset(&w->free_in);
	w->free = NULL;
	if (ARENA_GUARD(&w->free_in, &guard))
		w->free = copy_free(&w->free_in, free);
	arena_unguard(&w->free_in);
}

static void learnt(void *arg, const struct exec_result *result)
{
	struct worth_notes *w = arg;
	/* What was not learnt is one of many. */
	if (result->err == OK)
		keep_free(w, (const void *)result->response);
	tear_out(&w->pages[1 - w->page]);
	w->learning = false;
	w->then(w->then_arg);
}

void worth_notes_learn(struct worth_notes *w, void (*then)(void *arg), void *arg)
{
	struct worth_page *page = &w->pages[w->page];
	if (w->learning || !page->begun || !worth_is_due(&page->seen, w->env->now_ms(w->env->arg))) {
		then(arg);
		return;
	}
	w->learning = true;
	w->then = then;
	w->then_arg = arg;
	w->page = 1 - w->page;
	w->request = (struct worth_learn_request){&page->seen, w->free};
	struct exec_request request = {.method = &job_learn_worth, .request = &w->request, .done = learnt, .arg = w};
	request.credential.kind = CREDENTIAL_SYSTEM;
	request.credential.tenant = slice_str(w->tenant);
	exec_call(w->exec, &request);
}
