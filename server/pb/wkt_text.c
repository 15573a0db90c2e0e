#include "pb/wkt_text.h"

#define TIME_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define TIME_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define DURATION_MAX INT64_C(315576000000)

enum { NANOS = 1000000000 };

/* Takes exactly n digits. */
static bool take_digits(struct slice *s, size_t n, int *value)
{
	*value = 0;
	if (s->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return false;
		*value = *value * 10 + (s->ptr[i] - '0');
	}
	*s = slice_from(*s, n);
	return true;
}

static bool take_char(struct slice *s, char c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	*s = slice_from(*s, 1);
	return true;
}

/* ".5" and the like; 1 to 9 digits, or nothing at all. */
static bool take_fraction(struct slice *s, int32_t *nanos)
{
	*nanos = 0;
	if (!take_char(s, '.'))
		return true;
	int32_t unit = NANOS / 10;
	size_t n = 0;
	while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9') {
		if (n == 9)
			return false;
		*nanos += (s->ptr[n] - '0') * unit;
		unit /= 10;
		n++;
	}
	*s = slice_from(*s, n);
	return n > 0;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar; the year starts in March, so that the leap
 * day is its last. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
	days += 719468;
	int64_t era = days / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

/* Z, +08:00 or -05:30: seconds to subtract. */
static bool take_zone(struct slice *s, int *offset)
{
	int hours, minutes;
	*offset = 0;
	if (take_char(s, 'Z'))
		return true;
	bool west = take_char(s, '-');
	if (!west && !take_char(s, '+'))
		return false;
	if (!take_digits(s, 2, &hours) || !take_char(s, ':') || !take_digits(s, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*offset = (hours * 60 + minutes) * (west ? -60 : 60);
	return true;
}

bool wkt_time_read(struct slice text, int64_t *seconds, int32_t *nanos)
{
	int year, month, day, hour, minute, second, offset;
	if (!take_digits(&text, 4, &year) || !take_char(&text, '-') || !take_digits(&text, 2, &month) ||
	    !take_char(&text, '-') || !take_digits(&text, 2, &day) || !take_char(&text, 'T') ||
	    !take_digits(&text, 2, &hour) || !take_char(&text, ':') || !take_digits(&text, 2, &minute) ||
	    !take_char(&text, ':') || !take_digits(&text, 2, &second) || !take_fraction(&text, nanos) ||
	    !take_zone(&text, &offset) || text.len != 0)
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
	    minute > 59 || second > 59)
		return false;
	*seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
	return *seconds >= TIME_MIN && *seconds <= TIME_MAX;
}

/* 0, 3, 6 or 9 digits, as many as are needed. */
static void put_fraction(struct buf *b, int32_t nanos)
{
	if (nanos == 0)
		return;
	if (nanos % 1000000 == 0)
		buf_printf(b, ".%03d", nanos / 1000000);
	else if (nanos % 1000 == 0)
		buf_printf(b, ".%06d", nanos / 1000);
	else
		buf_printf(b, ".%09d", nanos);
}

bool wkt_time_put(struct buf *b, int64_t seconds, int32_t nanos)
{
	int year, month, day;
	if (seconds < TIME_MIN || seconds > TIME_MAX || nanos < 0 || nanos >= NANOS)
		return false;
	int64_t since = seconds - TIME_MIN;
	date_of(since / 86400 + TIME_MIN / 86400, &year, &month, &day);
	int rest = (int)(since % 86400);
	buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, rest / 3600, rest / 60 % 60, rest % 60);
	put_fraction(b, nanos);
	buf_byte(b, 'Z');
	return true;
}

bool wkt_duration_read(struct slice text, int64_t *seconds, int32_t *nanos)
{
	bool negative = take_char(&text, '-');
	size_t n = 0;
	*seconds = 0;
	while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9') {
		*seconds = *seconds * 10 + (text.ptr[n] - '0');
		if (*seconds > DURATION_MAX)
			return false;
		n++;
	}
	text = slice_from(text, n);
	if (n == 0 || !take_fraction(&text, nanos) || !take_char(&text, 's') || text.len != 0)
		return false;
	if (negative) {
		*seconds = -*seconds;
		*nanos = -*nanos;
	}
	return true;
}

bool wkt_duration_put(struct buf *b, int64_t seconds, int32_t nanos)
{
	bool mixed = (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0);
	if (mixed || seconds < -DURATION_MAX || seconds > DURATION_MAX || nanos <= -NANOS || nanos >= NANOS)
		return false;
	if (seconds < 0 || nanos < 0)
		buf_byte(b, '-');
	buf_uint(b, (uint64_t)(seconds < 0 ? -seconds : seconds));
	put_fraction(b, nanos < 0 ? -nanos : nanos);
	buf_byte(b, 's');
	return true;
}

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_plain(uint8_t c)
{
	return is_lower(c) || (c >= '0' && c <= '9') || c == '.';
}

bool wkt_path_read(struct slice text, char *to, size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (is_upper(c)) {
			to[(*len)++] = '_';
			c = (uint8_t)(c + 32);
		} else if (!is_plain(c)) {
			return false;
		}
		to[(*len)++] = (char)c;
	}
	return text.len > 0;
}

bool wkt_path_put(struct buf *b, struct slice path)
{
	for (size_t i = 0; i < path.len; i++) {
		uint8_t c = path.ptr[i];
		if (c == '_') {
			i++;
			if (i == path.len || !is_lower(path.ptr[i]))
				return false;
			c = (uint8_t)(path.ptr[i] - 32);
		} else if (!is_plain(c)) {
			return false;
		}
		buf_byte(b, c);
	}
	return path.len > 0;
}
