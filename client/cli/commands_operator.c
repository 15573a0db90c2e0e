#include "cli.h"
#include "nouns.h"

/* --- operators --- */

static const struct column operator_columns[] = {
    COLUMN("id", CELL_TEXT, "操作员", "OPERATOR"),
    COLUMN("name", CELL_TEXT, "登录名", "LOGIN"),
    COLUMN("displayName", CELL_TEXT, "姓名", "NAME"),
    COLUMN("assignments*role=nodeId", CELL_NAMES, "职责", "MAY"),
    COLUMN("disabled", CELL_FLAG, "停用", "DISABLED"),
    SPARE("invited", CELL_FLAG, "待设密码", "INVITED"),
    SPARE("secondFactor", CELL_FLAG, "动态码", "2ND-FACTOR"),
    SPARE("lastLoginMs", CELL_TIME, "最近登录", "LAST-LOGIN"),
};
static const struct column operator_card[] = {
    COLUMN("id", CELL_TEXT, "操作员", "Operator"),
    COLUMN("name", CELL_TEXT, "登录名", "Login"),
    COLUMN("displayName", CELL_TEXT, "姓名", "Name"),
    COLUMN("assignments*role=nodeId", CELL_NAMES, "职责", "May"),
    COLUMN("disabled", CELL_FLAG, "停用", "Disabled"),
    COLUMN("invited", CELL_FLAG, "待设密码", "Invited"),
    COLUMN("secondFactor", CELL_FLAG, "动态码", "Second factor"),
    COLUMN("createdMs", CELL_TIME, "建立于", "Created"),
    COLUMN("lastLoginMs", CELL_TIME, "最近登录", "Last login"),
    COLUMN("etag", CELL_TEXT, "版本", "Etag"),
};
static const struct column invite_card[] = {
    COLUMN("operator.id", CELL_TEXT, "操作员", "Operator"),
    COLUMN("operator.name", CELL_TEXT, "登录名", "Login"),
    COLUMN("invite", CELL_TEXT, "邀请码（只显示一次）", "Invite (shown once)"),
    COLUMN("inviteExpiresMs", CELL_TIME, "有效至", "Good until"),
};
static const struct param operator_new_params[] = {
    ARG("LOGIN", TYPE_TEXT, "operator.name", "登录名：小写字母、数字、-、_、.",
	"the name to sign in with: lower-case letters, digits, -, _, ."),
    FLAG('n', "name", "NAME", TYPE_TEXT, "operator.displayName", "姓名", "who it is"),
    {.name = "may",
     .letter = 'm',
     .type = TYPE_MAY,
     .required = true,
     .many = true,
     .field = "operator.assignments",
     .value = "ROLE[:NODE]",
     .zh = "职责：operator 或 admin，可加 :节点，默认全辖区",
     .en = "operator or admin, with :NODE for a part of the org tree"},
};
static const struct param operator_params[] = {
    ARG("OPERATOR", TYPE_TEXT, "operatorId", "操作员编号", "the operator's id")};
#define OPERATOR ARG("OPERATOR", TYPE_TEXT, "operator.id", "操作员编号", "the operator's id")
#define ETAG                                                                          \
	FLAG(0, "etag", "ETAG", TYPE_TEXT, "operator.etag", "仅当此后无人改动时执行", \
	     "only if nobody has changed it since")
