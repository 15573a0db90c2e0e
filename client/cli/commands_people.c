#include "cli.h"
#include "nouns.h"

/* --- member --- */

static const struct column member_columns[] = {
    COLUMN("id", CELL_TEXT, "队员号", "MEMBER"),
    COLUMN("name", CELL_TEXT, "姓名", "NAME"),
    COLUMN("kind", CELL_ENUM, "类别", "KIND"),
    SPARE("gridId", CELL_TEXT, "网格", "GRID"),
    SPARE("skills*name", CELL_NAMES, "技能", "SKILLS"),
    COLUMN("holding", CELL_NUMBER, "在手", "HOLDING"),
    COLUMN("jobsDone", CELL_NUMBER, "完成", "DONE"),
    SPARE("rating", CELL_NUMBER, "评分", "RATING"),
    SPARE("pausedUntilMs", CELL_TIME, "暂停至", "PAUSED-UNTIL"),
};

static const struct column member_card[] = {
    COLUMN("id", CELL_TEXT, "队员号", "Member"),
    COLUMN("name", CELL_TEXT, "姓名", "Name"),
    COLUMN("phone", CELL_TEXT, "电话", "Phone"),
    COLUMN("kind", CELL_ENUM, "类别", "Kind"),
    COLUMN("active", CELL_FLAG, "在册", "Active"),
    COLUMN("gridId", CELL_TEXT, "网格", "Grid"),
    COLUMN("buildingId", CELL_TEXT, "楼栋", "Building"),
    COLUMN("home", CELL_POINT, "家", "Home"),
    COLUMN("householdId", CELL_TEXT, "住户", "Household"),
    COLUMN("homeCommunityId", CELL_TEXT, "居住社区", "Home community"),
    COLUMN("linkedUnitId", CELL_TEXT, "结对单位", "Linked unit"),
    COLUMN("skills*name", CELL_NAMES, "技能", "Skills"),
    COLUMN("shifts", CELL_COUNT, "班次", "Shifts"),
    COLUMN("holdingCap", CELL_NUMBER, "在手上限", "Holding cap"),
    COLUMN("holding", CELL_NUMBER, "在手", "Holding"),
    COLUMN("jobsDone", CELL_NUMBER, "完成", "Done"),
    COLUMN("rating", CELL_NUMBER, "评分", "Rating"),
    COLUMN("ratings", CELL_NUMBER, "评价数", "Ratings"),
    COLUMN("pausedUntilMs", CELL_TIME, "暂停至", "Paused until"),
    COLUMN("etag", CELL_TEXT, "版本", "Etag"),
};

static const struct column member_brief[] = {
    COLUMN("id", CELL_TEXT, "队员号", "MEMBER"),
    COLUMN("name", CELL_TEXT, "姓名", "NAME"),
    COLUMN("pausedUntilMs", CELL_TIME, "暂停至", "PAUSED-UNTIL"),
};

#define MEMBER ARG("MEMBER", TYPE_TEXT, "memberId", "队员号", "the member's id")
/* What can be said of a member, when new and later. */
#define MEMBER_FIELDS                                                                                                  \
	FLAG(0, "phone", "PHONE", TYPE_TEXT, "member.phone", "电话", "phone number"),                                  \
	    FLAG('g', "grid", "GRID", TYPE_TEXT, "member.gridId", "所在网格，默认按位置",                              \
		 "grid; default: by where the home is"),                                                               \
	    FLAG(0, "building", "BUILDING", TYPE_TEXT, "member.buildingId", "楼栋", "building"),                       \
	    FLAG(0, "at", "LAT,LON", TYPE_POINT, "member.home", "常驻位置", "where they set out from"),                \
	    FLAGS('s', "skill", "SKILL", TYPE_SKILL, "member.skills", "技能，形如 名称[:证书[:到期日]]",               \
		  "NAME[:CERTIFICATE[:DAY it expires]]"),                                                              \
	    FLAGS(0, "shift", "SHIFT", TYPE_SHIFT, "member.shifts", "班次，如 \"mon-fri 08:00-17:30\"；不填为随时",    \
		  "such as \"mon-fri 08:00-17:30\"; none: always on duty"),                                            \
	    FLAG(0, "quiet", "HOURS", TYPE_HOURS, "member.quiet", "免打扰时段，如 22:00-07:00",                        \
		 "no offers in these hours: 22:00-07:00"),                                                             \
	    FLAG(0, "cap", "N", TYPE_UINT, "member.holdingCap", "在手上限，0 为按政策",                                \
		 "orders at once; 0: as the policy says"),                                                             \
	    FLAG(0, "household", "HOUSEHOLD", TYPE_TEXT, "member.householdId", "本人住户，不派其单",                   \
		 "their own household, whose orders they can't serve"),                                                \
	    FLAG(0, "community", "NODE", TYPE_TEXT, "member.homeCommunityId", "居住社区（双报到）", "home community"), \
	    FLAG(0, "unit", "MEMBER", TYPE_TEXT, "member.linkedUnitId", "结对单位（双报到）", "linked unit")

