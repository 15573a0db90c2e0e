#include "cli.h"
#include "nouns.h"

static const struct column board_columns[] = {
    COLUMN("id", CELL_TEXT, "单号", "ORDER"),
    COLUMN("state", CELL_ENUM, "状态", "STATE"),
    COLUMN("urgency", CELL_ENUM, "紧急程度", "URGENCY"),
    COLUMN("title", CELL_TEXT, "标题", "TITLE"),
    SPARE("gridId", CELL_TEXT, "网格", "GRID"),
    COLUMN("dueMs", CELL_TIME, "承诺", "DUE"),
    SPARE("heldBy", CELL_ENUM, "责任方", "HELD-BY"),
    SPARE("heldSinceMs", CELL_TIME, "自", "SINCE"),
    SPARE("chases", CELL_NUMBER, "催", "CHASED"),
    COLUMN("slots*memberId", CELL_NAMES, "队员", "MEMBERS"),
};

static const struct column count_columns[] = {
    COLUMN("state", CELL_ENUM, "状态", "STATE"),
    COLUMN("urgency", CELL_ENUM, "紧急程度", "URGENCY"),
    COLUMN("orders", CELL_NUMBER, "单数", "ORDERS"),
};

static const struct column result_columns[] = {
    COLUMN("orderId", CELL_TEXT, "单号", "ORDER"),
    COLUMN("error.reason", CELL_TEXT, "错误", "ERROR"),
    COLUMN("error.messageZh", CELL_TEXT, "说明", "中文"),
    SPARE("error.messageEn", CELL_TEXT, "英文", "MESSAGE"),
};

static const struct column contact_card[] = {
    COLUMN("name", CELL_TEXT, "姓名", "Name"),
    COLUMN("phone", CELL_TEXT, "电话", "Phone"),
    COLUMN("address", CELL_TEXT, "地址", "Address"),
};

#define ORDER ARG("ORDER", TYPE_TEXT, "orderId", "单号", "the order's id")
#define REASON FLAG('r', "reason", "TEXT", TYPE_TEXT, "reason", "原因", "why")
#define NEEDED_REASON NEEDED('r', "reason", "TEXT", TYPE_TEXT, "reason", "原因", "why")
#define NODE                                                                         \
	FLAG('g', "node", "NODE", TYPE_TEXT, "nodeId", "组织节点，默认为操作员所属", \
	     "unit of the org tree; default: the operator's")
#define ETAG FLAG(0, "etag", "ETAG", TYPE_TEXT, "etag", "仅当此后无人改动时执行", "only if nobody has changed it since")

static const struct param board_params[] = {
    CHOICES('s', "state", "placed offered accepted started held completed closed cancelled rejected", "ORDER_STATE_",
	    "states", "状态，默认所有未结", "default: all that are open"),
    CHOICES('u', "urgency", "danger urgent normal complex", "URGENCY_", "urgencies", "紧急程度，默认全部",
	    "default: all"),
    NODE,
};

static const struct param node_params[] = {NODE};

static const struct param order_params[] = {ORDER};

static const struct param assign_params[] = {
    ORDER,
    ARG("MEMBER", TYPE_TEXT, "memberId", "队员号", "who is to do it"),
    FLAG(0, "slot", "N", TYPE_UINT, "slot", "岗位，默认第一个空缺", "which place; default: the first open one"),
    SWITCH(0, "accepted", "accepted", "队员已口头答应", "the member said yes already"),
    REASON,
    ETAG,
};

static const struct param bulk_params[] = {
    {.name = "ORDER=MEMBER",
     .type = TYPE_PAIR,
     .positional = true,
     .required = true,
     .many = true,
     .field = "items",
     .zh = "单号=队员号，可多个",
     .en = "who is to do what"},
    REASON,
};

static const struct param undo_params[] = {
    {.name = "ORDER",
     .type = TYPE_ORDER,
     .positional = true,
     .required = true,
     .many = true,
     .field = "items",
     .zh = "单号，可多个",
     .en = "whose last command is taken back"},
};

static const struct param hold_params[] = {
    ORDER,
    {.name = "party",
     .letter = 'p',
     .type = TYPE_CHOICE,
     .required = true,
     .field = "party",
     .choices = "desk members-asked member resident third-party",
     .prefix = "HELD_BY_",
     .zh = "时间计在谁名下",
     .en = "who the time is charged to"},
    FLAG('n', "party-name", "NAME", TYPE_TEXT, "partyName", "该方名称，如“物业维修”", "their name in words"),
    FLAG('t', "until", "TIME", TYPE_TIME, "untilMs", "自动恢复的时间：2h、18:30；默认由派单台恢复",
	 "resumes by itself then: 2h, 18:30; default: when the desk says so"),
    REASON,
    ETAG,
};

