#include <string.h>

#include "cli.h"
#include "cli_text.h"
#include "help.h"

/* --- what all three need --- */

static void put_words(struct buf *out, const struct noun *noun)
{
	for (size_t i = 0; i < noun->n_commands; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", noun->commands[i].verb);
}

static void put_nouns(struct buf *out)
{
	for (size_t i = 0; i < cli_n_nouns; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", cli_nouns[i]->name);
}

typedef void flag_fn(struct buf *out, const struct noun *noun, const struct command *command, const struct param *p,
		     bool zh);

static void each_flag(struct buf *out, const struct noun *noun, const struct command *c, flag_fn *fn, bool zh)
{
	for (size_t i = 0; i < c->n_params; i++) {
		if (!c->params[i].positional && c->params[i].type != TYPE_CONST)
			fn(out, noun, c, &c->params[i], zh);
	}
	for (size_t i = 0; command_is_paged(c) && i < cli_n_paging; i++)
		fn(out, noun, c, &cli_paging[i], zh);
}

/* For single quotes in a shell: none of our texts has one, and a test says so. */
static void put_quoted(struct buf *out, const char *text)
{
	buf_byte(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buf_str(out, "'\\''");
		else
			buf_byte(out, (uint8_t)*text);
	}
	buf_byte(out, '\'');
}

static const char *first_choices(const struct command *c)
{
	for (size_t i = 0; i < c->n_params; i++) {
		if (c->params[i].positional && c->params[i].type == TYPE_CHOICE)
			return c->params[i].choices;
	}
	return NULL;
}

/* --- bash --- */

static void bash_flag(struct buf *out, const struct noun *noun, const struct command *c, const struct param *p, bool zh)
{
	(void)noun;
	(void)c;
	(void)zh;
	buf_printf(out, " --%s", p->name);
}

/* "--urgency) words=…" for flags whose value is one of some words, or a file. */
static void bash_value(struct buf *out, const struct noun *noun, const struct command *c, const struct param *p,
		       bool zh)
{
	(void)zh;
	const char *verb = c == NULL || c->verb == NULL ? "" : c->verb;
	if (p->type == TYPE_CHOICE)
		buf_printf(out, "\t\"%s %s --%s\") words=\"%s\" ;;\n", noun == NULL ? "*" : noun->name, verb, p->name,
			   p->choices);
}

/* What may stand behind a flag. */
static void bash_values(struct buf *out)
{
	buf_str(out, "\tcase $prev in\n");
	for (size_t i = 0; i < cli_n_globals; i++) {
		const struct param *p = &cli_globals[i];
		if (p->type == TYPE_CHOICE)
			buf_printf(out, "\t--%s) COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return ;;\n", p->name,
				   p->choices);
		else if (p->type == TYPE_FILE || p->type == TYPE_CONTENT)
			buf_printf(out, "\t--%s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", p->name);
	}
	buf_str(out, "\t-o) COMPREPLY=($(compgen -W \"table json jsonl csv\" -- \"$cur\")); return ;;\n"
		     "\tesac\n"
		     "\tcase \"$noun $verb $prev\" in\n");
	for (size_t i = 0; i < cli_n_nouns; i++) {
		for (size_t k = 0; k < cli_nouns[i]->n_commands; k++)
			each_flag(out, cli_nouns[i], &cli_nouns[i]->commands[k], bash_value, false);
	}
}

/* What may stand behind a noun, and behind its verb. */
static void bash_verbs(struct buf *out)
{
	for (size_t i = 0; i < cli_n_nouns; i++) {
		const struct noun *noun = cli_nouns[i];
		if (!noun_is_tool(noun)) {
			buf_printf(out, "\t\t\"%s \") words=\"", noun->name);
			put_words(out, noun);
			buf_str(out, "\" ;;\n");
		}
		for (size_t k = 0; k < noun->n_commands; k++) {
			const struct command *c = &noun->commands[k];
			const char *choices = first_choices(c);
			buf_printf(out, "\t\t\"%s %s\") words=\"%s", noun->name, c->verb == NULL ? "" : c->verb,
				   choices == NULL ? "" : choices);
			each_flag(out, noun, c, bash_flag, false);
			buf_str(out, "\" ;;\n");
		}
	}
}

static void put_bash(struct buf *out)
{
	buf_str(out, "# bash completion for paidan; made by: paidan completion bash\n"
		     "_paidan() {\n"
		     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} noun= verb= words= w i\n"
		     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		     "\t\tw=${COMP_WORDS[i]}\n"
		     "\t\tcase $w in\n"
		     "\t\t-o");
	/* Flags before the noun: their values are no nouns. */
	for (size_t i = 0; i < cli_n_globals; i++) {
		if (cli_globals[i].type != TYPE_BOOL)
			buf_printf(out, " | --%s", cli_globals[i].name);
	}
	buf_str(out, ") ((i++)) ;;\n"
		     "\t\t-*) ;;\n"
		     "\t\t*) if [[ -z $noun ]]; then noun=$w; elif [[ -z $verb ]]; then verb=$w; fi ;;\n"
		     "\t\tesac\n"
		     "\tdone\n"
		     "\tlocal globals=\"");
	for (size_t i = 0; i < cli_n_globals; i++)
		buf_printf(out, "%s--%s", i > 0 ? " " : "", cli_globals[i].name);
	buf_str(out, "\"\n");
	bash_values(out);
	buf_str(out, "\tesac\n"
		     "\tif [[ -n $words ]]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); return; fi\n"
		     "\tif [[ -z $noun ]]; then\n"
		     "\t\twords=\"");
	put_nouns(out);
	buf_str(out, "\"\n"
		     "\telse\n"
		     "\t\tcase \"$noun $verb\" in\n");
	bash_verbs(out);
	buf_str(out, "\t\tesac\n"
		     "\tfi\n"
		     "\t[[ $cur == -* ]] && words=\"$words $globals\"\n"
		     "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		     "\tcase \"$noun $verb\" in \"grid import\" | \"member import\")\n"
		     "\t\t[[ $cur == -* ]] || COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
		     "\tesac\n"
		     "}\n"
		     "complete -o filenames -F _paidan paidan\n");
}

/* --- zsh --- */

static void zsh_spec(struct buf *out, const struct param *p, bool zh)
{
	struct buf text = {0};
	buf_printf(&text, "%s--%s%s[", p->many ? "*" : "", p->name, p->type == TYPE_BOOL ? "" : "=");
	for (const char *t = zh ? p->zh : p->en; *t != '\0'; t++) {
		if (strchr("[]:", *t) != NULL)
			buf_byte(&text, '\\');
		buf_byte(&text, (uint8_t)*t);
	}
	buf_byte(&text, ']');
	if (p->type == TYPE_CHOICE)
		buf_printf(&text, ":%s:(%s)", p->name, p->choices);
	else if (p->type == TYPE_FILE || p->type == TYPE_CONTENT)
		buf_str(&text, ":file:_files");
	else if (p->type != TYPE_BOOL)
		buf_printf(&text, ":%s:", p->name);
	buf_byte(&text, 0);
	buf_str(out, " \\\n\t\t\t\t");
	if (!text.failed)
		put_quoted(out, (const char *)text.ptr);
	buf_free(&text);
}

static void zsh_flag(struct buf *out, const struct noun *noun, const struct command *c, const struct param *p, bool zh)
{
	(void)noun;
	(void)c;
	zsh_spec(out, p, zh);
}

static void zsh_pair(struct buf *out, const char *name, const char *text)
{
	struct buf pair = {0};
	buf_str(&pair, name);
	buf_byte(&pair, ':');
	buf_str(&pair, text);
	buf_byte(&pair, 0);
	buf_byte(out, ' ');
	if (!pair.failed)
		put_quoted(out, (const char *)pair.ptr);
	buf_free(&pair);
}

static void zsh_command(struct buf *out, const struct noun *noun, const struct command *c, bool zh)
{
	bool files = false;
	for (size_t i = 0; i < c->n_params; i++)
		files = files || (c->params[i].positional &&
				  (c->params[i].type == TYPE_FILE || c->params[i].type == TYPE_CONTENT));
	buf_printf(out, "\t\t\"%s %s\") _arguments -S", noun->name, c->verb == NULL ? "" : c->verb);
	each_flag(out, noun, c, zsh_flag, zh);
	buf_str(out, " $globals");
	if (first_choices(c) != NULL)
		buf_printf(out, " '*:word:(%s)'", first_choices(c));
	else
		buf_str(out, files ? " '*:file:_files'" : " '*:argument:'");
	buf_str(out, " ;;\n");
}

static void put_zsh(struct buf *out, bool zh)
{
	buf_str(out, "#compdef paidan\n# zsh completion for paidan; made by: paidan completion zsh\n"
		     "_paidan() {\n\tlocal -a globals nouns verbs\n\tglobals=(");
	for (size_t i = 0; i < cli_n_globals; i++)
		zsh_spec(out, &cli_globals[i], zh);
	buf_str(out, ")\n\tnouns=(");
	for (size_t i = 0; i < cli_n_nouns; i++)
		zsh_pair(out, cli_nouns[i]->name, zh ? cli_nouns[i]->zh : cli_nouns[i]->en);
	buf_str(out, ")\n\tif (( CURRENT == 2 )); then\n\t\t_describe noun nouns\n\t\treturn\n\tfi\n"
		     "\tif (( CURRENT == 3 )); then\n\t\tcase $words[2] in\n");
	for (size_t i = 0; i < cli_n_nouns; i++) {
		const struct noun *noun = cli_nouns[i];
		if (noun_is_tool(noun))
			continue;
		buf_printf(out, "\t\t%s) verbs=(", noun->name);
		for (size_t k = 0; k < noun->n_commands; k++)
			zsh_pair(out, noun->commands[k].verb, zh ? noun->commands[k].zh : noun->commands[k].en);
		buf_str(out, ") ;;\n");
	}
	buf_str(out, "\t\tesac\n\t\tif (( $#verbs )); then _describe verb verbs; return; fi\n\tfi\n"
		     "\tlocal key=\"$words[2] $words[3]\"\n"
		     "\tcase $words[2] in\n\t(");
	bool first = true;
	for (size_t i = 0; i < cli_n_nouns; i++) {
		if (!noun_is_tool(cli_nouns[i]))
			continue;
		buf_printf(out, "%s%s", first ? "" : "|", cli_nouns[i]->name);
		first = false;
	}
	buf_str(out, ") key=\"$words[2] \" ;;\n\t*) words=(paidan $words[4,-1]); (( CURRENT -= 2 )) ;;\n\tesac\n"
		     "\tcase $key in\n");
	for (size_t i = 0; i < cli_n_nouns; i++) {
		for (size_t k = 0; k < cli_nouns[i]->n_commands; k++)
			zsh_command(out, cli_nouns[i], &cli_nouns[i]->commands[k], zh);
	}
	buf_str(out, "\tesac\n}\n_paidan \"$@\"\n");
}

/* --- fish --- */

static void fish_line(struct buf *out, const char *condition, const struct param *p, bool zh)
{
	buf_printf(out, "complete -c paidan -n '%s' -l %s", condition, p->name);
	if (p->letter != 0)
		buf_printf(out, " -s %c", p->letter);
	if (p->type == TYPE_CHOICE)
		buf_printf(out, " -x -a '%s'", p->choices);
	else if (p->type == TYPE_FILE || p->type == TYPE_CONTENT)
		buf_str(out, " -r -F");
	else if (p->type != TYPE_BOOL)
		buf_str(out, " -x");
	buf_str(out, " -d ");
	put_quoted(out, zh ? p->zh : p->en);
	buf_byte(out, '\n');
}

static void fish_condition(struct buf *out, const struct noun *noun, const struct command *c)
{
	buf_printf(out, "__fish_seen_subcommand_from %s", noun->name);
	if (c->verb != NULL)
		buf_printf(out, "; and __fish_seen_subcommand_from %s", c->verb);
	buf_byte(out, 0);
}

static void fish_flag(struct buf *out, const struct noun *noun, const struct command *c, const struct param *p, bool zh)
{
	struct buf condition = {0};
	fish_condition(&condition, noun, c);
	if (!condition.failed)
		fish_line(out, (const char *)condition.ptr, p, zh);
	buf_free(&condition);
}

static void put_fish(struct buf *out, bool zh)
{
	buf_str(out, "# fish completion for paidan; made by: paidan completion fish\ncomplete -c paidan -f\n");
	for (size_t i = 0; i < cli_n_globals; i++)
		fish_line(out, "true", &cli_globals[i], zh);
	for (size_t i = 0; i < cli_n_nouns; i++) {
		const struct noun *noun = cli_nouns[i];
		buf_printf(out, "complete -c paidan -n __fish_use_subcommand -a %s -d ", noun->name);
		put_quoted(out, zh ? noun->zh : noun->en);
		buf_byte(out, '\n');
		for (size_t k = 0; k < noun->n_commands; k++) {
			const struct command *c = &noun->commands[k];
			if (c->verb != NULL) {
				buf_printf(out,
					   "complete -c paidan -n '__fish_seen_subcommand_from %s; and not "
					   "__fish_seen_subcommand_from ",
					   noun->name);
				put_words(out, noun);
				buf_printf(out, "' -a %s -d ", c->verb);
				put_quoted(out, zh ? c->zh : c->en);
				buf_byte(out, '\n');
			}
			if (first_choices(c) != NULL)
				buf_printf(out, "complete -c paidan -n '__fish_seen_subcommand_from %s' -a '%s'\n",
					   noun->name, first_choices(c));
			each_flag(out, noun, c, fish_flag, zh);
		}
	}
	buf_str(out, "complete -c paidan -n '__fish_seen_subcommand_from import' -F\n");
}

int run_completion(struct cli *cli, const struct args *args)
{
	struct buf out = {0};
	const char *shell = args_text(args, "SHELL");
	if (strcmp(shell, "bash") == 0)
		put_bash(&out);
	else if (strcmp(shell, "zsh") == 0)
		put_zsh(&out, cli->zh);
	else
		put_fish(&out, cli->zh);
	int status = cli_write(cli, &out);
	buf_free(&out);
	return status;
}
