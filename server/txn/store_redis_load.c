#include "base/limits.h"
#include "txn/store_log_id.h"
#include "txn/store_redis_internal.h"

/*
 * A load is one pipeline: one MGET for all records, one command for every other read. Only when a
 * record that may be packed is missing, a second pipeline looks into its pack, and then at its key
 * again, for it may have been unpacked in between.
 */
struct load_op {
	struct store_redis *store;
	struct store_load *load;
	size_t left; /* commands under way, and one while more are being issued */
	enum store_verdict verdict;
	bool packs; /* the second pipeline */
};

/* One command's share of the load; read is NULL for the MGET. */
struct part {
	struct load_op *op;
	struct store_read *read;
	unsigned replies; /* errors that are made up for included */
};

static void second_round(struct load_op *op);

static bool is_get(const struct store_read *read)
{
	return read->kind == STORE_GET;
}

static bool look_in_pack(const struct store_read *read)
{
	return is_get(read) && !read->found && read->pack_key.len > 0;
}

/* The first thing that went wrong is the answer. */
static void fail(struct load_op *op, enum store_verdict verdict)
{
	if (op->verdict == STORE_OK)
		op->verdict = verdict;
}

static void release(struct load_op *op)
{
	if (--op->left > 0)
		return;
	store_redis_count(op->store);
	if (op->verdict == STORE_OK && !op->packs) {
		for (size_t i = 0; i < op->load->n; i++) {
			if (look_in_pack(&op->load->reads[i])) {
				second_round(op);
				return;
			}
		}
	}
	/* op lies in the load's arena, which is the caller's again now. */
	op->load->done(op->load, op->verdict);
}

/* --- taking replies; all of these may leave through the arena's guard --- */

static bool take_record(struct load_op *op, struct store_read *read, const struct redis_reply *reply, bool packed)
{
	if (reply->type == REDIS_NIL)
		return true;
	if (reply->type != REDIS_STRING)
		return false;
	read->found = true;
	read->packed = packed;
	read->value = arena_slice(op->load->arena, reply->bytes);
	return true;
}

static bool take_records(struct load_op *op, const struct redis_reply *reply)
{
	size_t at = 0;
	if (reply->type != REDIS_ARRAY)
		return false;
	for (size_t i = 0; i < op->load->n; i++) {
		if (!is_get(&op->load->reads[i]))
			continue;
		if (at == reply->n || !take_record(op, &op->load->reads[i], &reply->elements[at++], false))
			return false;
	}
	return at == reply->n;
}

static bool take_range(struct load_op *op, struct store_read *read, const struct redis_reply *reply)
{
	struct arena *a = op->load->arena;
	if (reply->type != REDIS_ARRAY || reply->n % 2 != 0)
		return false;
	struct store_entry *entries = arena_array(a, reply->n / 2, sizeof(*entries));
	for (size_t i = 0; i < reply->n / 2; i++) {
		if (!redis_reply_integer(&reply->elements[2 * i + 1], &entries[i].score))
			return false;
		entries[i].member = arena_slice(a, reply->elements[2 * i].bytes);
	}
	read->entries = entries;
	read->n_entries = reply->n / 2;
	return true;
}

static bool take_log(struct load_op *op, struct store_read *read, const struct redis_reply *reply)
{
	struct arena *a = op->load->arena;
	if (reply->type != REDIS_ARRAY)
		return false;
	struct store_entry *entries = arena_array(a, reply->n, sizeof(*entries));
	for (size_t i = 0; i < reply->n; i++) {
		const struct redis_reply *entry = &reply->elements[i];
		if (entry->type != REDIS_ARRAY || entry->n != 2 || entry->elements[1].n < 2)
			return false;
		entries[i].member = arena_slice(a, entry->elements[0].bytes);
		entries[i].value = arena_slice(a, entry->elements[1].elements[1].bytes);
	}
	read->entries = entries;
	read->n_entries = reply->n;
	return true;
}

static bool take_number(struct store_read *read, const struct redis_reply *reply)
{
	read->number = 0;
	return reply->type == REDIS_NIL || redis_reply_integer(reply, &read->number);
}

