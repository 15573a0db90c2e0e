/* What others may see: the screen on the wall, and the figures that everybody may read. */
#include "cli.h"
#include "nouns.h"

/* --- the wall --- */

static const struct column wall_grid_columns[] = {
    COLUMN("gridId", CELL_TEXT, "网格号", "GRID"),       COLUMN("name", CELL_TEXT, "网格", "NAME"),
    COLUMN("waiting", CELL_NUMBER, "待接", "WAITING"),   COLUMN("working", CELL_NUMBER, "在办", "WORKING"),
    COLUMN("toRate", CELL_NUMBER, "待评", "TO RATE"),    COLUMN("placed", CELL_NUMBER, "今日点单", "PLACED"),
    COLUMN("closed", CELL_NUMBER, "今日办结", "CLOSED"),
};
static const struct column wall_event_columns[] = {
    COLUMN("eventId", CELL_TEXT, "事件号", "EVENT"),           COLUMN("event.atMs", CELL_TIME, "时间", "AT"),
    COLUMN("event.kind", CELL_ENUM, "事件", "KIND"),           COLUMN("event.gridId", CELL_TEXT, "网格", "GRID"),
    COLUMN("event.categoryId", CELL_TEXT, "类别", "CATEGORY"),
};
static const struct column wall_key_columns[] = {
    COLUMN("keyId", CELL_TEXT, "密钥号", "Key"),
    COLUMN("key", CELL_TEXT, "密钥", "Secret"),
    COLUMN("expiresMs", CELL_TIME, "失效", "Expires"),
};
static const struct column wall_list_columns[] = {
    COLUMN("keyId", CELL_TEXT, "密钥号", "KEY"),       COLUMN("label", CELL_TEXT, "大屏", "SCREEN"),
    COLUMN("nodeId", CELL_TEXT, "节点", "NODE"),       COLUMN("createdMs", CELL_TIME, "创建", "CREATED"),
    COLUMN("expiresMs", CELL_TIME, "失效", "EXPIRES"), COLUMN("lastUsedMs", CELL_TIME, "最近使用", "LAST USED"),
    COLUMN("revoked", CELL_FLAG, "已吊销", "REVOKED"),
};

#define NODE                                                                     \
	FLAG('g', "node", "NODE", TYPE_TEXT, "nodeId", "组织节点，默认为自己的", \
	     "unit of the org tree; default: one's own")

static const struct param wall_show_params[] = {
    NODE,
    {.name = "rates", .type = TYPE_CONST, .field = "withRates", .choices = "true"},
};
static const struct param wall_tail_params[] = {
    NODE,
    FLAG(0, "after", "EVENT", TYPE_TEXT, "after", "从此事件之后接着看", "go on behind this event"),
};
static const struct param wall_new_params[] = {
    ARG("LABEL", TYPE_TEXT, "label", "挂在哪里，如 一楼大厅", "where the screen hangs"),
    NODE,
    FLAG(0, "expires", "WHEN", TYPE_TIME, "expiresMs", "何时失效，默认一年后，至多 400 天",
	 "when it stops to work; default: in a year, at most 400 days"),
};
static const struct param wall_revoke_params[] = {ARG("KEY-ID", TYPE_TEXT, "keyId", "密钥号", "the key's id")};

