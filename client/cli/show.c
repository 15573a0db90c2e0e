#include <string.h>
#include <time.h>

#include "cli.h"
#include "cli_text.h"
#include "output.h"

struct showing {
	struct cli *cli;
	struct buf out;
	struct buf line; /* scratch */
};

static void styled(struct showing *s, enum style style, const char *text)
{
	if (s->cli->colour)
		buf_str(&s->out, style_begin(style));
	text_put_safe(&s->out, slice_str(text));
	if (s->cli->colour)
		buf_str(&s->out, style_end(style));
}

static const char *scratch(struct showing *s)
{
	buf_byte(&s->line, 0);
	return s->line.failed ? "" : (const char *)s->line.ptr;
}

/* "  name     value", nothing when there is no value. */
static void item(struct showing *s, const char *zh, const char *en, const char *value)
{
	enum { COLUMN = 14 };
	const char *name = TR(s->cli, zh, en);
	if (*value == '\0')
		return;
	text_put_spaces(&s->out, 2);
	styled(s, STYLE_DIM, name);
	size_t w = text_width(slice_str(name));
	text_put_spaces(&s->out, w + 3 < COLUMN ? COLUMN - w - 2 : 1);
	text_put_safe(&s->out, slice_str(value));
	buf_byte(&s->out, '\n');
}

static void moment(struct showing *s, const char *zh, const char *en, const json_t *order, const char *path)
{
	buf_reset(&s->line);
	put_time(&s->line, json_int64(cell_at(order, path)));
	item(s, zh, en, scratch(s));
}

static void heading(struct showing *s, const char *zh, const char *en)
{
	buf_byte(&s->out, '\n');
	styled(s, STYLE_BOLD, TR(s->cli, zh, en));
	buf_byte(&s->out, '\n');
}

static void put_enum(struct showing *s, struct buf *to, const json_t *row, const char *path)
{
	char room[64];
	const char *name = json_text(row, path);
	if (*name != '\0')
		buf_str(to, enum_text(s->cli->zh, name, room, sizeof(room)));
}

/* --- the head --- */

static void put_title(struct showing *s, const json_t *order)
{
	char room[64];
	const char *state = json_text(order, "state"), *urgency = json_text(order, "urgency");
	styled(s, STYLE_BOLD, json_text(order, "id"));
	buf_str(&s->out, "  ");
	styled(s, enum_style(state), enum_text(s->cli->zh, state, room, sizeof(room)));
	if (*urgency != '\0') {
		buf_str(&s->out, "  ");
		styled(s, enum_style(urgency), enum_text(s->cli->zh, urgency, room, sizeof(room)));
	}
	if (json_is_true(cell_at(order, "pooled"))) {
		buf_str(&s->out, "  ");
		styled(s, STYLE_CYAN, TR(s->cli, "抢单池", "grab pool"));
	}
	if (json_int64(json_object_get(order, "batchMs")) != 0) {
		buf_str(&s->out, TR(s->cli, "  等待集中派单 ", "  decided with others at "));
		put_time_s(&s->out, json_int64(json_object_get(order, "batchMs")));
	}
	buf_byte(&s->out, '\n');
	styled(s, STYLE_BOLD, json_text(order, "title"));
	buf_byte(&s->out, '\n');
	if (*json_text(order, "description") != '\0') {
		struct buf safe = {0};
		text_put_safe(&safe, slice_str(json_text(order, "description")));
		buf_byte(&safe, 0);
		buf_str(&s->out, "  ");
		if (!safe.failed)
			text_put_wrapped(&s->out, (const char *)safe.ptr, 2,
					 s->cli->width > 40 ? s->cli->width - 2 : 78);
		buf_byte(&s->out, '\n');
		buf_free(&safe);
	}
	buf_byte(&s->out, '\n');
}

/* "11-22 13:12 (in 3 h)", or how long overdue. */
static void put_due(struct showing *s, const json_t *order)
{
	int64_t due = json_int64(cell_at(order, "dueMs")), now = (int64_t)time(NULL) * 1000;
	buf_reset(&s->line);
	put_time(&s->line, due);
	if (due != 0 && json_int64(cell_at(order, "completedMs")) == 0) {
		buf_str(&s->line, due > now ? TR(s->cli, "（还有 ", " (in ") : TR(s->cli, "（已超 ", " (overdue by "));
		put_span(s->cli->zh, &s->line, due > now ? due - now : now - due + 1);
		buf_str(&s->line, TR(s->cli, "）", ")"));
	}
	item(s, "承诺", "Due", scratch(s));
}

