#include "pb/pb_rule.h"

#include "base/limits.h"

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_one_of(uint8_t c, const char *these)
{
	return c != 0 && strchr(these, c) != NULL;
}

bool pb_form_name(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (!is_lower(c) && !is_digit(c) && (c < 'A' || c > 'Z') && !is_one_of(c, "-_."))
			return false;
	}
	return true;
}

bool pb_form_tenant_id(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_lower(text.ptr[i]) && !is_digit(text.ptr[i]) && text.ptr[i] != '-')
			return false;
	}
	return text.len >= 2 && text.len <= LIMIT_TENANT_ID_CHARS;
}

bool pb_form_request_id(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
			return false;
	}
	return text.len <= LIMIT_REQUEST_ID_CHARS;
}

/* A record's version. */
bool pb_form_etag(struct slice text)
{
	enum { DIGITS_MAX = 20 };
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.ptr[i]))
			return false;
	}
	return text.len <= DIGITS_MAX;
}

/* "<ms>-<seq>-<n>" */
bool pb_form_event_id(struct slice text)
{
	enum { CHARS_MAX = 63 };
	unsigned dashes = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '-')
			dashes++;
		else if (!is_digit(text.ptr[i]))
			return false;
	}
	return dashes == 2 && text.len <= CHARS_MAX;
}

bool pb_form_phone(struct slice text)
{
	enum { DIGITS_MIN = 3 };
	unsigned digits = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (is_digit(text.ptr[i]))
			digits++;
		else if (!is_one_of(text.ptr[i], " +-()#*"))
			return false;
	}
	return digits >= DIGITS_MIN;
}
