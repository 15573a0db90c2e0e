#include "cli.h"
#include "nouns.h"

/* --- columns of an order, for all who list orders --- */

const struct column order_columns[] = {
    COLUMN("id", CELL_TEXT, "单号", "ORDER"),
    COLUMN("state", CELL_ENUM, "状态", "STATE"),
    COLUMN("urgency", CELL_ENUM, "紧急程度", "URGENCY"),
    COLUMN("title", CELL_TEXT, "标题", "TITLE"),
    SPARE("gridId", CELL_TEXT, "网格", "GRID"),
    SPARE("placedMs", CELL_TIME, "下单", "PLACED"),
    COLUMN("dueMs", CELL_TIME, "承诺", "DUE"),
    COLUMN("slots*memberId", CELL_NAMES, "队员", "MEMBERS"),
};

const struct column order_brief[] = {
    COLUMN("id", CELL_TEXT, "单号", "ORDER"),
    COLUMN("state", CELL_ENUM, "状态", "STATE"),
    COLUMN("title", CELL_TEXT, "标题", "TITLE"),
};

const struct column order_event_columns[] = {
    COLUMN("kind", CELL_ENUM, "事件", "EVENT"),        COLUMN("order.id", CELL_TEXT, "单号", "ORDER"),
    COLUMN("order.state", CELL_ENUM, "状态", "STATE"), SPARE("order.urgency", CELL_ENUM, "紧急程度", "URGENCY"),
    COLUMN("order.title", CELL_TEXT, "标题", "TITLE"), COLUMN("order.slots*memberId", CELL_NAMES, "队员", "MEMBERS"),
    SPARE("eventId", CELL_TEXT, "事件号", "EVENT-ID"),
};

/* Those in reach as they stand now: what is a list of the reply, for CSV. */
const struct column candidate_columns[] = {
    COLUMN("memberId", CELL_TEXT, "队员", "MEMBER"),
    COLUMN("costM", CELL_NUMBER, "成本(米)", "COST"),
    COLUMN("filtered", CELL_TEXT, "排除原因", "FILTERED"),
    COLUMN("terms*name=metres", CELL_NAMES, "成本构成", "TERMS"),
};

/* --- params --- */

static const struct param new_params[] = {
    ARG("TITLE", TYPE_TEXT, "title", "要办的事，一句话", "what is needed, in a few words"),
    NEEDED('c', "category", "CATEGORY", TYPE_CATEGORY, "categoryId", "类别：编码、名称或编号（见 category list）",
	   "its kind: code, name or id (see category list)"),
    FLAG('d', "description", "TEXT", TYPE_TEXT, "description", "详细说明", "the whole story"),
    CHOICE('u', "urgency", "danger urgent normal complex", "URGENCY_", "urgency", "紧急程度，默认按类别",
	   "how soon; default: as the category says"),
    FLAG('b', "for", "RESIDENT", TYPE_TEXT, "beneficiaryId", "受益人，默认为 --as 的居民",
	 "who is helped; default: the resident of --as"),
    FLAG(0, "at", "LAT,LON", TYPE_POINT, "point", "地点，默认为受益人的住户",
	 "where; default: the household of who is helped"),
    FLAG(0, "name", "NAME", TYPE_TEXT, "contact.name", "联系人，与登记不同时填写",
	 "whom to ask for, if not as on record"),
    FLAG(0, "phone", "PHONE", TYPE_TEXT, "contact.phone", "联系电话，与登记不同时填写",
	 "number to call, if not as on record"),
    FLAG(0, "address", "TEXT", TYPE_TEXT, "contact.address", "地址，与登记不同时填写", "address, if not as on record"),
    FLAGS(0, "attach", "REF", TYPE_REF, "attachments", "照片、录音或文件的引用", "reference of a photo, memo or file"),
};

static const struct param list_params[] = {
    OPTIONAL("RESIDENT", TYPE_TEXT, "residentId", "居民编号，默认为 --as 的居民",
	     "whose orders; default: the resident of --as"),
    SWITCH(0, "for-others", "forOthers", "改为其代别人下的单",
	   "instead, those that they asked for to help somebody else"),
};

static const struct column beneficiary_columns[] = {
    COLUMN("residentId", CELL_TEXT, "居民", "RESIDENT"),
    COLUMN("name", CELL_TEXT, "姓名", "NAME"),
    COLUMN("address", CELL_TEXT, "地址", "ADDRESS"),
};

static const struct param show_params[] = {ARG("ORDER", TYPE_TEXT, "orderId", "单号", "the order's id")};

#define ORDER ARG("ORDER", TYPE_TEXT, "orderId", "单号", "the order's id")
#define ETAG FLAG(0, "etag", "ETAG", TYPE_TEXT, "etag", "仅当此后无人改动时执行", "only if nobody has changed it since")

static const struct param cancel_params[] = {
    ORDER,
    FLAG('r', "reason", "TEXT", TYPE_TEXT, "reason", "撤销原因", "why"),
    ETAG,
};

