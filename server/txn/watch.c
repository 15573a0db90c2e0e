#include "txn/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "pb/pb_wire.h"
#include "txn/watch_internal.h"

void watch_free(struct exec_watch *w)
{
	struct tenant *tenant = w->tenant;
	watch_leave_due(w);
	watch_index_leave(tenant_listeners(tenant), &w->listener);
	if (w->at != NULL) {
		*w->at = w->next;
		if (w->next != NULL)
			w->next->at = w->at;
		w->exec->stats.watches--;
	}
	exec_cancel(w->opening);
	for (size_t i = 0; i < TELLS && w->tells[i] != NULL; i++) {
		exec_cancel(w->tells[i]->call);
		buf_free(&w->tells[i]->bytes);
		free(w->tells[i]);
	}
	arena_free(&w->arena);
	arena_free(&w->actor_arena);
	for (size_t i = 0; i < PAGES; i++)
		arena_free(&w->pages[i].arena);
	free(w);
	tenant_release(tenant);
}

/* Frees it as soon as nothing is under way that would come back to it. */
static void end(struct exec_watch *w)
{
	w->ended = true;
	if (!w->reading && !w->busy)
		watch_free(w);
}

static void end_with(struct exec_watch *w, const struct exec_result *result)
{
	if (!w->ended)
		w->rq.ended(w->rq.arg, result);
	w->ended = true;
}

/* --- telling --- */

static void pop_tell(struct exec_watch *w)
{
	struct tell *tell = w->tells[w->first_tell];
	buf_reset(&tell->bytes);
	tell->done = tell->silent = false;
	tell->page->n_tells--;
	w->first_tell = (w->first_tell + 1) % TELLS;
	w->n_tells--;
}

static void tell_of(struct exec_watch *w, const struct tell *tell, const ProtobufCMessage *message)
{
	w->rq.message(w->rq.arg, &(struct exec_told){.event_id = slice_str(tell->position), .message = message});
}

/* The kept message of the first tell. */
static void send_kept(struct exec_watch *w, const struct tell *tell)
{
	jmp_buf guard;
	struct fault fault;
	ProtobufCMessage *message = NULL;
	struct arena_mark mark = arena_mark(&w->arena);
	if (ARENA_GUARD(&w->arena, &guard) &&
	    pb_decode(&w->arena, w->rq.method->response, buf_view(&tell->bytes), &fault, &message) == OK) {
		arena_unguard(&w->arena);
		tell_of(w, tell, message);
	}
	arena_unguard(&w->arena);
	arena_rewind(&w->arena, mark);
}

/* Messages that were ready before their turn. */
static void flush(struct exec_watch *w)
{
	while (w->n_tells > 0 && w->tells[w->first_tell]->done && !w->paused && !w->ended) {
		if (!w->tells[w->first_tell]->silent)
			send_kept(w, w->tells[w->first_tell]);
		pop_tell(w);
	}
}

static bool is_refusal(enum err err)
{
	enum grpc_code code = err_info(err)->code;
	return code == GRPC_UNAUTHENTICATED || code == GRPC_PERMISSION_DENIED;
}

static void told(void *arg, const struct exec_result *result)
{
	struct tell *tell = arg;
	struct exec_watch *w = tell->watch;
	bool outermost = !w->busy;
	tell->call = NULL;
	tell->done = true;
	w->busy = true; /* whoever is told may stop the watch */
	if (is_refusal(result->err) || err_info(result->err)->code == GRPC_UNAVAILABLE) {
		end_with(w, result); /* revoked; or the client resumes when the store is back */
	} else if (result->err != OK) {
		tell->silent = true; /* not visible any more */
	} else if (tell == w->tells[w->first_tell] && !w->paused && !w->ended) {
		tell_of(w, tell, result->response);
		pop_tell(w);
	} else {
		pb_encode(result->response, &tell->bytes);
	}
	if (outermost)
		watch_move_on(w);
}

