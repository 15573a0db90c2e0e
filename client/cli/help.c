#include "help.h"

#include <stdio.h>
#include <string.h>

#include "cli_text.h"

enum { TEXT_WIDTH = 100, FLAG_COLUMN = 28, NOUN_COLUMN = 14 };

struct helping {
	const struct cli *cli;
	struct buf out;
	bool colour;
	size_t width;
};

static void heading(struct helping *h, const char *zh, const char *en)
{
	buf_byte(&h->out, '\n');
	buf_str(&h->out, h->colour ? style_begin(STYLE_BOLD) : "");
	buf_str(&h->out, TR(h->cli, zh, en));
	buf_str(&h->out, h->colour ? style_end(STYLE_BOLD) : "");
	buf_byte(&h->out, '\n');
}

/* "  left   text", the text in a column of its own; on the next line when left is too long. */
static void entry(struct helping *h, const char *left, enum style style, size_t column, const char *text)
{
	size_t w = text_width(slice_str(left));
	text_put_spaces(&h->out, 2);
	buf_str(&h->out, h->colour ? style_begin(style) : "");
	buf_str(&h->out, left);
	buf_str(&h->out, h->colour ? style_end(style) : "");
	if (w + 4 > column) {
		buf_byte(&h->out, '\n');
		text_put_spaces(&h->out, column);
	} else {
		text_put_spaces(&h->out, column - w - 2);
	}
	text_put_wrapped(&h->out, text, column, h->width > column + 20 ? h->width - column : 60);
	buf_byte(&h->out, '\n');
}

/* --- pieces that the man page shares --- */

const char *help_group(enum group group, bool zh)
{
	switch (group) {
	case GROUP_PEOPLE:
		return zh ? "居民与队员" : "Residents and members";
	case GROUP_DESK:
		return zh ? "派单台" : "The desk";
	case GROUP_SETUP:
		return zh ? "辖区设置" : "Setting up";
	case GROUP_TOOLS:
		return zh ? "工具" : "Tools";
	case GROUPS:
		break;
	}
	return "";
}

static const char *value_name(const struct param *p)
{
	if (p->value != NULL)
		return p->value;
	return p->type == TYPE_CHOICE ? "WORD" : "VALUE";
}

void help_usage(struct buf *out, const struct noun *noun, const struct command *command, bool zh)
{
	bool flags = command_is_paged(command);
	buf_str(out, noun->name);
	if (command->verb != NULL)
		buf_printf(out, " %s", command->verb);
	for (size_t i = 0; i < command->n_params; i++) {
		const struct param *p = &command->params[i];
		if (p->positional)
			buf_printf(out, p->required ? " %s%s" : " [%s%s]", p->name, p->many ? "..." : "");
		else if (p->required)
			buf_printf(out, " --%s %s", p->name, value_name(p));
		else if (p->type != TYPE_CONST)
			flags = true;
	}
	if (flags)
		buf_str(out, zh ? " [选项]" : " [OPTIONS]");
}

void help_flag(struct buf *out, const struct param *p)
{
	if (p->letter != 0)
		buf_printf(out, "-%c, ", p->letter);
	else
		buf_str(out, "    ");
	buf_printf(out, "--%s", p->name);
	if (p->type != TYPE_BOOL)
		buf_printf(out, " %s", value_name(p));
}

void help_param_text(struct buf *out, const struct param *p, bool zh)
{
	buf_str(out, zh ? p->zh : p->en);
	if (p->type == TYPE_CHOICE) {
		buf_str(out, zh ? "（" : " (");
		for (const char *c = p->choices; *c != '\0'; c++)
			buf_byte(out, *c == ' ' ? '|' : (uint8_t)*c);
		buf_str(out, zh ? "）" : ")");
	}
	if (p->many && !p->positional)
		buf_str(out, zh ? "（可多次）" : " (may come again)");
	if (p->required && !p->positional)
		buf_str(out, zh ? "（必填）" : " (needed)");
}

