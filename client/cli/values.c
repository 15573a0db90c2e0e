#include "values.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "cli_file.h"

enum { MINUTES_PER_DAY = 24 * 60 };

static json_t *bad(struct value_error *error, const char *zh, const char *en)
{
	*error = (struct value_error){zh, en};
	return NULL;
}

/* --- time --- */

/* "2h", "90m", "3d". */
static bool span_ms(const char *text, int64_t *ms)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (end == text || errno != 0 || n < 0 || n > 1000000 || end[0] == '\0' || end[1] != '\0')
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit == end[0]) {
			*ms = n * units[i].ms;
			return true;
		}
	}
	return false;
}

static bool absolute_ms(const char *text, int64_t *ms)
{
	static const char *const formats[] = {"%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S",
					      "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"};
	struct tm tm;
	time_t now = time(NULL);
	const char *end;
	localtime_r(&now, &tm);
	tm.tm_sec = 0;
	end = strptime(text, "%H:%M", &tm); /* today, or tomorrow when that has passed */
	if (end != NULL && *end == '\0') {
		tm.tm_isdst = -1;
		time_t at = mktime(&tm);
		*ms = (int64_t)(at <= now ? at + 86400 : at) * 1000;
		return true;
	}
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		tm = (struct tm){.tm_isdst = -1};
		end = strptime(text, formats[i], &tm);
		if (end != NULL && (*end == '\0' || strcmp(end, "Z") == 0)) {
			*ms = (int64_t)(*end == 'Z' ? timegm(&tm) : mktime(&tm)) * 1000;
			return true;
		}
	}
	return false;
}

static json_t *ms_value(int64_t ms)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%lld", (long long)ms);
	return json_string(digits);
}

static json_t *span_value(const char *text, struct value_error *error)
{
	int64_t ms;
	if (!span_ms(text, &ms))
		return bad(error, "请写成 2h、90m 或 3d", "write it as 2h, 90m or 3d");
	return ms_value(ms);
}

static json_t *time_value(const char *text, struct value_error *error)
{
	int64_t ms;
	if (span_ms(text, &ms))
		return ms_value((int64_t)time(NULL) * 1000 + ms); /* from now */
	if (!absolute_ms(text, &ms))
		return bad(error, "请写成 2h、90m、3d、18:30 或 \"2025-12-01 08:00\"",
			   "write it as 2h, 90m, 3d, 18:30 or \"2025-12-01 08:00\"");
	return ms_value(ms);
}

/* "08:30" in minutes; 24:00 is allowed. */
static bool clock_minutes(const char **text, int *minutes)
{
	int hours, mins, len = 0;
	if (sscanf(*text, "%2d:%2d%n", &hours, &mins, &len) != 2 || hours < 0 || mins < 0 || mins > 59 ||
	    hours * 60 + mins > MINUTES_PER_DAY)
		return false;
	*minutes = hours * 60 + mins;
	*text += len;
	return true;
}

static bool clock_span(const char *text, int *from, int *to)
{
	return clock_minutes(&text, from) && *text++ == '-' && clock_minutes(&text, to) && *text == '\0';
}

static json_t *hours_value(const char *text, struct value_error *error)
{
	int from, to;
	if (!clock_span(text, &from, &to))
		return bad(error, "请写成 22:00-07:00", "write it as 22:00-07:00");
	return json_pack("{s:i, s:i}", "fromMin", from, "toMin", to % MINUTES_PER_DAY);
}

static int week_day(const char *text, size_t len)
{
	static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
	for (int i = 0; i < 7; i++) {
		if (len == 3 && strncasecmp(text, days[i], 3) == 0)
			return i;
	}
	return -1;
}

/* "mon-fri 08:00-17:30" as a list of shifts, one for each day; a shift may not cross midnight. */
static json_t *shift_value(const char *text, struct value_error *error)
{
	size_t first_len = strcspn(text, "- ");
	int first = week_day(text, first_len), last = first, from, to;
	const char *rest = text + first_len;
	if (*rest == '-') {
		size_t len = strcspn(rest + 1, " ");
		last = week_day(rest + 1, len);
		rest += 1 + len;
	}
	if (first < 0 || last < first || *rest != ' ' || !clock_span(rest + 1, &from, &to) || to <= from)
		return bad(error, "请写成 \"mon-fri 08:00-17:30\"（跨午夜请写两段）",
			   "write it as \"mon-fri 08:00-17:30\" (two of them across midnight)");
	json_t *list = json_array();
	for (int day = first; day <= last; day++)
		json_array_append_new(list, json_pack("{s:i, s:i}", "fromMin", day * MINUTES_PER_DAY + from, "toMin",
						      day * MINUTES_PER_DAY + to));
	return list;
}

/* --- other values --- */

static json_t *point_value(const char *text, struct value_error *error)
{
	char *end;
	double lat = strtod(text, &end);
	bool ok = end != text && *end == ',';
	const char *second = end + 1;
	double lon = ok ? strtod(second, &end) : 0;
	ok = ok && end != second && *end == '\0';
	if (ok && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180)
		return json_pack("{s:f, s:f}", "lat", lat, "lon", lon);
	return bad(error, "请写成 纬度,经度，如 39.9042,116.4074", "write it as LAT,LON, for example 39.9042,116.4074");
}

