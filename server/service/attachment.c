#include "service/attachment.h"

#include "base/id.h"
#include "base/limits.h"
#include "service/reply.h"

#define UPLOADERS (ROLE_BIT(RESIDENT) | ROLE_BIT(MEMBER) | ROLE_BIT(OPERATOR) | ROLE_BIT(ADMIN) | ROLE_BIT(BACKEND))

static bool is_ours(const char *ref)
{
	char letter;
	uint64_t number;
	return id_parse(ref, &letter, &number) && kind_of_letter(letter) == KIND_ATTACHMENT;
}

static enum err not_found(struct txn *t, const char *field)
{
	return fault_set(txn_fault(t), ERR_NOT_FOUND, field, "attachment");
}

/* --- uploads --- */

static enum err add(struct txn *t, const void *request, void *response)
{
	const struct attachment_new *req = request;
	struct scene *s = txn_scene(t);
	Attachment *rsp = response;
	int64_t loose;
	TRY(txn_count(t, arena_printf(s->arena, INDEX_ATTACHMENTS_OF, s->actor->id), 0, INDEX_TIME_MAX_MS, &loose));
	if (loose >= LIMIT_LOOSE_ATTACHMENTS && s->actor->role != ROLE_BACKEND)
		return fault_set(s->fault, ERR_RATE_LIMITED, NULL, "%d that no order has", LIMIT_LOOSE_ATTACHMENTS);
	AttachmentRecord *attachment = ARENA_NEW(s->arena, AttachmentRecord);
	AttachmentRecord_init(attachment);
	TRY(txn_new_id(t, KIND_ATTACHMENT, &attachment->id));
	attachment->holder_id = arena_strdup(s->arena, s->actor->id);
	attachment->media_type = (char *)(uintptr_t)req->media_type;
	attachment->sha256 = (char *)(uintptr_t)req->sha256;
	attachment->size_bytes = req->size_bytes;
	attachment->created_ms = s->now_ms;
	txn_put(t, KIND_ATTACHMENT, attachment);
	rsp->ref = attachment->id;
	rsp->media_type = attachment->media_type;
	return OK;
}

/* --- looking --- */

static bool lists(Attachment *const *list, size_t n, const char *ref)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i]->ref, ref) == 0)
			return true;
	}
	return false;
}

static enum err may_see(struct txn *t, const AttachmentRecord *attachment)
{
	OrderRecord *order;
	if (attachment->order_id[0] == '\0')
		return strcmp(attachment->holder_id, txn_actor(t)->id) == 0 ? OK : not_found(t, NULL);
	if (reach_order(t, attachment->order_id, &order) == ERR_NOT_FOUND)
		return not_found(t, NULL);
	TRY(reach_order(t, attachment->order_id, &order));
	bool shown = (authz_sees_private(txn_scene(t), order) &&
		      lists(order->attachments, order->n_attachments, attachment->id)) ||
		     (order->completion != NULL &&
		      lists(order->completion->photos, order->completion->n_photos, attachment->id));
	return shown ? OK : not_found(t, NULL);
}

static enum err open_one(struct txn *t, const void *request, void *response)
{
	const struct attachment_ask *req = request;
	Attachment *rsp = response;
	AttachmentRecord *attachment = NULL;
	if (is_ours(req->id))
		TRY(TXN_FIND(t, ATTACHMENT, req->id, &attachment));
	if (attachment == NULL || attachment->gone)
		return not_found(t, NULL);
	TRY(may_see(t, attachment));
	rsp->ref = attachment->id;
	rsp->media_type = attachment->media_type;
	return OK;
}

/* --- orders --- */