/* The next event of the entry that concerns the watcher; NULL: the entry is through. */
static const EventRecord *next_event(struct exec_watch *w)
{
	while (w->batch_at < w->batch->n_events) {
		const EventRecord *event = w->batch->events[w->batch_at++];
		if (w->rq.method->concerns(&w->actor, tenant_config(w->tenant), w->rq.request, event))
			return event;
	}
	return NULL;
}

/* A place at the end of the ring; NULL: none is free now. Places are made in order, so that those of a
 * quiet stream stay few. */
static struct tell *push_tell(struct exec_watch *w)
{
	size_t at = (w->first_tell + w->n_tells) % TELLS;
	if (w->n_tells == 0)
		at = w->first_tell = 0;
	if (w->tells[at] == NULL)
		w->tells[at] = calloc(1, sizeof(*w->tells[at]));
	if (w->tells[at] != NULL)
		w->n_tells++;
	return w->tells[at];
}

static void tell_next(struct exec_watch *w)
{
	const EventRecord *event = next_event(w);
	if (event == NULL) {
		w->batch = NULL;
		return;
	}
	struct tell *tell = push_tell(w);
	if (tell == NULL) {
		struct fault fault = {.err = ERR_OVERLOADED};
		end_with(
		    w, &(struct exec_result){.err = ERR_OVERLOADED, .fault = &fault}); /* it resumes from where it is */
		return;
	}
	tell->watch = w;
	tell->page = w->page;
	w->page->n_tells++;
	snprintf(tell->position, sizeof(tell->position), "%s-%zu", w->entry_id, w->batch_at - 1);
	struct exec_request request = {.method = &w->tell_method,
				       .credential = w->rq.credential,
				       .request = w->rq.request,
				       .watched = event,
				       .watched_id = tell->position,
				       .done = told,
				       .arg = tell};
	struct exec_call_state *call = exec_call(w->exec, &request);
	if (call != NULL)
		tell->call = call;
}

/* An entry that can't be read is told of by nobody; it must not be read for ever either. */
static void start_entry(struct exec_watch *w, struct slice id, struct slice value)
{
	jmp_buf guard;
	struct fault fault;
	struct arena *a = &w->page->arena; /* the events live as long as the page */
	if (id.len >= sizeof(w->after))
		return;
	memcpy(w->after, id.ptr, id.len);
	w->after[id.len] = '\0';
	memcpy(w->entry_id, w->after, sizeof(w->entry_id));
	w->batch_at = strcmp(w->entry_id, w->skip_entry) == 0 ? w->skip : 0;
	if (!ARENA_GUARD(a, &guard) || PB_DECODE(a, EventBatch, value, &fault, &w->batch) != OK)
		w->batch = NULL;
	arena_unguard(a);
}

/* --- reading the log --- */

static void page_read(struct store_load *load, enum store_verdict verdict)
{
	struct exec_watch *w = load->arg;
	w->reading = false;
	if (w->ended) {
		if (!w->busy)
			watch_free(w);
		return;
	}
	if (verdict != STORE_OK) {
		struct fault fault = {.err = ERR_UNAVAILABLE};
		struct exec_result result = {.err = ERR_UNAVAILABLE, .fault = &fault};
		end_with(w, &result);
	}
	w->page_at = 0;
	if (!w->busy)
		watch_move_on(w);
}

/* What was heard lately is at hand. */
static bool read_recent(struct exec_watch *w)
{
	jmp_buf guard;
	struct arena *a = &w->page->arena;
	size_t n = 0;
	volatile bool covered = false;
	w->read = (struct store_read){.kind = STORE_LOG};
	if (ARENA_GUARD(a, &guard)) {
		w->read.entries = arena_array(a, PAGE_ENTRIES, sizeof(*w->read.entries));
		covered =
		    recent_read(tenant_recent(w->tenant), slice_str(w->after), a, w->read.entries, PAGE_ENTRIES, &n);
	}
	arena_unguard(a);
	w->read.n_entries = n;
	w->page_at = 0;
	return covered;
}