static void put_param(struct helping *h, const struct param *p)
{
	struct buf left = {0}, text = {0};
	if (p->positional)
		buf_str(&left, p->name);
	else
		help_flag(&left, p);
	help_param_text(&text, p, h->cli->zh);
	buf_byte(&left, 0);
	buf_byte(&text, 0);
	if (!left.failed && !text.failed)
		entry(h, (const char *)left.ptr, STYLE_CYAN, FLAG_COLUMN, (const char *)text.ptr);
	buf_free(&left);
	buf_free(&text);
}

static void put_examples(struct helping *h, const char *example)
{
	heading(h, "示例", "Examples");
	while (*example != '\0') {
		size_t len = strcspn(example, "\n");
		buf_printf(&h->out, "  paidan %.*s\n", (int)len, example);
		example += len + (example[len] == '\n');
	}
}

/* --- a command --- */

static void put_arguments(struct helping *h, const struct command *c)
{
	bool any = false;
	for (size_t i = 0; i < c->n_params; i++) {
		if (!c->params[i].positional)
			continue;
		if (!any)
			heading(h, "参数", "Arguments");
		any = true;
		put_param(h, &c->params[i]);
	}
}

static void put_flags(struct helping *h, const struct command *c)
{
	bool any = false;
	for (size_t i = 0; i < c->n_params; i++) {
		const struct param *p = &c->params[i];
		if (p->positional || p->type == TYPE_CONST)
			continue;
		if (!any)
			heading(h, "选项", "Options");
		any = true;
		put_param(h, p);
	}
	if (!command_is_paged(c))
		return;
	if (!any)
		heading(h, "选项", "Options");
	for (size_t i = 0; i < cli_n_paging; i++)
		put_param(h, &cli_paging[i]);
}

static void put_command(struct helping *h, const struct noun *noun, const struct command *c)
{
	struct buf usage = {0};
	text_put_wrapped(&h->out, TR(h->cli, c->zh, c->en), 0, h->width);
	buf_byte(&h->out, '\n');
	heading(h, "用法", "Usage");
	help_usage(&usage, noun, c, h->cli->zh);
	buf_str(&h->out, "  paidan ");
	buf_slice(&h->out, buf_view(&usage));
	buf_byte(&h->out, '\n');
	buf_free(&usage);
	if (c->more_en != NULL) {
		buf_str(&h->out, "\n  ");
		text_put_wrapped(&h->out, TR(h->cli, c->more_zh, c->more_en), 2, h->width - 2);
		buf_byte(&h->out, '\n');
	}
	put_arguments(h, c);
	put_flags(h, c);
	if (c->example != NULL)
		put_examples(h, c->example);
	buf_byte(&h->out, '\n');
	text_put_wrapped(&h->out,
			 c->offline
			     ? TR(h->cli, "通用选项见 paidan --help。", "Options of every command: paidan --help.")
			     : TR(h->cli, "通用选项（-o json、--as、--server 等）见 paidan --help。",
				  "Options of every command (-o json, --as, --server ...): paidan --help."),
			 0, h->width);
	buf_byte(&h->out, '\n');
}

/* --- a noun --- */

static void put_noun(struct helping *h, const struct noun *noun)
{
	size_t column = 0;
	buf_str(&h->out, TR(h->cli, noun->zh, noun->en));
	buf_byte(&h->out, '\n');
	heading(h, "命令", "Commands");
	for (size_t i = 0; i < noun->n_commands; i++) {
		struct buf usage = {0};
		help_usage(&usage, noun, &noun->commands[i], h->cli->zh);
		size_t w = text_width(buf_view(&usage));
		if (w > column && w < 44)
			column = w;
		buf_free(&usage);
	}
	for (size_t i = 0; i < noun->n_commands; i++) {
		const struct command *c = &noun->commands[i];
		struct buf usage = {0};
		help_usage(&usage, noun, c, h->cli->zh);
		buf_byte(&usage, 0);
		if (!usage.failed)
			entry(h, (const char *)usage.ptr, STYLE_CYAN, column + 5, TR(h->cli, c->zh, c->en));
		buf_free(&usage);
	}
	buf_byte(&h->out, '\n');
	if (h->cli->zh)
		buf_printf(&h->out, "每条命令的选项和示例：paidan %s 命令 --help。\n", noun->name);
	else
		buf_printf(&h->out, "Options and examples of each: paidan %s VERB --help.\n", noun->name);
}

