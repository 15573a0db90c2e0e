#include "slow_store.h"

#include <stdlib.h>
#include <string.h>

enum op { OP_LOAD, OP_COMMIT, OP_RESERVE, OP_LEASE, OP_ADD, OP_LIST };

struct slow_store {
	struct store base;
	struct slow_store_config config;
	struct journey *journeys;
	struct slow_follower *followers;
	bool cut;
};

/* A request on its way there, or its answer on the way back. */
struct journey {
	struct journey *next, **at;
	struct slow_store *store; /* NULL: the store is gone, the timer only frees */
	enum op op;
	bool back;
	struct store_load *load, load_copy;
	struct store_commit *commit, commit_copy;
	enum store_verdict verdict;
	struct slice tenant, key, owner;
	uint32_t n;
	uint64_t first;
	bool held;
	void (*reserved)(void *arg, uint64_t first);
	void (*leased)(void *arg, bool held); /* and added */
	void (*listed)(void *arg, struct slice tenant, bool ok);
	void *arg;
};

static struct slice copy(struct slice s)
{
	uint8_t *bytes = malloc(s.len + 1);
	if (bytes == NULL)
		abort();
	if (s.len > 0)
		memcpy(bytes, s.ptr, s.len);
	return slice_of(bytes, s.len);
}

static void drop(struct slice s)
{
	free((void *)(uintptr_t)s.ptr);
}

static void leave(struct journey *j)
{
	if (j->store == NULL)
		return;
	*j->at = j->next;
	if (j->next != NULL)
		j->next->at = j->at;
	j->store = NULL;
}

static void journey_free(struct journey *j)
{
	leave(j);
	drop(j->tenant);
	drop(j->key);
	drop(j->owner);
	free(j);
}

static void arrive(void *arg);

static void travel(struct journey *j)
{
	struct slow_store *s = j->store;
	s->config.later(s->config.arg, s->config.delay_ms(s->config.arg), arrive, j);
}

static struct journey *depart(struct store *store, enum op op, struct slice tenant, struct slice key)
{
	struct slow_store *s = (struct slow_store *)store;
	struct journey *j = calloc(1, sizeof(*j));
	if (j == NULL)
		abort();
	j->store = s;
	j->op = op;
	j->tenant = copy(tenant);
	j->key = copy(key);
	j->owner = copy(SLICE_NONE);
	j->next = s->journeys;
	j->at = &s->journeys;
	if (j->next != NULL)
		j->next->at = &j->next;
	s->journeys = j;
	travel(j);
	return j;
}

/* --- carrying it out; the inner store answers at once --- */

static void load_done(struct store_load *load, enum store_verdict verdict)
{
	((struct journey *)load->arg)->verdict = verdict;
}

static void commit_done(struct store_commit *commit, enum store_verdict verdict)
{
	((struct journey *)commit->arg)->verdict = verdict;
}

static void reserve_done(void *arg, uint64_t first)
{
	((struct journey *)arg)->first = first;
}

static void held_done(void *arg, bool held)
{
	((struct journey *)arg)->held = held;
}

static void carry_out(struct journey *j)
{
	struct store *inner = j->store->config.inner;
	switch (j->op) {
	case OP_LOAD:
		j->load_copy = *j->load;
		j->load_copy.done = load_done;
		j->load_copy.arg = j;
		inner->ops->load(inner, &j->load_copy);
		break;
	case OP_COMMIT:
		j->commit_copy = *j->commit;
		j->commit_copy.done = commit_done;
		j->commit_copy.arg = j;
		inner->ops->commit(inner, &j->commit_copy);
		break;
	case OP_RESERVE:
		inner->ops->reserve(inner, j->tenant, j->key, j->n, reserve_done, j);
		break;
	case OP_LEASE:
		inner->ops->lease(inner, j->tenant, j->key, j->owner, j->n, held_done, j);
		break;
	case OP_ADD:
		inner->ops->add_tenant(inner, j->tenant, held_done, j);
		break;
	case OP_LIST:
		break; /* at the end: it answers many times */
	}
}

static void answer(struct journey *j)
{
	struct store *inner = j->store->config.inner;
	leave(j); /* what is called may destroy the store's journeys */
	switch (j->op) {
	case OP_LOAD:
		j->load->done(j->load, j->verdict);
		break;
	case OP_COMMIT:
		j->commit->repeated = j->commit_copy.repeated;
		memcpy(j->commit->log_id, j->commit_copy.log_id, sizeof(j->commit->log_id));
		j->commit->done(j->commit, j->verdict);
		break;
	case OP_RESERVE:
		j->reserved(j->arg, j->first);
		break;
	case OP_LEASE:
	case OP_ADD:
		j->leased(j->arg, j->held);
		break;
	case OP_LIST:
		inner->ops->list_tenants(inner, j->listed, j->arg);
		break;
	}
}

static void arrive(void *arg)
{
	struct journey *j = arg;
	if (j->store == NULL) {
		journey_free(j);
	} else if (!j->back) {
		j->back = true;
		if (j->store->cut)
			j->verdict = STORE_UNAVAILABLE;
		else
			carry_out(j);
		travel(j);
	} else {
		if (j->store->cut)
			j->verdict = j->op == OP_COMMIT && j->verdict == STORE_OK ? STORE_UNKNOWN : STORE_UNAVAILABLE;
		answer(j);
		journey_free(j);
	}
}

/* --- the interface --- */

static void slow_load(struct store *store, struct store_load *load)
{
	depart(store, OP_LOAD, SLICE_NONE, SLICE_NONE)->load = load;
}

static void slow_commit(struct store *store, struct store_commit *commit)
{
	depart(store, OP_COMMIT, SLICE_NONE, SLICE_NONE)->commit = commit;
}

