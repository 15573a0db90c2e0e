#include "output.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- enums --- */

static const struct {
	const char *name;
	const char *zh;
	enum style style;
} enums[] = {
    {"ORDER_STATE_PLACED", "已点单", STYLE_YELLOW},
    {"ORDER_STATE_OFFERED", "派单中", STYLE_CYAN},
    {"ORDER_STATE_ACCEPTED", "已接单", STYLE_BLUE},
    {"ORDER_STATE_STARTED", "服务中", STYLE_BLUE},
    {"ORDER_STATE_HELD", "挂起", STYLE_MAGENTA},
    {"ORDER_STATE_COMPLETED", "待评价", STYLE_GREEN},
    {"ORDER_STATE_CLOSED", "已办结", STYLE_DIM},
    {"ORDER_STATE_CANCELLED", "已撤销", STYLE_DIM},
    {"ORDER_STATE_REJECTED", "不予受理", STYLE_DIM},
    {"URGENCY_DANGER", "危险", STYLE_RED},
    {"URGENCY_URGENT", "紧急", STYLE_YELLOW},
    {"URGENCY_NORMAL", "普通", STYLE_NONE},
    {"URGENCY_COMPLEX", "疑难", STYLE_NONE},
    {"OUTCOME_SOLVED", "已解决", STYLE_NONE},
    {"OUTCOME_PARTLY", "部分解决", STYLE_NONE},
    {"OUTCOME_UNABLE", "无法解决", STYLE_NONE},
    {"OUTCOME_NOT_NEEDED", "无需处理", STYLE_NONE},
    {"SATISFACTION_SATISFIED", "满意", STYLE_NONE},
    {"SATISFACTION_BASICALLY", "基本满意", STYLE_NONE},
    {"SATISFACTION_DISSATISFIED", "不满意", STYLE_NONE},
    {"RESOLUTION_SOLVED", "已解决", STYLE_NONE},
    {"RESOLUTION_PARTLY", "部分解决", STYLE_NONE},
    {"RESOLUTION_NOT_SOLVED", "未解决", STYLE_NONE},
    {"EVENT_KIND_PLACED", "点单", STYLE_YELLOW},
    {"EVENT_KIND_OFFERED", "派单", STYLE_CYAN},
    {"EVENT_KIND_OFFER_DECLINED", "拒单", STYLE_NONE},
    {"EVENT_KIND_OFFER_EXPIRED", "超时未答", STYLE_NONE},
    {"EVENT_KIND_ACCEPTED", "接单", STYLE_BLUE},
    {"EVENT_KIND_STARTED", "开始", STYLE_BLUE},
    {"EVENT_KIND_COMPLETED", "完成", STYLE_GREEN},
    {"EVENT_KIND_RATED", "评单", STYLE_GREEN},
    {"EVENT_KIND_CLOSED", "办结", STYLE_DIM},
    {"EVENT_KIND_REWORK", "返工", STYLE_RED},
    {"EVENT_KIND_REOPENED", "重新打开", STYLE_YELLOW},
    {"EVENT_KIND_CANCELLED", "撤销", STYLE_DIM},
    {"EVENT_KIND_REJECTED", "不予受理", STYLE_DIM},
    {"EVENT_KIND_HELD", "挂起", STYLE_MAGENTA},
    {"EVENT_KIND_RESUMED", "恢复", STYLE_NONE},
    {"EVENT_KIND_HANDED_BACK", "退单", STYLE_YELLOW},
    {"EVENT_KIND_REASSIGNED", "改派", STYLE_YELLOW},
    {"EVENT_KIND_CHASED", "催单", STYLE_YELLOW},
    {"EVENT_KIND_NOTED", "备注", STYLE_NONE},
    {"EVENT_KIND_MERGED", "并单", STYLE_NONE},
    {"EVENT_KIND_POOLED", "入抢单池", STYLE_CYAN},
    {"EVENT_KIND_ESCALATED", "升级", STYLE_RED},
    {"EVENT_KIND_UNSERVED", "无人接单", STYLE_RED},
    {"EVENT_KIND_DISPATCHED", "调度", STYLE_NONE},
    {"EVENT_KIND_UNDONE", "撤回操作", STYLE_YELLOW},
    {"EVENT_KIND_EXCLUSION_REQUESTED", "申请剔除", STYLE_YELLOW},
    {"EVENT_KIND_EXCLUSION_APPROVED", "同意剔除", STYLE_DIM},
    {"EVENT_KIND_EXCLUSION_REFUSED", "不同意剔除", STYLE_NONE},
    {"EVENT_KIND_EXCLUSION_WITHDRAWN", "撤回剔除", STYLE_NONE},
    {"EXCLUSION_STATE_REQUESTED", "待定", STYLE_YELLOW},
    {"EXCLUSION_STATE_APPROVED", "已剔除", STYLE_DIM},
    {"EXCLUSION_STATE_REFUSED", "不同意", STYLE_NONE},
    {"EXCLUSION_STATE_WITHDRAWN", "已撤回", STYLE_NONE},
    {"EXCLUSION_STATE_LAPSED", "已失效", STYLE_DIM},
    {"EVENT_KIND_MEMBER_CHANGED", "队员变更", STYLE_NONE},
    {"EVENT_KIND_CONFIG_CHANGED", "设置变更", STYLE_NONE},
    {"EVENT_KIND_POINTS_MOVED", "积分变动", STYLE_NONE},
    {"EVENT_KIND_SIGNED_IN", "登录", STYLE_NONE},
    {"EVENT_KIND_SIGN_IN_FAILED", "登录失败", STYLE_RED},
    {"EVENT_KIND_SIGN_IN_LOCKED", "锁定中尝试登录", STYLE_RED},
    {"EVENT_KIND_SESSION_ENDED", "会话结束", STYLE_NONE},
    {"EVENT_KIND_OPERATOR_CHANGED", "账号变更", STYLE_NONE},
    {"EVENT_KIND_CONTACT_REVEALED", "查看联系方式", STYLE_NONE},
    {"EVENT_KIND_ERASED", "删除个人信息", STYLE_NONE},
    {"ACCESS_KIND_EXPORTED", "导出", STYLE_NONE},
    {"ACCESS_KIND_ERASED", "删除", STYLE_NONE},
    {"ACCESS_KIND_REVEALED", "查看", STYLE_NONE},
    {"ACCESS_KIND_ASSIGNED", "接单", STYLE_NONE},
    {"EVENT_KIND_WEBHOOK_DISABLED", "推送停用", STYLE_RED},
    {"EVENT_KIND_WEBHOOK_TEST", "推送测试", STYLE_NONE},
    {"WEBHOOK_DISABLED_BY_REQUEST", "手动停用", STYLE_YELLOW},
    {"WEBHOOK_DISABLED_GONE", "接收方已撤销", STYLE_RED},
    {"WEBHOOK_DISABLED_FAILING", "持续失败", STYLE_RED},
    {"DELIVERY_RESULT_DELIVERED", "已送达", STYLE_GREEN},
    {"DELIVERY_RESULT_REFUSED", "被拒收", STYLE_RED},
    {"DELIVERY_RESULT_TIMEOUT", "超时", STYLE_RED},
    {"DELIVERY_RESULT_NO_HOST", "无此主机", STYLE_RED},
    {"DELIVERY_RESULT_NO_CONNECTION", "连接不上", STYLE_RED},
    {"DELIVERY_RESULT_TLS", "TLS 失败", STYLE_RED},
    {"DELIVERY_RESULT_FORBIDDEN", "地址被禁止", STYLE_RED},
    {"DELIVERY_RESULT_BROKEN", "连接中断", STYLE_RED},
    {"OFFER_STATE_LIVE", "待答复", STYLE_CYAN},
    {"OFFER_STATE_ACCEPTED", "已接受", STYLE_GREEN},
    {"OFFER_STATE_DECLINED", "已拒绝", STYLE_NONE},
    {"OFFER_STATE_EXPIRED", "已过期", STYLE_DIM},
    {"OFFER_STATE_WITHDRAWN", "已收回", STYLE_DIM},
    {"DECLINE_REASON_BUSY", "忙", STYLE_NONE},
    {"DECLINE_REASON_TOO_FAR", "太远", STYLE_NONE},
    {"DECLINE_REASON_CANNOT_DO", "做不了", STYLE_NONE},
    {"DECLINE_REASON_UNWELL", "身体不适", STYLE_NONE},
    {"DECLINE_REASON_OTHER", "其他", STYLE_NONE},
    {"RING_BUILDING", "本楼", STYLE_NONE},
    {"RING_GRID", "本网格", STYLE_NONE},
    {"RING_NEIGHBOURS", "相邻网格", STYLE_NONE},
    {"RING_COMMUNITY", "本社区", STYLE_NONE},
    {"RING_STREET", "本街道", STYLE_NONE},
    {"RING_POOL", "抢单池", STYLE_NONE},
    {"HELD_BY_DESK", "派单台", STYLE_NONE},
    {"HELD_BY_MEMBERS_ASKED", "待答复队员", STYLE_NONE},
    {"HELD_BY_MEMBER", "队员", STYLE_NONE},
    {"HELD_BY_RESIDENT", "居民", STYLE_NONE},
    {"HELD_BY_THIRD_PARTY", "第三方", STYLE_NONE},
    {"MEMBER_KIND_VOLUNTEER", "志愿者", STYLE_NONE},
    {"MEMBER_KIND_PARTY_MEMBER", "党员", STYLE_NONE},
    {"MEMBER_KIND_GRID_WORKER", "网格员", STYLE_NONE},
    {"MEMBER_KIND_UNIT", "单位", STYLE_NONE},
    {"NODE_KIND_DISTRICT", "区", STYLE_NONE},
    {"NODE_KIND_STREET", "街道", STYLE_NONE},
    {"NODE_KIND_COMMUNITY", "社区", STYLE_NONE},
    {"NODE_KIND_GRID", "网格", STYLE_NONE},
    {"MOVEMENT_KIND_EARNED", "预发", STYLE_NONE},
    {"MOVEMENT_KIND_SETTLED", "结算", STYLE_GREEN},
    {"MOVEMENT_KIND_BONUS", "奖励", STYLE_GREEN},
    {"MOVEMENT_KIND_REVERSED", "收回", STYLE_YELLOW},
    {"ACCEPTANCE_BASIS_MEMBER", "本人的接单比例", STYLE_NONE},
    {"ACCEPTANCE_BASIS_TENANT", "全体的接单比例", STYLE_NONE},
    {"ACCEPTANCE_BASIS_MODEL", "学到的模型", STYLE_NONE},
    {"ROLE_RESIDENT", "居民", STYLE_NONE},
    {"ROLE_MEMBER", "队员", STYLE_NONE},
    {"ROLE_OPERATOR", "操作员", STYLE_NONE},
    {"ROLE_ADMIN", "管理员", STYLE_NONE},
    {"ROLE_SYSTEM", "系统", STYLE_NONE},
    {"ROLE_BACKEND", "后台", STYLE_NONE},
    {"ROLE_WALL", "大屏", STYLE_NONE},
};

