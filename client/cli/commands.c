#include <string.h>

#include "cli.h"
#include "nouns.h"

/* --- tools --- */

static const struct param login_params[] = {
    ARG("URL", TYPE_TEXT, NULL, "服务器，如 https://paidan.example:8443", "the server, https://paidan.example:8443"),
    SWITCH(0, "key-stdin", NULL, "从标准输入读取密钥", "read the key from standard input"),
    FLAG('n', "name", "LOGIN", TYPE_TEXT, NULL, "操作员登录名，以密码登录（辖区用 --tenant）",
	 "an operator's name: sign in with a password, to the tenant of --tenant"),
    SWITCH(0, "password-stdin", NULL, "从标准输入读取密码", "read the password from standard input"),
    FLAG(0, "code", "CODE", TYPE_TEXT, NULL, "动态码或恢复码", "code of the second factor, or a recovery code"),
};
static const struct command login_command[] = {
    {.run = run_login,
     PARAMS(login_params),
     .zh = "登录：检查并保存服务器、密钥或会话、CA",
     .en = "Sign in: check and save server, key or session, and CA",
     .more_zh =
	 "没有 --key 时在终端询问密钥，不回显。保存到 ~/.config/paidan/config（权限 0600）；--profile 可存多套。",
     .more_en = "Without --key it asks for the key on the terminal, not shown. They are saved in "
		"~/.config/paidan/config (mode 0600), one set for each --profile.",
     .example = "login https://localhost:8443 --ca ca.pem\n"
		"login https://paidan.example --tenant xingfu --name desk.li\n"
		"login https://paidan.example --profile desk\n"},
};
const struct noun noun_login = NOUN("login", GROUP_TOOLS, login_command, "登录：检查并保存服务器、密钥或会话、CA",
				    "Sign in: check and save server, key or session, and CA");

static const struct command doctor_command[] = {
    {.run = run_doctor,
     .zh = "检查从设置到登录的每一环，说明如何修复",
     .en = "Check every link from settings to login, and say what to mend",
     .more_zh = "依次检查设置、主机名、TCP、TLS 证书及有效期、ALPN、时钟、健康服务和密钥；"
		"设置了 metrics 时还有版本、Redis、定时器、Webhook 与事件循环。全部正常才以状态 0 结束。",
     .more_en =
	 "In this order: settings, host name, TCP, TLS certificate and its expiry, ALPN, clock, health service, key; "
	 "when the settings name the metrics, also version, Redis, timers, webhooks and event loop. Exit status 0 only "
	 "when all is well."},
};
const struct noun noun_doctor =
    NOUN("doctor", GROUP_TOOLS, doctor_command, "检查连接，说明如何修复", "Find out what is wrong with the connection");

static const struct param top_params[] = {
    FLAG(0, "metrics", "URL", TYPE_TEXT, NULL, "服务器本机端口的指标页（PAIDAN_METRICS），默认 " SETTINGS_METRICS,
	 "the metrics of the broker's loopback port (PAIDAN_METRICS); default: " SETTINGS_METRICS),
    FLAG(0, "every", "SECONDS", TYPE_UINT, NULL, "每几秒一轮，默认 2", "seconds to a round [2]"),
    FLAG('n', "count", "N", TYPE_UINT, NULL, "几轮后结束，默认不结束", "end after that many rounds; default: never"),
    SWITCH('v', "verbose", NULL, "也列出其余有变化的指标", "also all other metrics that changed"),
};
static const struct command top_command[] = {
    {.run = run_top,
     PARAMS(top_params),
     .zh = "在终端实时查看服务器：RPC、提交、Redis、连接、定时器、Webhook、进程",
     .en = "Show the broker live: RPCs, commits, Redis, connections, timers, webhooks, processes",
     .more_zh = "每轮显示其间每秒的次数，以及各方法的 p50、p99 与错误。按键：p 暂停，q 退出。不在终端时逐轮输出；"
		"-o json 每轮一个对象。",
     .more_en = "Each round shows what happened per second since the one before, with p50, p99 and errors of each "
		"method. Keys: p pauses, q quits. Without a terminal the rounds follow each other; -o json gives an "
		"object for each.",
     .example = "top\n"
		"top --metrics http://127.0.0.1:8081/metrics --every 5 -v\n"
		"top -n 1 -o json\n"},
};
const struct noun noun_top = NOUN("top", GROUP_TOOLS, top_command, "实时查看服务器", "Show the broker live");

