/*
 * command: what `paidan` can do, as const tables.
 *
 * Everything about a command is in its row: which method it calls, how arguments become fields of the
 * request, which columns of the reply are shown, and the help in both languages. Parsing, help, shell
 * completion and the man page are made from the rows.
 *
 * Nouns: a command is a noun and a verb ("order new"), or a tool, which is a noun alone ("doctor"); a param is
 * a positional argument or a flag; its field is a path in the request's JSON ("member.home"); a column is a
 * path in a row of the reply.
 *
 * A new command: a row in the commands_*.c of its noun. One that is more than one call has `run`: a function of
 * its own that gets the parsed arguments (args.h) and uses the client of the cli (cli.h).
 *
 * Ownership: everything is static and const. Errors: none; tests/unit/test_cli_table.c checks the tables
 * against the API's descriptors.
 */
#ifndef PAIDAN_CLI_COMMAND_H
#define PAIDAN_CLI_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct cli;
struct args;

enum param_type {
	TYPE_TEXT,
	TYPE_UINT,
	TYPE_BOOL,     /* a flag without a value: true */
	TYPE_CHOICE,   /* one of choices, a word; sent as prefix + the word in upper case */
	TYPE_TIME,     /* a moment: "2h" from now, "18:30", "2025-12-01 08:00"; sent as ms */
	TYPE_SPAN,     /* a length of time: "90m", "2d"; sent as ms */
	TYPE_POINT,    /* LAT,LON; sent as {lat, lon} */
	TYPE_REF,      /* an attachment's reference; sent as {ref, mediaType} by its ending */
	TYPE_SKILL,    /* NAME[:CERTIFICATE[:DAY it expires]]; sent as {name, certificate, expireMs} */
	TYPE_SLOT,     /* SKILL or SKILL? when it is optional; sent as {skill, optionalSkill} */
	TYPE_MAY,      /* ROLE or ROLE:NODE; sent as {role, nodeId} */
	TYPE_SHIFT,    /* "mon-fri 08:00-17:30"; sent as {fromMin, toMin} per day */
	TYPE_HOURS,    /* "22:00-07:00"; sent as {fromMin, toMin} of the day */
	TYPE_PAIR,     /* ORDER=MEMBER; sent as {orderId, memberId} */
	TYPE_ORDER,    /* an order; sent as {orderId} */
	TYPE_CATEGORY, /* a category's id, code or name; sent as its id */
	TYPE_FILE,     /* a file's name; never sent */
	TYPE_CONTENT,  /* a file's name, - is standard input; its text is sent */
	TYPE_CONST,    /* no argument at all: always sends `choices` as it stands (JSON) */
};

struct param {
	const char *name; /* "title"; of a positional argument in capitals, "TITLE" */
	char letter;      /* of a flag: -t; 0: none */
	enum param_type type;
	bool positional;
	bool required;
	bool many;           /* may come again; sent as a list */
	const char *field;   /* NULL: not sent as it is */
	const char *choices; /* of TYPE_CHOICE: "danger urgent normal" */
	const char *prefix;  /* "URGENCY_" */
	const char *value;   /* what the help calls a flag's value, "TEXT" */
	const char *zh, *en;
};

enum cell {
	CELL_TEXT,
	CELL_TIME,   /* ms, as local time */
	CELL_ENUM,   /* without its prefix, translated */
	CELL_NUMBER, /* to the right */
	CELL_FLAG,   /* "yes" or nothing */
	CELL_YES_NO,
	CELL_COUNT, /* of a list's elements */
	CELL_NAMES, /* of a list of objects, the field behind the '*' in the path: "skills*name"; two as
		       "terms*name=metres" */
	CELL_TIMES, /* likewise, of moments */
	CELL_POINT,
	CELL_MINUTES, /* ms, as a span */
	CELL_PERCENT, /* of 1/10,000 */
};

struct column {
	const char *path; /* in the row: "rating.stars" */
	enum cell kind;
	const char *zh, *en;
	bool spare; /* left out of a table where there is no room */
};

enum shape {
	SHAPE_NONE,   /* nothing is shown but that it is done */
	SHAPE_RECORD, /* one record at `rows`, a line for each column */
	SHAPE_ROW,    /* one record at `rows` on one line: what a write has come to */
	SHAPE_LIST,   /* a list at `rows`, paged when the request has a page token */
	SHAPE_STREAM, /* one row per message, at its root */
};

struct command {
	const char *verb;   /* NULL for a tool */
	const char *method; /* "OrderService/PlaceOrder"; NULL when run does it all */
	const struct param *params;
	size_t n_params;
	enum shape shape;
	const char *rows;
	const struct column *columns;
	size_t n_columns;
	/* Instead of the one call; gives the exit status. */
	int (*run)(struct cli *cli, const struct args *args);
	/* Instead of the columns, for a record as a table. */
	void (*show)(struct cli *cli, const json_t *record);
	/* Fields of the request that name the given flags, for updates: "updateMask"; their parent: "member". */
	const char *mask;
	const char *mask_parent;
	bool whole;   /* of a list: it comes whole, without pages */
	bool offline; /* needs no server */
	const char *zh, *en;
	const char *more_zh, *more_en; /* further paragraphs of the help, or NULL */
	const char *example;           /* without the leading "paidan ", lines end in \n; or NULL */
};