enum { N_ENUMS = sizeof(enums) / sizeof(enums[0]) };

/* What goes away in front: "ORDER_STATE_", "EVENT_KIND_". */
static size_t prefix_len(const char *name)
{
	static const char *const prefixes[] = {
	    "ORDER_STATE_",     "URGENCY_",          "OUTCOME_",         "SATISFACTION_", "RESOLUTION_",
	    "EVENT_KIND_",      "OFFER_STATE_",      "DECLINE_REASON_",  "RING_",         "HELD_BY_",
	    "MEMBER_KIND_",     "NODE_KIND_",        "MOVEMENT_KIND_",   "ROLE_",         "WEBHOOK_DISABLED_",
	    "DELIVERY_RESULT_", "ACCEPTANCE_BASIS_", "EXCLUSION_STATE_", "ACCESS_KIND_"};
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return strlen(prefixes[i]);
	}
	return 0;
}

const char *enum_text(bool zh, const char *name, char *room, size_t room_bytes)
{
	for (size_t i = 0; zh && i < N_ENUMS; i++) {
		if (strcmp(enums[i].name, name) == 0)
			return enums[i].zh;
	}
	snprintf(room, room_bytes, "%s", name + prefix_len(name));
	for (char *c = room; *c != '\0'; c++)
		*c = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
	return room;
}