static const struct param resume_params[] = {ORDER, ETAG};

static const struct param merge_params[] = {
    ARG("ORDER", TYPE_TEXT, "orderId", "保留的单", "the order that stays"),
    {.name = "DUPLICATE",
     .type = TYPE_TEXT,
     .positional = true,
     .required = true,
     .many = true,
     .field = "duplicateIds",
     .zh = "重复的单，可多个",
     .en = "what is the same again"},
    REASON,
};

static const struct param reject_params[] = {ORDER, NEEDED_REASON, ETAG};

static const struct param complete_params[] = {
    ORDER,
    OPTIONAL("TEXT", TYPE_TEXT, "text", "做了什么", "what was done"),
    CHOICE(0, "outcome", "solved partly unable not-needed", "OUTCOME_", "outcome", "结果，默认已解决",
	   "default: solved"),
    REASON,
};

static const struct param rework_params[] = {ORDER, NEEDED_REASON};

static const struct param reveal_params[] = {
    OPTIONAL("ORDER", TYPE_TEXT, "orderId", "单号", "the order's id"),
    FLAG(0, "person", "PERSON", TYPE_TEXT, "personId", "居民或队员编号，代替单号", "a resident or member, instead"),
    NEEDED('p', "purpose", "TEXT", TYPE_TEXT, "purpose", "用途，本人可见", "what for; the person can read it"),
};

static const struct column exclusion_columns[] = {
    COLUMN("id", CELL_TEXT, "编号", "ID"),
    COLUMN("orderId", CELL_TEXT, "单号", "ORDER"),
    COLUMN("state", CELL_ENUM, "状态", "STATE"),
    COLUMN("reason", CELL_TEXT, "原因", "REASON"),
    COLUMN("requestedMs", CELL_TIME, "申请时间", "REQUESTED"),
    COLUMN("requestedPersonId", CELL_TEXT, "申请人", "BY"),
    SPARE("decidedMs", CELL_TIME, "决定时间", "DECIDED"),
    SPARE("decidedPersonId", CELL_TEXT, "决定人", "BY"),
    SPARE("comment", CELL_TEXT, "意见", "COMMENT"),
};

#define EXCLUSION ARG("EXCLUSION", TYPE_TEXT, "exclusionId", "剔除申请的编号", "the exclusion's id")
#define COMMENT FLAG('c', "comment", "TEXT", TYPE_TEXT, "comment", "意见", "in words")

static const struct param exclude_params[] = {ORDER, NEEDED_REASON};
static const struct param approve_params[] = {EXCLUSION, COMMENT};
static const struct param refuse_params[] = {
    EXCLUSION,
    NEEDED('c', "comment", "TEXT", TYPE_TEXT, "comment", "意见", "why not"),
};
static const struct param exclusions_params[] = {
    CHOICE('s', "state", "requested approved refused withdrawn lapsed", "EXCLUSION_STATE_", "state", "状态，默认待定",
	   "default: requested"),
    NODE,
};

static const struct param tail_params[] = {
    NODE,
    FLAG(0, "after", "EVENT", TYPE_TEXT, "after", "从此事件之后接着看", "go on behind this event"),
};

#define STEP(step_verb, step_method, step_params, step_zh, step_en)                                    \
	{                                                                                              \
		.verb = (step_verb), .method = (step_method), PARAMS(step_params), .shape = SHAPE_ROW, \
		.rows = "order", COLUMNS(order_brief), .zh = (step_zh), .en = (step_en)                \
	}

#define EXCLUDE(step_verb, step_method, step_params, step_zh, step_en, ...)                                    \
	{                                                                                                      \
		.verb = (step_verb), .method = (step_method), PARAMS(step_params), .shape = SHAPE_ROW,         \
		.rows = "exclusion", COLUMNS(exclusion_columns), .zh = (step_zh), .en = (step_en), __VA_ARGS__ \
	}

