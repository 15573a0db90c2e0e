#include "cli.h"
#include "nouns.h"

static const struct column offer_columns[] = {
    COLUMN("id", CELL_TEXT, "单号", "ORDER"),
    COLUMN("urgency", CELL_ENUM, "紧急程度", "URGENCY"),
    COLUMN("title", CELL_TEXT, "标题", "TITLE"),
    SPARE("gridId", CELL_TEXT, "网格", "GRID"),
    SPARE("offers*distanceM", CELL_NAMES, "距离(米)", "METRES"),
    COLUMN("offers*expireMs", CELL_TIMES, "答复期限", "ANSWER-BY"),
    COLUMN("dueMs", CELL_TIME, "承诺", "DUE"),
};

static const struct column task_columns[] = {
    COLUMN("id", CELL_TEXT, "单号", "ORDER"),
    COLUMN("state", CELL_ENUM, "状态", "STATE"),
    COLUMN("urgency", CELL_ENUM, "紧急程度", "URGENCY"),
    COLUMN("title", CELL_TEXT, "标题", "TITLE"),
    SPARE("gridId", CELL_TEXT, "网格", "GRID"),
    COLUMN("dueMs", CELL_TIME, "承诺", "DUE"),
    SPARE("slots*acceptedMs", CELL_TIMES, "接单", "ACCEPTED"),
};

static const struct column member_brief[] = {
    COLUMN("id", CELL_TEXT, "队员号", "MEMBER"),
    COLUMN("pausedUntilMs", CELL_TIME, "暂停至", "PAUSED-UNTIL"),
};

static const struct column member_duty[] = {
    COLUMN("id", CELL_TEXT, "队员号", "MEMBER"),
    COLUMN("shifts", CELL_COUNT, "班次", "SHIFTS"),
};

#define ORDER ARG("ORDER", TYPE_TEXT, "orderId", "单号", "the order's id")

static const struct param order_params[] = {ORDER};

static const struct param list_params[] = {
    SWITCH(0, "done", "done", "已完成的，新的在前", "what is done, newest first"),
};

static const struct param pool_params[] = {
    FLAG('g', "grid", "GRID", TYPE_TEXT, "gridId", "网格，默认为本人所在网格", "default: one's own grid"),
};

static const struct param decline_params[] = {
    ORDER,
    CHOICE('r', "reason", "busy too-far cannot-do unwell other", "DECLINE_REASON_", "reason", "原因", "why"),
    FLAG('m', "text", "TEXT", TYPE_TEXT, "text", "说明", "in words"),
};

static const struct param finish_params[] = {
    ORDER,
    OPTIONAL("TEXT", TYPE_TEXT, "text", "做了什么；没有完成码时必填", "what was done; needed unless there is a code"),
    FLAG('c', "code", "CODE", TYPE_TEXT, "completionCode", "受益人口述的完成码", "the code that the beneficiary spoke"),
    CHOICE(0, "outcome", "solved partly unable not-needed", "OUTCOME_", "outcome", "结果，默认已解决",
	   "default: solved"),
    FLAG('r', "reason", "TEXT", TYPE_TEXT, "reason", "未解决的原因", "why it is not solved"),
    FLAGS('p', "photo", "REF", TYPE_REF, "photos", "照片的引用", "reference of a photo"),
    FLAG('t', "minutes", "N", TYPE_UINT, "durationMin", "用时（分钟）", "how long it took"),
};

static const struct param handback_params[] = {ORDER, FLAG('r', "reason", "TEXT", TYPE_TEXT, "reason", "原因", "why")};

static const struct param away_params[] = {
    ARG("UNTIL", TYPE_TIME, "pausedUntilMs", "到何时：2h、18:30、\"2025-12-01 08:00\"",
	"until when: 2h, 18:30, \"2025-12-01 08:00\""),
};

static const struct param back_params[] = {
    CONSTANT("pausedUntilMs", "\"0\""),
    FLAG(0, "at", "LAT,LON", TYPE_POINT, "point", "现在的位置", "where you are now"),
};

static const struct param shifts_params[] = {
    FLAGS('s', "shift", "SHIFT", TYPE_SHIFT, "shifts", "班次，如 \"mon-fri 08:00-17:30\"；不填为随时",
	  "such as \"mon-fri 08:00-17:30\"; none: always on duty"),
    FLAG('q', "quiet", "HOURS", TYPE_HOURS, "quiet", "免打扰时段，如 22:00-07:00",
	 "no offers in these hours: 22:00-07:00"),
    FLAG(0, "etag", "ETAG", TYPE_TEXT, "etag", "仅当此后无人改动时执行", "only if nobody has changed it since"),
};