static struct page *free_page(struct exec_watch *w)
{
	for (size_t i = 0; i < PAGES; i++) {
		if (w->pages[i].n_tells == 0)
			return &w->pages[i];
	}
	return NULL;
}

static void load_log(struct exec_watch *w, struct arena *a, void (*done)(struct store_load *, enum store_verdict))
{
	w->load = (struct store_load){
	    .tenant = slice_str(tenant_id(w->tenant)), .reads = &w->read, .n = 1, .arena = a, .done = done, .arg = w};
	w->reading = true;
	w->asked_ms = w->exec->env->now_ms(w->exec->env->arg);
	w->exec->store->ops->load(w->exec->store, &w->load);
}

/* Into a page that is told; there is one. from_store: the log itself is asked, though what was heard may be at hand. */
static void read_page(struct exec_watch *w, bool from_store)
{
	w->page = free_page(w);
	arena_reset(&w->page->arena);
	w->heard_more = false;
	if (!from_store && read_recent(w))
		return;
	w->read = (struct store_read){
	    .kind = STORE_LOG, .key = SLICE(LOG_EVENTS), .after = slice_str(w->after), .limit = PAGE_ENTRIES};
	load_log(w, &w->page->arena, page_read);
}

/* Does what can be done now: ready messages, the rest of an entry, the next entry, the next page. */
void watch_move_on(struct exec_watch *w)
{
	w->busy = true;
	while (!w->ended && !w->paused && !w->reading) {
		flush(w);
		if (w->ended || w->paused || w->n_tells == TELLS)
			break;
		if (w->batch != NULL) {
			tell_next(w);
		} else if (w->page_at < w->read.n_entries) {
			const struct store_entry *entry = &w->read.entries[w->page_at++];
			start_entry(w, entry->member, entry->value);
		} else if (free_page(w) != NULL && (w->heard_more || w->read.n_entries == PAGE_ENTRIES)) {
			read_page(w, false);
		} else {
			break; /* wait for messages under way, or, live, for the next event */
		}
	}
	w->busy = false;
	if (w->ended && !w->reading)
		watch_free(w);
}

/* --- whether the watcher is still let in --- */

static const char *const *copy_nodes(struct arena *a, const struct actor *actor)
{
	const char **nodes = arena_array(a, actor->n_node_ids, sizeof(*nodes));
	for (size_t i = 0; i < actor->n_node_ids; i++)
		nodes[i] = arena_strdup(a, actor->node_ids[i]);
	return nodes;
}

/* Who watches decides what concerns the watch: as the credential is worth now, for rights may change while the
 * stream is open. */
static void keep_actor(struct exec_watch *w, const struct actor *actor)
{
	struct arena *a = &w->actor_arena;
	arena_reset(a);
	w->actor = (struct actor){.role = actor->role,
				  .id = arena_strdup(a, actor->id),
				  .node_ids = copy_nodes(a, actor),
				  .n_node_ids = actor->n_node_ids,
				  .key_id = arena_strdup(a, actor->key_id),
				  .person_id = arena_strdup(a, actor->person_id),
				  .until_ms = actor->until_ms,
				  .by_staff = actor->by_staff};
}

static void checked(void *arg, const struct exec_result *result)
{
	struct exec_watch *w = arg;
	bool outermost = !w->busy;
	w->opening = NULL;
	w->busy = true;
	if (is_refusal(result->err))
		end_with(w, result);
	else if (result->err == OK)
		keep_actor(w, result->actor);
	if (outermost)
		watch_move_on(w);
}

/* Asks again as at the beginning; a watch that is told nothing would not notice otherwise. */
void watch_check(struct exec_watch *w)
{
	if (w->opening != NULL || !w->opened || w->ended)
		return;
	struct exec_request request = {.method = &w->open_method,
				       .credential = w->rq.credential,
				       .request = w->rq.request,
				       .done = checked,
				       .arg = w};
	struct exec_call_state *call = exec_call(w->exec, &request);
	if (call != NULL)
		w->opening = call;
}