static const struct param operator_set_params[] = {
    OPERATOR,
    FLAG('n', "name", "NAME", TYPE_TEXT, "operator.displayName", "姓名", "who it is"),
    FLAGS('m', "may", "ROLE[:NODE]", TYPE_MAY, "operator.assignments", "职责，取代原有的",
	  "in place of the former ones"),
    ETAG,
};
static const struct param operator_disable_params[] = {
    OPERATOR,
    CONSTANT("updateMask", "\"disabled\""),
    CONSTANT("operator.disabled", "true"),
};
static const struct param operator_enable_params[] = {
    OPERATOR,
    CONSTANT("updateMask", "\"disabled\""),
};
static const struct command operator_commands[] = {
    {.verb = "new",
     .method = "OperatorService/CreateOperator",
     PARAMS(operator_new_params),
     .shape = SHAPE_RECORD,
     COLUMNS(invite_card),
     .zh = "新建操作员账号",
     .en = "Make an operator's account",
     .more_zh = "账号没有密码：把邀请码交给本人，用 paidan join 设置。",
     .more_en = "It has no password: give the invite to its owner, who sets one with paidan join.",
     .example = "operator new desk.li -m operator:n0000004\noperator new chief -n 演示甲 -m admin\n"},
    {.verb = "list",
     .method = "OperatorService/ListOperators",
     .shape = SHAPE_LIST,
     .rows = "operators",
     COLUMNS(operator_columns),
     .zh = "列出操作员",
     .en = "List operators"},
    {.verb = "show",
     .method = "OperatorService/GetOperator",
     PARAMS(operator_params),
     .shape = SHAPE_RECORD,
     .rows = "operator",
     COLUMNS(operator_card),
     .zh = "查看操作员",
     .en = "Show an operator"},
    {.verb = "set",
     .method = "OperatorService/UpdateOperator",
     PARAMS(operator_set_params),
     .mask = "updateMask",
     .mask_parent = "operator",
     .shape = SHAPE_RECORD,
     .rows = "operator",
     COLUMNS(operator_card),
     .zh = "修改姓名或职责",
     .en = "Change the name, or what they may do"},
    {.verb = "disable",
     .method = "OperatorService/UpdateOperator",
     PARAMS(operator_disable_params),
     .shape = SHAPE_RECORD,
     .rows = "operator",
     COLUMNS(operator_card),
     .zh = "停用账号，其会话随即结束",
     .en = "Disable an account; its sessions end"},
    {.verb = "enable",
     .method = "OperatorService/UpdateOperator",
     PARAMS(operator_enable_params),
     .shape = SHAPE_RECORD,
     .rows = "operator",
     COLUMNS(operator_card),
     .zh = "恢复停用的账号",
     .en = "Let a disabled account sign in again"},
    {.verb = "reset",
     .method = "OperatorService/ResetOperator",
     PARAMS(operator_params),
     .shape = SHAPE_RECORD,
     COLUMNS(invite_card),
     .zh = "作废密码、动态码和会话，给出新的邀请码",
     .en = "Void password, second factor and sessions; give a new invite"},
};
const struct noun noun_operator =
    NOUN("operator", GROUP_SETUP, operator_commands, "操作员账号", "Accounts of the people at desks");

/* --- audit --- */

static const struct column audit_columns[] = {
    COLUMN("atMs", CELL_TIME, "时间", "AT"),          COLUMN("kind", CELL_ENUM, "事项", "WHAT"),
    COLUMN("actor.role", CELL_ENUM, "身份", "ROLE"),  COLUMN("actor.id", CELL_TEXT, "谁", "WHO"),
    SPARE("personId", CELL_TEXT, "责任人", "PERSON"), COLUMN("subjectId", CELL_TEXT, "对象", "SUBJECT"),
    COLUMN("orderId", CELL_TEXT, "单号", "ORDER"),    COLUMN("text", CELL_TEXT, "理由", "WHY"),
};
static const struct command audit_commands[] = {
    {.verb = "list",
     .method = "AuditService/ListAudit",
     .shape = SHAPE_LIST,
     .rows = "entries",
     COLUMNS(audit_columns),
     .zh = "谁看过联系方式、改过规则、剔除过单，新的在前",
     .en = "Who was shown contacts, changed rules, left orders out; newest first"},
};
const struct noun noun_audit =
    NOUN("audit", GROUP_SETUP, audit_commands, "审计", "What people did that may be asked about");

/* --- sessions --- */

static const struct column session_columns[] = {
    COLUMN("id", CELL_TEXT, "会话", "SESSION"),
    COLUMN("device", CELL_TEXT, "设备", "DEVICE"),
    COLUMN("createdMs", CELL_TIME, "登录于", "SIGNED-IN"),
    COLUMN("lastUsedMs", CELL_TIME, "最近使用", "LAST-USED"),
    SPARE("expiresMs", CELL_TIME, "最迟至", "UNTIL"),
    COLUMN("current", CELL_FLAG, "本会话", "THIS"),
};
static const struct column self_card[] = {
    COLUMN("operator.id", CELL_TEXT, "操作员", "Operator"),
    COLUMN("operator.name", CELL_TEXT, "登录名", "Login"),
    COLUMN("operator.displayName", CELL_TEXT, "姓名", "Name"),
    COLUMN("operator.assignments*role=nodeId", CELL_NAMES, "职责", "May"),
    COLUMN("session.id", CELL_TEXT, "会话", "Session"),
    COLUMN("session.expiresMs", CELL_TIME, "最迟至", "Until"),
    COLUMN("secondFactorMissing", CELL_FLAG, "须启用动态码", "Second factor missing"),
};
static const struct param session_list_params[] = {
    OPTIONAL("OPERATOR", TYPE_TEXT, "operatorId", "操作员编号，默认本人", "whose; default: one's own"),
    FLAG('p', "person", "ID", TYPE_TEXT, "personId", "居民或队员（页面会话）", "of a resident's or member's pages"),
};
static const struct param session_params[] = {ARG("SESSION", TYPE_TEXT, "sessionId", "会话编号", "the session's id")};
static const struct command session_commands[] = {
    {.verb = "list",
     .method = "SessionService/ListSessions",
     PARAMS(session_list_params),
     .shape = SHAPE_LIST,
     .rows = "sessions",
     COLUMNS(session_columns),
     .zh = "列出打开的会话",
     .en = "List open sessions"},
    {.verb = "revoke",
     .method = "SessionService/RevokeSession",
     PARAMS(session_params),
     .shape = SHAPE_NONE,
     .zh = "结束一个会话",
     .en = "End a session"},
    {.verb = "self",
     .method = "SessionService/GetSelf",
     .shape = SHAPE_RECORD,
     COLUMNS(self_card),
     .zh = "查看当前登录者",
     .en = "Show who is signed in"},
};
const struct noun noun_session =
    NOUN("session", GROUP_SETUP, session_commands, "登录会话", "Sessions: of operators, and of pages");

