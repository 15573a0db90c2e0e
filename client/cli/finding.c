#include "finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli_text.h"

void finding_say(struct finding *f, enum verdict verdict, const char *format, ...)
{
	va_list args;
	f->verdict = verdict;
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
}

void finding_mend(struct finding *f, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(f->mend, sizeof(f->mend), format, args);
	va_end(args);
}

static void put_plain(struct cli *cli, const struct finding *f, struct buf *out)
{
	enum { COLUMN = 14 };
	static const struct {
		const char *mark;
		enum style style;
	} marks[] = {[VERDICT_FINE] = {"✓", STYLE_GREEN},
		     [VERDICT_LOOK] = {"!", STYLE_YELLOW},
		     [VERDICT_WRONG] = {"✗", STYLE_RED}};
	const char *name = TR(cli, f->zh, f->en);
	size_t w = text_width(slice_str(name));
	buf_str(out, cli->colour ? style_begin(marks[f->verdict].style) : "");
	buf_str(out, marks[f->verdict].mark);
	buf_str(out, cli->colour ? style_end(marks[f->verdict].style) : "");
	buf_printf(out, " %s", name);
	text_put_spaces(out, w < COLUMN ? COLUMN - w : 1);
	text_put_safe(out, slice_str(f->text));
	buf_byte(out, '\n');
	if (f->mend[0] != '\0') {
		text_put_spaces(out, COLUMN + 2);
		buf_str(out, "→ ");
		text_put_safe(out, slice_str(f->mend));
		buf_byte(out, '\n');
	}
}

void finding_report(struct cli *cli, const struct finding *f)
{
	static const char *const verdicts[] = {"ok", "warning", "failed"};
	struct buf out = {0};
	cli->doubtful = cli->doubtful || f->verdict != VERDICT_FINE;
	if (cli->output == OUTPUT_JSON || cli->output == OUTPUT_JSONL) {
		json_t *row = json_pack("{s:s, s:s, s:s, s:s}", "check", f->name, "verdict", verdicts[f->verdict],
					"text", f->text, "mend", f->mend);
		char *text = json_dumps(row, JSON_COMPACT);
		buf_printf(&out, "%s\n", text == NULL ? "{}" : text);
		free(text);
		json_decref(row);
	} else {
		put_plain(cli, f, &out);
	}
	cli_write(cli, &out);
	buf_free(&out);
}
