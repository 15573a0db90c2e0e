#include "args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_text.h"

static bool fail(struct args *args, const char *zh, const char *en, const char *a, const char *b)
{
	/* The formats are literals of this file with two %s each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(args->zh, sizeof(args->zh), zh, a, b);
	snprintf(args->en, sizeof(args->en), en, a, b);
#pragma GCC diagnostic pop
	return false;
}

/* --- nearest names --- */

static const char *noun_name(const void *arg, size_t i)
{
	(void)arg;
	return cli_nouns[i]->name;
}

static const char *verb_name(const void *arg, size_t i)
{
	const struct noun *noun = arg;
	return noun->commands[i].verb;
}

/* All flags of a command, its own first; NULL at the end. */
static const struct param *flag_at(const struct command *command, size_t i)
{
	if (command != NULL) {
		for (size_t k = 0; k < command->n_params; k++) {
			const struct param *p = &command->params[k];
			if (!p->positional && p->type != TYPE_CONST && i-- == 0)
				return p;
		}
		if (command_is_paged(command)) {
			if (i < cli_n_paging)
				return &cli_paging[i];
			i -= cli_n_paging;
		}
	}
	return i < cli_n_globals ? &cli_globals[i] : NULL;
}

static size_t n_flags(const struct command *command)
{
	size_t n = 0;
	while (flag_at(command, n) != NULL)
		n++;
	return n;
}

static const char *flag_name(const void *arg, size_t i)
{
	return flag_at(arg, i)->name;
}

static const struct param *find_flag(const struct command *command, const char *name, size_t len)
{
	const struct param *p;
	for (size_t i = 0; (p = flag_at(command, i)) != NULL; i++) {
		if (strlen(p->name) == len && strncmp(p->name, name, len) == 0)
			return p;
	}
	return NULL;
}

static const struct param *find_letter(const struct command *command, char letter)
{
	const struct param *p;
	for (size_t i = 0; (p = flag_at(command, i)) != NULL; i++) {
		if (p->letter == letter)
			return p;
	}
	return NULL;
}

static bool unknown_flag(struct args *args, const char *typed, size_t len)
{
	char name[64];
	snprintf(name, sizeof(name), "%.*s", (int)len, typed);
	const char *near = text_nearest(name, n_flags(args->command), flag_name, args->command);
	if (near == NULL)
		return fail(args, "没有选项 --%s%s", "there is no option --%s%s", name, "");
	return fail(args, "没有选项 --%s，是否指 --%s？", "there is no option --%s: did you mean --%s?", name, near);
}

/* --- values --- */

static bool is_uint(const char *text)
{
	char *end;
	errno = 0;
	unsigned long value = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && value <= 0xffffffffu;
}

static bool is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);
	for (const char *c = choices; *c != '\0';) {
		size_t n = strcspn(c, " ");
		if (n == len && strncmp(c, text, n) == 0)
			return true;
		c += n + (c[n] == ' ');
	}
	return false;
}

static void label(const struct param *p, char *to, size_t room)
{
	snprintf(to, room, "%s%s", p->positional ? "" : "--", p->name);
}

/* What can be checked without asking anyone; the rest when the request is made (request.c). */
static bool check_value(struct args *args, const struct param *p, const char *text)
{
	char name[64];
	label(p, name, sizeof(name));
	if (p->type == TYPE_UINT && !is_uint(text))
		return fail(args, "%s 应为整数，不是“%s”", "%s must be a whole number, not \"%s\"", name, text);
	if (p->type == TYPE_CHOICE && !is_choice(p->choices, text))
		return fail(args, "%s 应为以下之一：%s", "%s must be one of: %s", name, p->choices);
	return true;
}

static bool add(struct args *args, const struct param *p, const char *text)
{
	if (text != NULL && !check_value(args, p, text))
		return false;
	if (args->n == ARGS_MAX)
		return fail(args, "参数过多%s%s", "there are too many arguments%s%s", "", "");
	if (!p->many) {
		for (size_t i = 0; i < args->n; i++) {
			if (args->values[i].param == p) {
				args->values[i].text = text;
				return true;
			}
		}
	}
	args->values[args->n++] = (struct arg_value){p, text};
	if (strcmp(p->name, "help") == 0)
		args->help = true;
	if (strcmp(p->name, "version") == 0)
		args->version = true;
	return true;
}

/* --- words --- */

struct words {
	int argc;
	char *const *argv;
	int at;
	size_t positionals;
	bool literal; /* behind "--" */
};

static bool long_flag(struct args *args, struct words *w, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct param *p = find_flag(args->command, word, len);
	const char *value = word[len] == '=' ? word + len + 1 : NULL;
	if (p == NULL)
		return unknown_flag(args, word, len);
	if (p->type == TYPE_BOOL) {
		if (value != NULL)
			return fail(args, "选项 --%s 不带值%s", "the option --%s takes no value%s", p->name, "");
		return add(args, p, NULL);
	}
	if (value == NULL && w->at < w->argc)
		value = w->argv[w->at++];
	if (value == NULL)
		return fail(args, "选项 --%s 缺少值%s", "the option --%s needs a value%s", p->name, "");
	return add(args, p, value);
}

