/* envelope, record cache, sealing, and what is derived from records (kind). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/id.h"
#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "txn/envelope.h"
#include "txn/kind.h"
#include "txn/record_cache.h"
#include "txn/seal.h"

/* --- envelope --- */

static void test_envelope(void **state)
{
	(void)state;
	uint8_t bytes[ENVELOPE_BYTES + 5];
	uint64_t version;
	struct slice body;
	memcpy(bytes + ENVELOPE_BYTES, "hello", 5);
	envelope_seal(bytes, ENVELOPE_PLAIN, 5, UINT64_C(0x0102030405060708));
	/* Nobody may change how records are stored. */
	assert_memory_equal(bytes + 1, "\1\2\3\4\5\6\7\10\x36\x10\xa6\x86", 12);
	assert_int_equal(envelope_open(slice_of(bytes, sizeof(bytes)), &version, &body), OK);
	assert_int_equal(version, UINT64_C(0x0102030405060708));
	assert_true(slice_eq(body, SLICE("hello")));
	for (size_t len = 0; len < sizeof(bytes); len++)
		assert_int_equal(envelope_open(slice_of(bytes, len), &version, &body), ERR_DATA_CORRUPT);
	/* Any bit of format, checksum or body. The version is the store's to check. */
	for (size_t i = 0; i < sizeof(bytes) * 8; i++) {
		if (i / 8 >= 1 && i / 8 <= 8)
			continue;
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
		bool format = bytes[0] == ENVELOPE_PLAIN || bytes[0] == ENVELOPE_SQUASHED;
		enum err expected = i < 8 && format ? OK : ERR_DATA_CORRUPT;
		assert_int_equal(envelope_open(slice_of(bytes, sizeof(bytes)), &version, &body), expected);
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	assert_false(envelope_is_squashed(slice_of(bytes, sizeof(bytes))));
	envelope_seal(bytes, ENVELOPE_SQUASHED, 0, 1);
	assert_int_equal(envelope_open(slice_of(bytes, ENVELOPE_BYTES), &version, &body), OK);
	assert_int_equal(body.len, 0);
	assert_true(envelope_is_squashed(slice_of(bytes, ENVELOPE_BYTES)));
	assert_false(envelope_is_squashed(SLICE_NONE));
}

/* --- record cache --- */

static bool cached(struct record_cache *c, const char *tenant, enum record_kind kind, const char *id, const char *value)
{
	struct slice found;
	bool packed;
	bool has = record_cache_find(c, slice_str(tenant), kind, slice_str(id), &found, &packed);
	return has && slice_eq(found, slice_str(value));
}

static void test_cache(void **state)
{
	(void)state;
	bool packed;
	struct record_cache *c = record_cache_new(1 << 16);
	struct slice found;
	record_cache_put(c, SLICE("elm"), KIND_ORDER, SLICE("o1"), SLICE("one"), false);
	record_cache_put(c, SLICE("oak"), KIND_ORDER, SLICE("o1"), SLICE("other"), false);
	record_cache_put(c, SLICE("elm"), KIND_LOAD, SLICE("o1"), SLICE("load"), false);
	record_cache_put(c, SLICE("elm"), KIND_ORDER, SLICE("o1"), SLICE("two"), false);
	assert_true(cached(c, "elm", KIND_ORDER, "o1", "two"));
	assert_true(cached(c, "oak", KIND_ORDER, "o1", "other"));
	assert_true(cached(c, "elm", KIND_LOAD, "o1", "load"));
	record_cache_drop(c, SLICE("elm"), KIND_ORDER, SLICE("o1"));
	record_cache_drop(c, SLICE("elm"), KIND_ORDER, SLICE("o9"));
	assert_false(record_cache_find(c, SLICE("elm"), KIND_ORDER, SLICE("o1"), &found, &packed));
	/* Those that are not used go first; one that is too large for all leaves the cache in order. */
	for (int i = 0; i < 5000; i++) {
		char id[16];
		int len = snprintf(id, sizeof(id), "m%d", i);
		record_cache_put(c, SLICE("elm"), KIND_MEMBER, slice_of(id, (size_t)len), SLICE("0123456789"), false);
		assert_true(cached(c, "elm", KIND_LOAD, "o1", "load"));
	}
	assert_true(cached(c, "elm", KIND_MEMBER, "m4999", "0123456789"));
	assert_false(record_cache_find(c, SLICE("elm"), KIND_MEMBER, SLICE("m1"), &found, &packed));
	uint8_t *large = calloc(1, 1 << 17);
	record_cache_put(c, SLICE("elm"), KIND_MEMBER, SLICE("large"), slice_of(large, 1 << 17), false);
	free(large);
	assert_false(record_cache_find(c, SLICE("elm"), KIND_MEMBER, SLICE("large"), &found, &packed));
	record_cache_put(c, SLICE("elm"), KIND_MEMBER, SLICE("m1"), SLICE("x"), false);
	assert_true(cached(c, "elm", KIND_MEMBER, "m1", "x"));
	record_cache_clear(c);
	assert_false(record_cache_find(c, SLICE("elm"), KIND_MEMBER, SLICE("m1"), &found, &packed));
	record_cache_free(c);
	record_cache_free(NULL);
}

static unsigned number_in(struct slice text)
{
	unsigned number = 0;
	for (size_t i = 0; i < text.len; i++)
		number = number * 10 + (unsigned)(text.ptr[i] - '0');
	return number;
}

/* Against a table of what it should hold: entries that share their way through the slots come and go. */
static void test_cache_random(void **state)
{
	(void)state;
	enum { IDS = 700, STEPS = 40000 };
	static unsigned held[IDS]; /* 0: not there */
	struct record_cache *c = record_cache_new(1 << 20);
	uint64_t random = 1;
	for (unsigned step = 1; step <= STEPS; step++) {
		random = hash_mix64(random + step);
		unsigned i = (unsigned)(random % IDS);
		char id[16], value[32];
		snprintf(id, sizeof(id), "m%u", i);
		snprintf(value, sizeof(value), "%0*u", (int)(random >> 32 & 15) + 1, step);
		bool drops = (random >> 20) % 3 == 0;
		if (drops)
			record_cache_drop(c, SLICE("elm"), KIND_MEMBER, slice_str(id));
		else
			record_cache_put(c, SLICE("elm"), KIND_MEMBER, slice_str(id), slice_str(value), false);
		held[i] = drops ? 0 : step;
		unsigned other = (unsigned)(random >> 40) % IDS;
		struct slice found;
		bool packed;
		snprintf(id, sizeof(id), "m%u", other);
		bool has = record_cache_find(c, SLICE("elm"), KIND_MEMBER, slice_str(id), &found, &packed);
		assert_int_equal(has, held[other] != 0);
		if (has)
			assert_int_equal(number_in(found), held[other]);
	}
	record_cache_free(c);
}

/* --- personal data --- */

static struct key_ring ring_of(uint8_t seed, uint32_t version)
{
	return (struct key_ring){.n = 1, .entries = {{.version = version, .key = {1, 2, seed}}}};
}

static void test_seal(void **state)
{
	(void)state;
	const struct key_ring ring = ring_of(3, 1), other_ring = ring_of(4, 1);
	struct sealer *sealer = sealer_new(&ring), *other = sealer_new(&other_ring);
	struct arena a;
	struct wrapped_key key, other_key;
	struct slice sealed, again, plain;
	struct slice secret = SLICE("Canary 13800000000");
	const char *owner;
	arena_init(&a, 1 << 24);
	assert_int_equal(seal_new_key(sealer, &a, "elm", "m1", &key), OK);
	assert_int_equal(seal_new_key(sealer, &a, "elm", "m1", &other_key), OK);
	assert_false(slice_eq(key.bytes, other_key.bytes));
	assert_int_equal(seal_close(sealer, &a, "elm", "m1", &key, secret, &sealed), OK);
	assert_int_equal(seal_close(sealer, &a, "elm", "m1", &key, secret, &again), OK);
	assert_false(slice_eq(sealed, again)); /* another nonce each time */
	assert_null(memmem(sealed.ptr, sealed.len, "Canary", 6));
	assert_int_equal(seal_open(sealer, &a, "elm", "m1", &key, sealed, &plain), OK);
	assert_true(slice_eq(plain, secret));
	/* Not another tenant's, record's or person's, not under another key. */
	assert_int_equal(seal_open(sealer, &a, "oak", "m1", &key, sealed, &plain), ERR_DATA_CORRUPT);
	assert_int_equal(seal_open(sealer, &a, "elm", "m2", &key, sealed, &plain), ERR_DATA_CORRUPT);
	assert_int_equal(seal_open(sealer, &a, "elm", "m1", &other_key, sealed, &plain), ERR_DATA_CORRUPT);
	assert_int_equal(seal_open(other, &a, "elm", "m1", &key, sealed, &plain), ERR_DATA_CORRUPT);
	struct wrapped_key moved = key;
	moved.owner_id = "m2";
	assert_int_equal(seal_open(sealer, &a, "elm", "m1", &moved, sealed, &plain), ERR_DATA_CORRUPT);
	moved = key;
	moved.version = 2;
	assert_int_equal(seal_open(sealer, &a, "elm", "m1", &moved, sealed, &plain), ERR_KEY_MISSING);
	/* Any bit, any length. */
	uint8_t *bytes = arena_copy(&a, sealed.ptr, sealed.len);
	for (size_t i = 0; i < sealed.len * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
		enum err err = seal_open(sealer, &a, "elm", "m1", &key, slice_of(bytes, sealed.len), &plain);
		if (err == OK) /* a flipped field number drops nothing that matters */
			assert_true(slice_eq(plain, secret));
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_not_equal(seal_open(sealer, &a, "elm", "m1", &key, slice_of(sealed.ptr, len), &plain), OK);
	/* It says whose it is. */
	assert_int_equal(seal_owner(&a, "m1", sealed, &owner), OK);
	assert_string_equal(owner, "m1");
	assert_int_equal(seal_close(sealer, &a, "elm", "o1", &key, SLICE_NONE, &sealed), OK);
	assert_int_equal(seal_owner(&a, "o1", sealed, &owner), OK);
	assert_string_equal(owner, "m1");
	assert_int_equal(seal_open(sealer, &a, "elm", "o1", &key, sealed, &plain), OK);
	assert_int_equal(plain.len, 0);
	sealer_free(sealer);
	sealer_free(other);
	sealer_free(NULL);
	arena_free(&a);
}

struct rotation {
	struct sealer *sealer;
	struct key_ring ring;
	unsigned asked;
};

static void newer_file(void *arg)
{
	struct rotation *r = arg;
	r->asked++;
	sealer_take(r->sealer, &r->ring);
}

static void test_rotation(void **state)
{
	(void)state;
	struct key_ring ring = ring_of(3, 1);
	struct rotation r = {.sealer = sealer_new(&ring)};
	struct sealer *ahead = sealer_new(&ring);
	struct arena a;
	struct wrapped_key key;
	struct slice sealed, plain;
	arena_init(&a, 1 << 20);
	assert_int_equal(seal_new_key(r.sealer, &a, "elm", "m1", &key), OK);
	assert_int_equal(seal_close(r.sealer, &a, "elm", "m1", &key, SLICE("secret"), &sealed), OK);
	/* One worker has read the new file, the other has not: it reads it when it meets the new version. */
	const uint8_t fresh[KEY_RING_KEY_BYTES] = {9};
	assert_true(key_ring_add(&ring, fresh));
	sealer_take(ahead, &ring);
	assert_int_equal(seal_rewrap(ahead, &a, "elm", &key), OK);
	assert_int_equal(key.version, 2);
	assert_int_equal(seal_open(r.sealer, &a, "elm", "m1", &key, sealed, &plain), ERR_KEY_MISSING);
	r.ring = ring;
	sealer_on_missing(r.sealer, newer_file, &r);
	assert_int_equal(seal_open(r.sealer, &a, "elm", "m1", &key, sealed, &plain), OK);
	assert_true(slice_eq(plain, SLICE("secret")));
	assert_int_equal(r.asked, 1);
	/* Without the old version what was wrapped anew still opens; a tampered wrap does not. */
	assert_true(key_ring_drop(&ring, 1));
	sealer_take(ahead, &ring);
	assert_int_equal(seal_open(ahead, &a, "elm", "m1", &key, sealed, &plain), OK);
	((uint8_t *)(uintptr_t)key.bytes.ptr)[20] ^= 1;
	assert_int_equal(seal_rewrap(ahead, &a, "elm", &key), ERR_DATA_CORRUPT);
	assert_int_equal(seal_open(ahead, &a, "elm", "m1", &key, sealed, &plain), ERR_DATA_CORRUPT);
	sealer_free(ahead);
	sealer_free(r.sealer);
	arena_free(&a);
}

static void test_key_ring(void **state)
{
	(void)state;
#define K "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
	static const struct {
		const char *file;
		size_t n;
		const char *why;
	} rows[] = {
	    {"1 " K "\n", 1, NULL},
	    {"1 " K, 1, NULL},
	    {"# text\r\n\r\n3 " K "\r\n7 " K "\r\n", 2, NULL},
	    {"", 0, "neither"},
	    {"# nothing\n", 0, "neither"},
	    {"1 " K "\n1 " K "\n", 0, "line 2"},
	    {"2 " K "\n1 " K "\n", 0, "line 2"},
	    {"0 " K "\n", 0, "line 1"},
	    {"1000001 " K "\n", 0, "line 1"},
	    {"99999999999999999999 " K "\n", 0, "line 1"},
	    {"1" K "\n", 0, "line 1"},
	    {"1 " K "0\n", 0, "line 1"},
	    {"1 x" K "\n", 0, "line 1"},
	    {"1 \n", 0, "line 1"},
	    {"1\n", 0, "line 1"},
	    {"\n-1 " K "\n", 0, "line 2"},
	};
	struct key_ring ring;
	char why[KEY_RING_WHY_BYTES], file[KEY_RING_FILE_BYTES];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(key_ring_parse(slice_str(rows[i].file), &ring, why), rows[i].why == NULL);
		if (rows[i].why != NULL)
			assert_non_null(strstr(why, rows[i].why));
		else
			assert_int_equal(ring.n, rows[i].n);
	}
	/* 32 bytes as they are. */
	assert_true(key_ring_parse(SLICE("0123456789abcdef0123456789abcdef"), &ring, why));
	assert_int_equal(key_ring_newest(&ring), 1);
	/* As many versions as fit, there and back. */
	const uint8_t key[KEY_RING_KEY_BYTES] = {0xfe, 1};
	while (key_ring_add(&ring, key))
		continue;
	assert_int_equal(ring.n, KEY_RING_MAX);
	struct key_ring back;
	size_t len = key_ring_format(&ring, file);
	assert_true(key_ring_parse(slice_of(file, len), &back, why));
	assert_int_equal(back.n, KEY_RING_MAX);
	assert_memory_equal(key_ring_find(&back, 1), "0123456789abcdef0123456789abcdef", KEY_RING_KEY_BYTES);
	assert_memory_equal(key_ring_find(&back, KEY_RING_MAX), key, KEY_RING_KEY_BYTES);
	assert_null(key_ring_find(&back, 99));
	assert_false(key_ring_drop(&back, KEY_RING_MAX)); /* the newest stays */
	assert_false(key_ring_drop(&back, 99));
	assert_true(key_ring_drop(&back, 2));
	assert_null(key_ring_find(&back, 2));
	assert_non_null(key_ring_find(&back, 3));
	assert_false(key_ring_load("/does/not/exist", &ring, why));
	assert_non_null(strstr(why, "No such file"));
	key_ring_wipe(&back);
	assert_int_equal(key_ring_newest(&back), 0);
}

/* --- kinds --- */

static void test_kinds(void **state)
{
	(void)state;
	for (int i = 0; i < KIND_COUNT; i++) {
		const struct kind_info *info = kind_info((enum record_kind)i);
		assert_non_null(info->name);
		assert_non_null(info->descriptor);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(info->prefix, kind_info((enum record_kind)k)->prefix);
		if (info->letter != 0)
			assert_int_equal(kind_of_letter(info->letter), i);
	}
	assert_int_equal(kind_of_letter('z'), KIND_COUNT);
}

static void test_scores(void **state)
{
	(void)state;
	int64_t last = -1;
	for (OrderState state_ = ORDER_STATE_PLACED; state_ <= ORDER_STATE_REJECTED; state_++) {
		for (Urgency urgency = URGENCY_DANGER; urgency <= URGENCY_COMPLEX; urgency++) {
			int64_t low = index_board_score(state_, urgency, 0);
			int64_t high = index_board_score(state_, urgency, INDEX_TIME_MAX_MS);
			assert_true(low > last && high > low);
			assert_true(high < INT64_C(1) << 53);
			assert_true(high == (int64_t)(double)high);
			last = high;
		}
	}
	assert_true(index_task_score(TASK_OFFERED, INDEX_TIME_MAX_MS) < index_task_score(TASK_HELD, 0));
	assert_true(index_task_score(TASK_HELD, INDEX_TIME_MAX_MS) < index_task_score(TASK_DONE, 0));
}

static bool has_entry(const struct index_set *set, const char *index, int64_t *score)
{
	for (size_t i = 0; i < set->n; i++) {
		if (slice_eq(set->entries[i].index, slice_str(index))) {
			*score = set->entries[i].score;
			return true;
		}
	}
	return false;
}

static void test_order_indexes(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 20);
	OrderRecord *o = PB_NEW(&a, OrderRecord);
	SlotRecord *slot = PB_NEW(&a, SlotRecord);
	OfferRecord *offer = PB_NEW(&a, OfferRecord);
	o->id = (char *)"o0000001";
	o->grid_id = (char *)"n1";
	o->beneficiary_id = (char *)"r1";
	o->state = ORDER_STATE_PLACED;
	o->urgency = URGENCY_URGENT;
	o->placed_ms = 1000000000000;
	o->due_after_ms = 5000;
	o->dispatch_after_ms = 1;
	o->pooled = true;
	o->slots = &slot;
	o->n_slots = 1;
	o->offers = &offer;
	o->n_offers = 1;
	offer->member_id = (char *)"m1";
	offer->offered_after_ms = 1;
	offer->ttl_ms = 100;
	int64_t score;
	struct index_set set = {.arena = &a};
	kind_info(KIND_ORDER)->indexes(o, &set);
	assert_true(has_entry(&set, "i:ob", &score));
	assert_int_equal(score, index_board_score(ORDER_STATE_PLACED, URGENCY_URGENT, 1000000005000));
	assert_true(has_entry(&set, "i:og:n1", &score));
	assert_true(has_entry(&set, "i:op:n1", &score));
	assert_true(has_entry(&set, "i:or:r1", &score));
	assert_true(has_entry(&set, "due", &score));
	assert_int_equal(score, 1000000000000);
	assert_false(has_entry(&set, "i:om:m1", &score));
	/* Held: outside the pool, its dispatch waits; a live offer stays with its member. */
	o->state = ORDER_STATE_HELD;
	offer->state = OFFER_STATE_LIVE;
	set = (struct index_set){.arena = &a};
	kind_info(KIND_ORDER)->indexes(o, &set);
	assert_false(has_entry(&set, "i:op:n1", &score));
	assert_false(has_entry(&set, "due", &score));
	assert_true(has_entry(&set, "i:om:m1", &score));
	/* Closed: only where history is read. */
	o->state = ORDER_STATE_CLOSED;
	o->pooled = false;
	o->n_offers = 0;
	slot->member_id = (char *)"m2";
	slot->accepted_after_ms = 1;
	slot->completed_after_ms = 3;
	set = (struct index_set){.arena = &a};
	kind_info(KIND_ORDER)->indexes(o, &set);
	assert_int_equal(set.n, 2);
	assert_true(has_entry(&set, "i:or:r1", &score));
	assert_true(has_entry(&set, "i:om:m2", &score));
	assert_int_equal(score, index_task_score(TASK_DONE, 1000000000002));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_envelope), cmocka_unit_test(test_cache),    cmocka_unit_test(test_cache_random),
	    cmocka_unit_test(test_seal),     cmocka_unit_test(test_rotation), cmocka_unit_test(test_key_ring),
	    cmocka_unit_test(test_kinds),    cmocka_unit_test(test_scores),   cmocka_unit_test(test_order_indexes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
