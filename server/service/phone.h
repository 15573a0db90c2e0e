/*
 * phone: finding persons by phone number, although numbers are stored encrypted.
 *
 * Nouns: a mark is a number that stands for a phone number, or for its last four digits: the beginning of an HMAC
 * under a key of the tenant, which is sealed like personal data. Equal numbers have equal marks, so an index of marks
 * finds them; without the key a mark says nothing. Digits alone count, without the country code of China.
 * Errors: as txn.h.
 */
#ifndef PAIDAN_SERVICE_PHONE_H
#define PAIDAN_SERVICE_PHONE_H

#include "txn/txn.h"

enum { PHONE_TAIL_DIGITS = 4, PHONE_DIGITS_MAX = 24 };

/* Of a person's record; both 0 for none. */
struct phone_marks {
	int64_t whole;
	int64_t tail;
};
/* makes: the tenant's first one makes the key; otherwise there are no marks without one. */
enum err phone_marks(struct txn *t, const char *phone, bool makes, struct phone_marks *out);
/* The digits that count, and how many. */
size_t phone_digits(const char *phone, char digits[PHONE_DIGITS_MAX + 1]);

#endif