enum style enum_style(const char *name)
{
	for (size_t i = 0; i < N_ENUMS; i++) {
		if (strcmp(enums[i].name, name) == 0)
			return enums[i].style;
	}
	return STYLE_NONE;
}

/* --- values --- */

int64_t json_int64(const json_t *value)
{
	if (json_is_string(value))
		return strtoll(json_string_value(value), NULL, 10);
	if (json_is_real(value))
		return (int64_t)json_real_value(value);
	return json_integer_value(value);
}

const json_t *cell_at(const json_t *row, const char *path)
{
	const json_t *at = row;
	while (at != NULL && *path != '\0') {
		char name[64];
		size_t len = strcspn(path, ".*");
		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		at = json_object_get(at, name);
		if (path[len] == '*')
			break;
		path += len + (path[len] == '.');
	}
	return at;
}

const char *json_text(const json_t *row, const char *path)
{
	const char *text = json_string_value(cell_at(row, path));
	return text == NULL ? "" : text;
}

static void put_local(struct buf *out, int64_t ms, const char *this_year, const char *other_year)
{
	time_t seconds = (time_t)(ms / 1000), now = time(NULL);
	struct tm at, today;
	char text[64];
	if (ms == 0)
		return;
	localtime_r(&seconds, &at);
	localtime_r(&now, &today);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	strftime(text, sizeof(text), at.tm_year == today.tm_year ? this_year : other_year, &at);
#pragma GCC diagnostic pop
	buf_str(out, text);
}

