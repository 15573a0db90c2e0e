#include "cli.h"
#include "nouns.h"

/* The policy with the version that it is. The English names are those that `set` takes. */
static const struct column rules_card[] = {
    COLUMN("version.number", CELL_NUMBER, "版本", "version"),
    COLUMN("version.atMs", CELL_TIME, "变更时间", "changed"),
    COLUMN("version.by.id", CELL_TEXT, "变更人", "by"),
    COLUMN("version.reason", CELL_TEXT, "原因", "reason"),
    COLUMN("policy.serviceTimes.dangerMs", CELL_MINUTES, "危险类时限", "serviceTimes.dangerMs"),
    COLUMN("policy.serviceTimes.urgentMs", CELL_MINUTES, "紧急类时限", "serviceTimes.urgentMs"),
    COLUMN("policy.serviceTimes.normalMs", CELL_MINUTES, "普通类时限", "serviceTimes.normalMs"),
    COLUMN("policy.serviceTimes.complexMs", CELL_MINUTES, "疑难类时限", "serviceTimes.complexMs"),
    COLUMN("policy.weights.ageM", CELL_NUMBER, "等待折算(米)", "weights.ageM"),
    COLUMN("policy.weights.jobM", CELL_NUMBER, "每件近期任务(米)", "weights.jobM"),
    COLUMN("policy.weights.offerM", CELL_NUMBER, "每次近期派单(米)", "weights.offerM"),
    COLUMN("policy.weights.responsibleM", CELL_NUMBER, "包保优先(米)", "weights.responsibleM"),
    COLUMN("policy.weights.ratingM", CELL_NUMBER, "评价优先(米)", "weights.ratingM"),
    COLUMN("policy.weights.optionalSkillM", CELL_NUMBER, "缺优先技能(米)", "weights.optionalSkillM"),
    COLUMN("policy.weights.maxDistanceM", CELL_NUMBER, "最远(米)", "weights.maxDistanceM"),
    COLUMN("policy.weights.sameBuildingM", CELL_NUMBER, "同楼有单优先(米)", "weights.sameBuildingM"),
    COLUMN("policy.weights.seasonJobM", CELL_NUMBER, "半年内每件任务(米)", "weights.seasonJobM"),
    COLUMN("policy.weights.freeOffers", CELL_NUMBER, "每日不加价派单次数", "weights.freeOffers"),
    COLUMN("policy.weights.overOfferM", CELL_NUMBER, "超出时(米)", "weights.overOfferM"),
    COLUMN("policy.weights.worthM", CELL_NUMBER, "多等一分钟的损失(米)", "weights.worthM"),
    COLUMN("policy.weights.lostM", CELL_NUMBER, "一单落空(米)", "weights.lostM"),
    COLUMN("policy.routine.offerTtlMs", CELL_MINUTES, "常规答复期限", "routine.offerTtlMs"),
    COLUMN("policy.routine.fanout", CELL_NUMBER, "常规同时派几人", "routine.fanout"),
    COLUMN("policy.routine.ringsPerStep", CELL_NUMBER, "常规每次扩几圈", "routine.ringsPerStep"),
    COLUMN("policy.routine.windowMs", CELL_NUMBER, "常规合并窗口(毫秒)", "routine.windowMs"),
    COLUMN("policy.routine.acceptTargetMilli", CELL_NUMBER, "常规有人接的概率(千分)", "routine.acceptTargetMilli"),
    COLUMN("policy.routine.searchMs", CELL_MINUTES, "常规继续寻找", "routine.searchMs"),
    COLUMN("policy.urgent.offerTtlMs", CELL_MINUTES, "紧急答复期限", "urgent.offerTtlMs"),
    COLUMN("policy.urgent.fanout", CELL_NUMBER, "紧急同时派几人", "urgent.fanout"),
    COLUMN("policy.urgent.ringsPerStep", CELL_NUMBER, "紧急每次扩几圈", "urgent.ringsPerStep"),
    COLUMN("policy.urgent.windowMs", CELL_NUMBER, "紧急合并窗口(毫秒)", "urgent.windowMs"),
    COLUMN("policy.urgent.acceptTargetMilli", CELL_NUMBER, "紧急有人接的概率(千分)", "urgent.acceptTargetMilli"),
    COLUMN("policy.urgent.searchMs", CELL_MINUTES, "紧急继续寻找", "urgent.searchMs"),
    COLUMN("policy.emergency.offerTtlMs", CELL_MINUTES, "危急答复期限", "emergency.offerTtlMs"),
    COLUMN("policy.emergency.fanout", CELL_NUMBER, "危急同时派几人", "emergency.fanout"),
    COLUMN("policy.emergency.ringsPerStep", CELL_NUMBER, "危急每次扩几圈", "emergency.ringsPerStep"),
    COLUMN("policy.emergency.windowMs", CELL_NUMBER, "危急合并窗口(毫秒)", "emergency.windowMs"),
    COLUMN("policy.emergency.acceptTargetMilli", CELL_NUMBER, "危急有人接的概率(千分)", "emergency.acceptTargetMilli"),
    COLUMN("policy.emergency.searchMs", CELL_MINUTES, "危急继续寻找", "emergency.searchMs"),
    COLUMN("policy.holdingCap", CELL_NUMBER, "在手上限", "holdingCap"),
    COLUMN("policy.autoCloseMs", CELL_MINUTES, "未评自动办结", "autoCloseMs"),
    COLUMN("policy.reopenWindowMs", CELL_MINUTES, "可重新打开", "reopenWindowMs"),
    COLUMN("policy.chaseIntervalMs", CELL_MINUTES, "催单间隔", "chaseIntervalMs"),
    COLUMN("policy.poolTtlMs", CELL_MINUTES, "抢单池期限", "poolTtlMs"),
    COLUMN("policy.utcOffsetMin", CELL_NUMBER, "时区(分钟)", "utcOffsetMin"),
    COLUMN("policy.privacy.contactDays", CELL_NUMBER, "单上联系方式保留(天)", "privacy.contactDays"),
    COLUMN("policy.privacy.accessDays", CELL_NUMBER, "访问记录保留(天)", "privacy.accessDays"),
    COLUMN("policy.privacy.textDays", CELL_NUMBER, "办结后文字图片保留(天)", "privacy.textDays"),
    COLUMN("policy.privacy.eventDays", CELL_NUMBER, "事件保留(天)", "privacy.eventDays"),
    COLUMN("policy.privacy.deadLetterDays", CELL_NUMBER, "推送死信保留(天)", "privacy.deadLetterDays"),
    COLUMN("policy.privacy.revealsPerHour", CELL_NUMBER, "每小时可查看联系方式", "privacy.revealsPerHour"),
    COLUMN("policy.open.published", CELL_FLAG, "公开统计", "open.published"),
    COLUMN("policy.open.delayHours", CELL_NUMBER, "公开延迟(小时)", "open.delayHours"),
    COLUMN("policy.open.fewOrders", CELL_NUMBER, "公开至少几单", "open.fewOrders"),
    COLUMN("policy.manualDispatch", CELL_FLAG, "人工派单", "manualDispatch"),
    COLUMN("policy.partialTeams", CELL_FLAG, "可派不足员的多人单", "partialTeams"),
    COLUMN("policy.acceptPriorMilli", CELL_NUMBER, "未知队员接单率(千分)", "acceptPriorMilli"),
    COLUMN("policy.adminsWithoutTotp", CELL_FLAG, "管理员可不用动态码", "adminsWithoutTotp"),
    COLUMN("policy.etag", CELL_TEXT, "etag", "etag"),
};