static const struct param call_params[] = {
    ARG("METHOD", TYPE_TEXT, NULL, "服务/方法，如 OrderService/GetOrder",
	"SERVICE/METHOD, such as OrderService/GetOrder"),
    OPTIONAL("JSON", TYPE_TEXT, NULL, "请求，- 为标准输入，不填为空请求",
	     "the request; - is standard input; none: an empty one"),
    SWITCH('l', "lines", NULL, "标准输入每行一个请求，逐行答复，遇错即止",
	   "a request in each line of standard input, a line for each reply; stops at the first error"),
};
static const struct command call_command[] = {
    {.run = run_call,
     PARAMS(call_params),
     .zh = "以 JSON 调用任一方法",
     .en = "Call any method with JSON",
     .example = "call OrderService/GetOrder '{\"orderId\":\"o0000001\"}'\n"
		"call DeskService/WatchBoard\n"
		"call OrgService/CreateBuilding --lines < buildings.jsonl\n"},
};
const struct noun noun_call =
    NOUN("call", GROUP_TOOLS, call_command, "以 JSON 调用任一方法", "Call any method with JSON");

static const struct param completion_params[] = {
    {.name = "SHELL",
     .type = TYPE_CHOICE,
     .positional = true,
     .required = true,
     .choices = "bash zsh fish",
     .prefix = "",
     .zh = "哪种 shell",
     .en = "which shell"},
};
static const struct command completion_command[] = {
    {.run = run_completion,
     PARAMS(completion_params),
     .offline = true,
     .zh = "输出 shell 补全脚本",
     .en = "Print a completion script",
     .example = "completion bash > /etc/bash_completion.d/paidan\n"
		"completion fish > ~/.config/fish/completions/paidan.fish\n"},
};
const struct noun noun_completion =
    NOUN("completion", GROUP_TOOLS, completion_command, "输出 shell 补全脚本", "Print a completion script");

static const struct command man_command[] = {
    {.run = run_man,
     .offline = true,
     .zh = "输出手册页（roff）",
     .en = "Print the man page (roff)",
     .example = "man | man -l -\n"},
};
const struct noun noun_man = NOUN("man", GROUP_TOOLS, man_command, "输出手册页", "Print the man page");

static const struct command version_command[] = {
    {.run = run_version, .offline = true, .zh = "显示版本", .en = "Print the version"},
};
const struct noun noun_version = NOUN("version", GROUP_TOOLS, version_command, "显示版本", "Print the version");

/* --- everything --- */

const struct noun *const cli_nouns[] = {
    &noun_order,  &noun_task,     &noun_desk,       &noun_member,        &noun_points,   &noun_privacy,
    &noun_grid,   &noun_building, &noun_household,  &noun_resident,      &noun_category, &noun_rules,
    &noun_event,  &noun_webhook,  &noun_init,       &noun_tenant,        &noun_operator, &noun_session,
    &noun_key,    &noun_cert,     &noun_issuer,     &noun_token,         &noun_key_file, &noun_login,
    &noun_logout, &noun_join,     &noun_password,   &noun_second_factor, &noun_doctor,   &noun_top,
    &noun_stats,  &noun_call,     &noun_completion, &noun_man,           &noun_version,  &noun_replay,
    &noun_lab,    &noun_bench,    &noun_wall,       &noun_open,          &noun_audit,
};
const size_t cli_n_nouns = COUNT_OF(cli_nouns);

