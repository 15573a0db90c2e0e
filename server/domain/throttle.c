#include "domain/throttle.h"

enum { SHIFT_MAX = 20 };

bool throttle_open(const ThrottleRecord *record, int64_t now_ms)
{
	return record == NULL || record->blocked_until_ms <= now_ms;
}

void throttle_charge(ThrottleRecord *record, int64_t now_ms, uint32_t free)
{
	if (throttle_forget_ms(record) <= now_ms)
		record->failures = 0;
	record->failures++;
	record->blocked_until_ms = now_ms;
	if (record->failures <= free)
		return;
	uint32_t shift = record->failures - free - 1;
	int64_t wait_ms = shift > SHIFT_MAX ? THROTTLE_LAST_MS : (int64_t)THROTTLE_FIRST_MS << shift;
	record->blocked_until_ms += wait_ms > THROTTLE_LAST_MS ? THROTTLE_LAST_MS : wait_ms;
}

bool throttle_tell(ThrottleRecord *record, int64_t now_ms)
{
	if (record->told_ms != 0 && now_ms < record->told_ms + THROTTLE_TELL_MS)
		return false;
	record->told_ms = now_ms;
	return true;
}

void throttle_forgive(ThrottleRecord *record, int64_t now_ms, bool all)
{
	record->failures = all || record->failures == 0 ? 0 : record->failures - 1;
	/* Open, and remembered from now on: 0 would be so long ago that all is forgotten. */
	record->blocked_until_ms = record->failures == 0 ? 0 : now_ms;
}

int64_t throttle_forget_ms(const ThrottleRecord *record)
{
	return record->blocked_until_ms + THROTTLE_FORGET_MS;
}
