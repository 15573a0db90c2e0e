#include "pb/json_num.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A number text taken apart: digits * 10^exponent. */
struct decimal {
	bool negative;
	uint64_t digits;
	bool too_many; /* significant digits beyond what fits into 64 bits */
	int64_t exponent;
};

static inline bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Beyond any exponent that matters, and far from overflow. */
enum { EXPONENT_CAP = 100000000 };

/* Appends one digit; zeros are held back until a digit follows them, so trailing ones cost no room. */
static void add_digit(struct decimal *d, uint8_t c, int64_t *held_zeros)
{
	if (c == '0') {
		if (d->digits != 0 || d->too_many)
			*held_zeros += 1;
		return;
	}
	for (int64_t i = 0; i <= *held_zeros && !d->too_many; i++)
		d->too_many = __builtin_mul_overflow(d->digits, 10, &d->digits);
	d->too_many = d->too_many || __builtin_add_overflow(d->digits, (uint64_t)(c - '0'), &d->digits);
	*held_zeros = 0;
}

/* False: not a number text. */
static bool take_apart(struct slice text, struct decimal *d)
{
	const uint8_t *p = text.ptr, *end = p + text.len;
	int64_t zeros = 0, fraction = 0, exponent = 0;
	*d = (struct decimal){0};
	if (p < end && *p == '-') {
		d->negative = true;
		p++;
	}
	const uint8_t *from = p;
	for (; p < end && is_digit(*p); p++)
		add_digit(d, *p, &zeros);
	if (p == from || (*from == '0' && p - from > 1))
		return false;
	if (p < end && *p == '.') {
		from = ++p;
		for (; p < end && is_digit(*p); p++) {
			add_digit(d, *p, &zeros);
			fraction++;
		}
		if (p == from)
			return false;
	}
	if (p < end && (*p | 0x20) == 'e') {
		p++;
		bool down = p < end && *p == '-';
		if (p < end && (*p == '-' || *p == '+'))
			p++;
		from = p;
		for (; p < end && is_digit(*p); p++) {
			if (exponent < EXPONENT_CAP)
				exponent = exponent * 10 + (*p - '0');
		}
		if (p == from)
			return false;
		exponent = down ? -exponent : exponent;
	}
	d->exponent = exponent - fraction + zeros;
	return p == end;
}

static enum num_verdict magnitude(struct slice text, struct decimal *d, uint64_t *value)
{
	if (text.len == 0 || !take_apart(text, d))
		return NUM_NOT_A_NUMBER;
	*value = d->digits;
	if (d->digits == 0 && !d->too_many)
		return NUM_OK;
	/* The digits end in no 0, so a negative exponent leaves a fraction. */
	if (d->exponent < 0)
		return NUM_NOT_INTEGER;
	if (d->too_many || d->exponent > 19)
		return NUM_OUT_OF_RANGE;
	for (int64_t i = 0; i < d->exponent; i++) {
		if (__builtin_mul_overflow(*value, 10, value))
			return NUM_OUT_OF_RANGE;
	}
	return NUM_OK;
}

enum num_verdict num_signed(struct slice text, int64_t low, int64_t high, int64_t *value)
{
	struct decimal d;
	uint64_t size;
	enum num_verdict verdict = magnitude(text, &d, &size);
	if (verdict != NUM_OK)
		return verdict;
	if (d.negative) {
		if (size > ~(uint64_t)low + 1)
			return NUM_OUT_OF_RANGE;
		*value = (int64_t)(~size + 1);
	} else {
		if (size > (uint64_t)high)
			return NUM_OUT_OF_RANGE;
		*value = (int64_t)size;
	}
	return NUM_OK;
}

enum num_verdict num_unsigned(struct slice text, uint64_t high, uint64_t *value)
{
	struct decimal d;
	enum num_verdict verdict = magnitude(text, &d, value);
	if (verdict != NUM_OK)
		return verdict;
	return *value > high || (d.negative && *value != 0) ? NUM_OUT_OF_RANGE : NUM_OK;
}

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
				1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* strtod wants a C string; false: no memory for a long one. */