static const struct param save_params[] = {
    ARG("NAME", TYPE_TEXT, "view.name", "名称", "its name"),
    FLAG(0, "id", "VIEW", TYPE_TEXT, "view.id", "改这一个，默认新建", "change this one; default: a new one"),
    FLAG('q', "queue", "QUEUE", TYPE_TEXT, "view.queue", "队列，如 late", "of the desk page, as late"),
    FLAG('g', "node", "NODE", TYPE_TEXT, "view.nodeId", "只看此单位的单", "only orders of this unit"),
    CHOICES('u', "urgency", "danger urgent normal complex", "URGENCY_", "view.urgencies", "紧急程度，默认全部",
	    "default: all"),
    FLAG('t', "text", "TEXT", TYPE_TEXT, "view.text", "搜索的字", "what is searched for"),
    FLAG(0, "share", "NODE", TYPE_TEXT, "view.sharedNodeId", "与此单位及其下的派单台共享",
	 "share it with the desks of this unit and below"),
};
static const struct param forget_params[] = {ARG("VIEW", TYPE_TEXT, "viewId", "视图编号", "the view's id")};
static const struct column view_columns[] = {
    COLUMN("id", CELL_TEXT, "编号", "ID"),          COLUMN("name", CELL_TEXT, "名称", "NAME"),
    COLUMN("queue", CELL_TEXT, "队列", "QUEUE"),    COLUMN("nodeId", CELL_TEXT, "单位", "UNIT"),
    COLUMN("text", CELL_TEXT, "搜索", "TEXT"),      COLUMN("sharedNodeId", CELL_TEXT, "共享给", "SHARED"),
    SPARE("ownerId", CELL_TEXT, "所有者", "OWNER"),
};
static const struct param touch_params[] = {
    ARG("ORDER", TYPE_TEXT, "orderId", "单号", "the order"),
    SWITCH('e', "editing", "editing", "正在处理", "not only looking"),
    SWITCH('l', "leaving", "leaving", "不再查看", "not any more"),
};
static const struct column viewer_columns[] = {
    COLUMN("id", CELL_TEXT, "操作员", "OPERATOR"),
    COLUMN("name", CELL_TEXT, "登录名", "LOGIN"),
    COLUMN("editing", CELL_FLAG, "处理中", "EDITING"),
    COLUMN("sinceMs", CELL_TIME, "开始于", "SINCE"),
};
static const struct column viewers_columns[] = {
    COLUMN("orderId", CELL_TEXT, "单号", "ORDER"),
    COLUMN("viewers*name", CELL_NAMES, "查看者", "VIEWERS"),
};
static const struct command commands[] = {
    {.verb = "board",
     .method = "DeskService/ListBoard",
     PARAMS(board_params),
     .shape = SHAPE_LIST,
     .rows = "orders",
     COLUMNS(board_columns),
     .zh = "未结的单，先到期的在前",
     .en = "List open orders, the soonest due first",
     .example = "desk board -u danger -u urgent\n"
		"desk board -s held -o csv > held.csv\n"},
    {.verb = "counts",
     .method = "DeskService/GetBoardCounts",
     PARAMS(node_params),
     .shape = SHAPE_LIST,
     .rows = "counts",
     .whole = true,
     COLUMNS(count_columns),
     .zh = "按状态和紧急程度计数",
     .en = "Count open orders by state and urgency"},
    STEP("assign", "DeskService/AssignOrder", assign_params, "指派或改派给一名队员",
	 "Give an order to a member, or to another one"),
    {.verb = "bulk",
     .method = "DeskService/BulkAssign",
     PARAMS(bulk_params),
     .shape = SHAPE_LIST,
     .rows = "results",
     .whole = true,
     COLUMNS(result_columns),
     .zh = "批量指派，逐单成败",
     .en = "Assign many orders, each on its own"},
    {.verb = "hold",
     .method = "DeskService/HoldOrder",
     PARAMS(hold_params),
     .shape = SHAPE_ROW,
     .rows = "order",
     COLUMNS(order_brief),
     .zh = "挂起，等待某一方",
     .en = "Put an order on hold, waiting for someone",
     .example = "desk hold o0000001 -p third-party -n 物业维修 -t 2d -r 等配件\n"},
    STEP("resume", "DeskService/ResumeOrder", resume_params, "恢复挂起的单", "Take an order off hold"),
    STEP("redispatch", "DeskService/RedispatchOrder", order_params, "从第一圈重新派单",
	 "Dispatch an order anew from the first ring"),
    STEP("merge", "DeskService/MergeOrders", merge_params, "并单", "Merge duplicates into one order"),
    STEP("reject", "DeskService/RejectOrder", reject_params, "不予受理", "Refuse an order"),
    STEP("complete", "DeskService/CompleteOrder", complete_params, "代队员完成",
	 "Complete an order for those who hold it"),
    {.verb = "undo",
     .method = "DeskService/UndoCommands",
     PARAMS(undo_params),
     .shape = SHAPE_LIST,
     .rows = "results",
     .whole = true,
     COLUMNS(result_columns),
     .zh = "撤回自己刚才的操作，逐单成败",
     .en = "Take back what you have just done to orders, each on its own",
     .more_zh = "十秒之内，指派、挂起、恢复、重新派单、并单、不予受理、撤销、代完成和返工都可以撤回；队员已接单等新进展"
		"之后不能。",
     .more_en =
	 "Within ten seconds: assigned, held, resumed, dispatched anew, merged, rejected, cancelled, completed or sent "
	 "back. Not when the order has gone on, as when the member has accepted.",
     .example = "desk undo o0000001\n"},
    STEP("rework", "DeskService/ReworkOrder", rework_params, "返工", "Send a completed order back"),
    EXCLUDE("exclude", "StatsService/RequestExclusion", exclude_params, "申请把一单剔除出考核，须由他人批准",
	    "Ask to leave an order out of the rates", .more_zh = "批准之前仍计入。申请人不能自己批准，管理员也不例外。",
	    .more_en = "It counts until somebody else approves: whoever asked can't, not even an administrator.",
	    .example = "desk exclude o0000001 -r 与上级工单重复\n"),
    EXCLUDE("approve", "StatsService/ApproveExclusion", approve_params, "同意剔除",
	    "Approve somebody else's request for an exclusion", .more_zh = NULL),
    EXCLUDE("refuse", "StatsService/RefuseExclusion", refuse_params, "不同意剔除",
	    "Refuse somebody else's request for an exclusion", .more_zh = NULL),
    EXCLUDE("include", "StatsService/WithdrawExclusion", approve_params, "撤回剔除：重新计入考核",
	    "Withdraw an exclusion: the order counts again", .more_zh = NULL),
    {.verb = "exclusions",
     .method = "StatsService/ListExclusions",
     PARAMS(exclusions_params),
     .shape = SHAPE_LIST,
     .rows = "exclusions",
     COLUMNS(exclusion_columns),
     .zh = "剔除申请，先申请的在前",
     .en = "List exclusions, the oldest first"},
    EXPLAIN_COMMAND("desk explain o0000001\n"),
    {.verb = "touch",
     .method = "DeskService/TouchOrder",
     PARAMS(touch_params),
     .shape = SHAPE_LIST,
     .rows = "others",
     .whole = true,
     COLUMNS(viewer_columns),
     .zh = "声明正在查看或处理一单，并看还有谁",
     .en = "Say that you look at an order, and see who else does"},
    {.verb = "viewers",
     .method = "DeskService/ListViewers",
     .shape = SHAPE_LIST,
     .rows = "orders",
     COLUMNS(viewers_columns),
     .zh = "列出他人正在查看的单",
     .en = "List the orders that others look at"},
    {.verb = "save",
     .method = "DeskService/SaveView",
     PARAMS(save_params),
     .shape = SHAPE_ROW,
     .rows = "view",
     COLUMNS(view_columns),
     .zh = "保存视图：取了名字的筛选",
     .en = "Keep a view: a queue, narrowed and named",
     .example = "desk save 急事 -q late -u danger -u urgent\n"},
    {.verb = "views",
     .method = "DeskService/ListViews",
     .shape = SHAPE_LIST,
     .rows = "views",
     COLUMNS(view_columns),
     .zh = "列出自己的和共享的视图",
     .en = "List your views, and those shared with you"},
    {.verb = "forget",
     .method = "DeskService/DeleteView",
     PARAMS(forget_params),
     .shape = SHAPE_NONE,
     .zh = "删除视图",
     .en = "Delete a view"},
    {.verb = "reveal",
     .method = "PrivacyService/RevealContact",
     PARAMS(reveal_params),
     .shape = SHAPE_RECORD,
     .rows = "contact",
     COLUMNS(contact_card),
     .zh = "查看完整的姓名、电话和地址，并记录在案",
     .en = "Show name, phone and address in full, and note it",
     .more_zh = "平时派单台看到的是掩码。每次查看都记入本人可见的访问记录；每小时次数有限（privacy.revealsPerHour）。",
     .more_en = "The desk sees them masked otherwise. Each time is noted in the person's access log; so many an hour "
		"are allowed (privacy.revealsPerHour).",
     .example = "desk reveal o0000001 -p 电话确认上门时间\n"},
    {.verb = "tail",
     .method = "DeskService/WatchBoard",
     PARAMS(tail_params),
     .shape = SHAPE_STREAM,
     COLUMNS(order_event_columns),
     .zh = "持续显示派单台的变化，直到按 Ctrl-C",
     .en = "Follow the board as it changes, until Ctrl-C"},
};

const struct noun noun_desk =
    NOUN("desk", GROUP_DESK, commands, "派单台：看板、指派与处置", "The dispatch desk: board, assigning, deciding");
