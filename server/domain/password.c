#include "domain/password.h"

enum { DISTINCT_MIN = 5, REST_MIN_BYTES = 6, BYTES_MAX = 4 * 128 };

/* What lists of stolen passwords begin with, as far as it makes a core of ten characters and more. */
static const char *const common[] = {
    "password",   "passwort", "passw0rd",      "p@ssw0rd", "qwertyuiop", "qwerty",    "qwertyuiopasdfghjkl",
    "asdfghjkl",  "zxcvbnm",  "1q2w3e4r5t",    "1q2w3e4r", "1qaz2wsx",   "qazwsxedc", "iloveyou",
    "letmein",    "welcome",  "administrator", "admin",    "root",       "changeme",  "default",
    "superman",   "princess", "football",      "baseball", "sunshine",   "trustno1",  "dragon",
    "abcdefghij", "abc",      "a1b2c3d4e5",    "woaini",   "woaini1314", "wodemima",  "mima",
    "zhongguo",   "beijing",  "shanghai",      "paidan",   "shequ",      "wangge",    "laoganma",
    "monkey",     "master",   "hello",         "secret",   "operator",   "test",      "guest",
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_filler(char c)
{
	return is_digit(c) || c == '!' || c == '.' || c == '@' || c == '#' || c == '_' || c == '-' || c == '*';
}

/* Without digits and the usual marks around it, in lower case; what is all digits has no core. */
static struct slice core_of(const char *lowered)
{
	size_t from = 0, to = strlen(lowered);
	while (from < to && is_filler(lowered[from]))
		from++;
	while (to > from && is_filler(lowered[to - 1]))
		to--;
	return slice_of(lowered + from, to - from);
}

static bool is_common(const char *lowered)
{
	struct slice core = core_of(lowered);
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		struct slice word = slice_str(common[i]);
		if (slice_eq(core, word) || strcmp(lowered, common[i]) == 0)
			return true;
		/* The same word twice. */
		if (core.len == 2 * word.len && slice_starts(core, word) && slice_eq(slice_from(core, word.len), word))
			return true;
	}
	return false;
}

static size_t distinct(const char *text)
{
	bool seen[256] = {false};
	size_t n = 0;
	for (const char *c = text; *c != '\0'; c++) {
		n += !seen[(unsigned char)*c];
		seen[(unsigned char)*c] = true;
	}
	return n;
}

/* Digits that count up or down, or letters that follow each other: 0123456789, abcdefghijkl. */
static bool is_run(const char *text)
{
	size_t breaks = 0;
	for (size_t i = 2; text[i - 1] != '\0' && text[i] != '\0'; i++)
		breaks += text[i] - text[i - 1] != text[1] - text[0];
	return breaks <= 1;
}

static bool has_name(const char *lowered, const char *name)
{
	const char *at = name[0] == '\0' ? NULL : strstr(lowered, name);
	return at != NULL && strlen(lowered) - strlen(name) < REST_MIN_BYTES;
}

enum err password_check(struct scene *s, const char *password, const char *name, const char *field)
{
	char lowered[BYTES_MAX + 1];
	size_t n = 0;
	for (; password[n] != '\0' && n < BYTES_MAX; n++)
		lowered[n] = lower(password[n]);
	lowered[n] = '\0';
	if (has_name(lowered, name))
		return fault_set(s->fault, ERR_FIELD_INVALID, field, "is the name, or little more");
	if (is_common(lowered) || is_run(lowered) || distinct(lowered) < DISTINCT_MIN)
		return fault_set(s->fault, ERR_FIELD_INVALID, field, "is too easy to guess");
	return OK;
}

enum err password_check_name(struct scene *s, const char *name, const char *field)
{
	for (const char *c = name; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			return fault_set(s->fault, ERR_FIELD_INVALID, field, "only lower-case letters");
	}
	return OK;
}
