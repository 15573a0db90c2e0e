/* Events out: what they tell is exactly what changed, nothing of it is personal, and everybody hears of what is
 * theirs, as a stream and page by page. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/limits.h"
#include "domain/told.h"
#include "must.h"
#include "pb/json_write.h"
#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "world.h"

enum { SIDE = 2 };

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)
#define CANARY "KANARIENVOGEL"

/* --- a town with one order that goes through everything --- */

struct stage {
	struct world *w;
	struct town town;
	char *resident, *member, *order;
};

static void *act(struct stage *s, struct who who, const char *path, const void *request)
{
	return must(world_call(s->w, who, path, request));
}

#define WITH_ORDER(s, Type, name)      \
	REQUEST((s)->w, Type, name);   \
	(name)->order_id = (s)->order; \
	(name)->request_id = arena_printf(world_arena((s)->w), "r%llx", (unsigned long long)world_random((s)->w))

static void work(struct stage *s)
{
	WITH_ORDER(s, AcceptOfferRequest, accept);
	act(s, AS_MEMBER(s->member), "TaskService/AcceptOffer", accept);
	WITH_ORDER(s, StartTaskRequest, start);
	act(s, AS_MEMBER(s->member), "TaskService/StartTask", start);
	WITH_ORDER(s, CompleteTaskRequest, complete);
	complete->text = "done " CANARY;
	complete->duration_min = 20;
	complete->outcome = OUTCOME_SOLVED;
	act(s, AS_MEMBER(s->member), "TaskService/CompleteTask", complete);
}

static void live(struct stage *s)
{
	REQUEST(s->w, PlaceOrderRequest, place);
	place->category_id = s->town.plain_category;
	place->title = "a tap " CANARY;
	place->description = "of " CANARY;
	place->point = world_point(s->w, 0, 5, 5, SIDE);
	s->order =
	    ((PlaceOrderResponse *)act(s, AS_RESIDENT(s->resident), "OrderService/PlaceOrder", place))->order->id;
	WITH_ORDER(s, AddNoteRequest, note);
	note->text = "call " CANARY;
	act(s, AS_RESIDENT(s->resident), "OrderService/AddNote", note);
	world_advance(s->w, 60000);
	WITH_ORDER(s, HoldOrderRequest, hold);
	hold->party = HELD_BY_THIRD_PARTY;
	hold->party_name = CANARY;
	hold->reason = CANARY;
	act(s, AS_ADMIN, "DeskService/HoldOrder", hold);
	WITH_ORDER(s, ResumeOrderRequest, resume);
	act(s, AS_ADMIN, "DeskService/ResumeOrder", resume);
	work(s);
	WITH_ORDER(s, RateOrderRequest, bad);
	bad->stars = 1;
	bad->resolution = RESOLUTION_NOT_SOLVED;
	bad->comment = CANARY;
	act(s, AS_RESIDENT(s->resident), "OrderService/RateOrder", bad);
	world_advance(s->w, 60000);
	work(s);
	WITH_ORDER(s, RateOrderRequest, good);
	good->stars = 5;
	good->comment = CANARY;
	act(s, AS_RESIDENT(s->resident), "OrderService/RateOrder", good);
}

static struct stage stage_new(uint64_t seed)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = seed})};
	s.town = world_town(s.w, SIDE);
	s.resident = world_resident(s.w);
	s.member = world_member(s.w, world_point(s.w, 0, 10, 10, SIDE), NULL);
	return s;
}

static ListEventsResponse *list(struct stage *s, struct who who, ListEventsRequest *request)
{
	return must(world_call(s->w, who, "EventService/ListEvents", request));
}

/* --- exactly what changed --- */

/* Copies one field's place in the struct; all members of these messages are at most pointer size. */
static void copy_field(const ProtobufCFieldDescriptor *f, Order *to, const Order *from)
{
	size_t bytes = f->label == PROTOBUF_C_LABEL_REPEATED || f->type == PROTOBUF_C_TYPE_INT64 ||
			       f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE
			   ? 8
			   : 4;
	memcpy((char *)to + f->offset, (const char *)from + f->offset, bytes);
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		memcpy((char *)to + f->quantifier_offset, (const char *)from + f->quantifier_offset, sizeof(size_t));
}

static const ProtobufCFieldDescriptor *order_field(const char *name)
{
	return protobuf_c_message_descriptor_get_field_by_name(&Order_desc, name);
}

