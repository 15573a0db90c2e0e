/*
 * reply: what all services share: reaching records within the actor's sight, building replies, pages.
 *
 * Nouns: a page token is where a list goes on: "<score>.<member>", or a log id.
 * Errors: as txn.h, and ERR_NOT_FOUND for what the actor may not see, ERR_PAGE_TOKEN_INVALID.
 */
#ifndef PAIDAN_SERVICE_REPLY_H
#define PAIDAN_SERVICE_REPLY_H

#include "domain/authz.h"
#include "domain/config.h"
#include "domain/order.h"
#include "domain/view.h"
#include "txn/txn.h"

enum { PAGE_SIZE_DEFAULT = 20 };

/* The order, if the actor may see it / work on it as the desk. */
enum err reach_order(struct txn *t, const char *id, OrderRecord **order);
enum err reach_desk_order(struct txn *t, const char *id, const char *etag, OrderRecord **order);
/* The acting member's own record; ERR_PERMISSION_DENIED for other actors. */
enum err reach_own_member(struct txn *t, MemberRecord **member);
/* A member's load, new when they have none yet. */
enum err reach_load(struct txn *t, const char *member_id, LoadRecord **load);

/* The order as the actor sees it, without contact; names it as the reply's subject. */
enum err reply_order(struct txn *t, OrderRecord *order, Order **out);
/* Puts the order, then replies with it. */
enum err commit_order(struct txn *t, OrderRecord *order, Order **out);
/* What the order with that number is called, if there is one: who looks at all orders goes by numbers. */
char *order_id(struct txn *t, uint64_t number);
/* For method.again: replies whose only field is an Order, or a Member. */
enum err again_order(struct txn *t, const char *subject_id, void *response);
enum err again_member(struct txn *t, const char *subject_id, void *response);

struct page {
	uint32_t size;
	bool has_after;
	int64_t after_score;
	const char *after;
	uint32_t taken; /* by page_takes */
	const char *last;
};
enum err page_read(struct txn *t, uint32_t page_size, const char *page_token, struct page *page);
char *page_token(struct txn *t, int64_t score, struct slice member);
/* For lists of the configuration, which are sorted by id: asked for each of those to be listed in their order, says
 * which belong on the page; the first behind it sets the next page's token. */
bool page_takes(struct txn *t, struct page *page, const char *id, char **next_page_token);

/* One page of an index as orders. */
enum err list_orders(struct txn *t, const struct txn_range *range, const struct page *page, Order ***orders, size_t *n,
		     char **next_page_token);
/* The records of ids as orders; those that are gone or not to be seen are left out. */
enum err view_orders(struct txn *t, const struct store_entry *entries, size_t n, Order ***orders, size_t *n_orders);

/* One item's error in the reply of a bulk request. */
ErrorInfo *reply_error_info(struct txn *t, enum err err);

/* What leaves a member's hands undone: every slot not completed. Call before the order forgets them. */
enum err release_holders(struct txn *t, OrderRecord *order);

#endif
