#include "service/phone.h"

enum { KEY_BYTES = 32, MARK_BYTES = 6 }; /* a score is exact up to 2^53 */

size_t phone_digits(const char *phone, char digits[PHONE_DIGITS_MAX + 1])
{
	static const struct slice codes[] = {{(const uint8_t *)"0086", 4}, {(const uint8_t *)"86", 2}};
	const size_t mobile_digits = 11;
	size_t n = 0;
	for (const char *c = phone; *c != '\0' && n < PHONE_DIGITS_MAX; c++) {
		if (*c >= '0' && *c <= '9')
			digits[n++] = *c;
	}
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (n == mobile_digits + codes[i].len && slice_starts(slice_of(digits, n), codes[i])) {
			n = mobile_digits;
			memmove(digits, digits + codes[i].len, n);
		}
	}
	digits[n] = '\0';
	return n;
}

static enum err reach_key(struct txn *t, bool makes, SearchKeyRecord **key)
{
	TRY(TXN_PEEK(t, SEARCH_KEY, SEARCH_KEY_ID, key));
	if (*key != NULL || !makes)
		return OK;
	TRY(TXN_FIND(t, SEARCH_KEY, SEARCH_KEY_ID, key));
	if (*key != NULL)
		return OK;
	*key = ARENA_NEW(txn_arena(t), SearchKeyRecord);
	SearchKeyRecord_init(*key);
	(*key)->id = (char *)(uintptr_t)SEARCH_KEY_ID;
	(*key)->key = (ProtobufCBinaryData){KEY_BYTES, txn_new_bytes(t, KEY_BYTES)};
	TRY(txn_person_key(t, SEARCH_KEY_ID, false));
	txn_put(t, KIND_SEARCH_KEY, *key);
	return OK;
}

static enum err mark(struct txn *t, const SearchKeyRecord *key, struct slice digits, int64_t *out)
{
	uint8_t *mac;
	TRY(txn_hmac(t, slice_of(key->key.data, key->key.len), digits, &mac));
	*out = 0;
	for (size_t i = 0; i < MARK_BYTES; i++)
		*out = *out << 8 | mac[i];
	*out |= 1; /* 0 is none */
	return OK;
}

enum err phone_marks(struct txn *t, const char *phone, bool makes, struct phone_marks *out)
{
	char digits[PHONE_DIGITS_MAX + 1];
	SearchKeyRecord *key;
	size_t n = phone_digits(phone, digits);
	*out = (struct phone_marks){0, 0};
	if (n < PHONE_TAIL_DIGITS)
		return OK;
	TRY(reach_key(t, makes, &key));
	if (key == NULL)
		return OK;
	TRY(mark(t, key, slice_of(digits, n), &out->whole));
	return mark(t, key, slice_of(digits + n - PHONE_TAIL_DIGITS, PHONE_TAIL_DIGITS), &out->tail);
}