/* Whoever puts the told values together has the order as it is, in all that may be told. */
static void the_changes_make_the_order(void **state)
{
	struct stage s = stage_new(1);
	(void)state;
	live(&s);
	REQUEST(s.w, ListEventsRequest, request);
	request->page_size = LIMIT_PAGE_SIZE;
	ListEventsResponse *heard = list(&s, AS_ADMIN, request);
	Order model, *is = (Order *)(uintptr_t)world_get_order(s.w, s.order);
	Order_init(&model);
	size_t n_changes = 0;
	for (size_t i = 0; i < heard->n_events; i++) {
		const Event *event = heard->events[i];
		if (strcmp(event->subject_id, s.order) != 0)
			continue;
		if (event->to != ORDER_STATE_UNSPECIFIED)
			assert_int_equal(event->from, model.state);
		for (size_t k = 0; event->changed != NULL && k < event->changed->n_paths; k++, n_changes++) {
			const ProtobufCFieldDescriptor *f = order_field(event->changed->paths[k]);
			assert_non_null(f);
			copy_field(f, &model, event->order);
		}
		if (event->to != ORDER_STATE_UNSPECIFIED)
			assert_int_equal(event->to, model.state);
		assert_string_equal(event->category_id, s.town.plain_category);
	}
	assert_true(n_changes > 40);
	assert_int_equal(model.state, ORDER_STATE_CLOSED);
	for (const struct told_field *f = told_order; f->number != 0; f++) {
		Order mine, theirs;
		if (f->how == TOLD_NAME || f->parts != 0)
			continue;
		Order_init(&mine);
		Order_init(&theirs);
		copy_field(order_field(f->name), &mine, &model);
		copy_field(order_field(f->name), &theirs, is);
		struct slice a = pb_encode_arena(&mine, world_arena(s.w)),
			     b = pb_encode_arena(&theirs, world_arena(s.w));
		if (!slice_eq(a, b))
			fail_msg("%s is not what the events told", f->name);
	}
	assert_int_equal(model.rating->stars, 5);
	assert_string_equal(model.rating->comment, "");
	assert_int_equal(model.completion->duration_min, 20);
	assert_string_equal(model.completion->text, "");
	assert_null(model.completion->by);
	world_free(s.w);
}

/* Every told field names one of the API's messages. */
static void told_fields_are_the_apis(void **state)
{
	(void)state;
	for (const struct told_field *f = told_order; f->number != 0; f++) {
		assert_non_null(order_field(f->name));
		assert_non_null(protobuf_c_message_descriptor_get_field(&OrderRecord_desc, f->number));
		assert_true(f[1].number == 0 || f[1].number > f->number);
	}
	for (const struct told_field *f = told_member; f->number != 0; f++) {
		assert_non_null(protobuf_c_message_descriptor_get_field_by_name(&Member_desc, f->name));
		assert_non_null(protobuf_c_message_descriptor_get_field(&MemberRecord_desc, f->number));
		assert_true(f[1].number == 0 || f[1].number > f->number);
	}
}

static void look_for_canary(void *arg, const struct store_row *row)
{
	size_t *n = arg;
	if (row->kind != STORE_ROW_LOG || !slice_eq(row->key, SLICE(LOG_EVENTS)))
		return;
	(*n)++;
	assert_null(memmem(row->value.ptr, row->value.len, CANARY, strlen(CANARY)));
}

static void no_event_holds_personal_data(void **state)
{
	struct stage s = stage_new(2);
	size_t n = 0;
	(void)state;
	live(&s);
	store_memory_dump(world_store(s.w), SLICE(WORLD_TENANT), look_for_canary, &n);
	assert_true(n > 10);
	REQUEST(s.w, ListEventsRequest, request);
	request->page_size = LIMIT_PAGE_SIZE;
	ListEventsResponse *heard = list(&s, AS_ADMIN, request);
	struct buf json = {0};
	struct fault fault;
	assert_int_equal(json_encode(heard, NULL, world_arena(s.w), &fault, &json), OK);
	buf_byte(&json, '\0');
	assert_null(strstr((char *)json.ptr, CANARY));
	assert_non_null(strstr((char *)json.ptr, "\"changed\":\"state,"));
	assert_non_null(strstr((char *)json.ptr, "title,description"));
	buf_free(&json);
	world_free(s.w);
}