void exec_watch_check(struct exec_watch *w)
{
	int64_t now_ms = w == NULL ? 0 : w->exec->env->now_ms(w->exec->env->arg);
	if (w == NULL)
		return;
	if (w->actor.until_ms != 0 && w->actor.until_ms <= now_ms) {
		watch_check(w);
	} else if (watch_is_unsure(w, now_ms)) {
		w->busy = true;
		read_page(w, true);
		w->busy = false;
		watch_move_on(w);
	}
}

/* --- beginning and end --- */

/* What all events that can concern the watch name. Residents and members hear of themselves (authz_event). */
static const char *listens_for(const struct exec_watch *w)
{
	const char *id = w->rq.method->listens_for == NULL ? "" : w->rq.method->listens_for(w->rq.request);
	if (id[0] != '\0')
		return id;
	return w->actor.role == ROLE_RESIDENT || w->actor.role == ROLE_MEMBER ? w->actor.id : "";
}

static void refuse_opening(struct exec_watch *w, const struct exec_result *result)
{
	w->busy = true;
	w->rq.opened(w->rq.arg, result);
	watch_free(w);
}

/* It is known where the stream starts: from now on the watcher may do what it wants to hear of. */
static void begin(struct exec_watch *w)
{
	struct fault fault = {.err = OK};
	char position[EXEC_POSITION_BYTES];
	struct exec_result result = {.err = OK, .fault = &fault, .actor = &w->actor};
	if (w->rq.after.len == 0)
		result.position = watch_stands_at(w, position);
	w->busy = true;
	w->rq.opened(w->rq.arg, &result);
	w->busy = false;
	if (w->ended) {
		watch_free(w);
		return;
	}
	if (!watch_index_join(tenant_listeners(w->tenant), &w->listener, listens_for(w))) {
		fault.err = ERR_OVERLOADED;
		end_with(w, &(struct exec_result){.err = ERR_OVERLOADED, .fault = &fault});
		watch_free(w);
		return;
	}
	w->opened = true;
	w->busy = true;
	read_page(w, false);
	w->busy = false;
	watch_move_on(w);
}

/* Where the log ends now. */
static void end_read(struct store_load *load, enum store_verdict verdict)
{
	struct exec_watch *w = load->arg;
	w->reading = false;
	if (w->ended) {
		watch_free(w);
		return;
	}
	if (verdict != STORE_OK) {
		struct fault fault = {.err = ERR_UNAVAILABLE};
		refuse_opening(w, &(struct exec_result){.err = ERR_UNAVAILABLE, .fault = &fault});
		return;
	}
	if (w->read.n_entries > 0 && w->read.entries[0].member.len < sizeof(w->after)) {
		memcpy(w->after, w->read.entries[0].member.ptr, w->read.entries[0].member.len);
		w->after[w->read.entries[0].member.len] = '\0';
	}
	w->read.n_entries = 0;
	begin(w);
}

/* What was asked for may be gone from the log. */
static void resume(struct exec_watch *w)
{
	int64_t now_ms = w->exec->env->now_ms(w->exec->env->arg);
	struct fault fault;
	if (strtoll(w->skip_entry, NULL, 10) >= config_events_from_ms(tenant_config(w->tenant), now_ms)) {
		begin(w);
		return;
	}
	fault_set(&fault, ERR_EVENTS_GONE, "after", "read the orders afresh");
	refuse_opening(w, &(struct exec_result){.err = ERR_EVENTS_GONE, .fault = &fault});
}

static void opened(void *arg, const struct exec_result *result)
{
	struct exec_watch *w = arg;
	w->opening = NULL;
	if (result->err != OK) {
		refuse_opening(w, result);
		return;
	}
	keep_actor(w, result->actor);
	if (w->after[0] != '\0') {
		resume(w);
		return;
	}
	w->read = (struct store_read){.kind = STORE_LOG, .key = SLICE(LOG_EVENTS), .reverse = true, .limit = 1};
	load_log(w, &w->pages[0].arena, end_read);
}

