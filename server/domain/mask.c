#include "domain/mask.h"

#include <ctype.h>
#include <strings.h>

#define STARS "***"

static size_t char_bytes(const char *c)
{
	unsigned char lead = (unsigned char)*c;
	return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

static char *cut(struct arena *a, const char *text, size_t keep, const char *stars)
{
	return arena_printf(a, "%.*s%s", (int)keep, text, stars);
}

char *mask_name(struct arena *a, const char *name)
{
	while (*name == ' ')
		name++;
	if (*name == '\0')
		return arena_strdup(a, "");
	size_t first = char_bytes(name);
	/* Of a name of one character nothing would be left to hide. */
	return cut(a, name, name[first] == '\0' ? 0 : first, "**");
}

char *mask_surname(struct arena *a, const char *name)
{
	/* Those of two characters that are still common. */
	static const char *const long_ones[] = {"欧阳", "上官", "司马", "司徒", "诸葛", "皇甫", "尉迟",
						"公孙", "慕容", "令狐", "夏侯", "东方", "端木", "独孤"};
	while (*name == ' ')
		name++;
	if (*name == '\0')
		return arena_strdup(a, "");
	for (size_t i = 0; i < sizeof(long_ones) / sizeof(long_ones[0]); i++) {
		size_t len = strlen(long_ones[i]);
		if (strncmp(name, long_ones[i], len) == 0 && name[len] != '\0')
			return arena_strdup(a, long_ones[i]);
	}
	return cut(a, name, char_bytes(name), isalpha((unsigned char)*name) ? "." : "");
}

/* The digits of a text, also the wide ones (０ to ９ are EF BC 90 to EF BC 99). */
static size_t take_digits(const char *text, char *digits, size_t room)
{
	size_t n = 0;
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0' && n < room; c++) {
		if (isdigit(*c))
			digits[n++] = (char)*c;
		else if (c[0] == 0xEF && c[1] == 0xBC && c[2] >= 0x90 && c[2] <= 0x99)
			digits[n++] = (char)('0' + c[2] - 0x90);
	}
	return n;
}

char *mask_phone(struct arena *a, const char *phone)
{
	enum { ROOM = 32, MOBILE = 11, SHORT = 7, HEAD = 3, TAIL = 4, SHORT_TAIL = 2 };
	char digits[ROOM];
	const char *at = digits, *country = "";
	size_t n = take_digits(phone, digits, sizeof(digits));
	if (*phone == '\0')
		return arena_strdup(a, "");
	if (n == MOBILE + 4 && memcmp(at, "0086", 4) == 0) {
		country = "+86 ";
		at += 4;
		n -= 4;
	} else if (n == MOBILE + 2 && memcmp(at, "86", 2) == 0) {
		country = "+86 ";
		at += 2;
		n -= 2;
	}
	if (n >= MOBILE)
		return arena_printf(a, "%s%.*s****%.*s", country, HEAD, at, TAIL, at + n - TAIL);
	if (n >= SHORT)
		return arena_printf(a, "****%.*s", SHORT_TAIL, at + n - SHORT_TAIL);
	return arena_strdup(a, "****");
}

/* Behind the first of the markers; 0: there is none. */
static size_t behind(const char *text, const char *const *markers, size_t n)
{
	size_t best = 0;
	for (size_t i = 0; i < n; i++) {
		const char *found = strstr(text, markers[i]);
		size_t end = found == NULL ? 0 : (size_t)(found - text) + strlen(markers[i]);
		if (end != 0 && (best == 0 || end < best))
			best = end;
	}
	return best;
}

/* "Block 3, Flat 5": behind the word and its number; 0: no such word. */
static size_t behind_word(const char *text)
{
	static const char *const words[] = {"block", "building", "bldg", "tower"};
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (i > 0 && isalnum((unsigned char)text[i - 1]))
			continue;
		for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
			size_t len = strlen(words[w]);
			if (strncasecmp(text + i, words[w], len) != 0 || isalnum((unsigned char)text[i + len]))
				continue;
			size_t end = i + len;
			while (text[end] == ' ')
				end++;
			size_t number = end;
			while (isalnum((unsigned char)text[end]))
				end++;
			return end > number ? end : i + len;
		}
	}
	return 0;
}

/* A number in a street, "幸福路8号"; without the street it may as well be that of the flat. */
static size_t behind_street_number(const char *text)
{
	static const char *const streets[] = {"路", "街", "巷", "道", "里", "村", "胡同"};
	static const char *const numbers[] = {"号", "弄"};
	size_t street = behind(text, streets, sizeof(streets) / sizeof(streets[0]));
	size_t number = street == 0 ? 0 : behind(text + street, numbers, sizeof(numbers) / sizeof(numbers[0]));
	return number == 0 ? 0 : street + number;
}

char *mask_address(struct arena *a, const char *address)
{
	static const char *const buildings[] = {"号楼", "栋", "幢", "座"};
	if (*address == '\0')
		return arena_strdup(a, "");
	size_t keep = behind(address, buildings, sizeof(buildings) / sizeof(buildings[0]));
	if (keep == 0)
		keep = behind_word(address);
	if (keep == 0)
		keep = behind_street_number(address);
	return cut(a, address, keep, address[keep] == '\0' ? "" : STARS);
}

bool mask_is_masked(const char *text)
{
	return strstr(text, "**") != NULL;
}