/* --- tools --- */

#define PASSWORD_STDIN                                                    \
	SWITCH(0, "password-stdin", NULL, "从标准输入读取密码，每行一个", \
	       "read passwords from standard input, one in each line")

static const struct param join_params[] = {
    ARG("INVITE", TYPE_TEXT, NULL, "邀请码或链接", "the invite, or the link to it"),
    PASSWORD_STDIN,
};
static const struct command join_command[] = {
    {.run = run_join,
     PARAMS(join_params),
     .zh = "凭邀请码设置密码",
     .en = "Set the password of a new account",
     .example = "join pdi_xingfu_u0000001_… --server https://paidan.example:8443\n"},
};
const struct noun noun_join =
    NOUN("join", GROUP_TOOLS, join_command, "凭邀请码设置密码", "Set a password with an invite");

static const struct command logout_command[] = {
    {.run = run_logout, .zh = "结束会话并从设置中删除", .en = "End the session and forget it"},
};
const struct noun noun_logout =
    NOUN("logout", GROUP_TOOLS, logout_command, "结束会话并从设置中删除", "End the session and forget it");

static const struct param password_params[] = {PASSWORD_STDIN};
static const struct command password_command[] = {
    {.run = run_password,
     PARAMS(password_params),
     .zh = "修改自己的密码，其他会话随即结束",
     .en = "Change one's password; one's other sessions end"},
};
const struct noun noun_password =
    NOUN("password", GROUP_TOOLS, password_command, "修改自己的密码", "Change one's password");

static const struct param factor_params[] = {
    PASSWORD_STDIN,
    SWITCH(0, "start", NULL, "只给出密钥，稍后用 --code 确认", "only give the secret; confirm it later with --code"),
    FLAG(0, "code", "CODE", TYPE_TEXT, NULL, "确认已给出的密钥", "confirm a secret that was given"),
};
static const struct command factor_command[] = {
    {.run = run_second_factor,
     PARAMS(factor_params),
     .zh = "启用动态验证码（TOTP），得到恢复码",
     .en = "Set up a second factor (TOTP) and get recovery codes"},
};
const struct noun noun_second_factor =
    NOUN("second-factor", GROUP_TOOLS, factor_command, "启用动态验证码（TOTP）", "Set up a second factor (TOTP)");

static const struct param init_params[] = {
    ARG("ID", TYPE_TEXT, NULL, "辖区：小写字母、数字和 -", "the tenant: lower-case letters, digits and -"),
    ARG("NAME", TYPE_TEXT, NULL, "名称", "its name"),
    FLAG('a', "admin", "LOGIN", TYPE_TEXT, NULL, "第一位管理员的登录名，默认 admin",
	 "the first administrator's name to sign in with; default: admin"),
    FLAG(0, "root-key", "FILE", TYPE_FILE, NULL, "根密钥文件，默认用 --key", "file of the root key; default: --key"),
};
static const struct command init_command[] = {
    {.run = run_init,
     PARAMS(init_params),
     .zh = "新建辖区和第一位管理员（需根密钥）",
     .en = "Make a tenant and its first administrator (needs the root key)",
     .more_zh = "没有默认密码：输出一次性邀请，管理员用 paidan join 设置密码，再用 paidan login 登录。",
     .more_en = "Nothing has a default password: it prints a one-time invite, with which the administrator sets one "
		"(paidan join) and signs in (paidan login).",
     .example = "init xingfu 幸福街道 --root-key data/root.key --admin chief\n"},
};
const struct noun noun_init =
    NOUN("init", GROUP_TOOLS, init_command, "新建辖区和第一位管理员", "Make a tenant and its first administrator");