static void a_member_s_change_is_told(void **state)
{
	struct stage s = stage_new(3);
	(void)state;
	REQUEST(s.w, PauseMemberRequest, pause);
	pause->member_id = s.member;
	pause->until_ms = world_now_ms(s.w) + 3600000;
	act(&s, AS_MEMBER(s.member), "MemberService/PauseMember", pause);
	REQUEST(s.w, ListEventsRequest, request);
	EventKind kind = EVENT_KIND_MEMBER_CHANGED;
	request->kinds = &kind;
	request->n_kinds = 1;
	ListEventsResponse *heard = list(&s, AS_ADMIN, request);
	assert_int_equal(heard->n_events, 2);
	const Event *made = heard->events[0], *paused = heard->events[1];
	assert_true(made->changed->n_paths >= 3 && made->member->kind != MEMBER_KIND_UNSPECIFIED);
	assert_int_equal(paused->changed->n_paths, 1);
	assert_string_equal(paused->changed->paths[0], "paused_until_ms");
	assert_int_equal(paused->member->paused_until_ms, pause->until_ms);
	assert_false(paused->member->active);
	assert_int_equal(paused->version, 2);
	world_free(s.w);
}

/* --- pages and filters --- */

static void pages_are_the_whole(void **state)
{
	struct stage s = stage_new(4);
	(void)state;
	live(&s);
	REQUEST(s.w, ListEventsRequest, whole);
	whole->page_size = LIMIT_PAGE_SIZE;
	ListEventsResponse *all = list(&s, AS_ADMIN, whole);
	assert_true(all->n_events > 20 && all->next_page_token[0] == '\0');
	for (uint32_t size = 1; size < 8; size += 3) {
		size_t n = 0;
		REQUEST(s.w, ListEventsRequest, page);
		page->page_size = size;
		for (ListEventsResponse *part = list(&s, AS_ADMIN, page);; part = list(&s, AS_ADMIN, page)) {
			for (size_t i = 0; i < part->n_events; i++, n++)
				assert_string_equal(part->events[i]->id, all->events[n]->id);
			if (part->next_page_token[0] == '\0')
				break;
			page->page_token = part->next_page_token;
		}
		assert_int_equal(n, all->n_events);
	}
	/* Polling: nothing new, then what came since. */
	REQUEST(s.w, ListEventsRequest, poll);
	poll->after = all->last_event_id;
	ListEventsResponse *none = list(&s, AS_ADMIN, poll);
	assert_int_equal(none->n_events, 0);
	assert_string_equal(none->last_event_id, all->last_event_id);
	world_advance(s.w, 10);
	char *second = world_order(s.w, s.resident, s.town.plain_category, world_point(s.w, 0, 5, 5, SIDE));
	ListEventsResponse *fresh = list(&s, AS_ADMIN, poll);
	assert_true(fresh->n_events > 0);
	assert_string_equal(fresh->events[0]->subject_id, second);
	world_free(s.w);
}

static char *key_for(struct stage *s, Role role, char *node_id)
{
	REQUEST(s->w, CreateApiKeyRequest, request);
	request->role = role;
	request->node_id = node_id;
	return ((CreateApiKeyResponse *)act(s, AS_ADMIN, "OrgService/CreateApiKey", request))->key;
}

static void everybody_hears_of_what_is_theirs(void **state)
{
	struct stage s = stage_new(5);
	(void)state;
	live(&s); /* in grid 0 */
	REQUEST(s.w, ListEventsRequest, request);
	request->page_size = LIMIT_PAGE_SIZE;
	size_t all = list(&s, AS_ADMIN, request)->n_events;
	size_t whole = list(&s, WITH_KEY(key_for(&s, ROLE_BACKEND, "")), request)->n_events;
	size_t here = list(&s, WITH_KEY(key_for(&s, ROLE_BACKEND, s.town.grid_ids[0])), request)->n_events;
	size_t there = list(&s, WITH_KEY(key_for(&s, ROLE_OPERATOR, s.town.grid_ids[1])), request)->n_events;
	assert_true(whole > all); /* with the new key's own CONFIG_CHANGED */
	assert_true(here > 10 && here < all);
	assert_int_equal(there, 0);
	request->node_ids = &s.town.grid_ids[1];
	request->n_node_ids = 1;
	assert_int_equal(list(&s, AS_ADMIN, request)->n_events, 0);
	request->node_ids = &s.town.grid_ids[0];
	assert_int_equal(list(&s, AS_ADMIN, request)->n_events, here);
	struct world_reply beyond = world_call(s.w, WITH_KEY(key_for(&s, ROLE_BACKEND, s.town.grid_ids[1])),
					       "EventService/ListEvents", request);
	assert_int_equal(beyond.err, ERR_NOT_FOUND);
	assert_int_equal(world_call(s.w, AS_MEMBER(s.member), "EventService/ListEvents", request).err,
			 ERR_PERMISSION_DENIED);
	world_free(s.w);
}