static bool short_flags(struct args *args, struct words *w, const char *word)
{
	for (; *word != '\0'; word++) {
		const struct param *p = find_letter(args->command, *word);
		char letter[2] = {*word, '\0'};
		if (p == NULL)
			return fail(args, "没有选项 -%s%s", "there is no option -%s%s", letter, "");
		if (p->type == TYPE_BOOL) {
			if (!add(args, p, NULL))
				return false;
			continue;
		}
		const char *value = word[1] == '=' ? word + 2 : word[1] != '\0' ? word + 1 : NULL;
		if (value == NULL && w->at < w->argc)
			value = w->argv[w->at++];
		if (value == NULL)
			return fail(args, "选项 -%s 缺少值%s", "the option -%s needs a value%s", letter, "");
		return add(args, p, value);
	}
	return true;
}

static bool positional(struct args *args, struct words *w, const char *word)
{
	size_t seen = 0;
	const struct command *c = args->command;
	for (size_t i = 0; i < c->n_params; i++) {
		const struct param *p = &c->params[i];
		if (!p->positional)
			continue;
		if (seen == w->positionals || p->many) {
			w->positionals += seen == w->positionals && !p->many;
			return add(args, p, word);
		}
		seen++;
	}
	return fail(args, "多余的参数“%s”%s", "\"%s\" is one argument too many%s", word, "");
}

static bool noun_or_verb(struct args *args, const char *word)
{
	if (args->noun == NULL) {
		/* What people type first. */
		if (strcmp(word, "help") == 0) {
			args->help = true;
			return true;
		}
		args->noun = cli_noun(word);
		if (args->noun == NULL) {
			const char *near = text_nearest(word, cli_n_nouns, noun_name, NULL);
			return near == NULL ? fail(args, "没有命令“%s”%s", "there is no command \"%s\"%s", word, "")
					    : fail(args, "没有命令“%s”，是否指 %s？",
						   "there is no command \"%s\": did you mean %s?", word, near);
		}
		if (noun_is_tool(args->noun))
			args->command = &args->noun->commands[0];
		return true;
	}
	args->command = cli_command(args->noun, word);
	if (args->command != NULL)
		return true;
	char typed[96], near_text[96];
	const char *near = text_nearest(word, args->noun->n_commands, verb_name, args->noun);
	snprintf(typed, sizeof(typed), "%s %.60s", args->noun->name, word);
	if (near == NULL)
		return fail(args, "没有命令“%s”%s", "there is no command \"%s\"%s", typed, "");
	snprintf(near_text, sizeof(near_text), "%s %s", args->noun->name, near);
	return fail(args, "没有命令“%s”，是否指 %s？", "there is no command \"%s\": did you mean %s?", typed,
		    near_text);
}

/* A negative number is no flag: "-71.05" as a longitude. */
static bool looks_like_flag(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && !(word[1] >= '0' && word[1] <= '9') && word[1] != '.';
}

static bool one_word(struct args *args, struct words *w)
{
	const char *word = w->argv[w->at++];
	if (!w->literal && strcmp(word, "--") == 0) {
		w->literal = true;
		return true;
	}
	if (!w->literal && looks_like_flag(word))
		return word[1] == '-' ? long_flag(args, w, word + 2) : short_flags(args, w, word + 1);
	return args->command == NULL ? noun_or_verb(args, word) : positional(args, w, word);
}

static bool check_required(struct args *args)
{
	char name[64];
	for (size_t i = 0; i < args->command->n_params; i++) {
		const struct param *p = &args->command->params[i];
		bool given = false;
		for (size_t k = 0; k < args->n; k++)
			given = given || args->values[k].param == p;
		if (!p->required || given)
			continue;
		label(p, name, sizeof(name));
		snprintf(args->zh, sizeof(args->zh), "缺少 %s：%s", name, p->zh);
		snprintf(args->en, sizeof(args->en), "%s is missing: %s", name, p->en);
		return false;
	}
	return true;
}

bool args_parse(struct args *args, int argc, char *const *argv)
{
	struct words w = {.argc = argc, .argv = argv, .at = 1};
	*args = (struct args){0};
	while (w.at < w.argc) {
		if (!one_word(args, &w))
			return false;
	}
	return args->command == NULL || args->help || check_required(args);
}

static const struct arg_value *find_value(const struct args *args, const char *name)
{
	for (size_t i = 0; i < args->n; i++) {
		if (strcmp(args->values[i].param->name, name) == 0)
			return &args->values[i];
	}
	return NULL;
}

const char *args_text(const struct args *args, const char *name)
{
	const struct arg_value *value = find_value(args, name);
	return value == NULL ? NULL : value->text;
}

bool args_has(const struct args *args, const char *name)
{
	return find_value(args, name) != NULL;
}

unsigned long args_uint(const struct args *args, const char *name, unsigned long fallback)
{
	const char *text = args_text(args, name);
	return text == NULL ? fallback : strtoul(text, NULL, 10);
}
