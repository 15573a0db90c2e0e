/*
 * attachment: what is known of uploaded pictures and memos; the files themselves are on a shelf (web/shelf.h).
 *
 * Nouns: an attachment is loose from its upload until an order takes it, and gone when the order lets go of it or
 * nobody took it for a day; then its file is removed, and its record last. Who uploaded it may look at a loose one and
 * may attach it; afterwards, whoever may see it on the order. A ref of another form is a backend's own affair.
 * Ownership: as txn.h. Errors: as txn.h; ERR_NOT_FOUND for those of others, ERR_RATE_LIMITED for who leaves too many.
 */
#ifndef PAIDAN_SERVICE_ATTACHMENT_H
#define PAIDAN_SERVICE_ATTACHMENT_H

#include "txn/txn.h"

enum { ATTACHMENT_SHA256_CHARS = 64, ATTACHMENTS_SWEPT = 64 };

/* A new one, before its file is written: attachment_new → Attachment. */
extern const struct method attachment_add;
struct attachment_new {
	const char *media_type;
	const char *sha256; /* in hexadecimal */
	uint32_t size_bytes;
};
/* attachment_ask → Attachment, if the caller may see it. */
extern const struct method attachment_open;
struct attachment_ask {
	const char *id;
};
/* None → AttachmentsGone: those whose files are to be removed, as many as ATTACHMENTS_SWEPT. */
extern const struct method attachment_sweep;
/* AttachmentsGone → none: their files are. */
extern const struct method attachment_swept;

/* A request attaches them to an order; field is the list's. ERR_FIELD_INVALID for another media type
 * than what was found. */
enum err attachment_take(struct txn *t, Attachment *const *list, size_t n, const char *order_id, const char *field);
/* An order lets go of them. */
enum err attachment_drop(struct txn *t, Attachment *const *list, size_t n);

#endif
