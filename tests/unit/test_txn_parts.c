/* envelope, record cache, sealing, and what is derived from records (kind). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

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
	assert_memory_equal(bytes + 1, "\1\2\3\4\5\6\7\10", 8);
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
	/* The least recently used go first; one that is too large for all leaves the cache in order. */
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

/* --- personal data --- */

static void test_seal(void **state)
{
	(void)state;
	uint8_t key[SEAL_KEY_BYTES] = {1, 2, 3}, other_key[SEAL_KEY_BYTES] = {1, 2, 4};
	struct sealer *sealer = sealer_new(key), *other = sealer_new(other_key);
	struct arena a;
	struct slice sealed, again, plain;
	struct slice secret = SLICE("Canary 13800000000");
	arena_init(&a, 1 << 24);
	assert_int_equal(seal_close(sealer, &a, "elm", "m1", secret, &sealed), OK);
	assert_int_equal(seal_close(sealer, &a, "elm", "m1", secret, &again), OK);
	assert_false(slice_eq(sealed, again)); /* another key and nonce each time */
	assert_null(memmem(sealed.ptr, sealed.len, "Canary", 6));
	assert_int_equal(seal_open(sealer, &a, "elm", "m1", sealed, &plain), OK);
	assert_true(slice_eq(plain, secret));
	/* Not another tenant's, not another record's, not under another key. */
	assert_int_equal(seal_open(sealer, &a, "oak", "m1", sealed, &plain), ERR_DATA_CORRUPT);
	assert_int_equal(seal_open(sealer, &a, "elm", "m2", sealed, &plain), ERR_DATA_CORRUPT);
	assert_int_equal(seal_open(other, &a, "elm", "m1", sealed, &plain), ERR_DATA_CORRUPT);
	/* Any bit, any length. */
	uint8_t *bytes = arena_copy(&a, sealed.ptr, sealed.len);
	for (size_t i = 0; i < sealed.len * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
		enum err err = seal_open(sealer, &a, "elm", "m1", slice_of(bytes, sealed.len), &plain);
		if (err == OK) /* a flipped field number drops nothing that matters */
			assert_true(slice_eq(plain, secret));
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_not_equal(seal_open(sealer, &a, "elm", "m1", slice_of(sealed.ptr, len), &plain), OK);
	assert_int_equal(seal_close(sealer, &a, "elm", "m1", SLICE_NONE, &sealed), OK);
	assert_int_equal(seal_open(sealer, &a, "elm", "m1", sealed, &plain), OK);
	assert_int_equal(plain.len, 0);
	sealer_free(sealer);
	sealer_free(other);
	sealer_free(NULL);
	arena_free(&a);
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
	    cmocka_unit_test(test_envelope), cmocka_unit_test(test_cache),  cmocka_unit_test(test_seal),
	    cmocka_unit_test(test_kinds),    cmocka_unit_test(test_scores), cmocka_unit_test(test_order_indexes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
