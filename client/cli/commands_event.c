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

#define KINDS                                                                                                     \
	"placed offered offer-declined offer-expired accepted started completed rated closed rework reopened "    \
	"cancelled rejected held resumed handed-back reassigned chased noted merged pooled escalated unserved "   \
	"dispatched exclusion-requested exclusion-approved exclusion-refused exclusion-withdrawn member-changed " \
	"config-changed webhook-disabled webhook-test"

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

/* --- webhooks --- */

static const struct column hook_columns[] = {
    COLUMN("id", CELL_TEXT, "编号", "ID"),
    COLUMN("url", CELL_TEXT, "地址", "URL"),
    SPARE("label", CELL_TEXT, "标注", "LABEL"),
    COLUMN("disabled", CELL_ENUM, "停用", "DISABLED"),
    COLUMN("failingSinceMs", CELL_TIME, "失败自", "FAILING-SINCE"),
    SPARE("nodeId", CELL_TEXT, "范围", "NODE"),
};
static const struct column hook_card[] = {
    COLUMN("webhook.id", CELL_TEXT, "编号", "Id"),
    COLUMN("webhook.url", CELL_TEXT, "地址", "URL"),
    COLUMN("webhook.label", CELL_TEXT, "标注", "Label"),
    COLUMN("webhook.nodeId", CELL_TEXT, "范围", "Node"),
    COLUMN("webhook.nodeIds", CELL_NAMES, "组织节点", "Units"),
    COLUMN("webhook.categoryIds", CELL_NAMES, "类别", "Categories"),
    COLUMN("webhook.kinds", CELL_NAMES, "事件种类", "Kinds"),
    COLUMN("webhook.disabled", CELL_ENUM, "停用", "Disabled"),
    COLUMN("webhook.disabledMs", CELL_TIME, "停用时间", "Disabled at"),
    COLUMN("webhook.failingSinceMs", CELL_TIME, "失败自", "Failing since"),
    COLUMN("webhook.oldSecretUntilMs", CELL_TIME, "旧密钥有效至", "Old secret until"),
    COLUMN("webhook.createdMs", CELL_TIME, "创建", "Created"),
    COLUMN("webhook.etag", CELL_TEXT, "版本", "Etag"),
    COLUMN("backlog.subjects", CELL_NUMBER, "待推送", "Waiting"),
    COLUMN("backlog.oldestMs", CELL_TIME, "最早", "Oldest"),
    COLUMN("backlog.deadLetters", CELL_NUMBER, "死信", "Dead letters"),
};
static const struct column hook_secret[] = {
    COLUMN("webhook.id", CELL_TEXT, "编号", "Id"),
    COLUMN("webhook.url", CELL_TEXT, "地址", "URL"),
    COLUMN("secret", CELL_TEXT, "密钥（只显示一次）", "Secret (shown once)"),
};
static const struct column delivery_columns[] = {
    COLUMN("atMs", CELL_TIME, "时间", "TIME"),         COLUMN("kind", CELL_ENUM, "事件", "EVENT"),
    COLUMN("subjectId", CELL_TEXT, "对象", "SUBJECT"), COLUMN("attempt", CELL_NUMBER, "次数", "TRY"),
    COLUMN("result", CELL_ENUM, "结果", "RESULT"),     COLUMN("status", CELL_NUMBER, "状态码", "STATUS"),
    COLUMN("latencyMs", CELL_NUMBER, "毫秒", "MS"),    COLUMN("nextTryMs", CELL_TIME, "下次", "NEXT"),
    SPARE("eventId", CELL_TEXT, "编号", "ID"),
};
static const struct column dead_columns[] = {
    COLUMN("eventMs", CELL_TIME, "时间", "TIME"),      COLUMN("kind", CELL_ENUM, "事件", "EVENT"),
    COLUMN("subjectId", CELL_TEXT, "对象", "SUBJECT"), COLUMN("attempts", CELL_NUMBER, "次数", "TRIES"),
    COLUMN("result", CELL_ENUM, "结果", "RESULT"),     COLUMN("status", CELL_NUMBER, "状态码", "STATUS"),
    COLUMN("deadMs", CELL_TIME, "放弃于", "GIVEN-UP"), COLUMN("eventId", CELL_TEXT, "编号", "ID"),
};
static const struct column replayed_columns[] = {
    COLUMN("replayed", CELL_NUMBER, "已重推", "REPLAYED"),
    COLUMN("left", CELL_NUMBER, "剩余", "LEFT"),
};

#define HOOK ARG("WEBHOOK", TYPE_TEXT, "webhookId", "推送编号", "the webhook's id")
#define HOOK_FILTER                                                                                            \
	FLAGS('g', "node", "NODE", TYPE_TEXT, "webhook.nodeIds", "组织节点，默认全部", "units; default: all"), \
	    FLAGS('c', "category", "CATEGORY", TYPE_CATEGORY, "webhook.categoryIds", "类别，默认全部",         \
		  "only orders of these; default: all events"),                                                \
	    CHOICES('k', "kind", KINDS, "EVENT_KIND_", "webhook.kinds", "事件种类，默认全部", "default: all"), \
	    FLAG('l', "label", "TEXT", TYPE_TEXT, "webhook.label", "标注", "what it is for")

