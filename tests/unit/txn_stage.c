#include "txn_stage.h"

struct stage stage(uint64_t seed, size_t cache_bytes, int64_t latency_ms)
{
	struct stage s = {.w = world_new(&(struct world_options){
			      .seed = seed, .cache_bytes = cache_bytes, .latency_ms = latency_ms})};
	s.town = world_town(s.w, SIDE);
	s.member = world_member(s.w, world_point(s.w, 4, 50, 50, SIDE), NULL);
	s.resident = world_resident(s.w);
	s.order = world_order(s.w, s.resident, s.town.plain_category, world_point(s.w, 4, 0, 0, SIDE));
	world_advance(s.w, 4 * latency_ms + 1000);
	return s;
}

struct world_reply accept(struct stage *s, const char *request_id)
{
	REQUEST(s->w, AcceptOfferRequest, rq);
	rq->order_id = s->order;
	rq->request_id = (char *)request_id;
	return world_call(s->w, AS_MEMBER(s->member), "TaskService/AcceptOffer", rq);
}

struct world_reply cancel(struct stage *s, const char *request_id, const char *etag)
{
	REQUEST(s->w, CancelOrderRequest, rq);
	rq->order_id = s->order;
	rq->request_id = (char *)request_id;
	rq->etag = (char *)etag;
	return world_call(s->w, AS_RESIDENT(s->resident), "OrderService/CancelOrder", rq);
}

struct world_reply note(struct stage *s, const char *request_id)
{
	REQUEST(s->w, AddNoteRequest, rq);
	rq->order_id = s->order;
	rq->request_id = (char *)request_id;
	rq->text = (char *)"by the back door";
	return world_call(s->w, AS_ADMIN, "OrderService/AddNote", rq);
}