static const struct param member_list_params[] = {
    FLAG('g', "grid", "GRID", TYPE_TEXT, "gridId", "只看此网格", "of this grid only"),
};
static const struct param member_params[] = {MEMBER};
static const struct param member_new_params[] = {
    ARG("NAME", TYPE_TEXT, "member.name", "姓名", "name"),
    CHOICE('k', "kind", "volunteer party-member grid-worker unit", "MEMBER_KIND_", "member.kind", "类别，默认志愿者",
	   "default: volunteer"),
    MEMBER_FIELDS,
};
static const struct param member_set_params[] = {
    ARG("MEMBER", TYPE_TEXT, "member.id", "队员号", "the member's id"),
    FLAG('n', "name", "NAME", TYPE_TEXT, "member.name", "姓名", "name"),
    MEMBER_FIELDS,
    FLAG(0, "etag", "ETAG", TYPE_TEXT, "member.etag", "仅当此后无人改动时执行", "only if nobody has changed it since"),
};
static const struct param pause_params[] = {
    MEMBER,
    NEEDED('t', "until", "TIME", TYPE_TIME, "untilMs", "到何时：2h、3d、18:30", "until when: 2h, 3d, 18:30"),
    FLAG('r', "reason", "TEXT", TYPE_TEXT, "reason", "原因", "why"),
};
static const struct param resume_params[] = {MEMBER, CONSTANT("untilMs", "\"0\"")};
static const struct param import_params[] = {
    ARG("FILE", TYPE_FILE, NULL, "CSV 文件，- 为标准输入", "a CSV file; - is standard input"),
    SWITCH(0, "atomic", NULL, "要么全部导入，要么全不导入（至多 500 行）", "all of it or nothing (500 rows at most)"),
    CHOICE('k', "kind", "volunteer party-member grid-worker unit", "MEMBER_KIND_", NULL,
	   "没有 kind 列时的类别，默认志愿者", "for files without the column kind; default: volunteer"),
    SWITCH(0, "dry-run", NULL, "只检查，不导入", "check only, import nothing"),
};

static const struct command member_commands[] = {
    {.verb = "list",
     .method = "MemberService/ListMembers",
     PARAMS(member_list_params),
     .shape = SHAPE_LIST,
     .rows = "members",
     COLUMNS(member_columns),
     .zh = "列出队员",
     .en = "List members"},
    {.verb = "show",
     .method = "MemberService/GetMember",
     PARAMS(member_params),
     .shape = SHAPE_RECORD,
     .rows = "member",
     COLUMNS(member_card),
     .zh = "查看一名队员",
     .en = "Show a member"},
    {.verb = "new",
     .method = "MemberService/CreateMember",
     PARAMS(member_new_params),
     .shape = SHAPE_RECORD,
     .rows = "member",
     COLUMNS(member_card),
     .zh = "登记一名队员",
     .en = "Register a member",
     .example =
	 "member new 王芳 -k party-member --phone 13800000000 --at 39.9,116.4 -s electrician:D-1234:2027-01-01\n"},
    {.verb = "set",
     .method = "MemberService/UpdateMember",
     PARAMS(member_set_params),
     .shape = SHAPE_RECORD,
     .rows = "member",
     COLUMNS(member_card),
     .mask = "updateMask",
     .mask_parent = "member",
     .zh = "修改队员的登记，只改给出的各项",
     .en = "Change what is given, leave the rest"},
    {.verb = "pause",
     .method = "MemberService/PauseMember",
     PARAMS(pause_params),
     .shape = SHAPE_ROW,
     .rows = "member",
     COLUMNS(member_brief),
     .zh = "暂停向队员派单",
     .en = "Send a member no offers for a while"},
    {.verb = "resume",
     .method = "MemberService/PauseMember",
     PARAMS(resume_params),
     .shape = SHAPE_ROW,
     .rows = "member",
     COLUMNS(member_brief),
     .zh = "恢复向队员派单",
     .en = "Send a member offers again"},
    {.verb = "import",
     PARAMS(import_params),
     .run = run_member_import,
     .zh = "从 CSV 导入队员",
     .en = "Import members from CSV",
     .more_zh =
	 "首行为列名：name、phone、kind、grid、building、lat、lon、skills（分号分隔）、shifts（分号分隔）、quiet、cap、"
	 "household、community、unit。也接受 volunteer_id、lat、lon 三列。有错的行会报出行号，其余照常导入；加 "
	 "--atomic "
	 "则一行有错全部不导入。",
     .more_en =
	 "The first line names the columns: name, phone, kind, grid, building, lat, lon, skills (separated by "
	 "semicolons), shifts (likewise), quiet, cap, household, community, unit. The columns volunteer_id, lat, lon "
	 "do "
	 "as well. A row that can't be read is reported with its line and the rest is imported; with --atomic one such "
	 "row means that nothing is.",
     .example = "member import volunteers.csv\n"
		"member import staff.csv --atomic -k grid-worker\n"},
};

