/*
 * attachments_inside: the parts of attachments (attachments.h). Private to web.
 *
 * Nouns: a passage is one upload or download, from its headers to its answer; it waits for at most one thing at a
 * time, a transaction or a file. A sweep is what one tenant's clearing waits for.
 * Ownership: a passage belongs to its exchange, which frees it when it is gone; what it waited for is told to forget
 * it. Errors: passage_ask false: it was answered already, by the done given; passage_shelve false: no room or memory.
 */
#ifndef PAIDAN_WEB_ATTACHMENTS_INSIDE_H
#define PAIDAN_WEB_ATTACHMENTS_INSIDE_H

#include "base/arena.h"
#include "rpc/peer.h"
#include "service/attachment.h"
#include "web/attachments.h"
#include "web/media.h"

struct attachments {
	struct exec *exec;
	const struct exec_env *env;
	struct shelf *shelf;
	struct rpc *rpc;
	size_t n_passages;
	LIST_HEAD(, sweep) sweeps;
};

struct passage {
	struct route_state route;
	struct attachments *attachments;
	struct http_exchange *x;
	bool zh;
	bool is_answered;
	enum err early; /* it is refused as soon as its body has arrived */
	struct fault fault;
	struct arena arena; /* of the credential */
	struct credential credential;
	char from[PEER_CHARS];
	struct exec_call_state *exec;
	struct shelf_job *job;
	/* in */
	struct buf body;
	struct buf clean;
	enum media media;
	char sha256[SHELF_SHA256_CHARS + 1];
	struct attachment_new new;
	/* out */
	char id[ID_CHARS + 1];
	struct attachment_ask ask;
};

/* Counted; with the request's language. NULL without memory. */
struct passage *passage_new(struct attachments *a, struct http_exchange *x, const struct http_request *request);
void passage_fail(struct passage *p, enum err err, const struct fault *fault);
/* done's arg is the passage; it sets exec to NULL. */
bool passage_ask(struct passage *p, const struct method *method, const void *request,
		 void (*done)(void *arg, const struct exec_result *result));
/* The cleaned bytes go along. done owns the job, whose arg is the passage, and sets the passage's to NULL. */
bool passage_shelve(struct passage *p, enum shelf_task task, const char *id, void (*done)(struct shelf_job *job));

/* attachments_pass.c */
void upload_take(struct passage *p);
void download_ask(struct passage *p);

/* attachments_sweep.c */
struct sweep;
void sweeps_free(struct attachments *a);

#endif
