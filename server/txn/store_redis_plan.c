#include "txn/store_redis_plan.h"

#include <stdlib.h>

#include "base/hash.h"
#include "redis/resp.h"
#include "txn/store_log_id.h"

enum { GROUP_MAX = 255, NO_GROUP = -1 };

void commit_plan_finish(struct plan *p)
{
	free(p->keys);
	free(p->slots);
	free(p->groups);
	free(p->next);
	buf_free(&p->head);
	buf_free(&p->versions);
	*p = (struct plan){0};
}

static bool reserve(void **array, size_t *room, size_t need, size_t item_bytes)
{
	size_t bytes;
	if (need <= *room)
		return true;
	size_t grown_room = need < 64 ? 64 : need * 2;
	if (__builtin_mul_overflow(grown_room, item_bytes, &bytes))
		return false;
	void *grown = realloc(*array, bytes);
	if (grown == NULL)
		return false;
	*array = grown;
	*room = grown_room;
	return true;
}

/* Room for all that this commit can need, so that nothing below fails. */
static bool prepare(struct plan *p, const struct store_commit *commit)
{
	size_t most = commit->n_guards + commit->n_writes;
	size_t slots = 64;
	while (slots < most * 2)
		slots *= 2;
	if (!reserve((void **)&p->keys, &p->keys_room, most, sizeof(*p->keys)) ||
	    !reserve((void **)&p->groups, &p->groups_room, commit->n_writes, sizeof(*p->groups)) ||
	    !reserve((void **)&p->next, &p->next_room, commit->n_writes, sizeof(*p->next)))
		return false;
	if (slots > p->slots_room) {
		free(p->slots);
		p->slots_room = 0;
		p->slots = malloc(slots * sizeof(*p->slots));
		if (p->slots == NULL)
			return false;
	}
	/* A table made for an import is not cleared for every small commit after it. */
	p->slots_room = slots;
	memset(p->slots, 0, slots * sizeof(*p->slots));
	return true;
}

static struct plan_key *key_of(struct plan *p, struct slice key)
{
	size_t mask = p->slots_room - 1;
	size_t at = (size_t)hash_bytes(0, key) & mask;
	for (; p->slots[at] != 0; at = (at + 1) & mask) {
		struct plan_key *k = &p->keys[p->slots[at] - 1];
		if (slice_eq(k->key, key))
			return k;
	}
	p->keys[p->n_keys] = (struct plan_key){.key = key, .last = NO_GROUP};
	p->slots[at] = (uint32_t)++p->n_keys;
	return &p->keys[p->n_keys - 1];
}

static void add_guard(struct plan *p, const struct store_guard *guard)
{
	if (guard->pack_key.len > 0) {
		p->packed++;
		return;
	}
	struct plan_key *k = key_of(p, guard->key);
	if (k->guard == NULL) {
		k->guard = guard;
		p->guards++;
	} else if (k->guard->version != guard->version) {
		k->impossible = true;
	}
}

static void add_put(struct plan *p, struct plan_key *k, const struct store_write *w)
{
	if (k->put == NULL) {
		if (k->guard != NULL)
			p->both++;
		else
			p->more++;
	}
	k->put = w;
}

static enum plan_what what_of(enum store_write_kind kind)
{
	switch (kind) {
	case STORE_PUT:
		return PLAN_PUT;
	case STORE_PACK:
		return PLAN_PACK;
	case STORE_UNPACK:
		return PLAN_UNPACK;
	case STORE_DELETE:
		return PLAN_DELETE;
	case STORE_INDEX:
		return PLAN_INDEX;
	case STORE_UNINDEX:
		return PLAN_UNINDEX;
	case STORE_INCREMENT:
		return PLAN_INCREMENT;
	case STORE_TALLY:
		return PLAN_TALLY;
	case STORE_APPEND:
		return PLAN_APPEND;
	case STORE_TRIM:
		return PLAN_TRIM;
	}
	abort();
}

/* The group that the write may join, or NO_GROUP. */
static int32_t candidate(const struct plan *p, const struct plan_key *k, enum plan_what what)
{
	int32_t group = k->last;
	/* Deletes and late puts are one command over many keys. */
	if (what == PLAN_DELETE)
		group = p->last_delete;
	else if (what == PLAN_PUT)
		group = p->last_put;
	else if (what == PLAN_APPEND || what == PLAN_TRIM)
		return NO_GROUP;
	if (group < k->last || group == NO_GROUP || p->groups[group].what != what || p->groups[group].n == GROUP_MAX)
		return NO_GROUP;
	return group;
}

