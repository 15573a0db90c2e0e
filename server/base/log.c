#include "base/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One write(2) per line up to PIPE_BUF keeps lines of several processes whole. */
enum {
	LINE_BYTES = 4096,
	END_BYTES = 3,  /* of a quoted text that was cut, an object, a line */
	PAIR_BYTES = 16 /* what a JSON pair takes beside its key, with a few of its value */
};

static int log_fd = 2;
static enum log_level log_min = LOG_INFO;
static char log_process[24] = "";
static enum log_format log_chosen = LOG_LOGFMT;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_setup(int fd, enum log_level level, const char *process)
{
	log_fd = fd;
	log_min = level;
	snprintf(log_process, sizeof(log_process), "%s", process);
}

void log_set_format(enum log_format format)
{
	log_chosen = format;
}

int log_level_parse(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	}
	return -1;
}

struct line {
	char text[LINE_BYTES];
	size_t len;
};

/* Keeps room for what ends a line. */
static void put(struct line *line, const char *text, size_t len)
{
	size_t room = sizeof(line->text) - END_BYTES - line->len;
	size_t take = len < room ? len : room;
	memcpy(line->text + line->len, text, take);
	line->len += take;
}

static bool needs_quotes(const char *value)
{
	if (*value == '\0')
		return true;
	for (const unsigned char *c = (const unsigned char *)value; *c != 0; c++) {
		if (*c <= ' ' || *c == '"' || *c == '=' || *c == '\\' || *c == 0x7f)
			return true;
	}
	return false;
}

/* How many bytes of UTF-8 begin here; 0: it is none. */
static size_t utf8_bytes(const unsigned char *c)
{
	size_t n = *c < 0x80                 ? 1
		   : *c >= 0xf0 && *c < 0xf5 ? 4
		   : *c >= 0xe0 && *c < 0xf0 ? 3
		   : *c >= 0xc2 && *c < 0xe0 ? 2
					     : 0;
	for (size_t i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

static size_t put_escape(char *to, size_t room, unsigned char c)
{
	if (c == '"' || c == '\\')
		return (size_t)snprintf(to, room, "\\%c", c);
	return (size_t)(log_chosen == LOG_JSON ? snprintf(to, room, "\\u%04x", c) : snprintf(to, room, "\\x%02x", c));
}

/* JSON must be UTF-8; what is not becomes the replacement character. A text that fills the line is cut before a
 * whole character, so that the line stays an object. */
static void put_quoted(struct line *line, const char *value)
{
	put(line, "\"", 1);
	for (const unsigned char *c = (const unsigned char *)value; *c != 0;) {
		char escape[8];
		size_t n = utf8_bytes(c), len = n;
		const char *text = (const char *)c;
		if (*c == '"' || *c == '\\' || *c < ' ' || *c == 0x7f) {
			text = escape;
			len = put_escape(escape, sizeof(escape), *c);
		} else if (n == 0) {
			text = "\xef\xbf\xbd";
			len = 3;
		}
		if (len + 1 > sizeof(line->text) - END_BYTES - line->len)
			break;
		put(line, text, len);
		c += n == 0 ? 1 : n;
	}
	put(line, "\"", 1);
}

static void put_text(struct line *line, const char *key, const char *value)
{
	bool json = log_chosen == LOG_JSON;
	if (json) {
		/* A pair that would not be whole is left out. */
		if (sizeof(line->text) - END_BYTES - line->len < strlen(key) + PAIR_BYTES)
			return;
		put(line, line->len == 0 ? "{" : ",", 1);
		put_quoted(line, key);
		put(line, ":", 1);
		put_quoted(line, value);
		return;
	}
	if (line->len > 0)
		put(line, " ", 1);
	put(line, key, strlen(key));
	put(line, "=", 1);
	if (needs_quotes(value))
		put_quoted(line, value);
	else
		put(line, value, strlen(value));
}

static void put_number(struct line *line, const char *key, int64_t value)
{
	char text[64];
	int len = log_chosen == LOG_JSON ? snprintf(text, sizeof(text), ",\"%s\":%lld", key, (long long)value)
					 : snprintf(text, sizeof(text), " %s=%lld", key, (long long)value);
	if (len > 0 && (size_t)len < sizeof(text) && (size_t)len <= sizeof(line->text) - END_BYTES - line->len)
		put(line, text, (size_t)len);
}

bool log_wants(enum log_level level)
{
	return level >= log_min;
}

static void put_time(struct line *line)
{
	struct timespec now;
	struct tm utc;
	char text[64];
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	size_t len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + len, sizeof(text) - len, ".%03ldZ", now.tv_nsec / 1000000);
	put_text(line, "time", text);
}

void log_line(enum log_level level, const char *group, const char *message, const struct log_pair *pairs, size_t n)
{
	if (level < log_min)
		return;
	struct line line = {.len = 0};
	put_time(&line);
	put_text(&line, "level", level_names[level]);
	if (log_process[0] != '\0')
		put_text(&line, "proc", log_process);
	put_text(&line, "group", group);
	put_text(&line, "msg", message);
	for (size_t i = 0; i < n; i++) {
		if (pairs[i].str != NULL)
			put_text(&line, pairs[i].key, pairs[i].str);
		else
			put_number(&line, pairs[i].key, pairs[i].num);
	}
	if (log_chosen == LOG_JSON)
		line.text[line.len++] = '}';
	line.text[line.len++] = '\n';
	ssize_t written = write(log_fd, line.text, line.len);
	(void)written; /* there is nowhere to report it */
}
