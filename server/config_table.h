/*
 * config_table: the options. Private to config.c and config_text.c.
 *
 * A row: member and name, kind, default, lowest and highest value (numbers) or the choices, unit or form,
 * help. The order is that of --help.
 */
#ifndef PAIDAN_SERVER_CONFIG_TABLE_H
#define PAIDAN_SERVER_CONFIG_TABLE_H

#include "config.h"

enum config_kind { CONFIG_TEXT, CONFIG_ADDRESS, CONFIG_NUMBER, CONFIG_BOOL, CONFIG_CHOICE };

struct config_option {
	const char *name;
	enum config_kind kind;
	size_t offset;
	const char *standard;
	int64_t min;
	int64_t max;
	const char *const *choices; /* NULL ends */
	const char *form;
	const char *help;
};

extern const struct config_option config_options[];
extern const size_t config_n_options;

/* Pointer to the option's member. */
static inline void *config_member(struct server_config *config, const struct config_option *option)
{
	return (char *)config + option->offset;
}

static inline const void *config_member_const(const struct server_config *config, const struct config_option *option)
{
	return (const char *)config + option->offset;
}

#endif
