#include "domain/load.h"
#include "domain/offer.h"
#include "domain/shifts.h"
#include "domain/work.h"
#include "service/attachment.h"
#include "service/ledger.h"
#include "service/reply.h"
#include "service/services.h"

/* What nearly every write of a member needs, in one round trip. */
static enum err reach_task(struct txn *t, const char *order_id, OrderRecord **order, MemberRecord **member,
			   LoadRecord **load)
{
	txn_prefetch(t, KIND_ORDER, order_id);
	txn_prefetch(t, KIND_MEMBER, txn_actor(t)->id);
	txn_prefetch(t, KIND_LOAD, txn_actor(t)->id);
	TRY(txn_gather(t));
	TRY(reach_order(t, order_id, order));
	TRY(reach_own_member(t, member));
	return reach_load(t, (*member)->id, load);
}

static enum err list_section(struct txn *t, enum task_section section, bool newest_first, uint32_t page_size,
			     const char *token, Order ***orders, size_t *n, char **next)
{
	struct page page;
	MemberRecord *member;
	TRY(page_read(t, page_size, token, &page));
	TRY(reach_own_member(t, &member));
	struct txn_range range = {.key = arena_printf(txn_arena(t), INDEX_MEMBER, member->id),
				  .min = index_task_score(section, 0),
				  .max = index_task_score(section, INDEX_TIME_MAX_MS),
				  .reverse = newest_first};
	return list_orders(t, &range, &page, orders, n, next);
}

HANDLER(list_offers, ListOffers)
{
	return list_section(t, TASK_OFFERED, false, req->page_size, req->page_token, &rsp->orders, &rsp->n_orders,
			    &rsp->next_page_token);
}

HANDLER(list_tasks, ListTasks)
{
	return list_section(t, req->done ? TASK_DONE : TASK_HELD, req->done, req->page_size, req->page_token,
			    &rsp->orders, &rsp->n_orders, &rsp->next_page_token);
}

HANDLER(list_grab_pool, ListGrabPool)
{
	struct page page;
	MemberRecord *member;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	TRY(reach_own_member(t, &member));
	const char *grid_id = req->grid_id[0] != '\0' ? req->grid_id : member->grid_id;
	if (config_node(txn_config(t), grid_id) == NULL)
		return fault_set(txn_fault(t), ERR_NOT_FOUND, "grid_id", "grid");
	struct txn_range range = {
	    .key = arena_printf(txn_arena(t), INDEX_POOL_GRID, grid_id), .min = 0, .max = INDEX_TIME_MAX_MS};
	return list_orders(t, &range, &page, &rsp->orders, &rsp->n_orders, &rsp->next_page_token);
}

HANDLER(accept_offer, AcceptOffer)
{
	OrderRecord *order;
	MemberRecord *member;
	LoadRecord *load;
	TRY(reach_task(t, req->order_id, &order, &member, &load));
	txn_scene(t)->device_ms = req->device_ms;
	TRY(offer_accept(txn_scene(t), order, member, load)); /* live offer, right person, first wins */
	txn_put(t, KIND_LOAD, load);
	return commit_order(t, order, &rsp->order);
}

HANDLER(decline_offer, DeclineOffer)
{
	OrderRecord *order;
	TRY(reach_order(t, req->order_id, &order));
	TRY(offer_decline(txn_scene(t), order, txn_actor(t)->id, req->reason, req->text));
	return commit_order(t, order, &rsp->order);
}

/* An order at hand that the member may not see (any more). */
static bool was_pooled(struct txn *t, const char *order_id)
{
	OrderRecord *order;
	return TXN_PEEK(t, ORDER, order_id, &order) == OK && order != NULL && order->ring == RING_POOL;
}

HANDLER(grab_order, GrabOrder)
{
	OrderRecord *order;
	MemberRecord *member;
	LoadRecord *load;
	enum err err = reach_task(t, req->order_id, &order, &member, &load);
	/* Everybody could see it while it was in the pool: who comes late learns that it is taken. */
	if (err == ERR_NOT_FOUND && was_pooled(t, req->order_id))
		return fault_set(txn_fault(t), ERR_OFFER_TAKEN, "order_id", "somebody was faster");
	TRY(err);
	uint32_t distance_m = geo_distance_m((struct geo_point){member->lat_e6, member->lon_e6},
					     (struct geo_point){order->lat_e6, order->lon_e6});
	TRY(offer_grab(txn_scene(t), order, member, load, distance_m));
	load_offered(txn_scene(t), load);
	txn_put(t, KIND_LOAD, load);
	return commit_order(t, order, &rsp->order);
}

HANDLER(start_task, StartTask)
{
	OrderRecord *order;
	TRY(reach_order(t, req->order_id, &order));
	txn_scene(t)->device_ms = req->device_ms;
	TRY(work_start(txn_scene(t), order, txn_actor(t)->id));
	return commit_order(t, order, &rsp->order);
}