enum err attachment_take(struct txn *t, Attachment *const *list, size_t n, const char *order_id, const char *field)
{
	struct arena *a = txn_arena(t);
	for (size_t i = 0; i < n; i++) {
		if (is_ours(list[i]->ref))
			txn_prefetch(t, KIND_ATTACHMENT, list[i]->ref);
	}
	for (size_t i = 0; i < n; i++) {
		AttachmentRecord *attachment;
		if (!is_ours(list[i]->ref))
			continue;
		TRY(TXN_FIND(t, ATTACHMENT, list[i]->ref, &attachment));
		bool takes = attachment != NULL && !attachment->gone &&
			     strcmp(attachment->holder_id, txn_actor(t)->id) == 0 &&
			     (attachment->order_id[0] == '\0' || strcmp(attachment->order_id, order_id) == 0);
		if (!takes)
			return not_found(t, arena_printf(a, "%s[%zu].ref", field, i));
		if (strcmp(list[i]->media_type, attachment->media_type) != 0)
			return fault_set(txn_fault(t), ERR_FIELD_INVALID,
					 arena_printf(a, "%s[%zu].media_type", field, i), "it is %s",
					 attachment->media_type);
		attachment->order_id = arena_strdup(a, order_id);
		txn_put(t, KIND_ATTACHMENT, attachment);
	}
	return OK;
}

enum err attachment_drop(struct txn *t, Attachment *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		AttachmentRecord *attachment = NULL;
		if (is_ours(list[i]->ref))
			TRY(TXN_FIND(t, ATTACHMENT, list[i]->ref, &attachment));
		if (attachment == NULL)
			continue;
		attachment->gone = true;
		txn_put(t, KIND_ATTACHMENT, attachment);
	}
	return OK;
}

/* --- sweeping --- */

static enum err sweep(struct txn *t, const void *request, void *response)
{
	struct arena *a = txn_arena(t);
	AttachmentsGone *rsp = response;
	struct store_entry *entries;
	size_t n;
	struct txn_range range = {
	    .key = INDEX_ATTACHMENTS_DUE, .min = 0, .max = txn_now_ms(t), .limit = ATTACHMENTS_SWEPT};
	(void)request;
	TRY(txn_range(t, &range, &entries, &n));
	rsp->attachments = arena_array(a, n, sizeof(*rsp->attachments));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_ATTACHMENT, arena_string(a, entries[i].member));
	for (size_t i = 0; i < n; i++) {
		AttachmentRecord *attachment;
		TRY(TXN_FIND(t, ATTACHMENT, arena_string(a, entries[i].member), &attachment));
		/* An order may have taken it since the index was read. */
		if (attachment == NULL || (!attachment->gone && attachment->order_id[0] != '\0'))
			continue;
		if (!attachment->gone) {
			attachment->gone = true;
			txn_put(t, KIND_ATTACHMENT, attachment);
		}
		rsp->attachments[rsp->n_attachments++] = attachment;
	}
	return OK;
}

static enum err swept(struct txn *t, const void *request, void *response)
{
	const AttachmentsGone *req = request;
	(void)response;
	for (size_t i = 0; i < req->n_attachments; i++)
		txn_prefetch(t, KIND_ATTACHMENT, req->attachments[i]->id);
	for (size_t i = 0; i < req->n_attachments; i++) {
		AttachmentRecord *attachment;
		TRY(TXN_FIND(t, ATTACHMENT, req->attachments[i]->id, &attachment));
		if (attachment != NULL && attachment->gone)
			txn_remove(t, KIND_ATTACHMENT, attachment);
	}
	return OK;
}

const struct method attachment_add = {.path = "/paidan.v1.AttachmentService/Add",
				      .handler = add,
				      .response = &Attachment_desc,
				      .roles = UPLOADERS,
				      .flags = METHOD_WRITES | METHOD_UNCLAIMED};
const struct method attachment_open = {
    .path = "/paidan.v1.AttachmentService/Open", .handler = open_one, .response = &Attachment_desc, .roles = UPLOADERS};
const struct method attachment_sweep = {.path = "/job/SweepAttachments",
					.handler = sweep,
					.response = &AttachmentsGone_desc,
					.roles = ROLE_BIT(SYSTEM),
					.flags = METHOD_WRITES | METHOD_UNCLAIMED};
const struct method attachment_swept = {.path = "/job/SweptAttachments",
					.handler = swept,
					.roles = ROLE_BIT(SYSTEM),
					.flags = METHOD_WRITES | METHOD_UNCLAIMED};
