#include "client.h"

#include <stdlib.h>

/* --- what comes back --- */

/* Where the strings of a copy go. */
struct strings {
	struct arena *arena; /* or */
	char *at;
	size_t bytes;
};

static const char *put(struct strings *s, const char *from)
{
	size_t len = strlen(from) + 1;
	s->bytes += len;
	if (s->arena != NULL)
		return arena_strdup(s->arena, from);
	if (s->at == NULL)
		return NULL; /* measuring */
	char *to = s->at;
	memcpy(to, from, len);
	s->at += len;
	return to;
}

static void fill(struct paidan_order *o, struct strings *s, const Order *from)
{
	const Contact *contact = from->contact;
	*o = (struct paidan_order){
	    .id = put(s, from->id),
	    .etag = put(s, from->etag),
	    .state = (int)from->state,
	    .urgency = (int)from->urgency,
	    .category_id = put(s, from->category_id),
	    .title = put(s, from->title),
	    .description = put(s, from->description),
	    .beneficiary_id = put(s, from->beneficiary_id),
	    .grid_id = put(s, from->grid_id),
	    .member_id = put(s, from->n_slots > 0 ? from->slots[0]->member_id : ""),
	    .lat = from->point == NULL ? 0 : from->point->lat,
	    .lon = from->point == NULL ? 0 : from->point->lon,
	    .placed_ms = from->placed_ms,
	    .due_ms = from->due_ms,
	    .completed_ms = from->completed_ms,
	    .closed_ms = from->closed_ms,
	    .chases = from->chases,
	    .reworks = from->reworks,
	    .points = from->points,
	    .stars = from->rating == NULL ? 0 : from->rating->stars,
	    .pooled = from->pooled != 0,
	    .completion_code = put(s, from->completion_code),
	    .contact_name = put(s, contact == NULL ? "" : contact->name),
	    .contact_phone = put(s, contact == NULL ? "" : contact->phone),
	    .contact_address = put(s, contact == NULL ? "" : contact->address),
	};
}

struct paidan_order *order_view(struct arena *a, const Order *from)
{
	struct paidan_order *o = ARENA_NEW(a, struct paidan_order);
	fill(o, &(struct strings){.arena = a}, from);
	return o;
}

struct paidan_order *order_copy(const Order *from)
{
	struct paidan_order measured;
	struct strings size = {0};
	fill(&measured, &size, from);
	struct paidan_order *o = malloc(sizeof(*o) + size.bytes);
	if (o != NULL)
		fill(o, &(struct strings){.at = (char *)(o + 1)}, from);
	return o;
}

void paidan_order_free(struct paidan_order *order)
{
	free(order);
}

/* --- calls that answer with an order --- */

static Order *order_of(ProtobufCMessage *response)
{
	int field = pb_field_by_name(pb_side(response->descriptor), SLICE("order"));
	if (field < 0)
		return NULL;
	return *(Order **)(void *)((uint8_t *)response + response->descriptor->fields[field].offset);
}

static int order_call(struct paidan_client *c, const char *name, void *request, struct paidan_order **out)
{
	ProtobufCMessage *response;
	int code = client_call(c, client_method(name), request, &response);
	if (code != PAIDAN_OK || out == NULL)
		return code;
	const Order *order = order_of(response);
	if (order == NULL)
		return client_fail(c, ERR_INTERNAL, NULL, "the reply holds no order");
	*out = order_copy(order);
	return *out == NULL ? client_fail(c, ERR_INTERNAL, NULL, "out of memory") : PAIDAN_OK;
}

static char *text(struct paidan_client *c, const char *value)
{
	return arena_strdup(&c->arena, value == NULL ? "" : value);
}

/* Most methods take an order's id and perhaps a few words, in the field of that name. */
static int id_call(struct paidan_client *c, const char *name, const char *order_id, const char *words_field,
		   const char *words, struct paidan_order **out)
{
	ProtobufCMessage *request = pb_message_new(&c->arena, client_method(name)->request);
	*client_string_field(request, "order_id") = text(c, order_id);
	if (words_field != NULL)
		*client_string_field(request, words_field) = text(c, words);
	return order_call(c, name, request, out);
}

