#include "cli.h"
#include "nouns.h"

static const struct column access_columns[] = {
    COLUMN("atMs", CELL_TIME, "时间", "AT"),         COLUMN("kind", CELL_ENUM, "方式", "HOW"),
    COLUMN("actor.role", CELL_ENUM, "身份", "ROLE"), COLUMN("actor.id", CELL_TEXT, "谁", "WHO"),
    COLUMN("orderId", CELL_TEXT, "单号", "ORDER"),   COLUMN("purpose", CELL_TEXT, "用途", "PURPOSE"),
};

#define PERSON                                                                        \
	OPTIONAL("PERSON", TYPE_TEXT, "personId", "居民或队员编号，默认为 --as 的人", \
		 "a resident's or member's id; default: the one of --as")

static const struct param person_params[] = {PERSON};

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
};

const struct noun noun_privacy =
    NOUN("privacy", GROUP_PEOPLE, commands, "个人信息：谁看过", "Personal data: who was shown it");
