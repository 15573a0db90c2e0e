#include "cli.h"
#include "nouns.h"

static const struct column rate_columns[] = {
    COLUMN("id", CELL_TEXT, "编号", "ID"),
    COLUMN("dayMs", CELL_TIME, "日期", "DAY"),
    COLUMN("counts.valid", CELL_NUMBER, "有效", "VALID"),
    COLUMN("counts.contacted", CELL_NUMBER, "已响应", "CONTACTED"),
    COLUMN("responseE4", CELL_PERCENT, "响应率", "RESPONSE"),
    COLUMN("counts.solved", CELL_NUMBER, "解决", "SOLVED"),
    COLUMN("resolutionE4", CELL_PERCENT, "解决率", "RESOLUTION"),
    COLUMN("counts.satisfied", CELL_NUMBER, "满意", "SATISFIED"),
    COLUMN("counts.basicallySatisfied", CELL_NUMBER, "基本满意", "BASICALLY"),
    COLUMN("satisfactionE4", CELL_PERCENT, "满意率", "SATISFACTION"),
    COLUMN("fewSamples", CELL_FLAG, "样本少", "FEW"),
    SPARE("counts.excluded", CELL_NUMBER, "剔除", "EXCLUDED"),
    SPARE("counts.placed", CELL_NUMBER, "点单", "PLACED"),
    SPARE("counts.late", CELL_NUMBER, "超时", "LATE"),
    SPARE("counts.dissatisfied", CELL_NUMBER, "不满意", "DISSATISFIED"),
    SPARE("counts.unrated", CELL_NUMBER, "未评", "UNRATED"),
    SPARE("categoryId", CELL_TEXT, "类别", "CATEGORY"),
    SPARE("accepted.medianMs", CELL_MINUTES, "接单中位", "ACCEPTED"),
    SPARE("accepted.p90Ms", CELL_MINUTES, "九成接单", "ACCEPTED P90"),
    SPARE("done.medianMs", CELL_MINUTES, "完成中位", "DONE"),
    SPARE("done.p90Ms", CELL_MINUTES, "九成完成", "DONE P90"),
};

static const struct param rates_params[] = {
    CHOICE('b', "by", "day grid community category member", "RATE_GROUP_", "groupBy", "分组，默认按网格",
	   "a row for each; default: grid"),
    CHOICE(0, "then-by", "day category", "RATE_GROUP_", "thenBy", "再按日或类别细分", "divide the rows further"),
    SWITCH(0, "times", "withTimes", "含用时：下单到接单、到完成",
	   "with the times from placing to acceptance and completion"),
    FLAG('g', "node", "NODE", TYPE_TEXT, "nodeId", "组织节点，默认为密钥所属",
	 "unit of the org tree; default: the key's"),
    FLAG('m', "member", "MEMBER", TYPE_TEXT, "memberId", "队员号，代替组织节点", "a member instead of a unit"),
    FLAG('c', "category", "CATEGORY", TYPE_CATEGORY, "categoryId", "类别，默认全部", "default: all"),
    FLAG(0, "since", "TIME", TYPE_TIME, "fromMs", "从哪天起，默认 30 天", "the first day; default: 30 days"),
    FLAG(0, "until", "TIME", TYPE_TIME, "untilMs", "到哪天，默认今天", "the last day; default: today"),
};

static const struct column difference_columns[] = {
    COLUMN("id", CELL_TEXT, "编号", "ID"),
    COLUMN("dayMs", CELL_TIME, "日期", "DAY"),
    COLUMN("categoryId", CELL_TEXT, "类别", "CATEGORY"),
    COLUMN("surplus.placed", CELL_NUMBER, "多点单", "PLACED TOO MANY"),
    COLUMN("missing.placed", CELL_NUMBER, "少点单", "PLACED MISSING"),
    COLUMN("surplus.valid", CELL_NUMBER, "多有效", "VALID TOO MANY"),
    COLUMN("missing.valid", CELL_NUMBER, "少有效", "VALID MISSING"),
    SPARE("surplus.solved", CELL_NUMBER, "多解决", "SOLVED TOO MANY"),
    SPARE("missing.solved", CELL_NUMBER, "少解决", "SOLVED MISSING"),
    SPARE("surplus.satisfied", CELL_NUMBER, "多满意", "SATISFIED TOO MANY"),
    SPARE("missing.satisfied", CELL_NUMBER, "少满意", "SATISFIED MISSING"),
};

static const struct command stats_commands[] = {
    {.verb = "rates",
     .method = "StatsService/GetRates",
     PARAMS(rates_params),
     .run = run_stats_rates,
     .shape = SHAPE_LIST,
     .rows = "rows",
     .whole = true,
     COLUMNS(rate_columns),
     .zh = "响应率、解决率、满意率及其单数，最后一行为合计",
     .en = "Show response, resolution and satisfaction with their counts; the last row is the total",
     .more_zh = "每单计入其办结之日。满意率 =（满意 + 0.9 × 基本满意）/ 有效。有效不足 30 单的行标为样本少。",
     .more_en =
	 "An order counts on the day on which it ended. Satisfaction is (satisfied + 0.9 × basically satisfied) / "
	 "valid. Rows with fewer than 30 valid orders are flagged.",
     .example = "stats rates\n"
		"stats rates -b day --since 2026-03-01 --until 2026-03-31\n"
		"stats rates -b member -g n0000002 -o csv > members.csv\n"},
    {.verb = "recount",
     .method = "StatsService/RecountRates",
     .run = run_stats_recount,
     .shape = SHAPE_LIST,
     .rows = "recount.differences",
     .whole = true,
     COLUMNS(difference_columns),
     .zh = "由全部订单重新计数，并列出原先有误之处",
     .en = "Count all orders again, and list what had been wrong",
     .more_zh = "核对并重建各项比率的计数；期间一切照常。中断后再次运行即继续。原先有误时退出状态为 1。",
     .more_en = "Checks the counts behind the rates and makes them anew; meanwhile everything goes on. When it is "
		"interrupted, the next run goes on with it. Ends with status 1 when counts had been wrong."},
};

const struct noun noun_stats =
    NOUN("stats", GROUP_DESK, stats_commands, "统计：三率", "Statistics: the three rates of what became of orders");
