#include <string.h>

#include "cli.h"
#include "cli_text.h"
#include "output.h"

/* Why dispatch chose as it did, for people. */

struct word {
	const char *name, *zh, *en;
};

/* As server/domain/match.c names them. */
static const struct word filters[] = {
    {"INACTIVE", "已停用", "inactive"},          {"PAUSED", "暂停接单", "has paused"},
    {"OFF_DUTY", "不在班", "off duty"},          {"QUIET_HOURS", "免打扰时段", "quiet hours"},
    {"SKILL", "缺所需技能", "lacks the skill"},  {"HOME", "是自己家的单", "own household"},
    {"HOLDING_CAP", "在手已满", "holds enough"}, {"ASKED", "本轮已派过", "asked already"},
    {"HOLDS", "已在本单", "on this order"},      {"TOO_FAR", "太远", "too far away"},
};

static const struct word terms[] = {
    {"distance", "距离", "distance"},
    {"age", "等待", "age"},
    {"jobs", "近期任务", "jobs"},
    {"offers", "近期派单", "offers"},
    {"responsible", "包保", "responsible"},
    {"rating", "评价", "rating"},
    {"optional_skill", "缺优先技能", "optional skill"},
    {"same_building", "同楼有单", "same building"},
};

/* A name that a newer server has is shown as it is. */
static const char *word_of(const struct cli *cli, const struct word *words, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i].name, name) == 0)
			return TR(cli, words[i].zh, words[i].en);
	}
	return name;
}

static void put_number(struct table *t, int64_t n)
{
	struct buf text = {0};
	buf_int(&text, n);
	table_put(t, buf_view(&text), STYLE_NONE);
	buf_free(&text);
}

/* "distance 240, jobs 50": what the cost is made of. */
static void put_terms(struct cli *cli, struct table *t, const json_t *candidate)
{
	size_t i;
	json_t *term;
	struct buf text = {0};
	json_array_foreach(json_object_get(candidate, "terms"), i, term)
	{
		buf_str(&text, i == 0 ? "" : TR(cli, "，", ", "));
		buf_str(&text, word_of(cli, terms, COUNT_OF(terms), json_text(term, "name")));
		buf_byte(&text, ' ');
		buf_int(&text, json_int64(json_object_get(term, "metres")));
	}
	table_put(t, buf_view(&text), STYLE_NONE);
	buf_free(&text);
}

/* How likely they were taken to accept; empty where that did not matter. */
static void put_accepts(struct table *t, const json_t *candidate)
{
	struct buf text = {0};
	int64_t milli = json_int64(json_object_get(candidate, "acceptMilli"));
	if (milli != 0)
		buf_printf(&text, "%d %%", (int)((milli + 5) / 10));
	table_put(t, buf_view(&text), STYLE_NONE);
	buf_free(&text);
}

static void put_candidate(struct cli *cli, struct table *t, const json_t *candidate, const char *remark,
			  enum style style)
{
	table_put(t, SLICE(""), STYLE_NONE); /* indents by the gap */
	table_put(t, slice_str(json_text(candidate, "memberId")), STYLE_NONE);
	put_number(t, json_int64(json_object_get(candidate, "costM")));
	put_accepts(t, candidate);
	table_put(t, slice_str(remark), style);
	put_terms(cli, t, candidate);
}

static void begin_table(struct cli *cli, struct table *t)
{
	table_init(t, 6, cli->colour, cli->width);
	t->right[2] = t->right[3] = true;
	t->whole[1] = t->whole[2] = t->whole[3] = t->whole[4] = true;
	table_put(t, SLICE(""), STYLE_NONE);
	table_put(t, slice_str(TR(cli, "队员", "MEMBER")), STYLE_BOLD);
	table_put(t, slice_str(TR(cli, "成本(米)", "COST(M)")), STYLE_BOLD);
	table_put(t, slice_str(TR(cli, "估计接单", "ACCEPTS")), STYLE_BOLD);
	table_put(t, SLICE(""), STYLE_NONE);
	table_put(t, slice_str(TR(cli, "成本构成", "TERMS")), STYLE_BOLD);
}

