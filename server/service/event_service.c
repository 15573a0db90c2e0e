#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "domain/event_filter.h"
#include "pb/pb_wire.h"
#include "service/event_view.h"
#include "service/reply.h"
#include "service/services.h"
#include "txn/watch.h"

/* Log entries that one ListEvents looks at, whether they concern the caller or not. */
enum { SCAN_ENTRIES = 1000, SCAN_PAGE = 100, ENTRY_ID_BYTES = 48 };

static enum err tell_event(struct scene *s, const EventRecord *event, const char *id, ProtobufCMessage *message)
{
	return event_view(s, event, id, &((WatchResponse *)message)->event);
}

HANDLER(watch, Watch)
{
	(void)req;
	return tell_event(txn_scene(t), txn_watched(t), txn_watched_id(t), &rsp->base);
}

HANDLER(watch_open, Watch)
{
	(void)rsp;
	struct event_filter filter = EVENT_FILTER(req);
	return event_filter_check(txn_scene(t), &filter);
}

static bool concerns_watch(const struct actor *actor, const struct config *config, const void *request,
			   const EventRecord *event)
{
	const WatchRequest *req = request;
	struct event_filter filter = EVENT_FILTER(req);
	return config != NULL && authz_event(actor, config, event) && event_filter_passes(&filter, config, event);
}

/* --- page by page --- */

struct scan {
	const ListEventsRequest *req;
	struct event_filter filter;
	ListEventsResponse *rsp;
	size_t size;
	char after[ENTRY_ID_BYTES]; /* entries up to this log id were looked at */
	char skip_entry[ENTRY_ID_BYTES];
	unsigned skip;
	char *last; /* the position looked at last; NULL: none yet */
};

static enum err start_scan(struct txn *t, struct scan *scan)
{
	const char *from = scan->req->page_token[0] != '\0' ? scan->req->page_token : scan->req->after;
	const char *field = scan->req->page_token[0] != '\0' ? "page_token" : "after";
	const struct scene *s = txn_scene(t);
	if (from[0] == '\0') {
		strcpy(scan->after, "0-0");
		return OK;
	}
	scan->last = (char *)from;
	if (!watch_position_parse(slice_str(from), scan->after, scan->skip_entry, &scan->skip))
		return fault_set(txn_fault(t), ERR_FIELD_INVALID, field, "not an event id");
	if (strtoll(scan->skip_entry, NULL, 10) < config_events_from_ms(s->config, s->now_ms))
		return fault_set(txn_fault(t), ERR_EVENTS_GONE, field, "read the orders afresh");
	return OK;
}

/* Whether there is room for more. */
static enum err scan_entry(struct txn *t, struct scan *scan, const struct store_entry *entry)
{
	struct arena *a = txn_arena(t);
	const struct scene *s = txn_scene(t);
	struct fault fault;
	EventBatch *batch;
	const char *id = arena_string(a, entry->member);
	if (PB_DECODE(a, EventBatch, entry->value, &fault, &batch) != OK)
		return ERR_DATA_CORRUPT;
	size_t first = strcmp(id, scan->skip_entry) == 0 ? scan->skip : 0;
	for (size_t i = first; i < batch->n_events && scan->rsp->n_events < scan->size; i++) {
		scan->last = arena_printf(a, "%s-%zu", id, i);
		if (authz_event(s->actor, s->config, batch->events[i]) &&
		    event_filter_passes(&scan->filter, s->config, batch->events[i]))
			TRY(event_view(txn_scene(t), batch->events[i], scan->last,
				       &scan->rsp->events[scan->rsp->n_events++]));
	}
	return OK;
}

HANDLER(list_events, ListEvents)
{
	struct page page;
	struct scan scan = {.req = req, .filter = EVENT_FILTER(req), .rsp = rsp};
	size_t n = SCAN_PAGE;
	TRY(page_read(t, req->page_size, "", &page));
	TRY(event_filter_check(txn_scene(t), &scan.filter));
	TRY(start_scan(t, &scan));
	scan.size = page.size;
	rsp->events = arena_array(txn_arena(t), page.size, sizeof(*rsp->events));
	for (size_t looked = 0; looked < SCAN_ENTRIES && n == SCAN_PAGE && rsp->n_events < page.size; looked += n) {
		struct store_entry *entries;
		struct txn_range range = {
		    .key = LOG_EVENTS, .log = true, .has_after = true, .after = scan.after, .limit = SCAN_PAGE};
		TRY(txn_range(t, &range, &entries, &n));
		for (size_t i = 0; i < n && rsp->n_events < page.size; i++) {
			TRY(scan_entry(t, &scan, &entries[i]));
			snprintf(scan.after, sizeof(scan.after), "%.*s", SLICE_FMT(entries[i].member));
		}
	}
	rsp->last_event_id = scan.last != NULL ? scan.last : (char *)protobuf_c_empty_string;
	if (n == SCAN_PAGE || rsp->n_events == page.size)
		rsp->next_page_token = rsp->last_event_id;
	return OK;
}

const struct method event_methods[] = {
    METHOD(EventService, Watch, watch, .open = watch_open_any, .concerns = concerns_watch, .tell = tell_event),
    METHOD(EventService, ListEvents, list_events, .again = NULL),
};
const size_t event_methods_n = sizeof(event_methods) / sizeof(event_methods[0]);