static const struct column version_columns[] = {
    COLUMN("number", CELL_NUMBER, "版本", "VERSION"),  COLUMN("atMs", CELL_TIME, "时间", "AT"),
    COLUMN("by.role", CELL_ENUM, "身份", "ROLE"),      COLUMN("by.id", CELL_TEXT, "变更人", "BY"),
    COLUMN("restored", CELL_NUMBER, "恢复自", "FROM"), COLUMN("reason", CELL_TEXT, "原因", "REASON"),
};

/* Of rows that rules.c makes. */
static const struct column diff_columns[] = {
    COLUMN("name", CELL_TEXT, "设置项", "NAME"),
    COLUMN("from", CELL_TEXT, "原为", "FROM"),
    COLUMN("to", CELL_TEXT, "改为", "TO"),
};

#define REASON FLAG('r', "reason", "TEXT", TYPE_TEXT, "reason", "原因，随版本保留", "why; kept with the version")
/* What rules_apply_settings reads. */
#define SETTINGS(what_en)                                                                                           \
	{.name = "NAME=VALUE",                                                                                      \
	 .type = TYPE_TEXT,                                                                                         \
	 .positional = true,                                                                                        \
	 .many = true,                                                                                              \
	 .zh = "设置项=值，时长可写 2h、30m、7d",                                                                   \
	 .en = what_en "; spans as 2h, 30m, 7d"},                                                                   \
	    FLAG('f', "file", "FILE", TYPE_FILE, NULL, "JSON 文件（如 rules show -o json 的输出），未写的设置不变", \
		 "JSON as rules show -o json gives it; what it does not name stays")