static void end_table(struct table *t, struct buf *out)
{
	table_print(t, out);
	table_free(t);
}

static void put_when(struct cli *cli, struct buf *out, const json_t *at, const char *field, const char *ring)
{
	char room[64];
	put_time_s(out, json_int64(json_object_get(at, field)));
	buf_printf(out, TR(cli, "，范围：%s", ", within: %s"), enum_text(cli->zh, ring, room, sizeof(room)));
}

static void put_margin(struct cli *cli, struct buf *out, const json_t *decision)
{
	int64_t margin = json_int64(json_object_get(decision, "marginM"));
	if (*json_text(decision, "runnerUpId") == '\0')
		buf_str(out, TR(cli, "  没有别人可派。\n", "  Nobody else could be asked.\n"));
	else if (margin >= 0)
		buf_printf(out, TR(cli, "  第二人选成本高 %lld 米。\n", "  The runner-up was %lld m dearer.\n"),
			   (long long)margin);
	else
		buf_printf(out,
			   TR(cli, "  第二人选成本低 %lld 米，但派给别的单更合适。\n",
			      "  The runner-up was %lld m cheaper, but better used for another order.\n"),
			   (long long)-margin);
}

/* Why nobody was asked, though somebody could have been. */
static void put_wait(struct cli *cli, struct buf *out, const json_t *decision)
{
	const json_t *cheapest = json_array_get(json_object_get(decision, "candidates"), 0);
	long long cost_m = json_int64(json_object_get(cheapest, "costM")),
		  later_m = json_int64(json_object_get(cheapest, "laterM")),
		  worth_m = json_int64(json_object_get(decision, "worthM"));
	const char *why = json_text(decision, "wait");
	if (strcmp(why, "WAIT_REASON_NOT_WORTH_IT") == 0)
		buf_printf(
		    out,
		    TR(cli,
		       "  最省也要 %lld 米（上列 %lld 米，加上这名队员留给后面的单所值 %lld 米），此单再等只损失 %lld "
		       "米：暂不派。\n",
		       "  Even the cheapest costs %lld m (%lld m as above and %lld m that they may be worth to later "
		       "orders); waiting costs the order %lld m.\n"),
		    cost_m + later_m, cost_m, later_m, worth_m);
	else if (strcmp(why, "WAIT_REASON_USED_ELSEWHERE") == 0)
		buf_str(out, TR(cli, "  可派的队员都派到别的单或岗位更合适。\n",
				"  All who could be asked are better used for other orders or places.\n"));
	else if (strcmp(why, "WAIT_REASON_INCOMPLETE") == 0)
		buf_str(out, TR(cli, "  这个岗位有人可派，但同单的岗位没有配齐。\n",
				"  Somebody could be had for this place, but not for each of the order's.\n"));
}

/* When dispatch goes on by itself. */
static void put_again(struct cli *cli, struct buf *out, const json_t *reply)
{
	int64_t again_ms = json_int64(json_object_get(reply, "againMs"));
	if (again_ms == 0)
		return;
	buf_str(out, TR(cli, "  派单再看此单：", "  Dispatch looks at the order again: "));
	put_time_s(out, again_ms);
	buf_byte(out, '\n');
}