static bool take_reply(struct part *part, const struct redis_reply *reply)
{
	if (part->read == NULL)
		return take_records(part->op, reply);
	switch (part->read->kind) {
	case STORE_GET:
		/* HGET comes first, then GET. */
		return part->read->found || take_record(part->op, part->read, reply, part->replies == 1);
	case STORE_RANGE:
		return take_range(part->op, part->read, reply);
	case STORE_LOG:
		return take_log(part->op, part->read, reply);
	case STORE_COUNT:
	case STORE_COUNTER:
		return take_number(part->read, reply);
	}
	return false;
}

static void take_guarded(struct part *part, const struct redis_reply *reply)
{
	struct arena *a = part->op->load->arena;
	jmp_buf guard, *outer = a->guard;
	if (!ARENA_GUARD(a, &guard)) {
		a->guard = outer;
		fail(part->op, STORE_TOO_LARGE);
		return;
	}
	bool ok = take_reply(part, reply);
	a->guard = outer;
	if (!ok)
		fail(part->op, STORE_CORRUPT);
}

static void send_range_behind(struct part *part);

static void on_reply(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct store_redis *s = owner;
	struct part *part = arg;
	part->replies++;
	if (fate != REDIS_REPLIED) {
		fail(part->op, STORE_UNAVAILABLE);
	} else if (reply->type != REDIS_ERROR) {
		take_guarded(part, reply);
	} else if (redis_error_is(reply, "NOSCRIPT") && part->replies == 1) {
		redis_conn_load_scripts(s->conn);
		send_range_behind(part);
	} else {
		fail(part->op, redis_error_is(reply, "WRONGTYPE") ? STORE_CORRUPT : store_redis_verdict(s, reply));
	}
	release(part->op);
}

/* --- sending --- */

static struct buf *begin(struct part *part, size_t n_args, const char *name)
{
	part->op->left++;
	redis_conn_begin(part->op->store->conn, n_args);
	struct buf *out = redis_conn_out(part->op->store->conn);
	resp_str(out, name);
	return out;
}

static void end(struct part *part)
{
	redis_conn_end(part->op->store->conn, on_reply, part);
}

static void put_key(const struct part *part, struct buf *out, struct slice key)
{
	store_redis_key(part->op->store, out, part->op->load->tenant, key);
}

static void send_mget(struct part *part, size_t n)
{
	const struct store_load *load = part->op->load;
	struct buf *out = begin(part, 1 + n, "MGET");
	for (size_t i = 0; i < load->n; i++) {
		if (is_get(&load->reads[i]))
			put_key(part, out, load->reads[i].key);
	}
	end(part);
}

static void send_range_from_start(struct part *part)
{
	const struct store_read *read = part->read;
	struct buf *out = begin(part, read->reverse ? 10 : 9, "ZRANGE");
	put_key(part, out, read->key);
	resp_int(out, read->reverse ? read->max : read->min);
	resp_int(out, read->reverse ? read->min : read->max);
	resp_str(out, "BYSCORE");
	if (read->reverse)
		resp_str(out, "REV");
	resp_str(out, "LIMIT");
	resp_str(out, "0");
	resp_int(out, read->limit);
	resp_str(out, "WITHSCORES");
	end(part);
}

static void send_range_behind(struct part *part)
{
	const struct store_read *read = part->read;
	struct buf *out = begin(part, 9, "EVALSHA");
	resp_str(out, script_range_sha1);
	resp_str(out, "1");
	put_key(part, out, read->key);
	resp_int(out, read->after_score);
	resp_arg(out, read->after);
	resp_int(out, read->reverse ? read->min : read->max);
	resp_int(out, read->limit);
	resp_str(out, read->reverse ? "1" : "0");
	end(part);
}

/* A cursor outside the bounds, on the near side, is no cursor. */
static bool starts_behind(const struct store_read *read)
{
	if (read->after.len == 0)
		return false;
	return read->reverse ? read->after_score <= read->max : read->after_score >= read->min;
}

static void send_log(struct part *part)
{
	const struct store_read *read = part->read;
	struct log_id after;
	if (read->after.len > 0 && !log_id_parse(read->after, &after)) {
		fail(part->op, STORE_CORRUPT);
		return;
	}
	/* Nothing lies beyond the ends, and Redis takes the question for a mistake. */
	if (read->after.len > 0 && log_id_cmp(after, read->reverse ? LOG_ID_FIRST : LOG_ID_LAST) == 0)
		return;
	struct buf *out = begin(part, 6, read->reverse ? "XREVRANGE" : "XRANGE");
	put_key(part, out, read->key);
	if (read->after.len > 0)
		resp_bound(out, true, read->after);
	else
		resp_str(out, read->reverse ? "+" : "-");
	resp_str(out, read->reverse ? "-" : "+");
	resp_str(out, "COUNT");
	resp_int(out, read->limit);
	end(part);
}