static const struct param show_params[] = {
    OPTIONAL("VERSION", TYPE_UINT, "version", "版本号，默认为现行版本", "its number; default: the one that applies"),
};

static const struct param set_params[] = {
    SETTINGS("what to set"),
    REASON,
};

static const struct param diff_params[] = {
    ARG("FROM", TYPE_TEXT, NULL, "版本号，或 JSON 文件（设置它会改变什么）",
	"a version, or a file: what setting it would change"),
    OPTIONAL("TO", TYPE_TEXT, NULL, "版本号或文件，默认为现行版本", "a version or a file; default: what applies"),
};

static const struct param restore_params[] = {
    ARG("VERSION", TYPE_UINT, "version", "版本号", "its number"),
    REASON,
    FLAG(0, "etag", "ETAG", TYPE_TEXT, "etag", "仅当此后无人改动时执行", "only if nobody has changed it since"),
};

static const struct param try_params[] = {
    SETTINGS("what to change"),
    FLAG('d', "days", "N", TYPE_UINT, NULL, "取最近几天的单，默认 7", "orders of how many days; default: 7"),
    FLAG(0, "seeds", "N", TYPE_UINT, NULL, "重复几次取平均，默认 5", "how often, for mean and spread; default: 5"),
    FLAG(0, "seed", "N", TYPE_UINT, NULL, "第一个随机种子，默认 1", "the first seed; default: 1"),
};

/* Of rows that rules_try.c makes. */
static const struct column try_columns[] = {
    COLUMN("measure", CELL_TEXT, "指标", "MEASURE"),       COLUMN("history", CELL_NUMBER, "实际", "AS IT WAS"),
    COLUMN("current", CELL_NUMBER, "现行规则", "CURRENT"), COLUMN("currentSd", CELL_NUMBER, "±", "±"),
    COLUMN("changed", CELL_NUMBER, "修改后", "CHANGED"),   COLUMN("changedSd", CELL_NUMBER, "±", "±"),
};

static const struct param whom_params[] = {
    SETTINGS("what to change"),
    FLAG('n', "orders", "N", TYPE_UINT, NULL, "至多几单，默认 50", "of how many orders; default: 50"),
};

/* Of rows that rules.c makes. */
static const struct column whom_columns[] = {
    COLUMN("id", CELL_TEXT, "单号", "ORDER"),
    COLUMN("urgency", CELL_ENUM, "紧急程度", "URGENCY"),
    COLUMN("present", CELL_TEXT, "现行规则派给", "BY THE PRESENT RULES"),
    COLUMN("tried", CELL_TEXT, "修改后派给", "BY THE CHANGED ONES"),
};

static const struct column answers_card[] = {
    COLUMN("basis", CELL_ENUM, "最准的估计", "best estimate"),
    COLUMN("counts", CELL_YES_NO, "派单是否采用", "counts in dispatch"),
    COLUMN("answers", CELL_NUMBER, "已学答复", "answers"),
    COLUMN("accepted", CELL_NUMBER, "其中接单", "accepted"),
    COLUMN("version", CELL_NUMBER, "版本", "version"),
    COLUMN("modelLoss", CELL_NUMBER, "模型的对数损失", "log loss of the model"),
    COLUMN("memberLoss", CELL_NUMBER, "按本人比例", "by the member's share"),
    COLUMN("tenantLoss", CELL_NUMBER, "人人相同", "the same for everybody"),
};