static const struct param hook_params[] = {HOOK};
static const struct param hook_new_params[] = {
    ARG("URL", TYPE_TEXT, "webhook.url", "https://…", "https://…"),
    HOOK_FILTER,
    FLAG(0, "scope", "NODE", TYPE_TEXT, "webhook.nodeId", "范围，默认为密钥所属", "its unit; default: the key's"),
};
static const struct param hook_set_params[] = {
    ARG("WEBHOOK", TYPE_TEXT, "webhook.id", "推送编号", "the webhook's id"),
    FLAG('u', "url", "URL", TYPE_TEXT, "webhook.url", "https://…", "https://…"),
    HOOK_FILTER,
    FLAG(0, "etag", "ETAG", TYPE_TEXT, "webhook.etag", "仅当此后无人改动时执行", "only if nobody has changed it since"),
};
static const struct param hook_enable_params[] = {
    HOOK,
    SWITCH(0, "skip-missed", "skipMissed", "不补推停用期间的事件", "leave out what happened since it was disabled"),
};
static const struct param hook_dead_params[] = {
    HOOK,
    {.name = "EVENT",
     .type = TYPE_TEXT,
     .positional = true,
     .many = true,
     .field = "eventIds",
     .zh = "事件编号，默认最早的 100 条",
     .en = "event ids; default: the oldest 100"},
};
static const struct param hook_replay_params[] = {
    HOOK,
    ARG("EVENT", TYPE_TEXT, "after", "从此事件之后", "behind this event"),
};

static const struct command webhook_commands[] = {
    {.verb = "new",
     .method = "WebhookService/CreateWebhook",
     PARAMS(hook_new_params),
     .shape = SHAPE_RECORD,
     COLUMNS(hook_secret),
     .zh = "新建推送",
     .en = "Make a webhook",
     .example = "webhook new https://backend.example/paidan -k placed -k closed\n"},
    {.verb = "list",
     .method = "WebhookService/ListWebhooks",
     .shape = SHAPE_LIST,
     .rows = "webhooks",
     COLUMNS(hook_columns),
     .zh = "所有推送",
     .en = "List webhooks"},
    {.verb = "show",
     .method = "WebhookService/GetWebhook",
     PARAMS(hook_params),
     .shape = SHAPE_RECORD,
     COLUMNS(hook_card),
     .zh = "一个推送及其积压",
     .en = "Show a webhook and what waits"},
    {.verb = "set",
     .method = "WebhookService/UpdateWebhook",
     PARAMS(hook_set_params),
     .shape = SHAPE_ROW,
     .rows = "webhook",
     COLUMNS(hook_columns),
     .mask = "updateMask",
     .mask_parent = "webhook",
     .zh = "修改推送",
     .en = "Change a webhook"},
    {.verb = "delete",
     .method = "WebhookService/DeleteWebhook",
     PARAMS(hook_params),
     .shape = SHAPE_NONE,
     .zh = "删除推送",
     .en = "Delete a webhook with its dead letters and its log"},
    {.verb = "rotate",
     .method = "WebhookService/RotateWebhookSecret",
     PARAMS(hook_params),
     .shape = SHAPE_RECORD,
     COLUMNS(hook_secret),
     .zh = "更换密钥，旧密钥 24 小时内仍签名",
     .en = "Make a new secret; the old one signs for 24 hours, too"},
    {.verb = "enable",
     .method = "WebhookService/EnableWebhook",
     PARAMS(hook_enable_params),
     .shape = SHAPE_ROW,
     .rows = "webhook",
     COLUMNS(hook_columns),
     .zh = "启用",
     .en = "Deliver again"},
    {.verb = "disable",
     .method = "WebhookService/DisableWebhook",
     PARAMS(hook_params),
     .shape = SHAPE_ROW,
     .rows = "webhook",
     COLUMNS(hook_columns),
     .zh = "停用",
     .en = "Deliver nothing until enabled again"},
    {.verb = "test",
     .method = "WebhookService/TestWebhook",
     PARAMS(hook_params),
     .shape = SHAPE_NONE,
     .zh = "推送一个测试事件",
     .en = "Send a test event; see webhook log"},
    {.verb = "log",
     .method = "WebhookService/ListDeliveries",
     PARAMS(hook_params),
     .shape = SHAPE_LIST,
     .rows = "deliveries",
     COLUMNS(delivery_columns),
     .zh = "推送记录，新的在前",
     .en = "List tries, the newest first"},
    {.verb = "dead",
     .method = "WebhookService/ListDeadLetters",
     PARAMS(hook_params),
     .shape = SHAPE_LIST,
     .rows = "deadLetters",
     COLUMNS(dead_columns),
     .zh = "已放弃的事件",
     .en = "List what was given up"},
    {.verb = "revive",
     .method = "WebhookService/ReplayDeadLetters",
     PARAMS(hook_dead_params),
     .shape = SHAPE_ROW,
     COLUMNS(replayed_columns),
     .zh = "重推死信",
     .en = "Deliver dead letters again"},
    {.verb = "replay",
     .method = "WebhookService/ReplayEvents",
     PARAMS(hook_replay_params),
     .shape = SHAPE_NONE,
     .zh = "重推某事件之后的所有事件",
     .en = "Deliver all events behind one again"},
};
const struct noun noun_webhook =
    NOUN("webhook", GROUP_SETUP, webhook_commands, "推送（Webhook）", "Webhooks: events brought to a URL");
