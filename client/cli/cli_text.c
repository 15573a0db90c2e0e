#include "cli_text.h"

#include <stdlib.h>

uint32_t text_next(struct slice s, size_t *len)
{
	uint8_t first = s.ptr[0];
	size_t need = first < 0x80 ? 1 : first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : 2;
	uint32_t c = need == 1 ? first : first & (0xffu >> (need + 1));
	*len = 1;
	if (need == 1)
		return c;
	if (first < 0xc2 || first > 0xf4 || s.len < need)
		return 0xfffd;
	for (size_t i = 1; i < need; i++) {
		if ((s.ptr[i] & 0xc0) != 0x80)
			return 0xfffd;
		c = c << 6 | (s.ptr[i] & 0x3f);
	}
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0xfffd;
	*len = need;
	return c;
}

struct range {
	uint32_t from, to;
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	}
	return false;
}

#define IN_RANGES(c, ranges) in_ranges((c), (ranges), sizeof(ranges) / sizeof((ranges)[0]))

unsigned text_char_width(uint32_t c)
{
	/* Combining marks, joiners, variation selectors. */
	static const struct range zero[] = {
	    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},
	    {0x64b, 0x65f},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
	    {0x20d0, 0x20ff}, {0x2060, 0x2064}, {0x302a, 0x302d}, {0x3099, 0x309a},
	    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
	};
	/* East Asian Width W and F (Unicode's EastAsianWidth.txt), in rough ranges. */
	static const struct range wide[] = {
	    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x2614, 0x2615},   {0x2648, 0x2653},
	    {0x267f, 0x267f},   {0x26a1, 0x26a1},   {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2753, 0x2755},
	    {0x2795, 0x2797},   {0x2b50, 0x2b50},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
	    {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},
	    {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1b000, 0x1b2ff},
	    {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f64f},
	    {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb}, {0x1f90c, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
	};
	if (c < 0x300)
		return 1;
	if (IN_RANGES(c, zero))
		return 0;
	return IN_RANGES(c, wide) ? 2 : 1;
}

static bool unsafe(uint32_t c)
{
	static const struct range directions[] = {{0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};
	return c < ' ' || (c >= 0x7f && c < 0xa0) || IN_RANGES(c, directions);
}

size_t text_width(struct slice s)
{
	size_t width = 0, len;
	for (; s.len > 0; s = slice_from(s, len)) {
		uint32_t c = text_next(s, &len);
		width += unsafe(c) ? 1 : text_char_width(c);
	}
	return width;
}

static void put_char(struct buf *out, uint32_t c, struct slice bytes)
{
	if (unsafe(c))
		buf_byte(out, ' ');
	else if (c == 0xfffd)
		buf_str(out, "\xef\xbf\xbd");
	else
		buf_slice(out, bytes);
}

void text_put_safe(struct buf *out, struct slice s)
{
	size_t len;
	for (; s.len > 0; s = slice_from(s, len)) {
		uint32_t c = text_next(s, &len);
		put_char(out, c, slice_of(s.ptr, len));
	}
}

void text_put_cut(struct buf *out, struct slice s, size_t width)
{
	if (text_width(s) <= width) {
		text_put_safe(out, s);
		return;
	}
	size_t at = 0, len;
	for (; s.len > 0; s = slice_from(s, len)) {
		uint32_t c = text_next(s, &len);
		size_t w = unsafe(c) ? 1 : text_char_width(c);
		if (at + w + 1 > width)
			break;
		put_char(out, c, slice_of(s.ptr, len));
		at += w;
	}
	if (width > 0) {
		buf_str(out, "…");
		text_put_spaces(out, width - at - 1);
	}
}

void text_put_spaces(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_byte(out, ' ');
}

/* How far the next piece that must stay together reaches: a word, or one wide character. */
static size_t piece(struct slice s, size_t *width)
{
	size_t at = 0, len;
	*width = 0;
	while (at < s.len && s.ptr[at] != ' ' && s.ptr[at] != '\n') {
		unsigned w = text_char_width(text_next(slice_from(s, at), &len));
		if (w == 2 && at > 0)
			break;
		at += len;
		*width += w;
		if (w == 2) {
			/* Closing punctuation does not begin a line. */
			struct slice rest = slice_from(s, at);
			static const char *const closing[] = {"，", "。", "、", "；", "：", "）", "！", "？"};
			for (size_t i = 0; i < sizeof(closing) / sizeof(closing[0]); i++) {
				if (slice_starts(rest, slice_str(closing[i]))) {
					*width += 2;
					return at + 3;
				}
			}
			return at;
		}
	}
	return at;
}

void text_put_wrapped(struct buf *out, const char *text, size_t indent, size_t width)
{
	struct slice s = slice_str(text);
	size_t column = 0;
	while (s.len > 0) {
		if (s.ptr[0] == '\n' || s.ptr[0] == ' ') {
			bool newline = s.ptr[0] == '\n';
			s = slice_from(s, 1);
			if (newline) {
				buf_byte(out, '\n');
				text_put_spaces(out, indent);
				column = 0;
			} else if (column > 0 && column < width) {
				buf_byte(out, ' ');
				column++;
			}
			continue;
		}
		size_t w, len = piece(s, &w);
		if (column > 0 && column + w > width) {
			while (out->len > 0 && out->ptr[out->len - 1] == ' ')
				out->len--;
			buf_byte(out, '\n');
			text_put_spaces(out, indent);
			column = 0;
		}
		buf_slice(out, slice_of(s.ptr, len));
		column += w;
		s = slice_from(s, len);
	}
}

size_t text_distance(const char *a, const char *b)
{
	enum { LONGEST = 40 };
	size_t n = strlen(a), m = strlen(b);
	size_t d[LONGEST + 1][LONGEST + 1];
	if (n > LONGEST || m > LONGEST)
		return LONGEST;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			size_t change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			size_t drop = d[i - 1][j] + 1, add = d[i][j - 1] + 1;
			size_t best = change < drop ? change : drop;
			best = best < add ? best : add;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[n][m];
}

const char *text_nearest(const char *typed, size_t n, const char *(*name)(const void *arg, size_t i), const void *arg)
{
	const char *best = NULL;
	size_t typed_len = strlen(typed);
	size_t least = typed_len / 3 + 2; /* one typo in short names, more in long ones */
	for (size_t i = 0; i < n; i++) {
		const char *candidate = name(arg, i);
		size_t distance = text_distance(typed, candidate);
		/* A beginning is nearer than any typo. */
		if (typed_len >= 2 && strncmp(candidate, typed, typed_len) == 0)
			distance = 1;
		if (distance < least) {
			least = distance;
			best = candidate;
		}
	}
	return best;
}