void put_time(struct buf *out, int64_t ms)
{
	put_local(out, ms, "%m-%d %H:%M", "%Y-%m-%d %H:%M");
}

void put_time_s(struct buf *out, int64_t ms)
{
	put_local(out, ms, "%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S");
}

void put_rfc3339(struct buf *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm at;
	char text[64];
	if (ms == 0)
		return;
	gmtime_r(&seconds, &at);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &at);
	buf_printf(out, "%s.%03dZ", text, (int)(ms % 1000));
}

void put_span(bool zh, struct buf *out, int64_t ms)
{
	int64_t minutes = ms / 60000, hours = minutes / 60, days = hours / 24;
	if (ms == 0)
		return;
	if (minutes < 1)
		buf_printf(out, zh ? "%lld 秒" : "%lld s", (long long)(ms / 1000));
	else if (hours < 1)
		buf_printf(out, zh ? "%lld 分" : "%lld min", (long long)minutes);
	else if (days < 2 && minutes % 60 != 0)
		buf_printf(out, zh ? "%lld 时 %lld 分" : "%lld h %lld min", (long long)hours,
			   (long long)(minutes % 60));
	else if (days < 2)
		buf_printf(out, zh ? "%lld 小时" : "%lld h", (long long)hours);
	else
		buf_printf(out, zh ? "%lld 天" : "%lld d", (long long)days);
}

/* --- cells --- */

static void put_number(const json_t *value, struct buf *out)
{
	if (json_is_real(value))
		buf_printf(out, "%.2f", json_real_value(value));
	else
		buf_int(out, json_int64(value));
}