HANDLER(complete_task, CompleteTask)
{
	OrderRecord *order;
	MemberRecord *member;
	LoadRecord *load;
	bool wrong_code;
	txn_prefetch(t, KIND_ACCOUNT, txn_actor(t)->id);
	TRY(reach_task(t, req->order_id, &order, &member, &load));
	txn_scene(t)->device_ms = req->device_ms;
	TRY(work_complete(txn_scene(t), order, member->id, req, &wrong_code));
	if (wrong_code) {
		/* The try is stored, and the reply is an error all the same. */
		txn_put(t, KIND_ORDER, order);
		txn_commit_error(t, fault_set(txn_fault(t), ERR_CODE_WRONG, "completion_code", "%d tries left",
					      WORK_CODE_TRIES - (int)order->code_tries));
		return OK;
	}
	TRY(attachment_take(t, req->photos, req->n_photos, order->id, "photos"));
	TRY(ledger_provide(t, order, order_slot_of(order, member->id), req->duration_min));
	load_completed(load, order->building_id, txn_now_ms(t));
	txn_put(t, KIND_LOAD, load);
	return commit_order(t, order, &rsp->order);
}

HANDLER(hand_back_task, HandBackTask)
{
	OrderRecord *order;
	MemberRecord *member;
	LoadRecord *load;
	TRY(reach_task(t, req->order_id, &order, &member, &load));
	TRY(work_release(txn_scene(t), order, member->id, EVENT_KIND_HANDED_BACK, req->reason));
	load_released(load, order->building_id, txn_now_ms(t));
	txn_put(t, KIND_LOAD, load);
	return commit_order(t, order, &rsp->order);
}

HANDLER(set_availability, SetAvailability)
{
	struct scene *s = txn_scene(t);
	MemberRecord *member;
	TRY(reach_own_member(t, &member));
	member->paused_until_ms = req->paused_until_ms;
	if (req->point != NULL) {
		struct geo_point point;
		TRY(geo_point_read(s, req->point, "point", &point));
		member->lat_e6 = point.lat_e6;
		member->lon_e6 = point.lon_e6;
	}
	txn_put(t, KIND_MEMBER, member);
	txn_subject(t, member->id);
	rsp->member = view_member(s, member, NULL, NULL, txn_etag(t, KIND_MEMBER, member->id));
	return OK;
}

HANDLER(set_shifts, SetShifts)
{
	struct scene *s = txn_scene(t);
	MemberRecord *member;
	TRY(reach_own_member(t, &member));
	TRY(txn_check_etag(t, KIND_MEMBER, member->id, req->etag));
	TRY(shifts_check(s, req->shifts, req->n_shifts, "shifts"));
	member->shifts = req->shifts;
	member->n_shifts = req->n_shifts;
	member->quiet = req->quiet;
	txn_put(t, KIND_MEMBER, member);
	txn_subject(t, member->id);
	rsp->member = view_member(s, member, NULL, NULL, txn_etag(t, KIND_MEMBER, member->id));
	return OK;
}

HANDLER(watch_offers, WatchOffers)
{
	OrderRecord *order;
	(void)req;
	TRY(TXN_GET(t, ORDER, txn_watched(t)->subject_id, &order));
	rsp->kind = view_event_kind(txn_scene(t), txn_watched(t));
	if (authz_order(txn_scene(t), order) == OK)
		return reply_order(t, order, &rsp->order);
	/* The event concerned the member, the order does no longer: that it is off is all there is to tell. */
	*txn_fault(t) = (struct fault){.err = OK};
	rsp->order = ARENA_NEW(txn_arena(t), Order);
	Order_init(rsp->order);
	rsp->order->id = order->id;
	rsp->order->state = order->state;
	return OK;
}

static bool concerns_member(const struct actor *actor, const struct config *config, const void *request,
			    const EventRecord *event)
{
	(void)request;
	return event->subject_id[0] == 'o' && authz_event(actor, config, event);
}

const struct method task_methods[] = {
    METHOD(TaskService, ListOffers, list_offers, .again = NULL),
    METHOD(TaskService, ListTasks, list_tasks, .again = NULL),
    METHOD(TaskService, ListGrabPool, list_grab_pool, .again = NULL),
    METHOD(TaskService, AcceptOffer, accept_offer, .again = again_order),
    METHOD(TaskService, DeclineOffer, decline_offer, .again = again_order),
    METHOD(TaskService, GrabOrder, grab_order, .again = again_order),
    METHOD(TaskService, StartTask, start_task, .again = again_order),
    METHOD(TaskService, CompleteTask, complete_task, .again = again_order),
    METHOD(TaskService, HandBackTask, hand_back_task, .again = again_order),
    METHOD(TaskService, SetAvailability, set_availability, .again = again_member),
    METHOD(TaskService, SetShifts, set_shifts, .again = again_member),
    METHOD(TaskService, WatchOffers, watch_offers, .concerns = concerns_member),
};
const size_t task_methods_n = sizeof(task_methods) / sizeof(task_methods[0]);