static void send_count(struct part *part)
{
	struct buf *out = begin(part, 4, "ZCOUNT");
	put_key(part, out, part->read->key);
	resp_int(out, part->read->min);
	resp_int(out, part->read->max);
	end(part);
}

static void send_counter(struct part *part)
{
	struct buf *out = begin(part, 2, "GET");
	put_key(part, out, part->read->key);
	end(part);
}

static void send_read(struct part *part)
{
	struct store_read *read = part->read;
	switch (read->kind) {
	case STORE_GET:
		return;
	case STORE_RANGE:
	case STORE_LOG:
		if (read->limit > LIMIT_READ_ENTRIES)
			fail(part->op, STORE_TOO_LARGE);
		else if (read->limit == 0)
			return;
		else if (read->kind == STORE_LOG)
			send_log(part);
		else if (starts_behind(read))
			send_range_behind(part);
		else
			send_range_from_start(part);
		return;
	case STORE_COUNT:
		send_count(part);
		return;
	case STORE_COUNTER:
		send_counter(part);
		return;
	}
}

static void send_pack_lookup(struct part *part)
{
	struct buf *out = begin(part, 3, "HGET");
	put_key(part, out, part->read->pack_key);
	resp_arg(out, part->read->pack_field);
	end(part);
	out = begin(part, 2, "GET");
	put_key(part, out, part->read->key);
	end(part);
}

/* The parts of a round, in the load's arena; NULL when they don't fit. */
static struct part *new_parts(struct load_op *op)
{
	struct arena *a = op->load->arena;
	jmp_buf guard, *outer = a->guard;
	if (!ARENA_GUARD(a, &guard)) {
		a->guard = outer;
		return NULL;
	}
	struct part *parts = arena_array(a, op->load->n + 1, sizeof(*parts));
	a->guard = outer;
	for (size_t i = 0; i < op->load->n; i++)
		parts[i] = (struct part){.op = op, .read = &op->load->reads[i]};
	parts[op->load->n] = (struct part){.op = op};
	return parts;
}

static void second_round(struct load_op *op)
{
	op->packs = true;
	op->left = 1;
	struct part *parts = new_parts(op);
	if (parts == NULL)
		fail(op, STORE_TOO_LARGE);
	for (size_t i = 0; parts != NULL && i < op->load->n; i++) {
		if (look_in_pack(parts[i].read))
			send_pack_lookup(&parts[i]);
	}
	release(op);
}

static void first_round(struct load_op *op, struct part *parts)
{
	size_t gets = 0;
	for (size_t i = 0; i < op->load->n; i++)
		gets += is_get(&op->load->reads[i]);
	if (gets > 0)
		send_mget(&parts[op->load->n], gets);
	for (size_t i = 0; i < op->load->n && op->verdict == STORE_OK; i++)
		send_read(&parts[i]);
}

static struct load_op *new_op(struct store_redis *s, struct store_load *load)
{
	jmp_buf guard, *outer = load->arena->guard;
	if (!ARENA_GUARD(load->arena, &guard)) {
		load->arena->guard = outer;
		return NULL;
	}
	struct load_op *op = ARENA_NEW(load->arena, struct load_op);
	load->arena->guard = outer;
	*op = (struct load_op){.store = s, .load = load, .left = 1};
	return op;
}

static void clear_results(struct store_load *load)
{
	for (size_t i = 0; i < load->n; i++) {
		struct store_read *read = &load->reads[i];
		read->found = read->packed = false;
		read->value = SLICE_NONE;
		read->number = 0;
		read->entries = NULL;
		read->n_entries = 0;
	}
}

void store_redis_load(struct store *store, struct store_load *load)
{
	struct store_redis *s = store_redis_of(store);
	s->base.loads++;
	clear_results(load);
	if (!redis_conn_ready(s->conn)) {
		load->done(load, STORE_UNAVAILABLE);
		return;
	}
	struct load_op *op = new_op(s, load);
	struct part *parts = op == NULL ? NULL : new_parts(op);
	if (parts == NULL) {
		load->done(load, STORE_TOO_LARGE);
		return;
	}
	first_round(op, parts);
	release(op);
}
