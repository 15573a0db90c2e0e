/*
 * log: one event, one line, as logfmt (key=value, values quoted and escaped when needed) or as a JSON object
 * with the same keys.
 *
 * Nouns: a line has a time, a level, a group (the module), a message and pairs. A request's lines
 * carry its rid (request id). Personal data never goes into a line.
 * Ownership: everything is borrowed for the call.
 * Errors: none; a line that can't be written is dropped.
 * Only net, rpc, redis, the executor and main log; base, domain and service never do.
 *
 *	log_info("net", "listening", LOG_S("address", addr), LOG_I("port", port));
 */
#ifndef PAIDAN_BASE_LOG_H
#define PAIDAN_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct log_pair {
	const char *key;
	const char *str; /* NULL: num is the value */
	int64_t num;
};

#define LOG_S(k, v) ((struct log_pair){(k), (v) == NULL ? "" : (v), 0})
#define LOG_I(k, v) ((struct log_pair){(k), NULL, (int64_t)(v)})

/* Lines below `level` are dropped. fd is borrowed; process names the writer ("master", "worker0"). */
void log_setup(int fd, enum log_level level, const char *process);
/* From now on; LOG_LOGFMT at first. */
void log_set_format(enum log_format format);
/* -1 when the name is not one of debug, info, warn, error. */
int log_level_parse(const char *name, enum log_level *level);
/* Whether a line of that level is written, for callers whose pairs cost something. */
bool log_wants(enum log_level level);
void log_line(enum log_level level, const char *group, const char *message, const struct log_pair *pairs, size_t n);

#define LOG_AT(level, group, message, ...)                                \
	log_line(level, group, message, (struct log_pair[]){__VA_ARGS__}, \
		 sizeof((struct log_pair[]){__VA_ARGS__}) / sizeof(struct log_pair))
/* At least one pair is needed. */
#define log_debug(group, message, ...) LOG_AT(LOG_DEBUG, group, message, __VA_ARGS__)
#define log_info(group, message, ...) LOG_AT(LOG_INFO, group, message, __VA_ARGS__)
#define log_warn(group, message, ...) LOG_AT(LOG_WARN, group, message, __VA_ARGS__)
#define log_error(group, message, ...) LOG_AT(LOG_ERROR, group, message, __VA_ARGS__)

#endif