static void add_write(struct plan *p, uint32_t at)
{
	const struct store_write *w = &p->commit->writes[at];
	enum plan_what what = what_of(w->kind);
	struct plan_key *k = key_of(p, w->key);
	struct log_id id;
	if (what == PLAN_TRIM && !log_id_parse(w->field, &id))
		p->malformed = true;
	if (what == PLAN_PUT && k->last == NO_GROUP) {
		add_put(p, k, w);
		return;
	}
	int32_t group = candidate(p, k, what);
	p->next[at] = UINT32_MAX;
	if (group != NO_GROUP && what == PLAN_INCREMENT) {
		int64_t sum;
		if (!__builtin_add_overflow(p->groups[group].sum, w->score, &sum)) {
			p->groups[group].sum = sum;
			return;
		}
		group = NO_GROUP;
	}
	if (group == NO_GROUP) {
		group = (int32_t)p->n_groups++;
		p->groups[group] = (struct plan_group){what, 1, at, at, w->score};
	} else {
		p->next[p->groups[group].last] = at;
		p->groups[group].last = at;
		p->groups[group].n++;
	}
	k->last = group;
	if (what == PLAN_DELETE)
		p->last_delete = group;
	if (what == PLAN_PUT)
		p->last_put = group;
}

bool commit_plan_make(struct plan *p, const struct store_commit *commit)
{
	p->commit = commit;
	p->n_keys = p->n_groups = p->guards = p->both = p->more = p->packed = p->claims = 0;
	p->last_delete = p->last_put = NO_GROUP;
	p->malformed = false;
	if (!prepare(p, commit))
		return false;
	for (size_t i = 0; i < commit->n_guards; i++)
		add_guard(p, &commit->guards[i]);
	for (size_t i = 0; i < commit->n_writes; i++)
		add_write(p, (uint32_t)i);
	if (commit->claim_field.len > 0)
		p->claims = commit->claim_old_key.len > 0 ? 2 : 1;
	return true;
}

/* --- writing --- */

/* Keys (on return) and arguments (added to *args) of a group. */
static size_t group_size(const struct plan_group *g, size_t *args)
{
	switch (g->what) {
	case PLAN_INDEX:
	case PLAN_TALLY:
	case PLAN_PACK:
		*args += 2 * (size_t)g->n;
		return 1;
	case PLAN_UNINDEX:
	case PLAN_UNPACK:
		*args += g->n;
		return 1;
	case PLAN_APPEND:
	case PLAN_INCREMENT:
	case PLAN_TRIM:
		*args += 1;
		return 1;
	case PLAN_DELETE:
		return g->n;
	case PLAN_PUT:
		*args += g->n;
		return g->n;
	}
	abort();
}

static size_t count(const struct plan *p, size_t *keys)
{
	size_t args = 2 + 2 * p->packed + (p->claims > 0 ? 2 : 0) + p->both + p->more;
	*keys = p->guards + p->more + p->packed + p->claims;
	for (size_t i = 0; i < p->n_groups; i++)
		*keys += group_size(&p->groups[i], &args);
	return args;
}

size_t commit_plan_args(const struct plan *p)
{
	size_t keys;
	size_t args = count(p, &keys);
	return 1 + keys + args;
}

static void put_u16(struct buf *b, size_t v)
{
	buf_byte(b, (uint8_t)(v >> 8));
	buf_byte(b, (uint8_t)v);
}

static void write_group_keys(const struct plan *p, const struct plan_group *g, struct slice prefix, struct buf *out)
{
	const struct store_write *writes = p->commit->writes;
	if (g->what != PLAN_DELETE && g->what != PLAN_PUT) {
		resp_pair(out, prefix, writes[g->first].key);
		return;
	}
	for (uint32_t at = g->first; at != UINT32_MAX; at = p->next[at])
		resp_pair(out, prefix, writes[at].key);
}