const struct param cli_globals[] = {
    CHOICE('o', "output", "table json jsonl csv", "", NULL, "输出格式，默认 table",
	   "form of the output; default: table"),
    FLAG(0, "server", "URL", TYPE_TEXT, NULL, "服务器（PAIDAN_SERVER）", "the server (PAIDAN_SERVER)"),
    FLAG(0, "key", "KEY", TYPE_TEXT, NULL, "密钥（PAIDAN_KEY）", "the key (PAIDAN_KEY)"),
    FLAG(0, "ca", "FILE", TYPE_FILE, NULL, "信任的 CA 证书，默认为系统的（PAIDAN_CA）",
	 "CA to trust; default: the system's (PAIDAN_CA)"),
    FLAG(0, "cert", "FILE", TYPE_FILE, NULL, "客户端证书 PEM，代替密钥（PAIDAN_CERT）",
	 "client certificate in PEM, instead of a key (PAIDAN_CERT)"),
    FLAG(0, "cert-key", "FILE", TYPE_FILE, NULL, "其私钥，默认在同一文件（PAIDAN_CERT_KEY）",
	 "its private key; default: in the same file (PAIDAN_CERT_KEY)"),
    FLAG(0, "as", "WHO", TYPE_TEXT, NULL, "代谁操作：resident/ID 或 member/ID（PAIDAN_AS）",
	 "whom to act for: resident/ID or member/ID (PAIDAN_AS)"),
    FLAG(0, "tenant", "ID", TYPE_TEXT, NULL, "根密钥操作的辖区（PAIDAN_TENANT）",
	 "whom the root key speaks to (PAIDAN_TENANT)"),
    FLAG(0, "profile", "NAME", TYPE_TEXT, NULL, "用设置文件的哪一节（PAIDAN_PROFILE）",
	 "section of the config file (PAIDAN_PROFILE)"),
    FLAG(0, "config", "FILE", TYPE_FILE, NULL, "设置文件，默认 ~/.config/paidan/config（PAIDAN_CONFIG）",
	 "default: ~/.config/paidan/config (PAIDAN_CONFIG)"),
    FLAG(0, "request-id", "ID", TYPE_TEXT, NULL, "请求编号：同一编号的写操作只做一次",
	 "a write with the same id is done once"),
    FLAG(0, "timeout", "SECONDS", TYPE_UINT, NULL, "最长等待，默认 30", "how long to wait; default: 30"),
    CHOICE(0, "lang", "zh en", "", NULL, "语言，默认按 LANG", "language; default: as LANG says"),
    CHOICE(0, "color", "auto always never", "", NULL, "颜色；也遵从 NO_COLOR", "colours; NO_COLOR is honoured, too"),
    SWITCH('h', "help", NULL, "显示帮助", "print help"),
    SWITCH(0, "version", NULL, "显示版本", "print the version"),
};
const size_t cli_n_globals = COUNT_OF(cli_globals);

const struct param cli_paging[] = {
    FLAG('n', "limit", "N", TYPE_UINT, NULL, "至多几行，0 为全部，默认 50", "rows at most, 0 for all; default: 50"),
    FLAG(0, "page", "TOKEN", TYPE_TEXT, NULL, "从上次提示的位置接着列", "go on where the last list ended"),
};
const size_t cli_n_paging = COUNT_OF(cli_paging);

const struct noun *cli_noun(const char *name)
{
	for (size_t i = 0; i < cli_n_nouns; i++) {
		const char *former = cli_nouns[i]->former;
		if (strcmp(cli_nouns[i]->name, name) == 0 || (former != NULL && strcmp(former, name) == 0))
			return cli_nouns[i];
	}
	return NULL;
}

const struct command *cli_command(const struct noun *noun, const char *verb)
{
	for (size_t i = 0; i < noun->n_commands; i++) {
		const struct command *c = &noun->commands[i];
		if (verb == NULL ? c->verb == NULL : c->verb != NULL && strcmp(c->verb, verb) == 0)
			return c;
	}
	return NULL;
}

bool command_is_paged(const struct command *command)
{
	return command->shape == SHAPE_LIST && !command->whole;
}