static void filters(void **state)
{
	struct stage s = stage_new(6);
	(void)state;
	live(&s);
	REQUEST(s.w, ListEventsRequest, request);
	request->page_size = LIMIT_PAGE_SIZE;
	EventKind kinds[] = {EVENT_KIND_RATED, EVENT_KIND_REWORK};
	request->kinds = kinds;
	request->n_kinds = 2;
	assert_true(list(&s, AS_ADMIN, request)->n_events >= 2);
	request->category_ids = &s.town.urgent_category;
	request->n_category_ids = 1;
	assert_int_equal(list(&s, AS_ADMIN, request)->n_events, 0);
	request->category_ids = &s.order; /* not a category */
	assert_int_equal(world_call(s.w, AS_ADMIN, "EventService/ListEvents", request).err, ERR_FIELD_INVALID);
	request->n_category_ids = 0;
	kinds[0] = (EventKind)999;
	assert_int_equal(world_call(s.w, AS_ADMIN, "EventService/ListEvents", request).err, ERR_FIELD_INVALID);
	request->n_kinds = LIMIT_EVENT_FILTER + 1;
	assert_int_equal(world_call(s.w, AS_ADMIN, "EventService/ListEvents", request).err, ERR_FIELD_OUT_OF_RANGE);
	request->n_kinds = 0;
	request->after = "nonsense";
	assert_int_equal(world_call(s.w, AS_ADMIN, "EventService/ListEvents", request).err, ERR_FIELD_INVALID);
	request->after = "1000-0-0";
	assert_int_equal(world_call(s.w, AS_ADMIN, "EventService/ListEvents", request).err, ERR_EVENTS_GONE);
	world_free(s.w);
}

/* --- the stream --- */

struct heard {
	char ids[64][64];
	size_t n;
	enum err err;
};

static void on_opened(void *arg, const struct exec_result *result)
{
	((struct heard *)arg)->err = result->err;
}

static void on_message(void *arg, const struct exec_told *told)
{
	struct heard *heard = arg;
	const WatchResponse *rsp = (const WatchResponse *)told->message;
	assert_true(heard->n < 64 && slice_eq(told->event_id, slice_str(rsp->event->id)));
	snprintf(heard->ids[heard->n++], 64, "%s", rsp->event->id);
}

static void on_ended(void *arg, const struct exec_result *result)
{
	((struct heard *)arg)->err = result->err;
}

static void the_stream_tells_the_same(void **state)
{
	struct stage s = stage_new(7);
	struct heard heard = {.n = 0};
	(void)state;
	EventKind kinds[] = {EVENT_KIND_PLACED, EVENT_KIND_ACCEPTED, EVENT_KIND_CLOSED};
	REQUEST(s.w, WatchRequest, request);
	request->kinds = kinds;
	request->n_kinds = 3;
	request->node_ids = &s.town.grid_ids[0];
	request->n_node_ids = 1;
	struct exec_watch *watch =
	    exec_watch(world_exec(s.w), &(struct exec_watch_request){.method = world_method(s.w, "EventService/Watch"),
								     .credential = world_credential(AS_ADMIN),
								     .request = request,
								     .opened = on_opened,
								     .message = on_message,
								     .ended = on_ended,
								     .arg = &heard});
	assert_int_equal(heard.err, OK);
	live(&s);
	REQUEST(s.w, ListEventsRequest, again);
	again->kinds = kinds;
	again->n_kinds = 3;
	ListEventsResponse *listed = list(&s, AS_ADMIN, again);
	assert_int_equal(heard.n, 4);
	assert_int_equal(listed->n_events, heard.n);
	for (size_t i = 0; i < heard.n; i++)
		assert_string_equal(heard.ids[i], listed->events[i]->id);
	exec_unwatch(watch);
	request->node_ids = &s.order;
	(void)exec_watch(world_exec(s.w),
			 &(struct exec_watch_request){.method = world_method(s.w, "EventService/Watch"),
						      .credential = world_credential(AS_ADMIN),
						      .request = request,
						      .opened = on_opened,
						      .message = on_message,
						      .ended = on_ended,
						      .arg = &heard});
	assert_int_equal(heard.err, ERR_FIELD_INVALID);
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_changes_make_the_order),
	    cmocka_unit_test(told_fields_are_the_apis),
	    cmocka_unit_test(no_event_holds_personal_data),
	    cmocka_unit_test(a_member_s_change_is_told),
	    cmocka_unit_test(pages_are_the_whole),
	    cmocka_unit_test(everybody_hears_of_what_is_theirs),
	    cmocka_unit_test(filters),
	    cmocka_unit_test(the_stream_tells_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