/* The guarded records that are written come first, then those that are only guarded, then the rest. */
static void write_keys(struct plan *p, struct slice prefix, struct buf *out)
{
	const struct store_commit *commit = p->commit;
	for (int written = 1; written >= 0; written--) {
		for (size_t i = 0; i < p->n_keys; i++) {
			const struct plan_key *k = &p->keys[i];
			if (k->guard == NULL || (k->put != NULL) != (written == 1))
				continue;
			resp_pair(out, prefix, k->key);
			buf_u64be(&p->versions, k->impossible ? UINT64_MAX : k->guard->version);
		}
	}
	for (size_t i = 0; i < p->n_keys && p->more > 0; i++) {
		if (p->keys[i].guard == NULL && p->keys[i].put != NULL)
			resp_pair(out, prefix, p->keys[i].key);
	}
	for (size_t i = 0; i < commit->n_guards && p->packed > 0; i++) {
		if (commit->guards[i].pack_key.len > 0)
			resp_pair(out, prefix, commit->guards[i].pack_key);
	}
	if (p->claims == 2)
		resp_pair(out, prefix, commit->claim_old_key);
	if (p->claims > 0)
		resp_pair(out, prefix, commit->claim_key);
	for (size_t i = 0; i < p->n_groups; i++)
		write_group_keys(p, &p->groups[i], prefix, out);
}

static void write_group_args(const struct plan *p, const struct plan_group *g, struct buf *out)
{
	if (g->what == PLAN_INCREMENT) {
		resp_int(out, g->sum);
		return;
	}
	for (uint32_t at = g->first; at != UINT32_MAX; at = p->next[at]) {
		const struct store_write *w = &p->commit->writes[at];
		switch (g->what) {
		case PLAN_INDEX:
		case PLAN_TALLY:
			resp_int(out, w->score);
			resp_arg(out, w->field);
			break;
		case PLAN_PACK:
			resp_arg(out, w->field);
			resp_arg(out, w->value);
			break;
		case PLAN_UNINDEX:
		case PLAN_UNPACK:
		case PLAN_TRIM:
			resp_arg(out, w->field);
			break;
		case PLAN_APPEND:
		case PLAN_PUT:
			resp_arg(out, w->value);
			break;
		case PLAN_DELETE:
		case PLAN_INCREMENT:
			break;
		}
	}
}

static void write_packed_guards(const struct plan *p, struct buf *out)
{
	const struct store_commit *commit = p->commit;
	for (size_t i = 0; i < commit->n_guards && p->packed > 0; i++) {
		const struct store_guard *g = &commit->guards[i];
		if (g->pack_key.len == 0)
			continue;
		uint8_t version[8];
		for (unsigned b = 0; b < 8; b++)
			version[b] = (uint8_t)(g->version >> (56 - 8 * b));
		resp_arg(out, g->pack_field);
		resp_arg(out, slice_of(version, sizeof(version)));
	}
}

static void write_values(const struct plan *p, struct buf *out)
{
	for (int guarded = 1; guarded >= 0; guarded--) {
		for (size_t i = 0; i < p->n_keys; i++) {
			const struct plan_key *k = &p->keys[i];
			if (k->put != NULL && (k->guard != NULL) == (guarded == 1))
				resp_arg(out, k->put->value);
		}
	}
}

void commit_plan_write(struct plan *p, struct slice prefix, struct buf *out)
{
	size_t keys;
	count(p, &keys);
	buf_reset(&p->head);
	buf_reset(&p->versions);
	put_u16(&p->head, p->guards);
	put_u16(&p->head, p->both);
	put_u16(&p->head, p->more);
	put_u16(&p->head, p->packed);
	buf_byte(&p->head, (uint8_t)p->claims);
	for (size_t i = 0; i < p->n_groups; i++) {
		buf_byte(&p->head, (uint8_t)p->groups[i].what);
		buf_byte(&p->head, p->groups[i].n);
	}
	resp_int(out, (int64_t)keys);
	write_keys(p, prefix, out);
	resp_arg(out, buf_view(&p->head));
	resp_arg(out, buf_view(&p->versions));
	if (p->head.failed || p->versions.failed)
		out->failed = true;
	write_packed_guards(p, out);
	if (p->claims > 0) {
		resp_arg(out, p->commit->claim_field);
		resp_arg(out, p->commit->claim_value);
	}
	write_values(p, out);
	for (size_t i = 0; i < p->n_groups; i++)
		write_group_args(p, &p->groups[i], out);
}