const struct noun noun_member =
    NOUN("member", GROUP_DESK, member_commands, "队员：登记、暂停与导入", "Members: who can take on work");

/* --- points --- */

static const struct column account_columns[] = {
    COLUMN("memberId", CELL_TEXT, "队员号", "Member"),
    COLUMN("available", CELL_NUMBER, "可用", "Available"),
    COLUMN("provisional", CELL_NUMBER, "待结算", "Provisional"),
    COLUMN("leaderboard", CELL_FLAG, "参加排名", "Ranked"),
};

static const struct column movement_columns[] = {
    COLUMN("atMs", CELL_TIME, "时间", "AT"),         COLUMN("kind", CELL_ENUM, "类别", "KIND"),
    COLUMN("amount", CELL_NUMBER, "积分", "POINTS"), SPARE("debit", CELL_TEXT, "借", "FROM"),
    SPARE("credit", CELL_TEXT, "贷", "TO"),          COLUMN("orderId", CELL_TEXT, "单号", "ORDER"),
};

static const struct column rank_columns[] = {
    COLUMN("rank", CELL_NUMBER, "名次", "RANK"),
    COLUMN("memberId", CELL_TEXT, "队员号", "MEMBER"),
    COLUMN("points", CELL_NUMBER, "积分", "POINTS"),
};

#define ACCOUNT OPTIONAL("MEMBER", TYPE_TEXT, "memberId", "队员号，默认为 --as 的队员", "default: the member of --as")
static const struct param account_params[] = {ACCOUNT};
static const struct param join_params[] = {ACCOUNT, CONSTANT("optIn", "true")};
static const struct param leave_params[] = {ACCOUNT, CONSTANT("optIn", "false")};

static const struct command points_commands[] = {
    {.verb = "balance",
     .method = "PointsService/GetAccount",
     PARAMS(account_params),
     .shape = SHAPE_RECORD,
     .rows = "account",
     COLUMNS(account_columns),
     .zh = "积分余额",
     .en = "Show a balance"},
    {.verb = "history",
     .method = "PointsService/ListMovements",
     PARAMS(account_params),
     .shape = SHAPE_LIST,
     .rows = "movements",
     COLUMNS(movement_columns),
     .zh = "积分明细，新的在前",
     .en = "List movements, newest first"},
    {.verb = "top",
     .method = "PointsService/ListLeaderboard",
     .shape = SHAPE_LIST,
     .rows = "rows",
     COLUMNS(rank_columns),
     .zh = "积分榜，只含自愿参加者",
     .en = "Show the leaderboard of those who joined it"},
    {.verb = "join",
     .method = "PointsService/SetLeaderboardOptIn",
     PARAMS(join_params),
     .shape = SHAPE_RECORD,
     .rows = "account",
     COLUMNS(account_columns),
     .zh = "参加积分榜",
     .en = "Join the leaderboard"},
    {.verb = "leave",
     .method = "PointsService/SetLeaderboardOptIn",
     PARAMS(leave_params),
     .shape = SHAPE_RECORD,
     .rows = "account",
     COLUMNS(account_columns),
     .zh = "退出积分榜",
     .en = "Leave the leaderboard"},
    {.verb = "accounts",
     .method = "PointsService/ListAccounts",
     .shape = SHAPE_LIST,
     .rows = "accounts",
     COLUMNS(account_columns),
     .zh = "所辖队员的积分账户",
     .en = "List the accounts of members within reach"},
    {.verb = "check",
     .run = run_points_check,
     .zh = "核对总账：所有账户之和应为零",
     .en = "Check the books: all accounts together must be zero"},
};

const struct noun noun_points =
    NOUN("points", GROUP_DESK, points_commands, "积分：余额、明细与排名", "Points: balances, movements, leaderboard");