static void put_held_by(struct showing *s, const json_t *order)
{
	int64_t since = json_int64(cell_at(order, "heldSinceMs")), now = (int64_t)time(NULL) * 1000;
	buf_reset(&s->line);
	put_enum(s, &s->line, order, "heldBy");
	if (*json_text(order, "heldParty") != '\0')
		buf_printf(&s->line, " %s", json_text(order, "heldParty"));
	if (s->line.len > 0 && since != 0 && since <= now) {
		buf_str(&s->line, TR(s->cli, "，已 ", ", for "));
		put_span(s->cli->zh, &s->line, now - since + 1);
	}
	item(s, "责任方", "Held by", scratch(s));
}

static void put_counts(struct showing *s, const json_t *order)
{
	static const struct {
		const char *path, *zh, *en;
	} counts[] = {{"chases", "催单", "chased"},
		      {"reworks", "返工", "reworked"},
		      {"escalation", "升级", "escalated"},
		      {"priority", "优先", "priority"}};
	buf_reset(&s->line);
	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		int64_t n = json_int64(cell_at(order, counts[i].path));
		if (n != 0)
			buf_printf(&s->line, "%s%s %lld", s->line.len > 0 ? " · " : "",
				   TR(s->cli, counts[i].zh, counts[i].en), (long long)n);
	}
	item(s, "次数", "Counts", scratch(s));
}

static void put_person(struct showing *s, const json_t *order)
{
	buf_reset(&s->line);
	put_enum(s, &s->line, order, "requester.role");
	if (s->line.len > 0)
		buf_printf(&s->line, " %s", json_text(order, "requester.id"));
	item(s, "受益人", "For", json_text(order, "beneficiaryId"));
	item(s, "下单人", "Placed by", scratch(s));
	buf_reset(&s->line);
	static const char *const parts[] = {"contact.name", "contact.phone", "contact.address"};
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		const char *text = json_text(order, parts[i]);
		if (*text != '\0')
			buf_printf(&s->line, "%s%s", s->line.len > 0 ? "  " : "", text);
	}
	item(s, "联系", "Contact", scratch(s));
}

static void put_place(struct showing *s, const json_t *order)
{
	const json_t *point = cell_at(order, "point");
	buf_reset(&s->line);
	buf_str(&s->line, json_text(order, "gridId"));
	if (*json_text(order, "buildingId") != '\0')
		buf_printf(&s->line, " · %s", json_text(order, "buildingId"));
	if (point != NULL)
		buf_printf(&s->line, " · %.6f,%.6f", json_number_value(json_object_get(point, "lat")),
			   json_number_value(json_object_get(point, "lon")));
	item(s, "网格", "Grid", scratch(s));
}

static void put_outcome(struct showing *s, const json_t *order)
{
	buf_reset(&s->line);
	put_enum(s, &s->line, order, "completion.outcome");
	static const char *const words[] = {"completion.reason", "completion.text"};
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (*json_text(order, words[i]) != '\0')
			buf_printf(&s->line, "  %s", json_text(order, words[i]));
	}
	item(s, "结果", "Outcome", scratch(s));
	int64_t stars = json_int64(cell_at(order, "rating.stars"));
	buf_reset(&s->line);
	for (int64_t i = 0; stars > 0 && i < 5; i++)
		buf_str(&s->line, i < stars ? "★" : "☆");
	if (stars > 0) {
		buf_str(&s->line, "  ");
		put_enum(s, &s->line, order, "rating.resolution");
		if (*json_text(order, "rating.comment") != '\0')
			buf_printf(&s->line, "  %s", json_text(order, "rating.comment"));
	}
	item(s, "评价", "Rating", scratch(s));
	buf_reset(&s->line);
	if (json_int64(cell_at(order, "points")) != 0)
		buf_int(&s->line, json_int64(cell_at(order, "points")));
	item(s, "积分", "Points", scratch(s));
}

/* --- the lists --- */

typedef void row_fn(struct showing *s, struct table *t, const json_t *row, size_t index);

static void put_list(struct showing *s, const json_t *list, const char *zh, const char *en, size_t columns, row_fn *fn)
{
	size_t i;
	json_t *row;
	struct table t;
	if (json_array_size(list) == 0)
		return;
	heading(s, zh, en);
	table_init(&t, columns + 1, s->cli->colour, s->cli->width);
	json_array_foreach(list, i, row)
	{
		table_put(&t, SLICE(""), STYLE_NONE); /* indents by the gap */
		fn(s, &t, row, i);
	}
	table_print(&t, &s->out);
	table_free(&t);
}

static void cell(struct table *t, enum style style, const char *text)
{
	table_put(t, slice_str(text), style);
}