static const struct param rate_params[] = {
    ORDER,
    ARG("STARS", TYPE_UINT, "stars", "一到五星", "1 to 5"),
    FLAGS('t', "tag", "WORD", TYPE_TEXT, "tags", "标签", "a word about it"),
    FLAG('m', "comment", "TEXT", TYPE_TEXT, "comment", "评语", "in your own words"),
    CHOICE(0, "resolution", "solved partly not-solved", "RESOLUTION_", "resolution",
	   "是否解决，默认已解决；未解决则返工", "is it solved; default solved; not-solved sends it back"),
    CHOICE(0, "satisfaction", "satisfied basically dissatisfied", "SATISFACTION_", "satisfaction", "满意度，默认按星级",
	   "default: by the stars"),
};

static const struct param chase_params[] = {
    ORDER,
    OPTIONAL("TEXT", TYPE_TEXT, "text", "附言", "what to say"),
};

static const struct param note_params[] = {ORDER, ARG("TEXT", TYPE_TEXT, "text", "备注内容", "the note")};

static const struct param reopen_params[] = {ORDER, FLAG('r', "reason", "TEXT", TYPE_TEXT, "reason", "原因", "why")};

static const struct param tail_params[] = {
    OPTIONAL("ORDER", TYPE_TEXT, "orderId", "单号，默认为 --as 居民的所有单",
	     "one order; default: all of the resident of --as"),
    FLAG(0, "after", "EVENT", TYPE_TEXT, "after", "从此事件之后接着看", "go on behind this event"),
};

const struct param explain_params[] = {
    ORDER,
    FLAG(0, "slot", "N", TYPE_UINT, "slot", "岗位，默认第一个空缺", "which place; default: the first open one"),
};

static const struct command commands[] = {
    {.verb = "new",
     .method = "OrderService/PlaceOrder",
     PARAMS(new_params),
     .shape = SHAPE_RECORD,
     .rows = "order",
     COLUMNS(order_columns),
     .show = show_order,
     .zh = "下单",
     .en = "Place an order",
     .more_zh = "地点决定由哪个网格负责。同一 --request-id 重复提交只会下一单。",
     .more_en =
	 "Where it is decides which grid takes care of it. Sent again with the same --request-id it is placed once.",
     .example = "order new 厨房水管漏水 -c plumbing --as resident/r0000001\n"
		"order new \"Street lamp is out\" -c lamp --at 39.9042,116.4074 -u urgent\n"},
    {.verb = "list",
     .method = "OrderService/ListOrders",
     PARAMS(list_params),
     .shape = SHAPE_LIST,
     .rows = "orders",
     COLUMNS(order_columns),
     .zh = "列出一位居民的单，新的在前",
     .en = "List a resident's orders, newest first"},
    {.verb = "family",
     .method = "OrderService/ListBeneficiaries",
     .shape = SHAPE_LIST,
     .rows = "beneficiaries",
     COLUMNS(beneficiary_columns),
     .zh = "列出本人可以代为下单的居民",
     .en = "List for whom else one may order"},
    {.verb = "show",
     .method = "OrderService/GetOrder",
     PARAMS(show_params),
     .shape = SHAPE_RECORD,
     .rows = "order",
     COLUMNS(order_columns),
     .show = show_order,
     .zh = "查看一单及其全部经过",
     .en = "Show an order and all that happened to it"},
    EXPLAIN_COMMAND("order explain o0000001\norder explain o0000001 --slot 1 -o json\n"),
    {.verb = "cancel",
     .method = "OrderService/CancelOrder",
     PARAMS(cancel_params),
     .shape = SHAPE_ROW,
     .rows = "order",
     COLUMNS(order_brief),
     .zh = "撤销一单",
     .en = "Cancel an order"},
    {.verb = "rate",
     .method = "OrderService/RateOrder",
     PARAMS(rate_params),
     .shape = SHAPE_ROW,
     .rows = "order",
     COLUMNS(order_brief),
     .zh = "评单：由受益人评价已完成的单",
     .en = "Rate a completed order, as the one who was helped",
     .example = "order rate o0000001 5 -t 热情 -m \"来得很快\"\n"
		"order rate o0000001 2 --resolution not-solved -m \"It drips again\"\n"},
    {.verb = "chase",
     .method = "OrderService/ChaseOrder",
     PARAMS(chase_params),
     .shape = SHAPE_ROW,
     .rows = "order",
     COLUMNS(order_brief),
     .zh = "催单",
     .en = "Say that it still waits"},
    {.verb = "note",
     .method = "OrderService/AddNote",
     PARAMS(note_params),
     .shape = SHAPE_ROW,
     .rows = "order",
     COLUMNS(order_brief),
     .zh = "加备注",
     .en = "Add a note"},
    {.verb = "reopen",
     .method = "OrderService/ReopenOrder",
     PARAMS(reopen_params),
     .shape = SHAPE_ROW,
     .rows = "order",
     COLUMNS(order_brief),
     .zh = "在期限内重新打开已办结的单",
     .en = "Open a closed order again, while that is allowed"},
    {.verb = "tail",
     .method = "OrderService/WatchOrders",
     PARAMS(tail_params),
     .shape = SHAPE_STREAM,
     COLUMNS(order_event_columns),
     .zh = "持续显示单的变化，直到按 Ctrl-C",
     .en = "Follow orders as they change, until Ctrl-C"},
};

const struct noun noun_order =
    NOUN("order", GROUP_PEOPLE, commands, "点单、跟踪与评单", "Place orders, follow and rate them");
