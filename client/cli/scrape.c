#include "scrape.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_NUMBER_CHARS = 63 };

/* --- lines --- */

static bool is_name_char(uint8_t c, bool first)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
	return letter || (!first && c >= '0' && c <= '9');
}

static void skip_blanks(struct slice *s)
{
	while (s->len > 0 && (*s->ptr == ' ' || *s->ptr == '\t' || *s->ptr == '\r'))
		*s = slice_from(*s, 1);
}

static struct slice take_name(struct slice *s)
{
	size_t len = 0;
	while (len < s->len && is_name_char(s->ptr[len], len == 0))
		len++;
	struct slice name = slice_of(s->ptr, len);
	*s = slice_from(*s, len);
	return name;
}

static struct slice take_word(struct slice *s)
{
	size_t len = 0;
	while (len < s->len && s->ptr[len] != ' ' && s->ptr[len] != '\t' && s->ptr[len] != '\r')
		len++;
	struct slice word = slice_of(s->ptr, len);
	*s = slice_from(*s, len);
	return word;
}

/* From behind the '{' to behind the '}', which may also stand in a value. */
static bool take_labels(struct slice *s, struct slice *labels)
{
	bool quoted = false;
	for (size_t i = 0; i < s->len; i++) {
		uint8_t c = s->ptr[i];
		if (quoted && c == '\\') {
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == '}' && !quoted) {
			*labels = slice_of(s->ptr, i);
			*s = slice_from(*s, i + 1);
			return true;
		}
	}
	return false;
}

static bool to_number(struct slice word, double *number)
{
	char text[MAX_NUMBER_CHARS + 1], *end;
	if (word.len == 0 || word.len > MAX_NUMBER_CHARS)
		return false;
	memcpy(text, word.ptr, word.len);
	text[word.len] = '\0';
	*number = strtod(text, &end);
	return end == text + word.len;
}

/* Behind the number a time may follow, and behind that an exemplar: "name{a="b"} 1 1700000000 # …". */
static bool parse_line(struct slice line, struct sample *sample)
{
	double time;
	*sample = (struct sample){.name = take_name(&line)};
	if (sample->name.len == 0)
		return false;
	skip_blanks(&line);
	if (line.len > 0 && *line.ptr == '{') {
		line = slice_from(line, 1);
		if (!take_labels(&line, &sample->labels))
			return false;
	}
	skip_blanks(&line);
	if (!to_number(take_word(&line), &sample->value))
		return false;
	skip_blanks(&line);
	if (line.len == 0 || *line.ptr == '#')
		return true;
	if (!to_number(take_word(&line), &time))
		return false;
	skip_blanks(&line);
	return line.len == 0 || *line.ptr == '#';
}

/* --- the page --- */

static int by_series(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int order = slice_cmp(x->name, y->name);
	return order != 0 ? order : slice_cmp(x->labels, y->labels);
}

static size_t count_lines(struct slice text)
{
	size_t lines = 1;
	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	return lines;
}

bool scrape_parse_take(struct scrape *s, struct buf *text_take)
{
	*s = (struct scrape){.text = *text_take};
	*text_take = (struct buf){0};
	struct slice rest = buf_view(&s->text);
	size_t room = count_lines(rest);
	if (room > SCRAPE_MAX_SAMPLES)
		room = SCRAPE_MAX_SAMPLES;
	s->samples = calloc(room, sizeof(*s->samples));
	if (s->samples == NULL || s->text.failed)
		return false;
	while (rest.len > 0) {
		const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
		struct slice line = slice_of(rest.ptr, end == NULL ? rest.len : (size_t)(end - rest.ptr));
		rest = slice_from(rest, line.len + 1);
		skip_blanks(&line);
		if (line.len == 0 || *line.ptr == '#')
			continue;
		if (s->n < room && parse_line(line, &s->samples[s->n]))
			s->n++;
		else
			s->skipped++;
	}
	qsort(s->samples, s->n, sizeof(*s->samples), by_series);
	return true;
}

void scrape_free(struct scrape *s)
{
	buf_free(&s->text);
	free(s->samples);
	*s = (struct scrape){0};
}

/* --- looking --- */