static const char *media_type(const char *ref)
{
	static const char *const types[][2] = {
	    {".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"}, {".png", "image/png"}, {".webp", "image/webp"},
	    {".mp3", "audio/mpeg"}, {".amr", "audio/amr"},   {".mp4", "video/mp4"}, {".pdf", "application/pdf"},
	};
	const char *dot = strrchr(ref, '.');
	for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(dot, types[i][0]) == 0)
			return types[i][1];
	}
	return "application/octet-stream";
}

static json_t *skill_value(const char *text, struct value_error *error)
{
	size_t name_len = strcspn(text, ":");
	json_t *skill = json_pack("{s:s%}", "name", text, name_len);
	const char *certificate = text + name_len;
	if (*certificate == '\0' || skill == NULL)
		return skill;
	certificate++;
	size_t len = strcspn(certificate, ":");
	json_object_set_new(skill, "certificate", json_stringn(certificate, len));
	if (certificate[len] == ':') {
		json_t *expire = time_value(certificate + len + 1, error);
		if (expire == NULL) {
			json_decref(skill);
			return NULL;
		}
		json_object_set_new(skill, "expireMs", expire);
	}
	return skill;
}

static json_t *may_value(const char *text, struct value_error *error)
{
	size_t len = strcspn(text, ":");
	bool is_admin = strncmp(text, "admin", len) == 0 && len == 5;
	if (!is_admin && (len != 8 || strncmp(text, "operator", len) != 0)) {
		*error =
		    (struct value_error){"应为 operator 或 admin，可加 :节点", "write operator or admin, with :NODE"};
		return NULL;
	}
	json_t *may = json_pack("{s:s}", "role", is_admin ? "ROLE_ADMIN" : "ROLE_OPERATOR");
	if (text[len] == ':')
		json_object_set_new(may, "nodeId", json_string(text + len + 1));
	return may;
}

static json_t *slot_value(const char *text)
{
	size_t len = strlen(text);
	bool optional = len > 0 && text[len - 1] == '?';
	json_t *slot = json_object();
	if (len - optional > 0 && strcmp(text, "any") != 0)
		json_object_set_new(slot, "skill", json_stringn(text, len - optional));
	if (optional)
		json_object_set_new(slot, "optionalSkill", json_true());
	return slot;
}

static json_t *pair_value(const char *text, struct value_error *error)
{
	const char *equals = strchr(text, '=');
	if (equals == NULL || equals == text || equals[1] == '\0')
		return bad(error, "请写成 单号=队员号", "write it as ORDER=MEMBER");
	return json_pack("{s:s%, s:s}", "orderId", text, (size_t)(equals - text), "memberId", equals + 1);
}

static json_t *choice_value(const struct param *p, const char *text)
{
	char name[96];
	snprintf(name, sizeof(name), "%s%s", p->prefix, text);
	for (char *c = name + strlen(p->prefix); *c != '\0'; c++)
		*c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
	return json_string(name);
}

static json_t *text_value(const char *text, struct value_error *error)
{
	json_t *string = json_string(text);
	return string != NULL ? string : bad(error, "不是 UTF-8 文本", "it is not UTF-8");
}

static json_t *content_value(const char *path, struct value_error *error)
{
	struct buf text = {0};
	json_t *string = NULL;
	if (file_read(path, &text) == 0)
		string = json_stringn((const char *)text.ptr, text.len);
	buf_free(&text);
	return string != NULL ? string
			      : bad(error, "文件不可读，或不是 UTF-8", "the file can't be read, or is not UTF-8");
}

json_t *value_parse(const struct param *p, const char *text, struct value_error *error)
{
	switch (p->type) {
	case TYPE_TEXT:
	case TYPE_FILE:
	case TYPE_CATEGORY:
		return text_value(text, error);
	case TYPE_CONTENT:
		return content_value(text, error);
	case TYPE_UINT:
		return json_integer((json_int_t)strtoul(text, NULL, 10));
	case TYPE_BOOL:
		return json_true();
	case TYPE_CHOICE:
		return choice_value(p, text);
	case TYPE_SPAN:
		return span_value(text, error);
	case TYPE_TIME:
		return time_value(text, error);
	case TYPE_POINT:
		return point_value(text, error);
	case TYPE_REF:
		return json_pack("{s:s, s:s}", "ref", text, "mediaType", media_type(text));
	case TYPE_SKILL:
		return skill_value(text, error);
	case TYPE_MAY:
		return may_value(text, error);
	case TYPE_SLOT:
		return slot_value(text);
	case TYPE_SHIFT:
		return shift_value(text, error);
	case TYPE_HOURS:
		return hours_value(text, error);
	case TYPE_PAIR:
		return pair_value(text, error);
	case TYPE_ORDER:
		return json_pack("{s:s}", "orderId", text);
	case TYPE_CONST:
		return json_loads(p->choices, JSON_DECODE_ANY, NULL);
	}
	return NULL;
}