/* --- everything --- */

static void put_verbs(struct helping *h, const struct noun *noun)
{
	size_t at = NOUN_COLUMN;
	text_put_spaces(&h->out, NOUN_COLUMN);
	for (size_t i = 0; i < noun->n_commands; i++) {
		const char *verb = noun->commands[i].verb;
		if (at + strlen(verb) > h->width) {
			h->out.len--; /* the space */
			buf_byte(&h->out, '\n');
			text_put_spaces(&h->out, NOUN_COLUMN);
			at = NOUN_COLUMN;
		}
		buf_str(&h->out, h->colour ? style_begin(STYLE_CYAN) : "");
		buf_str(&h->out, verb);
		buf_str(&h->out, h->colour ? style_end(STYLE_CYAN) : "");
		if (i + 1 < noun->n_commands)
			buf_byte(&h->out, ' ');
		at += strlen(verb) + 1;
	}
	buf_byte(&h->out, '\n');
}

static void put_all(struct helping *h)
{
	buf_str(&h->out, TR(h->cli, "paidan：社区派单——点单、派单、接单、评单\n",
			    "paidan: order, dispatch, accept and rate, in a community\n"));
	heading(h, "用法", "Usage");
	buf_str(&h->out,
		TR(h->cli, "  paidan 名词 命令 [参数] [选项]\n", "  paidan NOUN VERB [ARGUMENTS] [OPTIONS]\n"));
	for (unsigned group = 0; group < GROUPS; group++) {
		heading(h, help_group((enum group)group, true), help_group((enum group)group, false));
		for (size_t i = 0; i < cli_n_nouns; i++) {
			const struct noun *noun = cli_nouns[i];
			if (noun->group != (enum group)group)
				continue;
			entry(h, noun->name, noun_is_tool(noun) ? STYLE_CYAN : STYLE_BOLD, NOUN_COLUMN,
			      TR(h->cli, noun->zh, noun->en));
			if (!noun_is_tool(noun))
				put_verbs(h, noun);
		}
	}
	heading(h, "通用选项", "Options of every command");
	for (size_t i = 0; i < cli_n_globals; i++)
		put_param(h, &cli_globals[i]);
	put_examples(h, "login https://localhost:8443 --ca ca.pem\n"
			"order new \"厨房水管漏水\" -c plumbing --as resident/r0000001\n"
			"desk board -u danger -u urgent\n"
			"desk tail -o jsonl\n");
	heading(h, "退出状态", "Exit status");
	buf_str(&h->out, TR(h->cli, "  0 成功  1 错误  2 用法不对  3 未找到  4 无权限  5 冲突  6 服务不可用\n",
			    "  0 ok  1 error  2 usage  3 not found  4 not allowed  5 conflict  6 unavailable\n"));
}

int help_print(const struct cli *cli, const struct noun *noun, const struct command *command, bool misused)
{
	struct helping h = {
	    .cli = cli,
	    .colour = cli->colour && !misused,
	    .width = cli->width == 0 || cli->width > TEXT_WIDTH ? TEXT_WIDTH
		     : cli->width < 60                          ? 60
								: cli->width,
	};
	if (command != NULL)
		put_command(&h, noun, command);
	else if (noun != NULL)
		put_noun(&h, noun);
	else
		put_all(&h);
	int status = STATUS_USAGE;
	if (misused)
		fwrite(h.out.ptr, 1, h.out.len, stderr);
	else
		status = cli_write(cli, &h.out);
	buf_free(&h.out);
	return status;
}