static const struct command wall_commands[] = {
    {.verb = "show",
     .method = "WallService/GetWall",
     PARAMS(wall_show_params),
     .shape = SHAPE_LIST,
     .rows = "grids",
     .whole = true,
     COLUMNS(wall_grid_columns),
     .zh = "各网格在办与今日单数，即大屏所示",
     .en = "Show the grids with their open orders and today's, as on the wall"},
    {.verb = "tail",
     .method = "WallService/WatchWall",
     PARAMS(wall_tail_params),
     .shape = SHAPE_STREAM,
     COLUMNS(wall_event_columns),
     .zh = "持续显示动态，直到按 Ctrl-C；不含个人信息",
     .en = "Follow what happens, without anything personal, until Ctrl-C"},
    {.verb = "new",
     .method = "WallService/CreateWallKey",
     PARAMS(wall_new_params),
     .shape = SHAPE_RECORD,
     COLUMNS(wall_key_columns),
     .zh = "为一块大屏新建密钥",
     .en = "Make a key for a screen",
     .more_zh = "大屏打开 /wall#token=密钥。它只能读大屏的内容：单数、网格、类别和时间，没有姓名、电话、地址和单号。",
     .more_en =
	 "The screen opens /wall#token=SECRET. The key reads what the wall shows and nothing else: counts, grids, "
	 "categories and times; no names, phones, addresses or orders' ids.",
     .example = "wall new 一楼大厅\nwall new \"Desk of Xingfu\" -g n0000004 --expires 90d\n"},
    {.verb = "list",
     .method = "WallService/ListWallKeys",
     .shape = SHAPE_LIST,
     .rows = "keys",
     COLUMNS(wall_list_columns),
     .zh = "列出大屏的密钥",
     .en = "List the screens' keys"},
    {.verb = "revoke",
     .method = "WallService/RevokeWallKey",
     PARAMS(wall_revoke_params),
     .shape = SHAPE_NONE,
     .zh = "吊销大屏的密钥，屏幕随即变暗",
     .en = "Revoke a screen's key; the screen goes dark at once"},
};
const struct noun noun_wall = NOUN("wall", GROUP_DESK, wall_commands, "大屏", "The screen on the wall");

/* --- open data --- */

static const struct column figures_columns[] = {
    COLUMN("fromMs", CELL_TIME, "起", "FROM"),
    COLUMN("days", CELL_NUMBER, "天数", "DAYS"),
    COLUMN("gridId", CELL_TEXT, "网格", "GRID"),
    COLUMN("others", CELL_FLAG, "合并网格", "OTHERS"),
    COLUMN("placed", CELL_NUMBER, "点单", "PLACED"),
    COLUMN("closed", CELL_NUMBER, "办结", "CLOSED"),
    COLUMN("answeredE4", CELL_PERCENT, "响应率", "ANSWERED"),
    COLUMN("inTimeE4", CELL_PERCENT, "按时率", "IN TIME"),
    COLUMN("solvedE4", CELL_PERCENT, "解决率", "SOLVED"),
    COLUMN("satisfiedE4", CELL_PERCENT, "满意率", "SATISFIED"),
};
static const struct column area_columns[] = {
    COLUMN("gridId", CELL_TEXT, "网格号", "GRID"),
    COLUMN("code", CELL_TEXT, "编码", "CODE"),
    COLUMN("name", CELL_TEXT, "网格", "NAME"),
    COLUMN("community", CELL_TEXT, "社区", "COMMUNITY"),
};

#define TENANT ARG("TENANT", TYPE_TEXT, "tenantId", "辖区号", "the tenant's id")

static const struct param figures_params[] = {
    TENANT,
    FLAG('w', "weeks", "N", TYPE_UINT, "weeks", "最近几周，默认 8", "the last weeks; default: 8"),
};
static const struct param area_params[] = {TENANT};

static const struct command open_commands[] = {
    {.verb = "figures",
     .method = "OpenDataService/GetFigures",
     PARAMS(figures_params),
     .shape = SHAPE_LIST,
     .rows = "grids",
     .whole = true,
     COLUMNS(figures_columns),
     .zh = "某辖区公开的统计，按周和网格",
     .en = "Show what a tenant publishes, by week and grid",
     .more_zh =
	 "须先公开：rules set open.published=true。整周结束并过了 open.delayHours 小时才公布；不足 open.fewOrders "
	 "单的网格合并公布。",
     .more_en =
	 "It must be published: rules set open.published=true. A week is told when it is over and open.delayHours "
	 "have passed; grids with fewer than open.fewOrders are told together.",
     .example = "open figures demo\nopen figures demo -w 26 -o csv > figures.csv\n"},
    {.verb = "areas",
     .method = "OpenDataService/ListAreas",
     PARAMS(area_params),
     .shape = SHAPE_LIST,
     .rows = "areas",
     COLUMNS(area_columns),
     .zh = "某辖区公开的网格",
     .en = "List the grids that a tenant publishes"},
};
const struct noun noun_open = NOUN("open", GROUP_DESK, open_commands, "公开统计", "Figures that everybody may read");
