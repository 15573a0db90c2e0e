/*
 * store_log_id: ids of log entries, "ms-seq", as Redis streams have them.
 *
 * Ownership: values.
 * Errors: log_id_parse answers false on anything but two decimal numbers of 64 bits with a dash.
 */
#ifndef PAIDAN_TXN_STORE_LOG_ID_H
#define PAIDAN_TXN_STORE_LOG_ID_H

#include "base/slice.h"

enum { LOG_ID_BYTES = 44 }; /* two numbers of 20 digits, the dash, the NUL */

struct log_id {
	uint64_t ms;
	uint64_t seq;
};

#define LOG_ID_FIRST ((struct log_id){0, 0})
#define LOG_ID_LAST ((struct log_id){UINT64_MAX, UINT64_MAX})

bool log_id_parse(struct slice text, struct log_id *id);
/* Writes the text with a NUL and gives its length. */
size_t log_id_format(struct log_id id, char out[LOG_ID_BYTES]);

static inline int log_id_cmp(struct log_id a, struct log_id b)
{
	if (a.ms != b.ms)
		return a.ms < b.ms ? -1 : 1;
	return (a.seq > b.seq) - (a.seq < b.seq);
}

#endif
