#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "help.h"

/* roff takes backslashes, dots and quotes at the start of a line, and '-' as its own. */
static void put_text(struct buf *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		buf_str(out, "\\&");
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			buf_str(out, "\\e");
		else if (*text == '-')
			buf_str(out, "\\-");
		else if (*text == '"')
			buf_str(out, "\\(dq");
		else
			buf_byte(out, (uint8_t)*text);
	}
}

static void put_buf(struct buf *out, struct buf *text)
{
	buf_byte(text, 0);
	if (text->failed)
		out->failed = true;
	else
		put_text(out, (const char *)text->ptr);
	buf_free(text);
}

static void put_param(struct buf *out, const struct param *p, bool zh)
{
	struct buf left = {0}, text = {0};
	if (p->positional) {
		buf_str(&left, p->name);
	} else {
		if (p->letter != 0)
			buf_printf(&left, "-%c, ", p->letter);
		buf_printf(&left, "--%s", p->name);
		if (p->type != TYPE_BOOL)
			buf_printf(&left, " %s", p->value != NULL ? p->value : "WORD");
	}
	help_param_text(&text, p, zh);
	buf_str(out, ".TP\n.B ");
	put_buf(out, &left);
	buf_byte(out, '\n');
	put_buf(out, &text);
	buf_byte(out, '\n');
}

static void put_examples(struct buf *out, const char *example)
{
	buf_str(out, ".PP\n.nf\n");
	while (*example != '\0') {
		size_t len = strcspn(example, "\n");
		struct buf line = {0};
		buf_printf(&line, "    paidan %.*s", (int)len, example);
		put_buf(out, &line);
		buf_byte(out, '\n');
		example += len + (example[len] == '\n');
	}
	buf_str(out, ".fi\n");
}

static void put_command(struct buf *out, const struct noun *noun, const struct command *c, bool zh)
{
	struct buf usage = {0};
	help_usage(&usage, noun, c, zh);
	buf_str(out, ".SS paidan ");
	put_buf(out, &usage);
	buf_byte(out, '\n');
	put_text(out, zh ? c->zh : c->en);
	buf_str(out, zh ? "。\n" : ".\n");
	if (c->more_en != NULL) {
		put_text(out, zh ? c->more_zh : c->more_en);
		buf_byte(out, '\n');
	}
	buf_str(out, ".RS\n");
	for (size_t i = 0; i < c->n_params; i++) {
		if (c->params[i].type != TYPE_CONST)
			put_param(out, &c->params[i], zh);
	}
	for (size_t i = 0; command_is_paged(c) && i < cli_n_paging; i++)
		put_param(out, &cli_paging[i], zh);
	buf_str(out, ".RE\n");
	if (c->example != NULL)
		put_examples(out, c->example);
}

static void put_nouns(struct buf *out, bool zh)
{
	for (unsigned group = 0; group < GROUPS; group++) {
		char title[64];
		snprintf(title, sizeof(title), "%s", help_group((enum group)group, zh));
		for (char *t = title; !zh && *t != '\0'; t++)
			*t = *t >= 'a' && *t <= 'z' ? (char)(*t - 'a' + 'A') : *t;
		buf_printf(out, ".SH \"%s\"\n", title);
		for (size_t i = 0; i < cli_n_nouns; i++) {
			const struct noun *noun = cli_nouns[i];
			if (noun->group != (enum group)group)
				continue;
			for (size_t k = 0; k < noun->n_commands; k++)
				put_command(out, noun, &noun->commands[k], zh);
		}
	}
}

static void put_status(struct buf *out, bool zh)
{
	static const struct {
		int status;
		const char *zh, *en;
	} rows[] = {
	    {STATUS_OK, "成功", "It is done."},
	    {STATUS_ERROR, "其他错误", "Another error."},
	    {STATUS_USAGE, "命令或参数不对", "The command or an argument is not as it must be."},
	    {STATUS_NOT_FOUND, "未找到", "There is no such thing, or not for this key."},
	    {STATUS_AUTH, "未登录或无权限", "The key is missing, wrong, or may not do that."},
	    {STATUS_CONFLICT, "状态不允许、已存在或被他人改动",
	     "The state does not allow it, it exists, or someone was faster."},
	    {STATUS_UNAVAILABLE, "服务不可用或超时", "The server can't be reached or did not answer in time."},
	};
	buf_str(out, zh ? ".SH 退出状态\n" : ".SH EXIT STATUS\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_printf(out, ".TP\n.B %d\n", rows[i].status);
		put_text(out, zh ? rows[i].zh : rows[i].en);
		buf_byte(out, '\n');
	}
}

int run_man(struct cli *cli, const struct args *args)
{
	(void)args;
	struct buf out = {0};
	bool zh = cli->zh;
	buf_printf(&out, ".TH PAIDAN 1 \"\" \"paidan %s\" \"%s\"\n", paidan_version(),
		   zh ? "用户命令" : "User Commands");
	/* Lines without spaces can't be adjusted. */
	buf_str(&out, ".ad l\n");
	buf_str(&out, zh ? ".SH 名称\npaidan \\- 社区派单：点单、派单、接单、评单\n"
			 : ".SH NAME\npaidan \\- order, dispatch, accept and rate, in a community\n");
	buf_str(&out, zh ? ".SH 用法\n.B paidan\n名词 命令 [参数] [选项]\n"
			 : ".SH SYNOPSIS\n.B paidan\nNOUN VERB [ARGUMENTS] [OPTIONS]\n");
	buf_str(&out, zh ? ".SH 选项\n" : ".SH OPTIONS\n");
	for (size_t i = 0; i < cli_n_globals; i++)
		put_param(&out, &cli_globals[i], zh);
	put_nouns(&out, zh);
	put_status(&out, zh);
	buf_str(&out, zh ? ".SH 文件\n" : ".SH FILES\n");
	buf_str(&out, ".TP\n.I ~/.config/paidan/config\n");
	put_text(
	    &out,
	    zh ? "ini 文件，每个 --profile 一节：server、key、ca、as、tenant、lang、output、timeout。权限须为 0600。"
	       : "An ini file with a section for each --profile: server, key, ca, as, tenant, lang, output, timeout. "
		 "Its mode must be 0600.");
	buf_str(&out, zh ? "\n.SH 环境变量\n" : "\n.SH ENVIRONMENT\n");
	buf_str(&out, "PAIDAN_SERVER, PAIDAN_KEY, PAIDAN_CA, PAIDAN_AS, PAIDAN_TENANT, PAIDAN_CONFIG, PAIDAN_PROFILE, "
		      "PAIDAN_LANG, TRACEPARENT, NO_COLOR\n");
	int status = cli_write(cli, &out);
	buf_free(&out);
	return status;
}

int run_version(struct cli *cli, const struct args *args)
{
	(void)args;
	struct buf out = {0};
	if (cli->output == OUTPUT_JSON || cli->output == OUTPUT_JSONL)
		buf_printf(&out, "{\"version\":\"%s\"}\n", paidan_version());
	else
		buf_printf(&out, "paidan %s\n", paidan_version());
	int status = cli_write(cli, &out);
	buf_free(&out);
	return status;
}