enum group { GROUP_PEOPLE, GROUP_DESK, GROUP_SETUP, GROUP_TOOLS, GROUPS };

struct noun {
	const char *name;
	const char *former; /* what it was called once; still understood. Or NULL */
	enum group group;
	const struct command *commands; /* of a tool: one, without a verb */
	size_t n_commands;
	const char *zh, *en;
};

/* All nouns, in the order of the help. */
extern const struct noun *const cli_nouns[];
extern const size_t cli_n_nouns;

/* The flags that every command has. */
extern const struct param cli_globals[];
extern const size_t cli_n_globals;
/* The flags of every paged list, behind its own. */
extern const struct param cli_paging[];
extern const size_t cli_n_paging;

const struct noun *cli_noun(const char *name);
/* verb NULL: the tool itself. */
const struct command *cli_command(const struct noun *noun, const char *verb);
static inline bool noun_is_tool(const struct noun *noun)
{
	return noun->commands[0].verb == NULL;
}
/* Whether the command takes cli_paging. */
bool command_is_paged(const struct command *command);

/* For the tables. A SPARE column is left out where there is no room. */
#define COLUMN(column_path, column_kind, column_zh, column_en)                                     \
	{                                                                                          \
		.path = (column_path), .kind = (column_kind), .zh = (column_zh), .en = (column_en) \
	}
#define SPARE(column_path, column_kind, column_zh, column_en)                                                     \
	{                                                                                                         \
		.path = (column_path), .kind = (column_kind), .zh = (column_zh), .en = (column_en), .spare = true \
	}
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PARAMS(array) .params = (array), .n_params = COUNT_OF(array)
#define COLUMNS(array) .columns = (array), .n_columns = COUNT_OF(array)
#define NOUN(noun_name, noun_group, array, noun_zh, noun_en)                                                    \
	{                                                                                                       \
		.name = (noun_name), .group = (noun_group), .commands = (array), .n_commands = COUNT_OF(array), \
		.zh = (noun_zh), .en = (noun_en)                                                                \
	}

/* A positional argument, required (ARG) or not (OPTIONAL); a flag with a value. */
#define ARG(arg_name, arg_type, path, text_zh, text_en)                                                        \
	{                                                                                                      \
		.name = (arg_name), .type = (arg_type), .positional = true, .required = true, .field = (path), \
		.zh = (text_zh), .en = (text_en)                                                               \
	}
#define OPTIONAL(arg_name, arg_type, path, text_zh, text_en)                                                  \
	{                                                                                                     \
		.name = (arg_name), .type = (arg_type), .positional = true, .field = (path), .zh = (text_zh), \
		.en = (text_en)                                                                               \
	}
#define FLAG(flag_letter, flag_name, meta, flag_type, path, text_zh, text_en)                                        \
	{                                                                                                            \
		.name = (flag_name), .letter = (flag_letter), .type = (flag_type), .field = (path), .value = (meta), \
		.zh = (text_zh), .en = (text_en)                                                                     \
	}
#define FLAGS(flag_letter, flag_name, meta, flag_type, path, text_zh, text_en)                                       \
	{                                                                                                            \
		.name = (flag_name), .letter = (flag_letter), .type = (flag_type), .field = (path), .value = (meta), \
		.many = true, .zh = (text_zh), .en = (text_en)                                                       \
	}
#define NEEDED(flag_letter, flag_name, meta, flag_type, path, text_zh, text_en)                                      \
	{                                                                                                            \
		.name = (flag_name), .letter = (flag_letter), .type = (flag_type), .field = (path), .value = (meta), \
		.required = true, .zh = (text_zh), .en = (text_en)                                                   \
	}
#define SWITCH(flag_letter, flag_name, path, text_zh, text_en)                                                     \
	{                                                                                                          \
		.name = (flag_name), .letter = (flag_letter), .type = TYPE_BOOL, .field = (path), .zh = (text_zh), \
		.en = (text_en)                                                                                    \
	}
#define CHOICE(flag_letter, flag_name, words, word_prefix, path, text_zh, text_en)                  \
	{                                                                                           \
		.name = (flag_name), .letter = (flag_letter), .type = TYPE_CHOICE, .field = (path), \
		.choices = (words), .prefix = (word_prefix), .zh = (text_zh), .en = (text_en)       \
	}
#define CHOICES(flag_letter, flag_name, words, word_prefix, path, text_zh, text_en)                         \
	{                                                                                                   \
		.name = (flag_name), .letter = (flag_letter), .type = TYPE_CHOICE, .field = (path),         \
		.choices = (words), .prefix = (word_prefix), .many = true, .zh = (text_zh), .en = (text_en) \
	}
#define CONSTANT(path, json)                                                                           \
	{                                                                                              \
		.name = "", .type = TYPE_CONST, .field = (path), .choices = (json), .zh = "", .en = "" \
	}

#endif