static void time_cell(struct showing *s, struct table *t, const json_t *row, const char *path, const char *before)
{
	buf_reset(&s->line);
	int64_t ms = json_int64(cell_at(row, path));
	if (ms != 0) {
		buf_str(&s->line, before);
		put_time(&s->line, ms);
	}
	cell(t, STYLE_NONE, scratch(s));
}

static void enum_cell(struct showing *s, struct table *t, const json_t *row, const char *path)
{
	char room[64];
	const char *name = json_text(row, path);
	cell(t, enum_style(name), *name == '\0' ? "" : enum_text(s->cli->zh, name, room, sizeof(room)));
}

static void slot_row(struct showing *s, struct table *t, const json_t *row, size_t index)
{
	const char *member = json_text(row, "memberId"), *skill = json_text(row, "skill");
	buf_reset(&s->line);
	buf_uint(&s->line, index);
	cell(t, STYLE_DIM, scratch(s));
	cell(t, STYLE_NONE, *skill == '\0' ? "-" : skill);
	cell(t, *member == '\0' ? STYLE_YELLOW : STYLE_NONE, *member == '\0' ? TR(s->cli, "空缺", "open") : member);
	time_cell(s, t, row, "acceptedMs", TR(s->cli, "接单 ", "accepted "));
	time_cell(s, t, row, "startedMs", TR(s->cli, "开始 ", "started "));
	time_cell(s, t, row, "completedMs", TR(s->cli, "完成 ", "completed "));
}

static void offer_row(struct showing *s, struct table *t, const json_t *row, size_t index)
{
	(void)index;
	cell(t, STYLE_NONE, json_text(row, "memberId"));
	enum_cell(s, t, row, "state");
	enum_cell(s, t, row, "declineReason");
	enum_cell(s, t, row, "ring");
	buf_reset(&s->line);
	buf_printf(&s->line, "%lld m", (long long)json_int64(cell_at(row, "distanceM")));
	cell(t, STYLE_NONE, scratch(s));
	time_cell(s, t, row, "offeredMs", "");
	bool live = strcmp(json_text(row, "state"), "OFFER_STATE_LIVE") == 0;
	if (live)
		time_cell(s, t, row, "expireMs", TR(s->cli, "至 ", "until "));
	else
		cell(t, STYLE_NONE, "");
}

static void timeline_row(struct showing *s, struct table *t, const json_t *row, size_t index)
{
	(void)index;
	buf_reset(&s->line);
	put_time_s(&s->line, json_int64(cell_at(row, "atMs")));
	cell(t, STYLE_NONE, scratch(s));
	enum_cell(s, t, row, "kind");
	buf_reset(&s->line);
	put_enum(s, &s->line, row, "actor.role");
	if (*json_text(row, "actor.id") != '\0')
		buf_printf(&s->line, " %s", json_text(row, "actor.id"));
	cell(t, STYLE_DIM, scratch(s));
	cell(t, STYLE_NONE, json_text(row, "memberId"));
	cell(t, STYLE_NONE, json_text(row, "text"));
}

static void held_row(struct showing *s, struct table *t, const json_t *row, size_t index)
{
	(void)index;
	enum_cell(s, t, row, "party");
	buf_reset(&s->line);
	put_span(s->cli->zh, &s->line, json_int64(cell_at(row, "totalMs")));
	cell(t, STYLE_NONE, scratch(s));
}

void show_order(struct cli *cli, const json_t *order)
{
	struct showing s = {.cli = cli};
	put_title(&s, order);
	put_person(&s, order);
	put_place(&s, order);
	item(&s, "类别", "Category", json_text(order, "categoryId"));
	moment(&s, "下单", "Placed", order, "placedMs");
	put_due(&s, order);
	moment(&s, "完成", "Completed", order, "completedMs");
	moment(&s, "办结", "Closed", order, "closedMs");
	put_held_by(&s, order);
	put_counts(&s, order);
	item(&s, "完成码", "Code", json_text(order, "completionCode"));
	put_outcome(&s, order);
	item(&s, "并入", "Merged into", json_text(order, "mergedInto"));
	item(&s, "版本", "Etag", json_text(order, "etag"));
	put_list(&s, cell_at(order, "slots"), "岗位", "Slots", 6, slot_row);
	put_list(&s, cell_at(order, "offers"), "派单", "Offers", 7, offer_row);
	put_list(&s, cell_at(order, "timeline"), "经过", "Timeline", 5, timeline_row);
	put_list(&s, cell_at(order, "held"), "责任时段", "Time charged to", 2, held_row);
	cli_write(cli, &s.out);
	buf_free(&s.out);
	buf_free(&s.line);
}
