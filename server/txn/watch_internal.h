/*
 * watch_internal: the state of a watch, for watch.c (reading the log and telling, beginning and end) and
 * watch_hear.c (whom an entry that was heard concerns).
 *
 * Nouns: a tell is one event on its way to the watcher; a page is what was read of the log; a watch is due when
 * something that concerns it was just heard.
 * Errors: none of its own.
 */
#ifndef PAIDAN_TXN_WATCH_INTERNAL_H
#define PAIDAN_TXN_WATCH_INTERNAL_H

#include "base/buf.h"
#include "txn/exec_internal.h"
#include "txn/store_log_id.h"
#include "txn/watch.h"

/* Several messages are under way at once: each is a transaction of its own, and waiting for one's round
 * trip before the next would bound the stream by it. */
enum { PAGE_ENTRIES = 64, PAGES = 2, TELLS = 64, ID_BYTES = 48, POSITION_BYTES = 64 };

/* One event on its way to the watcher; messages leave in the order of the log. */
struct tell {
	struct exec_watch *watch;
	struct exec_call_state *call;
	struct page *page; /* where its event lies */
	char position[POSITION_BYTES];
	bool done;
	bool silent;      /* nothing to say: no longer visible */
	struct buf bytes; /* the message, when it was ready before its turn */
};

/* Entries of the log and the events in them, for as long as any of them is being told. */
struct page {
	struct arena arena;
	size_t n_tells;
};

struct exec_watch {
	struct exec *exec;
	struct tenant *tenant;
	struct exec_watch *next, **at;
	struct watch_listener listener;
	struct exec_watch *next_due, **at_due; /* in the list of those that something was just heard for */
	struct exec_watch_request rq;
	struct method open_method, tell_method;
	struct actor actor;
	struct arena arena; /* actor; messages that waited for their turn */
	struct exec_call_state *opening;
	struct store_load load;
	struct store_read read;
	struct page pages[PAGES]; /* while one is being told the next is read */
	struct page *page;
	size_t page_at;
	bool reading, paused, heard_more, ended, opened, busy;
	char after[ID_BYTES]; /* everything up to this log id has been told or is being told */
	char skip_entry[ID_BYTES];
	unsigned skip;
	char entry_id[ID_BYTES]; /* the entry being taken apart */
	EventBatch *batch;       /* its events, in the page; NULL: none */
	size_t batch_at;
	struct tell *tells[TELLS]; /* a ring; made when first needed */
	size_t first_tell, n_tells;
};

/* Does what can be done now; the watch may be gone after it. */
void watch_move_on(struct exec_watch *w);
/* Asks again, as at the beginning, whether the watcher is let in. */
void watch_check(struct exec_watch *w);
void watch_leave_due(struct exec_watch *w);

#endif
