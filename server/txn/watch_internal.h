/*
 * watch_internal: the state of a watch, for watch.c (reading the log and telling, beginning and end),
 * watch_hear.c (whom an entry that was heard concerns), watch_position.c (where it stands) and watch_alike.c (telling
 * many the same).
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
enum { PAGE_ENTRIES = 64, PAGES = 2, TELLS = 64, ID_BYTES = 48 };

/* One event on its way to the watcher; messages leave in the order of the log. */
struct tell {
	struct exec_watch *watch;
	struct exec_call_state *call;
	struct page *page; /* where its event lies */
	char position[EXEC_POSITION_BYTES];
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
	struct arena actor_arena; /* of that, which changes when rights do */
	struct arena arena;       /* messages that waited for their turn */
	struct exec_call_state *opening;
	struct store_load load;
	struct store_read read;
	struct page pages[PAGES]; /* while one is being told the next is read */
	struct page *page;
	size_t page_at;
	bool reading, paused, heard_more, ended, opened, busy;
	int64_t asked_ms;     /* when the log itself was last read */
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
/* Whoever had nothing left to read has passed all that was heard before: none of it concerned them. They need
 * not look for it in the log when at last something does. */
void watch_pass_by(struct exec_watch *w, const struct log_id *before);
/* Where a watch stands that has nothing left to read: a position behind which is all that it has not seen. */
const char *watch_stands_at(const struct exec_watch *w, char position[EXEC_POSITION_BYTES]);
/* Nothing was heard for long: whether that is so because nothing happened, only the log can say. */
bool watch_is_unsure(struct exec_watch *w, int64_t now_ms);
/* When nothing is under way that would come back to it. */
void watch_free(struct exec_watch *w);
/* It has told all that it has read, and there was nothing behind it. */
static inline bool watch_at_rest(const struct exec_watch *w)
{
	return !w->reading && w->batch == NULL && w->page_at == w->read.n_entries && w->read.n_entries < PAGE_ENTRIES;
}

/* The messages of an entry that is being heard, each made when the first is told it. */
struct alike {
	struct exec *exec;
	struct tenant *tenant;
	const struct tenant_heard *heard;
	const struct method *method; /* whose the messages are; NULL: none are made yet */
	struct arena arena;
	struct exec_told *told; /* by event; the message NULL: not made yet */
	char id[LOG_ID_BYTES];
	int64_t now_ms;
};

void alike_init(struct alike *a, struct exec *exec, struct tenant *tenant, const struct tenant_heard *heard);
void alike_finish(struct alike *a);
/* Tells the watch what of the entry concerns it, when it has nothing else to read and all are told alike. The watch
 * may be gone after it. false: it goes on by itself, from where it is now. */
bool alike_tell(struct alike *a, struct exec_watch *w);

#endif