static void put_decision(struct cli *cli, struct buf *out, const json_t *decision)
{
	size_t i;
	json_t *candidate;
	struct table t;
	if (decision == NULL) {
		buf_str(out, TR(cli, "派单没有为这个岗位选过人（或在留存决定之前）。\n",
				"Dispatch has not chosen for this place (or did before decisions were kept).\n"));
		return;
	}
	bool waits = *json_text(decision, "wait") != '\0';
	buf_str(out, waits ? TR(cli, "当时决定等待：", "Decided to wait then: ")
			   : TR(cli, "当时的决定：", "Decided then: "));
	put_when(cli, out, decision, "atMs", json_text(decision, "ring"));
	buf_printf(out, TR(cli, "，规则版本 %lld（当时留存）\n", ", rules version %lld (noted at that moment)\n"),
		   (long long)json_int64(json_object_get(decision, "policyVersion")));
	begin_table(cli, &t);
	json_array_foreach(json_object_get(decision, "candidates"), i, candidate)
	{
		bool chosen = json_is_true(json_object_get(candidate, "chosen"));
		const char *remark = chosen  ? TR(cli, "选中", "chosen")
				     : waits ? TR(cli, "最省", "cheapest")
					     : TR(cli, "第二人选", "runner-up");
		put_candidate(cli, &t, candidate, remark, chosen ? STYLE_GREEN : STYLE_NONE);
	}
	end_table(&t, out);
	int64_t learnt = json_int64(json_object_get(decision, "acceptVersion"));
	if (learnt != 0)
		buf_printf(out,
			   TR(cli, "  接单可能按学到的模型估计（第 %lld 版）。\n",
			      "  How likely they accept was estimated by what was learnt (version %lld).\n"),
			   (long long)learnt);
	if (waits)
		put_wait(cli, out, decision);
	else
		put_margin(cli, out, decision);
}

static void put_now(struct cli *cli, struct buf *out, const json_t *reply)
{
	size_t i;
	json_t *candidate;
	struct table t;
	buf_str(out, TR(cli, "\n现在：", "\nNow: "));
	put_when(cli, out, reply, "nowMs", json_text(reply, "ring"));
	buf_str(out, TR(cli, "（队员此刻的情况，可能与当时不同）\n",
			" (members as they stand now, which may differ from then)\n"));
	if (json_array_size(json_object_get(reply, "candidates")) == 0) {
		buf_str(out, TR(cli, "  范围内没有队员。\n", "  There is nobody within.\n"));
		return;
	}
	begin_table(cli, &t);
	json_array_foreach(json_object_get(reply, "candidates"), i, candidate)
	{
		const char *filter = json_text(candidate, "filtered");
		put_candidate(cli, &t, candidate,
			      *filter == '\0' ? TR(cli, "可派", "can be asked")
					      : word_of(cli, filters, COUNT_OF(filters), filter),
			      *filter == '\0' ? STYLE_GREEN : STYLE_DIM);
	}
	end_table(&t, out);
}

static void put_manual(struct cli *cli, struct buf *out, const json_t *manual)
{
	size_t i;
	json_t *row;
	char room[64];
	if (json_array_size(manual) == 0)
		return;
	buf_str(out, TR(cli, "\n人工指派\n", "\nAssigned by hand\n"));
	json_array_foreach(manual, i, row)
	{
		const char *reason = json_text(row, "reason");
		buf_str(out, "  ");
		put_time_s(out, json_int64(json_object_get(row, "atMs")));
		buf_printf(out, "  %s %s → %s  ", enum_text(cli->zh, json_text(row, "by.role"), room, sizeof(room)),
			   json_text(row, "by.id"), json_text(row, "memberId"));
		text_put_safe(out, slice_str(*reason == '\0' ? TR(cli, "未写原因", "no reason was given") : reason));
		buf_byte(out, '\n');
	}
}

int run_explain(struct cli *cli, const struct args *args)
{
	char *text;
	struct buf out = {0};
	if (cli->output == OUTPUT_CSV)
		return run_generic(cli, args);
	json_t *request = request_build(cli, args);
	if (request == NULL)
		return STATUS_USAGE;
	int status = cli_call(cli, args->command->method, request, &text);
	if (status != STATUS_OK)
		return status;
	if (cli->output != OUTPUT_TABLE) {
		status = output_record(cli, args->command, text);
		paidan_free(text);
		return status;
	}
	json_t *reply = json_loads(text, 0, NULL);
	paidan_free(text);
	put_decision(cli, &out, json_object_get(reply, "decision"));
	put_again(cli, &out, reply);
	put_now(cli, &out, reply);
	put_manual(cli, &out, json_object_get(reply, "manual"));
	json_decref(reply);
	status = cli_write(cli, &out);
	buf_free(&out);
	return status;
}
