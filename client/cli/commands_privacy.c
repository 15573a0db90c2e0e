#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "nouns.h"
#include "output.h"

static const struct column access_columns[] = {
    COLUMN("atMs", CELL_TIME, "时间", "AT"),         COLUMN("kind", CELL_ENUM, "方式", "HOW"),
    COLUMN("actor.role", CELL_ENUM, "身份", "ROLE"), COLUMN("actor.id", CELL_TEXT, "谁", "WHO"),
    COLUMN("orderId", CELL_TEXT, "单号", "ORDER"),   COLUMN("purpose", CELL_TEXT, "用途", "PURPOSE"),
};

static const struct column consent_columns[] = {
    COLUMN("kind", CELL_TEXT, "事项", "KIND"),
    COLUMN("textVersion", CELL_TEXT, "文本版本", "TEXT"),
    COLUMN("givenMs", CELL_TIME, "同意于", "GIVEN"),
    SPARE("givenBy.role", CELL_ENUM, "记录者", "BY"),
    COLUMN("withdrawnMs", CELL_TIME, "撤回于", "WITHDRAWN"),
};

static const struct column erased_columns[] = {COLUMN("erasedMs", CELL_TIME, "删除于", "ERASED")};

static const struct column key_columns[] = {
    COLUMN("version", CELL_NUMBER, "版本", "VERSION"),
    COLUMN("keys", CELL_NUMBER, "密钥数", "KEYS"),
    COLUMN("newest", CELL_FLAG, "最新", "NEWEST"),
};

#define PERSON                                                                        \
	OPTIONAL("PERSON", TYPE_TEXT, "personId", "居民或队员编号，默认为 --as 的人", \
		 "a resident's or member's id; default: the one of --as")
#define PURPOSE FLAG('p', "purpose", "TEXT", TYPE_TEXT, "purpose", "原因，记入访问记录", "why, for the access log")

static const struct param person_params[] = {PERSON};
static const struct param purpose_params[] = {PERSON, PURPOSE};
static const struct param erase_params[] = {
    PERSON,
    PURPOSE,
    FLAG(0, "household", "HOUSEHOLD", TYPE_TEXT, "householdId", "住户编号，代替个人：删除其地址",
	 "instead of a person: a household's address"),
};
static const struct param consent_params[] = {
    ARG("KIND", TYPE_TEXT, "kind", "事项，如 privacy-policy", "what to, such as privacy-policy"),
    PERSON,
    FLAG('t', "text", "VERSION", TYPE_TEXT, "textVersion", "所同意文本的版本", "version of the text"),
    SWITCH(0, "withdraw", "withdraw", "撤回", "take it back"),
};

/* All pages in one object. */
static int run_export(struct cli *cli, const struct args *args)
{
	static const char *const lists[] = {"orders", "movements"};
	json_t *all = NULL;
	int status;
	char token[128] = "";
	do {
		json_t *reply, *request = request_build(cli, args);
		if (request == NULL)
			return STATUS_USAGE;
		if (token[0] != '\0')
			json_object_set_new(request, "pageToken", json_string(token));
		status = cli_call_parsed(cli, args->command->method, request, &reply);
		if (status != STATUS_OK)
			break;
		snprintf(token, sizeof(token), "%s", json_text(reply, "nextPageToken"));
		for (size_t i = 0; all != NULL && i < COUNT_OF(lists); i++) {
			if (json_object_get(all, lists[i]) == NULL)
				json_object_set_new(all, lists[i], json_array());
			json_array_extend(json_object_get(all, lists[i]), json_object_get(reply, lists[i]));
		}
		if (all == NULL)
			all = json_incref(reply);
		json_decref(reply);
	} while (token[0] != '\0');
	if (status == STATUS_OK) {
		struct buf out = {0};
		json_object_del(all, "nextPageToken");
		char *text = json_dumps(all, JSON_INDENT(2));
		buf_str(&out, text == NULL ? "" : text);
		buf_byte(&out, '\n');
		status = cli_write(cli, &out);
		free(text);
		buf_free(&out);
	}
	json_decref(all);
	return status;
}

static const struct command commands[] = {
    {.verb = "access-log",
     .method = "PrivacyService/ListAccess",
     PARAMS(person_params),
     .shape = SHAPE_LIST,
     .rows = "entries",
     COLUMNS(access_columns),
     .zh = "谁看过某人的联系方式，为何",
     .en = "Say who was shown a person's contact, and why",
     .example = "privacy access-log --as resident/r0000001\n"},
    {.verb = "export",
     .method = "PrivacyService/ExportData",
     PARAMS(purpose_params),
     .run = run_export,
     .zh = "导出所保存的某人的全部信息（JSON）",
     .en = "Write down all that is kept of a person (JSON)",
     .example = "privacy export --as resident/r0000001 > mine.json\n"},
    {.verb = "erase",
     .method = "PrivacyService/EraseData",
     PARAMS(erase_params),
     .shape = SHAPE_RECORD,
     COLUMNS(erased_columns),
     .zh = "销毁某人的密钥，其个人信息从此不可读",
     .en = "Destroy a person's key: their data can never be read again",
     .more_zh = "须先结清所有未结的单。单据、积分和统计保留，但不再能看出是谁。不可撤销。",
     .more_en =
	 "Their open orders have to end first. Orders, points and counts stay, without saying whose. There is no "
	 "way back.",
     .example = "privacy erase r0000001 -p 本人申请\n"
		"privacy erase --household h0000001\n"},
    {.verb = "consent",
     .method = "PrivacyService/PutConsent",
     PARAMS(consent_params),
     .shape = SHAPE_LIST,
     .rows = "consents",
     .whole = true,
     COLUMNS(consent_columns),
     .zh = "记录同意，或撤回",
     .en = "Note that a person agreed to something, or takes it back",
     .example = "privacy consent privacy-policy r0000001 -t 2026-01\n"
		"privacy consent privacy-policy r0000001 --withdraw\n"},
    {.verb = "consents",
     .method = "PrivacyService/ListConsents",
     PARAMS(person_params),
     .shape = SHAPE_LIST,
     .rows = "consents",
     .whole = true,
     COLUMNS(consent_columns),
     .zh = "某人同意过什么",
     .en = "List what a person agreed to"},
    {.verb = "keys",
     .method = "PrivacyService/GetKeyStatus",
     .shape = SHAPE_LIST,
     .rows = "versions",
     .whole = true,
     COLUMNS(key_columns),
     .zh = "密钥文件各版本还包着多少把密钥",
     .en = "Say how many keys need which version of the key file"},
};

const struct noun noun_privacy = NOUN("privacy", GROUP_PEOPLE, commands, "个人信息：谁看过、导出、删除、同意",
				      "Personal data: who was shown it, export, erasing, consents");