static bool with_strtod(struct slice text, double *wide, float *narrow)
{
	char small[128];
	char *copy = text.len < sizeof(small) ? small : malloc(text.len + 1);
	if (copy == NULL)
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (wide != NULL)
		*wide = strtod(copy, NULL);
	else
		*narrow = strtof(copy, NULL);
	if (copy != small)
		free(copy);
	return true;
}

enum num_verdict num_double(struct slice text, double *value)
{
	struct decimal d;
	if (text.len == 0 || !take_apart(text, &d))
		return NUM_NOT_A_NUMBER;
	/* Both operands are exact doubles here, so the one rounding is the right one. */
	bool exact = !d.too_many && d.digits <= UINT64_C(1) << 53 && d.exponent >= -22 && d.exponent <= 22;
	if (exact) {
		double size =
		    d.exponent < 0 ? (double)d.digits / powers[-d.exponent] : (double)d.digits * powers[d.exponent];
		*value = d.negative ? -size : size;
		return NUM_OK;
	}
	if (!with_strtod(text, value, NULL))
		return NUM_OUT_OF_RANGE;
	return isinf(*value) ? NUM_OUT_OF_RANGE : NUM_OK;
}

enum num_verdict num_float(struct slice text, float *value)
{
	struct decimal d;
	if (text.len == 0 || !take_apart(text, &d))
		return NUM_NOT_A_NUMBER;
	/* Not by way of a double: that would round twice. */
	if (!with_strtod(text, NULL, value))
		return NUM_OUT_OF_RANGE;
	return isinf(*value) ? NUM_OUT_OF_RANGE : NUM_OK;
}

/* digits / 10^places without trailing zeros. */
static void put_scaled(struct buf *b, uint64_t digits, unsigned places)
{
	char text[24];
	size_t at = sizeof(text);
	while (places > 0 && digits % 10 == 0) {
		digits /= 10;
		places--;
	}
	for (unsigned i = 0; i < places; i++, digits /= 10)
		text[--at] = (char)('0' + digits % 10);
	if (places > 0)
		text[--at] = '.';
	do {
		text[--at] = (char)('0' + digits % 10);
		digits /= 10;
	} while (digits != 0);
	buf_add(b, text + at, sizeof(text) - at);
}

/* printf writes exponents as e+07; JSON allows that, but shorter is nicer and as right. */
static void put_text(struct buf *b, const char *text)
{
	const char *e = strchr(text, 'e');
	if (e == NULL) {
		buf_str(b, text);
		return;
	}
	buf_add(b, text, (size_t)(e - text) + 1);
	e++;
	if (*e == '-')
		buf_byte(b, '-');
	if (*e == '-' || *e == '+')
		e++;
	while (*e == '0' && e[1] != '\0')
		e++;
	buf_str(b, e);
}

void num_put_double(struct buf *b, double value)
{
	if (signbit(value)) {
		buf_byte(b, '-');
		value = -value;
	}
	/* Up to 15 digits every decimal has a double of its own, so one with at most 6 places (degrees,
	 * metres, rates) that reads back right is the shortest. */
	if (value < 1e9) {
		double scaled = value * 1e6;
		uint64_t digits = (uint64_t)(scaled + 0.5);
		if ((double)digits / 1e6 == value) {
			put_scaled(b, digits, 6);
			return;
		}
	}
	/* Numbers below the normal range have fewer digits to give. */
	char text[40];
	for (int precision = value < DBL_MIN ? 1 : DBL_DIG; precision <= 17; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, value);
		if (precision == 17 || strtod(text, NULL) == value)
			break;
	}
	put_text(b, text);
}

void num_put_float(struct buf *b, float value)
{
	char text[40];
	for (int precision = fabsf(value) < FLT_MIN ? 1 : FLT_DIG; precision <= 9; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, (double)value);
		if (precision == 9 || strtof(text, NULL) == value)
			break;
	}
	put_text(b, text);
}