static const struct command commands[] = {
    {.verb = "show",
     .method = "OrgService/GetPolicy",
     PARAMS(show_params),
     .shape = SHAPE_RECORD,
     COLUMNS(rules_card),
     .zh = "查看派单与服务规则",
     .en = "Show the rules of dispatch and service"},
    {.verb = "set",
     PARAMS(set_params),
     .run = run_rules_set,
     .shape = SHAPE_RECORD,
     COLUMNS(rules_card),
     .zh = "修改若干设置，其余不变，成为新版本",
     .en = "Change some of them, as a new version",
     .more_zh =
	 "设置项的名称见 rules show -o json，如 serviceTimes.urgentMs、weights.jobM。先读后写，期间有人改动则不写。",
     .more_en =
	 "The names are those of rules show -o json, such as serviceTimes.urgentMs or weights.jobM. What somebody "
	 "else changes meanwhile is not overwritten.",
     .example = "rules set serviceTimes.urgentMs=12h routine.fanout=2 -r 春节前志愿者减少\n"
		"rules set manualDispatch=true\n"
		"rules set --file winter.json -r \"winter hours\"\n"},
    {.verb = "diff",
     PARAMS(diff_params),
     .run = run_rules_diff,
     .shape = SHAPE_LIST,
     .rows = "changes",
     .whole = true,
     COLUMNS(diff_columns),
     .zh = "比较两个版本，或版本与文件",
     .en = "Compare two versions, or a version and a file",
     .example = "rules diff 3\n"
		"rules diff 3 5\n"
		"rules diff winter.json\n"},
    {.verb = "try",
     PARAMS(try_params),
     .run = run_rules_try,
     .shape = SHAPE_LIST,
     .rows = "measures",
     .whole = true,
     COLUMNS(try_columns),
     .zh = "用最近几天的单试行修改后的规则，与现行规则对比",
     .en = "Try a change on the orders of the last days, beside the rules as they are",
     .more_zh = "什么都不改动：读取本辖区的单、队员、网格后，在本机用同一套派单程序在虚拟时钟下各演一遍。队员是否接单是"
		"模拟的："
		"按各人最近答复的比例抽签，同一种子下两套规则遇到同样的人。需要管理员。",
     .more_en =
	 "Nothing is changed: the tenant's orders, members and grids are read, and the same dispatch plays them on "
	 "this machine under a virtual clock, once for each set of rules. Whether members accept is simulated, "
	 "by the share of offers that each of them accepted; both meet the same people. For administrators.",
     .example = "rules try urgent.fanout=2 weights.offerM=300\n"
		"rules try --file winter.json --days 14 --seeds 10 -o json\n"},
    {.verb = "whom",
     PARAMS(whom_params),
     .run = run_rules_whom,
     .shape = SHAPE_LIST,
     .rows = "orders",
     .whole = true,
     COLUMNS(whom_columns),
     .zh = "现在待派的单，按修改后的规则会派给谁",
     .en = "Whom the orders that wait now would be put to by changed rules",
     .more_zh = "什么都不改动，也不问任何人：由派单服务按两套规则各决定一次。需要管理员。",
     .more_en =
	 "Nothing is changed and nobody is asked: the broker decides once by each set of rules. For administrators.",
     .example = "rules whom weights.offerM=300\n"},
    {.verb = "answers",
     .method = "DeskService/GetAcceptance",
     .shape = SHAPE_RECORD,
     COLUMNS(answers_card),
     .zh = "从队员的答复中学到了什么，是否有用",
     .en = "What was learnt of how members answer, and whether it helps",
     .more_zh = "对数损失越低越准；只有比各队员自己的接单比例更准时才采用，并且只用于要求几乎必有人接的模式（acceptTarg"
		"etMilli "
		"不低于 800，默认为危急）：实测在那里能少派几次，要求低时没有差别。order explain 显示每次用的估计。",
     .more_en =
	 "A lower log loss is better. What was learnt counts only where it is better than each member's own share, and "
	 "only in modes that want it all but sure that somebody accepts (acceptTargetMilli of 800 or more; by default "
	 "emergency): there it was measured to save offers, elsewhere it makes no difference. order explain shows the "
	 "estimates used."},
    {.verb = "history",
     .method = "OrgService/ListPolicyVersions",
     .shape = SHAPE_LIST,
     .rows = "versions",
     COLUMNS(version_columns),
     .zh = "谁在何时为何修改了规则",
     .en = "Who changed the rules when and why"},
    {.verb = "restore",
     .method = "OrgService/RestorePolicy",
     PARAMS(restore_params),
     .shape = SHAPE_RECORD,
     COLUMNS(rules_card),
     .zh = "恢复旧版本，成为新版本",
     .en = "Let an old version apply again, as a new one",
     .example = "rules restore 3 -r 试行结束\n"},
};

const struct noun noun_rules = {.name = "rules",
				.former = "policy",
				.group = GROUP_SETUP,
				.commands = commands,
				.n_commands = COUNT_OF(commands),
				.zh = "派单与服务规则及其版本",
				.en = "The rules of dispatch and service, and their versions"};
