#include "job/forget.h"
#include "job/sweep.h"
#include "service/access.h"

/* Orders that one transaction wipes. */
enum { WIPE_PAGE = 40 };

static enum err rewrap_key(struct txn *t, const void *request, void *response)
{
	(void)response;
	return txn_rewrap_person_key(t, ((const struct exec_tick *)request)->order_id);
}

/* --- wiping --- */

static enum err wipe(struct txn *t, const PersonKeyRecord *key, OrderRecord *order)
{
	bool helped = kind_of_letter(key->id[0]) == KIND_RESIDENT;
	if (helped && !key->wiping_words)
		TRY(forget_order(t, order));
	else
		forget_words(order, key->id);
	txn_put(t, KIND_ORDER, order);
	return OK;
}

/* First of all who was helped, or helped, in it; then what they only wrote about. */
static const char *index_to_wipe(struct arena *a, const PersonKeyRecord *key)
{
	const char *index = kind_of_letter(key->id[0]) == KIND_RESIDENT ? INDEX_RESIDENT : INDEX_MEMBER;
	return index_name(a, key->wiping_words ? INDEX_WORDS : index, key->id);
}

/* Where the next page begins, if there is one. */
static void turn_page(struct arena *a, PersonKeyRecord *key, const struct store_entry *last)
{
	if (last != NULL) {
		key->wiped_ms = last->score;
		key->wiped_id = arena_string(a, last->member);
		return;
	}
	key->wiping = !key->wiping_words;
	key->wiping_words = key->wiping;
	key->wiped_ms = 0;
	key->wiped_id = (char *)protobuf_c_empty_string;
}

/* The page behind what the key's record remembers. */
static enum err wipe_orders(struct txn *t, const void *request, void *response)
{
	const char *person_id = ((const struct exec_tick *)request)->order_id;
	struct arena *a = txn_arena(t);
	PersonKeyRecord *key;
	struct store_entry *entries;
	size_t n;
	(void)response;
	TRY(TXN_GET(t, PERSON_KEY, person_id, &key));
	struct txn_range range = {.key = index_to_wipe(a, key),
				  .min = 0,
				  .max = INT64_C(1) << 52, /* a member's tasks stand there by section, then time */
				  .has_after = key->wiped_id[0] != '\0',
				  .after = key->wiped_id,
				  .after_score = key->wiped_ms,
				  .limit = WIPE_PAGE};
	if (!key->wiping)
		return OK;
	TRY(txn_range(t, &range, &entries, &n));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_ORDER, arena_string(a, entries[i].member));
	for (size_t i = 0; i < n; i++) {
		OrderRecord *order;
		TRY(TXN_FIND(t, ORDER, arena_string(a, entries[i].member), &order));
		if (order != NULL)
			TRY(wipe(t, key, order));
	}
	turn_page(a, key, n == WIPE_PAGE ? &entries[n - 1] : NULL);
	txn_put(t, KIND_PERSON_KEY, key);
	return OK;
}

static enum err note_shredded(struct txn *t, const void *request, void *response)
{
	PersonKeyRecord *key;
	(void)response;
	TRY(TXN_GET(t, PERSON_KEY, ((const struct exec_tick *)request)->order_id, &key));
	if (!key->on_disk)
		return OK;
	key->on_disk = false;
	txn_put(t, KIND_PERSON_KEY, key);
	return OK;
}

/* --- notes --- */

static enum err trim_access(struct txn *t, const void *request, void *response)
{
	(void)response;
	return access_trim(t, ((const struct exec_tick *)request)->order_id);
}

#define TICK(path_, handler_)                                                                             \
	{                                                                                                 \
		.path = (path_), .handler = (handler_), .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES \
	}

const struct method job_rewrap_key = TICK("/job/RewrapKey", rewrap_key);
const struct method job_wipe_orders = TICK("/job/WipeOrders", wipe_orders);
const struct method job_note_shredded = TICK("/job/NoteShredded", note_shredded);
const struct method job_trim_access = TICK("/job/TrimAccess", trim_access);
