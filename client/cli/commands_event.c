#include "cli.h"
#include "nouns.h"

/* --- events --- */

static const struct column event_columns[] = {
    COLUMN("atMs", CELL_TIME, "时间", "TIME"),
    COLUMN("kind", CELL_ENUM, "事件", "EVENT"),
    COLUMN("subjectId", CELL_TEXT, "对象", "SUBJECT"),
    COLUMN("from", CELL_ENUM, "原状态", "FROM"),
    COLUMN("to", CELL_ENUM, "新状态", "TO"),
    SPARE("gridId", CELL_TEXT, "网格", "GRID"),
    SPARE("categoryId", CELL_TEXT, "类别", "CATEGORY"),
    COLUMN("actor.role", CELL_ENUM, "操作者", "BY"),
    SPARE("memberId", CELL_TEXT, "队员", "MEMBER"),
    SPARE("changed", CELL_TEXT, "变更", "CHANGED"),
    SPARE("id", CELL_TEXT, "编号", "ID"),
};

static const struct column heard_columns[] = {
    COLUMN("event.atMs", CELL_TIME, "时间", "TIME"),
    COLUMN("event.kind", CELL_ENUM, "事件", "EVENT"),
    COLUMN("event.subjectId", CELL_TEXT, "对象", "SUBJECT"),
    COLUMN("event.from", CELL_ENUM, "原状态", "FROM"),
    COLUMN("event.to", CELL_ENUM, "新状态", "TO"),
    SPARE("event.gridId", CELL_TEXT, "网格", "GRID"),
    SPARE("event.categoryId", CELL_TEXT, "类别", "CATEGORY"),
    COLUMN("event.actor.role", CELL_ENUM, "操作者", "BY"),
    SPARE("event.memberId", CELL_TEXT, "队员", "MEMBER"),
    SPARE("event.changed", CELL_TEXT, "变更", "CHANGED"),
    SPARE("eventId", CELL_TEXT, "编号", "ID"),
};

#define KINDS                                                                                                   \
	"placed offered offer-declined offer-expired accepted started completed rated closed rework reopened "  \
	"cancelled rejected held resumed handed-back reassigned chased noted merged pooled escalated unserved " \
	"dispatched member-changed config-changed"

#define EVENT_FILTER_FLAGS                                                                                         \
	FLAGS('g', "node", "NODE", TYPE_TEXT, "nodeIds", "组织节点，默认为密钥所属", "units; default: the key's"), \
	    FLAGS('c', "category", "CATEGORY", TYPE_CATEGORY, "categoryIds", "类别，默认全部",                     \
		  "only orders of these; default: all events"),                                                    \
	    CHOICES('k', "kind", KINDS, "EVENT_KIND_", "kinds", "事件种类，默认全部", "default: all")

static const struct param event_params[] = {
    EVENT_FILTER_FLAGS,
    FLAG(0, "after", "EVENT", TYPE_TEXT, "after", "从此事件之后", "behind this event"),
};

static const struct command event_commands[] = {
    {.verb = "tail",
     .method = "EventService/Watch",
     PARAMS(event_params),
     .shape = SHAPE_STREAM,
     COLUMNS(heard_columns),
     .zh = "持续显示事件，直到按 Ctrl-C",
     .en = "Follow events as they happen, until Ctrl-C",
     .example = "event tail -k placed -k closed\n"
		"event tail --after 1772416800000-0-0 -o jsonl\n"},
    {.verb = "list",
     .method = "EventService/ListEvents",
     PARAMS(event_params),
     .shape = SHAPE_LIST,
     .rows = "events",
     COLUMNS(event_columns),
     .zh = "最近 48 小时的事件，先发生的在前",
     .en = "List the events of the last 48 hours, the oldest first",
     .example = "event list -g n0000004 -o csv > events.csv\n"},
};
const struct noun noun_event = NOUN("event", GROUP_SETUP, event_commands, "事件，供后台使用", "Events, for backends");