static void slow_reserve(struct store *store, struct slice tenant, struct slice key, uint32_t n,
			 void (*done)(void *arg, uint64_t first), void *arg)
{
	struct journey *j = depart(store, OP_RESERVE, tenant, key);
	j->n = n;
	j->reserved = done;
	j->arg = arg;
}

static void slow_lease(struct store *store, struct slice tenant, struct slice key, struct slice owner, uint32_t ttl_ms,
		       void (*done)(void *arg, bool held), void *arg)
{
	struct journey *j = depart(store, OP_LEASE, tenant, key);
	drop(j->owner);
	j->owner = copy(owner);
	j->n = ttl_ms;
	j->leased = done;
	j->arg = arg;
}

static void slow_add(struct store *store, struct slice tenant, void (*done)(void *arg, bool ok), void *arg)
{
	struct journey *j = depart(store, OP_ADD, tenant, SLICE_NONE);
	j->leased = done;
	j->arg = arg;
}

static void slow_list(struct store *store, void (*fn)(void *arg, struct slice tenant, bool ok), void *arg)
{
	struct journey *j = depart(store, OP_LIST, SLICE_NONE, SLICE_NONE);
	j->listed = fn;
	j->arg = arg;
}

/* --- what is followed --- */

struct slow_follower {
	struct slow_follower *next, **at;
	struct slow_store *store;
	struct store_follower *inner;
	store_follow_fn *fn;
	void *arg;
	unsigned coming; /* entries on the way */
	struct coming *first, **last;
	bool over;
};

struct coming {
	struct coming *next;
	struct slow_follower *follower;
	struct slice id, value;
};

static void follower_free(struct slow_follower *f)
{
	if (f->over && f->coming == 0)
		free(f);
}

/* Delays differ, the order does not: each arrival delivers the oldest. */
static void deliver(void *arg)
{
	struct slow_follower *f = arg;
	struct coming *c = f->first;
	f->first = c->next;
	if (f->first == NULL)
		f->last = &f->first;
	if (!f->over && !f->store->cut)
		f->fn(f->arg, c->id, c->value);
	drop(c->id);
	drop(c->value);
	free(c);
	f->coming--;
	follower_free(f);
}

static void overhear(void *arg, struct slice id, struct slice value)
{
	struct slow_follower *f = arg;
	struct coming *c = calloc(1, sizeof(*c));
	if (c == NULL)
		abort();
	c->id = copy(id);
	c->value = copy(value);
	*f->last = c;
	f->last = &c->next;
	f->coming++;
	f->store->config.later(f->store->config.arg, f->store->config.delay_ms(f->store->config.arg), deliver, f);
}

static struct store_follower *slow_follow(struct store *store, struct slice tenant, struct slice key,
					  struct slice after, store_follow_fn *fn, void *arg)
{
	struct slow_store *s = (struct slow_store *)store;
	struct slow_follower *f = calloc(1, sizeof(*f));
	if (f == NULL)
		abort();
	*f = (struct slow_follower){.store = s, .fn = fn, .arg = arg, .next = s->followers, .at = &s->followers};
	f->last = &f->first;
	if (f->next != NULL)
		f->next->at = &f->next;
	s->followers = f;
	f->inner = s->config.inner->ops->follow(s->config.inner, tenant, key, after, overhear, f);
	return (struct store_follower *)f;
}

static void slow_unfollow(struct store_follower *follower)
{
	struct slow_follower *f = (struct slow_follower *)follower;
	f->store->config.inner->ops->unfollow(f->inner);
	*f->at = f->next;
	if (f->next != NULL)
		f->next->at = f->at;
	f->over = true;
	follower_free(f);
}

static bool slow_ready(const struct store *store)
{
	const struct slow_store *s = (const struct slow_store *)store;
	return !s->cut && s->config.inner->ops->ready(s->config.inner);
}

void slow_store_cut(struct store *store)
{
	((struct slow_store *)store)->cut = true;
}

static void slow_destroy(struct store *store)
{
	struct slow_store *s = (struct slow_store *)store;
	while (s->journeys != NULL) {
		struct journey *j = s->journeys;
		leave(j); /* its timer frees it */
		switch (j->op) {
		case OP_LOAD:
			j->load->done(j->load, STORE_UNAVAILABLE);
			break;
		case OP_COMMIT:
			j->commit->done(j->commit, j->back ? STORE_UNKNOWN : STORE_UNAVAILABLE);
			break;
		case OP_RESERVE:
			j->reserved(j->arg, 0);
			break;
		case OP_LEASE:
		case OP_ADD:
			j->leased(j->arg, false);
			break;
		case OP_LIST:
			j->listed(j->arg, SLICE_NONE, false);
			break;
		}
	}
	while (s->followers != NULL)
		slow_unfollow((struct store_follower *)s->followers);
	free(s);
}

static void slow_compact(struct store *store, bool begin, void (*done)(void *arg, enum store_compaction state),
			 void *arg)
{
	(void)store;
	(void)begin;
	done(arg, STORE_COMPACT_DONE);
}

struct store *slow_store_new(const struct slow_store_config *config)
{
	static const struct store_ops ops = {.load = slow_load,
					     .commit = slow_commit,
					     .reserve = slow_reserve,
					     .follow = slow_follow,
					     .unfollow = slow_unfollow,
					     .lease = slow_lease,
					     .add_tenant = slow_add,
					     .list_tenants = slow_list,
					     .compact = slow_compact,
					     .ready = slow_ready,
					     .destroy = slow_destroy};
	struct slow_store *s = calloc(1, sizeof(*s));
	if (s == NULL)
		abort();
	s->base.ops = &ops;
	s->config = *config;
	return &s->base;
}
