/*
 * attachments: pictures and memos over HTTP.
 *
 *	POST /v1/attachments        the file as the body → 200 {"ref", "mediaType"}, an Attachment of an order or of a
 *	                            completion to come
 *	GET  /v1/attachments/<ref>  the file, for who may see it
 *
 * Credentials are those of RPCs (rpc/auth.h, rpc/cookie.h), and so are errors, in Connect's words. What is uploaded is
 * known by its bytes (media.h), cleaned, recorded (service/attachment.h), and on disk (shelf.h) before it is
 * acknowledged; in that order, so that nothing lies on the shelf that no record names. What is downloaded can't be
 * anything but a picture or memo to a browser: its type is fixed and may not be guessed, and it may do nothing.
 * Ownership: attachments belongs to web; it borrows everything in its config.
 * Errors: attachments_new NULL without memory; the rest is told to clients.
 */
#ifndef PAIDAN_WEB_ATTACHMENTS_H
#define PAIDAN_WEB_ATTACHMENTS_H

#include "rpc/rpc.h"
#include "web/shelf.h"

struct attachments;

struct attachments_config {
	struct exec *exec;
	const struct exec_env *env;
	struct shelf *shelf;
};

struct attachments *attachments_new(const struct attachments_config *config);
void attachments_free(struct attachments *a);
/* Once there is one: who knows what credentials are worth reading. */
void attachments_set_rpc(struct attachments *a, struct rpc *rpc);

/* NULL: another path. */
struct route_state *attachments_begin(struct attachments *a, struct http_exchange *x,
				      const struct http_request *request);
/* Removes what is gone of a tenant; to be called now and then by one worker. */
void attachments_sweep(struct attachments *a, struct slice tenant);

#endif