static void refuse(const struct exec_watch_request *rq, enum err err, const char *field, const char *detail)
{
	struct fault fault;
	fault_set(&fault, err, field, "%s", detail);
	struct exec_result result = {.err = err, .fault = &fault};
	rq->opened(rq->arg, &result);
}

static enum err nothing_to_check(struct txn *t, const void *request, void *response)
{
	(void)t;
	(void)request;
	(void)response;
	return OK;
}

static bool alive(struct tenant *tenant, const struct exec_watch *w)
{
	const struct exec_watch *found = *tenant_watches(tenant);
	while (found != NULL && found != w)
		found = found->next;
	return found != NULL;
}

/* Whether it says where to go on, if at all. */
static bool read_after(struct exec_watch *w)
{
	return w->rq.after.len == 0 || watch_position_parse(w->rq.after, w->after, w->skip_entry, &w->skip);
}

static void link_watch(struct exec_watch *w)
{
	struct exec_watch **list = tenant_watches(w->tenant);
	w->next = *list;
	w->at = list;
	if (w->next != NULL)
		w->next->at = &w->next;
	*list = w;
	w->exec->stats.watches++;
}

/* NULL when it was refused before this returned: `opened` told so, and w is gone. */
static struct exec_watch *start(struct exec_watch *w)
{
	struct tenant *tenant = w->tenant;
	struct exec_request request = {.method = &w->open_method,
				       .credential = w->rq.credential,
				       .request = w->rq.request,
				       .done = opened,
				       .arg = w};
	tenant_use(tenant);
	struct exec_call_state *call = exec_call(w->exec, &request);
	if (call != NULL)
		w->opening = call;
	else if (!alive(tenant, w))
		w = NULL;
	tenant_release(tenant);
	return w;
}

struct exec_watch *exec_watch(struct exec *e, const struct exec_watch_request *rq)
{
	struct exec_watch *w = calloc(1, sizeof(*w));
	struct tenant *tenant = tenant_open(&e->tenants, rq->credential.tenant);
	if (w == NULL || tenant == NULL) {
		free(w);
		refuse(rq, tenant == NULL ? ERR_UNAUTHENTICATED : ERR_OVERLOADED, NULL, "");
		return NULL;
	}
	*w = (struct exec_watch){.exec = e, .tenant = tenant, .rq = *rq};
	tenant_use(tenant);
	arena_init(&w->arena, LIMIT_REQUEST_ARENA_BYTES);
	arena_init(&w->actor_arena, LIMIT_REQUEST_ARENA_BYTES);
	for (size_t i = 0; i < PAGES; i++)
		arena_init(&w->pages[i].arena, LIMIT_REQUEST_ARENA_BYTES);
	if (!read_after(w)) {
		refuse(rq, ERR_FIELD_INVALID, "after", "not an event id");
		watch_free(w);
		return NULL;
	}
	w->open_method = w->tell_method = *rq->method;
	w->open_method.flags = w->tell_method.flags = METHOD_READS;
	w->open_method.handler = rq->method->open != NULL ? rq->method->open : nothing_to_check;
	link_watch(w);
	return start(w);
}

void exec_unwatch(struct exec_watch *w)
{
	if (w != NULL)
		end(w);
}

void exec_watch_pause(struct exec_watch *w, bool paused)
{
	w->paused = paused;
	if (!paused && w->opened && !w->busy)
		watch_move_on(w);
}

void watch_end_all(struct exec *e)
{
	struct tenant *next;
	for (struct tenant *t = e->tenants.first; t != NULL; t = next) {
		next = tenant_next(t); /* t may go with its last watch */
		tenant_use(t);
		struct exec_watch *after;
		for (struct exec_watch *w = *tenant_watches(t); w != NULL; w = after) {
			after = w->next;
			end(w); /* one that reads goes with the store's answer */
		}
		tenant_release(t);
	}
}
