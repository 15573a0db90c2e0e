#include "base/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One write(2) per line up to PIPE_BUF keeps lines of several processes whole. */
enum { LINE_BYTES = 4096 };

static int log_fd = 2;
static enum log_level log_min = LOG_INFO;
static char log_process[24] = "";

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_setup(int fd, enum log_level level, const char *process)
{
	log_fd = fd;
	log_min = level;
	snprintf(log_process, sizeof(log_process), "%s", process);
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

/* Keeps one byte free for the newline. */
static void put(struct line *line, const char *text, size_t len)
{
	size_t room = sizeof(line->text) - 1 - line->len;
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

static void put_value(struct line *line, const char *value)
{
	if (!needs_quotes(value)) {
		put(line, value, strlen(value));
		return;
	}
	put(line, "\"", 1);
	for (const unsigned char *c = (const unsigned char *)value; *c != 0; c++) {
		char escape[8];
		if (*c == '"' || *c == '\\')
			put(line, escape, (size_t)snprintf(escape, sizeof(escape), "\\%c", *c));
		else if (*c < ' ' || *c == 0x7f)
			put(line, escape, (size_t)snprintf(escape, sizeof(escape), "\\x%02x", *c));
		else
			put(line, (const char *)c, 1);
	}
	put(line, "\"", 1);
}

bool log_wants(enum log_level level)
{
	return level >= log_min;
}

void log_line(enum log_level level, const char *group, const char *message, const struct log_pair *pairs, size_t n)
{
	if (level < log_min)
		return;
	struct line line = {.len = 0};
	struct timespec now;
	struct tm utc;
	char text[64];
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	size_t len = strftime(text, sizeof(text), "time=%Y-%m-%dT%H:%M:%S", &utc);
	len += (size_t)snprintf(text + len, sizeof(text) - len, ".%03ldZ", now.tv_nsec / 1000000);
	put(&line, text, len);
	put(&line, " level=", 7);
	put(&line, level_names[level], strlen(level_names[level]));
	if (log_process[0] != '\0') {
		put(&line, " proc=", 6);
		put_value(&line, log_process);
	}
	put(&line, " group=", 7);
	put_value(&line, group);
	put(&line, " msg=", 5);
	put_value(&line, message);
	for (size_t i = 0; i < n; i++) {
		put(&line, " ", 1);
		put(&line, pairs[i].key, strlen(pairs[i].key));
		put(&line, "=", 1);
		if (pairs[i].str != NULL)
			put_value(&line, pairs[i].str);
		else
			put(&line, text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)pairs[i].num));
	}
	line.text[line.len++] = '\n';
	ssize_t written = write(log_fd, line.text, line.len);
	(void)written; /* there is nowhere to report it */
}