/* Where the name would begin. */
static size_t lower_bound(const struct scrape *s, struct slice name)
{
	size_t low = 0, high = s->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (slice_cmp(s->samples[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct sample *scrape_named(const struct scrape *s, struct slice name, size_t *n)
{
	size_t at = lower_bound(s, name);
	*n = 0;
	while (at + *n < s->n && slice_eq(s->samples[at + *n].name, name))
		++*n;
	return *n == 0 ? NULL : &s->samples[at];
}

double scrape_growth(const struct scrape *before, const struct sample *sample)
{
	const struct sample *old =
	    before->n == 0 ? NULL : bsearch(sample, before->samples, before->n, sizeof(*sample), by_series);
	double growth = sample->value;
	if (old != NULL && old->value <= sample->value)
		growth -= old->value;
	return isfinite(growth) && growth > 0 ? growth : 0;
}

bool scrape_sum(const struct scrape *s, const char *name, double *sum)
{
	size_t n;
	const struct sample *first = scrape_named(s, slice_str(name), &n);
	*sum = 0;
	for (size_t i = 0; i < n; i++)
		*sum += isfinite(first[i].value) ? first[i].value : 0;
	return n > 0;
}

bool scrape_max(const struct scrape *s, const char *name, double *max)
{
	size_t n;
	const struct sample *first = scrape_named(s, slice_str(name), &n);
	*max = 0;
	for (size_t i = 0; i < n; i++)
		*max = isfinite(first[i].value) && first[i].value > *max ? first[i].value : *max;
	return n > 0;
}

bool scrape_grown(const struct scrape *before, const struct scrape *now, const char *name, double *growth)
{
	size_t n;
	const struct sample *first = scrape_named(now, slice_str(name), &n);
	*growth = 0;
	for (size_t i = 0; i < n; i++)
		*growth += scrape_growth(before, &first[i]);
	return n > 0;
}

/* --- labels --- */

/* Takes `name="value"` and the comma behind it; the value stays escaped. */
static bool take_label(struct slice *s, struct slice *name, struct slice *value)
{
	skip_blanks(s);
	*name = take_name(s);
	skip_blanks(s);
	if (name->len == 0 || s->len < 2 || s->ptr[0] != '=')
		return false;
	*s = slice_from(*s, 1);
	skip_blanks(s);
	if (s->len == 0 || *s->ptr != '"')
		return false;
	size_t end = 1;
	while (end < s->len && s->ptr[end] != '"')
		end += s->ptr[end] == '\\' ? 2 : 1;
	if (end >= s->len)
		return false;
	*value = slice_of(s->ptr + 1, end - 1);
	*s = slice_from(*s, end + 1);
	skip_blanks(s);
	if (s->len > 0 && *s->ptr == ',')
		*s = slice_from(*s, 1);
	return true;
}

static bool unescape(struct slice value, char *to, size_t room)
{
	size_t len = 0;
	for (size_t i = 0; i < value.len; i++) {
		char c = (char)value.ptr[i];
		if (c == '\\' && i + 1 < value.len) {
			c = (char)value.ptr[++i];
			c = c == 'n' ? '\n' : c;
		}
		if (len + 1 >= room)
			return false;
		to[len++] = c;
	}
	to[len] = '\0';
	return true;
}

bool sample_label(const struct sample *sample, const char *name, char *to, size_t room)
{
	struct slice rest = sample->labels, found, value;
	while (take_label(&rest, &found, &value)) {
		if (slice_eq(found, slice_str(name)))
			return room > 0 && unescape(value, to, room);
	}
	return false;
}

/* --- histograms --- */

double bucket_quantile(const struct bucket *buckets, size_t n, double q)
{
	double all = n == 0 ? 0 : buckets[n - 1].count;
	double rank = q * all, below = 0, from = 0;
	if (!(all > 0))
		return 0;
	for (size_t i = 0; i < n; i++) {
		double in = buckets[i].count - below;
		if (buckets[i].count >= rank && in > 0) {
			/* Longer than all bounds: the last one is all that is known. */
			if (!isfinite(buckets[i].le))
				return from;
			return from + (buckets[i].le - from) * (rank - below) / in;
		}
		below = buckets[i].count;
		from = isfinite(buckets[i].le) ? buckets[i].le : from;
	}
	return from;
}