static int place(struct paidan_client *c, const struct paidan_new_order *what, struct paidan_order **out)
{
	PlaceOrderRequest *request = PB_NEW(&c->arena, PlaceOrderRequest);
	request->category_id = text(c, what->category_id);
	request->title = text(c, what->title);
	request->description = text(c, what->description);
	request->urgency = (Urgency)what->urgency;
	request->beneficiary_id = text(c, what->beneficiary_id);
	if (what->has_point) {
		request->point = PB_NEW(&c->arena, GeoPoint);
		request->point->lat = what->lat;
		request->point->lon = what->lon;
	}
	if (what->contact_name != NULL || what->contact_phone != NULL || what->contact_address != NULL) {
		request->contact = PB_NEW(&c->arena, Contact);
		request->contact->name = text(c, what->contact_name);
		request->contact->phone = text(c, what->contact_phone);
		request->contact->address = text(c, what->contact_address);
	}
	return order_call(c, "OrderService/PlaceOrder", request, out);
}

int paidan_order_place(struct paidan_client *client, const struct paidan_new_order *what, struct paidan_order **order)
{
	jmp_buf guard;
	ENTER(client, guard);
	return client_leave(client, place(client, what, order));
}

/* All the same but for their names. */
#define ID_CALL(function, method, words_field)                                                             \
	int function(struct paidan_client *client, const char *order_id, const char *words,                \
		     struct paidan_order **order)                                                          \
	{                                                                                                  \
		jmp_buf guard;                                                                             \
		ENTER(client, guard);                                                                      \
		return client_leave(client, id_call(client, method, order_id, words_field, words, order)); \
	}

ID_CALL(paidan_order_cancel, "OrderService/CancelOrder", "reason")
ID_CALL(paidan_order_chase, "OrderService/ChaseOrder", "text")
ID_CALL(paidan_task_hand_back, "TaskService/HandBackTask", "reason")

#define BARE_CALL(function, method)                                                                   \
	int function(struct paidan_client *client, const char *order_id, struct paidan_order **order) \
	{                                                                                             \
		jmp_buf guard;                                                                        \
		ENTER(client, guard);                                                                 \
		return client_leave(client, id_call(client, method, order_id, NULL, NULL, order));    \
	}

BARE_CALL(paidan_order_get, "OrderService/GetOrder")
BARE_CALL(paidan_task_accept, "TaskService/AcceptOffer")
BARE_CALL(paidan_task_grab, "TaskService/GrabOrder")
BARE_CALL(paidan_task_start, "TaskService/StartTask")

static int rate(struct paidan_client *c, const struct paidan_rating *rating, struct paidan_order **out)
{
	RateOrderRequest *request = PB_NEW(&c->arena, RateOrderRequest);
	request->order_id = text(c, rating->order_id);
	request->stars = rating->stars;
	request->resolution = (Resolution)rating->resolution;
	request->comment = text(c, rating->comment);
	return order_call(c, "OrderService/RateOrder", request, out);
}

int paidan_order_rate(struct paidan_client *client, const struct paidan_rating *rating, struct paidan_order **order)
{
	jmp_buf guard;
	ENTER(client, guard);
	return client_leave(client, rate(client, rating, order));
}

static int decline(struct paidan_client *c, const char *order_id, int why, const char *words, struct paidan_order **out)
{
	DeclineOfferRequest *request = PB_NEW(&c->arena, DeclineOfferRequest);
	request->order_id = text(c, order_id);
	request->reason = (DeclineReason)why;
	request->text = text(c, words);
	return order_call(c, "TaskService/DeclineOffer", request, out);
}

int paidan_task_decline(struct paidan_client *client, const char *order_id, int why, const char *words,
			struct paidan_order **order)
{
	jmp_buf guard;
	ENTER(client, guard);
	return client_leave(client, decline(client, order_id, why, words, order));
}

static int complete(struct paidan_client *c, const struct paidan_completion *done, struct paidan_order **out)
{
	CompleteTaskRequest *request = PB_NEW(&c->arena, CompleteTaskRequest);
	request->order_id = text(c, done->order_id);
	request->outcome = (Outcome)done->outcome;
	request->reason = text(c, done->reason);
	request->text = text(c, done->text);
	request->completion_code = text(c, done->completion_code);
	request->duration_min = done->duration_min;
	return order_call(c, "TaskService/CompleteTask", request, out);
}

int paidan_task_complete(struct paidan_client *client, const struct paidan_completion *completion,
			 struct paidan_order **order)
{
	jmp_buf guard;
	ENTER(client, guard);
	return client_leave(client, complete(client, completion, order));
}