static const struct param tail_params[] = {
    FLAG(0, "after", "EVENT", TYPE_TEXT, "after", "从此事件之后接着看", "go on behind this event"),
};

#define STEP(step_verb, step_method, step_params, step_zh, step_en)                                    \
	{                                                                                              \
		.verb = (step_verb), .method = (step_method), PARAMS(step_params), .shape = SHAPE_ROW, \
		.rows = "order", COLUMNS(order_brief), .zh = (step_zh), .en = (step_en)                \
	}

/* Who and where is shown of an order that one has just taken on. */
#define TAKE(take_verb, take_method, take_zh, take_en)                                                              \
	{                                                                                                           \
		.verb = (take_verb), .method = (take_method), PARAMS(order_params), .shape = SHAPE_RECORD,          \
		.rows = "order", COLUMNS(order_columns), .run = run_task_take, .show = show_order, .zh = (take_zh), \
		.en = (take_en)                                                                                     \
	}

static const struct command commands[] = {
    {.verb = "list",
     .method = "TaskService/ListTasks",
     PARAMS(list_params),
     .shape = SHAPE_LIST,
     .rows = "orders",
     COLUMNS(task_columns),
     .zh = "在手的任务，先接的在前",
     .en = "List what the member holds, oldest first"},
    {.verb = "offers",
     .method = "TaskService/ListOffers",
     .shape = SHAPE_LIST,
     .rows = "orders",
     COLUMNS(offer_columns),
     .zh = "待答复的派单，快到期的在前",
     .en = "List live offers, the soonest to expire first"},
    {.verb = "pool",
     .method = "TaskService/ListGrabPool",
     PARAMS(pool_params),
     .shape = SHAPE_LIST,
     .rows = "orders",
     COLUMNS(order_columns),
     .zh = "抢单池",
     .en = "List the grab pool: what anyone may take"},
    TAKE("accept", "TaskService/AcceptOffer", "接单", "Accept an offer: the first one wins"),
    STEP("decline", "TaskService/DeclineOffer", decline_params, "拒单", "Decline an offer"),
    TAKE("grab", "TaskService/GrabOrder", "抢单", "Take an order from the grab pool"),
    STEP("start", "TaskService/StartTask", order_params, "开始服务", "Start work"),
    {.verb = "finish",
     .method = "TaskService/CompleteTask",
     PARAMS(finish_params),
     .shape = SHAPE_ROW,
     .rows = "order",
     COLUMNS(order_brief),
     .zh = "完成，凭文字、照片或完成码",
     .en = "Complete it, by words, photos or the completion code",
     .example = "task finish o0000001 已更换水龙头 -t 40\n"
		"task finish o0000001 --code 4821\n"},
    STEP("handback", "TaskService/HandBackTask", handback_params, "退单", "Hand an order back"),
    {.verb = "away",
     .method = "TaskService/SetAvailability",
     PARAMS(away_params),
     .shape = SHAPE_ROW,
     .rows = "member",
     COLUMNS(member_brief),
     .zh = "暂停接单",
     .en = "Take no offers for a while"},
    {.verb = "back",
     .method = "TaskService/SetAvailability",
     PARAMS(back_params),
     .shape = SHAPE_ROW,
     .rows = "member",
     COLUMNS(member_brief),
     .zh = "恢复接单",
     .en = "Take offers again"},
    {.verb = "shifts",
     .method = "TaskService/SetShifts",
     PARAMS(shifts_params),
     .shape = SHAPE_ROW,
     .rows = "member",
     COLUMNS(member_duty),
     .zh = "设定本人的班次与免打扰时段",
     .en = "Say when one is on duty",
     .example = "task shifts -s \"mon-fri 18:00-21:00\" -s \"sat-sun 09:00-17:00\" -q 22:00-07:00\n"},
    {.verb = "tail",
     .method = "TaskService/WatchOffers",
     PARAMS(tail_params),
     .shape = SHAPE_STREAM,
     COLUMNS(order_event_columns),
     .zh = "持续显示本人的派单与任务，直到按 Ctrl-C",
     .en = "Follow one's own offers and tasks, until Ctrl-C"},
};

const struct noun noun_task =
    NOUN("task", GROUP_PEOPLE, commands, "队员：派单、任务与抢单池", "A member's side: offers, tasks, the grab pool");