static void put_text(const json_t *value, struct buf *out)
{
	if (json_is_string(value))
		buf_str(out, json_string_value(value));
	else if (json_is_number(value))
		put_number(value, out);
}

/* "skills*name" of each, or "terms*name=metres", which is two fields; texts without a '*'. */
static void put_list(const struct column *column, const json_t *list, bool csv, struct buf *out)
{
	const char *field = strchr(column->path, '*');
	const char *second = field == NULL ? NULL : strchr(field, '=');
	char first[64];
	size_t i;
	json_t *item;
	snprintf(first, sizeof(first), "%.*s", field == NULL ? 0 : (int)strcspn(field + 1, "="),
		 field == NULL ? "" : field + 1);
	json_array_foreach(list, i, item)
	{
		const json_t *value = field == NULL ? item : cell_at(item, first);
		if (value == NULL || (json_is_string(value) && json_string_length(value) == 0))
			continue;
		if (out->len > 0)
			buf_byte(out, ' ');
		if (column->kind == CELL_TIMES && csv)
			put_rfc3339(out, json_int64(value));
		else if (column->kind == CELL_TIMES)
			put_time(out, json_int64(value));
		else
			put_text(value, out);
		if (second != NULL) {
			buf_byte(out, '=');
			put_text(cell_at(item, second + 1), out);
		}
	}
}

static void put_point(const json_t *value, struct buf *out)
{
	if (json_is_object(value))
		buf_printf(out, "%.6f,%.6f", json_number_value(json_object_get(value, "lat")),
			   json_number_value(json_object_get(value, "lon")));
}

static void put_percent(const json_t *value, bool csv, struct buf *out)
{
	double share = (double)json_int64(value) / 10000;
	if (csv)
		buf_printf(out, "%.4f", share);
	else
		buf_printf(out, "%.2f%%", share * 100);
}

void cell_put(const struct cli *cli, const struct column *column, const json_t *row, bool csv, struct buf *out)
{
	char room[64];
	const json_t *value = cell_at(row, column->path);
	switch (column->kind) {
	case CELL_TEXT:
		put_text(value, out);
		break;
	case CELL_TIME:
		if (csv)
			put_rfc3339(out, json_int64(value));
		else
			put_time(out, json_int64(value));
		break;
	case CELL_ENUM:
		if (json_is_string(value))
			buf_str(out, enum_text(cli->zh && !csv, json_string_value(value), room, sizeof(room)));
		break;
	case CELL_NUMBER:
		if (value == NULL)
			buf_byte(out, '0');
		else
			put_number(value, out);
		break;
	case CELL_FLAG:
		if (json_is_true(value))
			buf_str(out, csv ? "true" : TR(cli, "是", "yes"));
		break;
	case CELL_YES_NO:
		if (csv)
			buf_str(out, json_is_true(value) ? "true" : "false");
		else
			buf_str(out, json_is_true(value) ? TR(cli, "是", "yes") : TR(cli, "否", "no"));
		break;
	case CELL_COUNT:
		buf_uint(out, json_array_size(value));
		break;
	case CELL_NAMES:
	case CELL_TIMES:
		put_list(column, value, csv, out);
		break;
	case CELL_POINT:
		put_point(value, out);
		break;
	case CELL_MINUTES:
		if (csv)
			buf_int(out, json_int64(value));
		else
			put_span(cli->zh, out, json_int64(value));
		break;
	case CELL_PERCENT:
		put_percent(value, csv, out);
		break;
	}
}

enum style cell_style(const struct column *column, const json_t *row)
{
	if (column->kind != CELL_ENUM)
		return STYLE_NONE;
	return enum_style(json_text(row, column->path));
}

bool cell_is_right(enum cell kind)
{
	return kind == CELL_NUMBER || kind == CELL_COUNT || kind == CELL_PERCENT;
}
