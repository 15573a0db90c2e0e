#include "base/limits.h"
#include "domain/habit.h"
#include "domain/geo.h"
#include "domain/order.h"
#include "job/jobs.h"
#include "pb/pb_wire.h"

/* Answers are learnt from events, by whoever holds the tenant's lease: nobody who accepts waits for it, and the model
 * is written by one. Each time what happened since is read, so many entries at most, and the rest passed over: where
 * more happens than that, it learns from a sample. */
enum { LEARN_ENTRIES = 400, LEARN_ANSWERS = 800 };

struct news {
	struct store_entry *entries; /* the oldest first */
	size_t n;
	const char *last; /* where the next time begins */
};

static enum err read_news(struct txn *t, const char *after, struct news *news)
{
	struct store_entry *newest;
	size_t n;
	struct txn_range range = {.key = LOG_EVENTS,
				  .log = true,
				  .max = INT64_MAX,
				  .has_after = after[0] != '\0',
				  .after = after,
				  .limit = LEARN_ENTRIES};
	struct txn_range end = {.key = LOG_EVENTS, .log = true, .max = INT64_MAX, .reverse = true, .limit = 1};
	TRY(txn_range(t, &range, &news->entries, &news->n));
	news->last = news->n == 0 ? after : arena_string(txn_arena(t), news->entries[news->n - 1].member);
	if (news->n < LEARN_ENTRIES)
		return OK;
	TRY(txn_range(t, &end, &newest, &n));
	if (n > 0)
		news->last = arena_string(txn_arena(t), newest[0].member);
	return OK;
}

/* What changed of the order, as the last of a commit's events about it tells. NULL: nothing is told. */
static const OrderRecord *told_order_of(struct txn *t, const EventBatch *batch, const char *order_id)
{
	for (size_t i = batch->n_events; i > 0; i--) {
		const EventRecord *event = batch->events[i - 1];
		struct fault fault;
		OrderRecord *order;
		if (event->told.len == 0 || strcmp(event->subject_id, order_id) != 0)
			continue;
		if (PB_DECODE(txn_arena(t), OrderRecord, slice_of(event->told.data, event->told.len), &fault, &order) ==
		    OK)
			return order;
		break;
	}
	return NULL;
}

struct answer {
	const char *member_id, *category_id;
	uint32_t distance_m;
	int64_t at_ms;
	bool accepted;
};

/* An answer to an offer that dispatch made; what an operator put is another matter. */
static bool answer_of(struct txn *t, const EventBatch *batch, const EventRecord *event, struct answer *out)
{
	if (event->kind != EVENT_KIND_ACCEPTED && event->kind != EVENT_KIND_OFFER_DECLINED &&
	    event->kind != EVENT_KIND_OFFER_EXPIRED)
		return false;
	const OrderRecord *order = told_order_of(t, batch, event->subject_id);
	for (size_t i = order == NULL ? 0 : order->n_offers; i > 0; i--) {
		const OfferRecord *offer = order->offers[i - 1];
		if (strcmp(offer->member_id, event->member_id) != 0)
			continue;
		*out = (struct answer){.member_id = event->member_id,
				       .category_id = event->category_id,
				       .distance_m = offer->distance_m,
				       .at_ms = order_time_ms(order, offer->offered_after_ms),
				       .accepted = event->kind == EVENT_KIND_ACCEPTED};
		return !offer->manual;
	}
	return false;
}

static int64_t less_one(int64_t milli)
{
	return milli > 1000 ? milli - 1000 : 0;
}

/* As it was when the offer was made: the load has this offer and its answer already. */
static struct habit_case case_of(struct txn *t, const struct answer *answer, const LoadRecord *load)
{
	struct scene then = *txn_scene(t);
	then.now_ms = answer->at_ms;
	struct habit_case asked = habit_case_of(&then, answer->category_id, load, answer->distance_m);
	asked.asked_milli = less_one(asked.asked_milli);
	asked.offers_milli = less_one(asked.offers_milli);
	if (answer->accepted)
		asked.yes_milli = less_one(asked.yes_milli);
	return asked;
}

struct answers {
	struct answer *list;
	size_t n;
};

/* In the order they were given. */
static void find_answers(struct txn *t, const struct news *news, struct answers *out)
{
	out->list = arena_array(txn_arena(t), LEARN_ANSWERS, sizeof(*out->list));
	out->n = 0;
	for (size_t i = 0; i < news->n; i++) {
		struct fault fault;
		EventBatch *batch;
		struct slice bytes = news->entries[i].value;
		if (PB_DECODE(txn_arena(t), EventBatch, bytes, &fault, &batch) != OK)
			continue;
		for (size_t k = 0; k < batch->n_events && out->n < LEARN_ANSWERS; k++)
			out->n += answer_of(t, batch, batch->events[k], &out->list[out->n]);
	}
}

static enum err learn_all(struct txn *t, AcceptModelRecord *model, const struct answers *answers)
{
	for (size_t i = 0; i < answers->n; i++)
		txn_prefetch(t, KIND_LOAD, answers->list[i].member_id);
	for (size_t i = 0; i < answers->n; i++) {
		LoadRecord *load;
		TRY(TXN_PEEK(t, LOAD, answers->list[i].member_id, &load));
		if (load == NULL)
			continue;
		struct habit_case asked = case_of(t, &answers->list[i], load);
		habit_learn(model, &asked, answers->list[i].accepted);
	}
	return OK;
}

static enum err learn(struct txn *t, const void *request, void *response)
{
	AcceptModelRecord *model;
	struct answers answers;
	struct news news;
	(void)request, (void)response;
	TRY(TXN_FIND(t, ACCEPT_MODEL, ACCEPT_MODEL_ID, &model));
	if (model == NULL) {
		model = ARENA_NEW(txn_arena(t), AcceptModelRecord);
		AcceptModelRecord_init(model);
	}
	if (model->n_weights != HABIT_WEIGHTS)
		habit_init(txn_arena(t), model, ACCEPT_MODEL_ID);
	TRY(read_news(t, model->after, &news));
	if (news.n == 0)
		return OK;
	find_answers(t, &news, &answers);
	TRY(learn_all(t, model, &answers));
	model->after = (char *)news.last;
	model->version += answers.n > 0;
	txn_put(t, KIND_ACCEPT_MODEL, model);
	return OK;
}

const struct method job_learn = {
    .path = "/job/Learn", .handler = learn, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES};
