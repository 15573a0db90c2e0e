#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cli_file.h"
#include "output.h"
#include "target.h"

/* 128 characters, as UTF-8. */
enum { SECRET_BYTES = 600, CODE_BYTES = 80 };

static int ask_password(const struct cli *cli, const struct args *args, const char *zh, const char *en, char *text)
{
	bool ok = args_has(args, "password-stdin") ? prompt_line(text, SECRET_BYTES)
						   : prompt_secret(cli, zh, en, text, SECRET_BYTES);
	if (!ok)
		return cli_usage(cli, "没有密码：请用 --password-stdin", "there is no password: use --password-stdin");
	return STATUS_OK;
}

/* Twice, unless it comes from a file: nobody sees what they type. */
static int ask_new_password(const struct cli *cli, const struct args *args, char *text)
{
	char again[SECRET_BYTES] = "";
	int status = ask_password(cli, args, "新密码：", "New password: ", text);
	if (status != STATUS_OK || args_has(args, "password-stdin"))
		return status;
	status = ask_password(cli, args, "再输一次：", "Once more: ", again);
	if (status == STATUS_OK && strcmp(text, again) != 0)
		status = cli_usage(cli, "两次输入不同", "these are not the same");
	explicit_bzero(again, sizeof(again));
	return status;
}

/* Whoever signs in has no credentials yet. */
static void forget_key(struct cli *cli)
{
	free(cli->settings.key);
	free(cli->settings.as);
	cli->settings.key = cli->settings.as = NULL;
}

static const char *text_of(const json_t *reply, const char *name)
{
	const char *text = json_string_value(json_object_get(reply, name));
	return text == NULL ? "" : text;
}

/* --- login --- */

static json_t *login_request(const struct cli *cli, const struct args *args, const char *password, const char *code)
{
	char device[61] = "paidan";
	char host[40];
	if (gethostname(host, sizeof(host)) == 0) {
		host[sizeof(host) - 1] = '\0';
		snprintf(device, sizeof(device), "paidan, %s", host);
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "tenantId",
			 cli->settings.tenant == NULL ? "" : cli->settings.tenant, "name", args_text(args, "name"),
			 "password", password, "code", code, "device", device);
}

static int try_login(struct cli *cli, const struct args *args, const char *password, const char *code, json_t **reply)
{
	char *text = NULL;
	int status = cli_open(cli);
	if (status != STATUS_OK)
		return status;
	json_t *request = login_request(cli, args, password, code);
	char *json = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (paidan_call(cli->client, "SessionService/Login", json, &text) == PAIDAN_OK)
		*reply = json_loads(text, 0, NULL);
	explicit_bzero(json, strlen(json));
	free(json);
	paidan_free(text);
	return STATUS_OK;
}

static bool needs_code(struct cli *cli)
{
	return strcmp(paidan_error(cli->client)->reason, "SECOND_FACTOR_NEEDED") == 0;
}

int sign_in_login(struct cli *cli, const struct args *args, char **token)
{
	char password[SECRET_BYTES] = "", code[CODE_BYTES] = "";
	json_t *reply = NULL;
	int status = ask_password(cli, args, "密码：", "Password: ", password);
	if (status != STATUS_OK)
		return status;
	snprintf(code, sizeof(code), "%s", args_has(args, "code") ? args_text(args, "code") : "");
	forget_key(cli);
	status = try_login(cli, args, password, code, &reply);
	if (status == STATUS_OK && reply == NULL && needs_code(cli) && code[0] == '\0' &&
	    prompt_secret(cli, "动态码或恢复码：", "Code of the authenticator, or a recovery code: ", code,
			  sizeof(code)))
		status = try_login(cli, args, password, code, &reply);
	explicit_bzero(password, sizeof(password));
	if (status == STATUS_OK && reply == NULL)
		status = cli_paidan_error(cli);
	if (status != STATUS_OK)
		return status;
	*token = strdup(text_of(reply, "token"));
	if (json_is_true(json_object_get(reply, "secondFactorMissing")))
		cli_note(cli, "此账号须先启用动态码：paidan second-factor",
			 "this account has to set up a second factor first: paidan second-factor");
	json_decref(reply);
	/* What follows is said with the session. */
	paidan_close(cli->client);
	cli->client = NULL;
	return STATUS_OK;
}

int run_logout(struct cli *cli, const struct args *args)
{
	char *reply;
	struct settings *s = &cli->settings;
	(void)args;
	if (s->key == NULL || strncmp(s->key, "pds_", 4) != 0)
		return cli_fail(cli, STATUS_USAGE, "没有登录", "nobody is signed in");
	int status = cli_call(cli, "SessionService/Logout", json_object(), &reply);
	if (status == STATUS_OK)
		paidan_free(reply);
	else if (status != STATUS_AUTH)
		return status;
	/* One that has ended already is forgotten all the same. */
	free(s->key);
	s->key = NULL;
	if (!settings_save(s))
		return cli_fail(cli, STATUS_ERROR, "%s", "%s", TR(cli, s->zh, s->en));
	puts(TR(cli, "已退出", "Signed out"));
	return STATUS_OK;
}

/* --- a new account --- */

/* "https://host/#pdi_xingfu_u0000001_…" or what stands behind the '#'; the tenant is in it. */
static int read_invite(struct cli *cli, const char *text, const char **invite, char *tenant, size_t room)
{
	struct target target;
	struct fault fault = {0};
	char url[256];
	*invite = strstr(text, "pdi_");
	if (*invite == NULL)
		return cli_usage(cli, "这不是邀请码", "this is no invite");
	snprintf(tenant, room, "%.*s", (int)strcspn(*invite + 4, "_"), *invite + 4);
	size_t len = (size_t)(*invite - text);
	if (len == 0)
		return STATUS_OK;
	snprintf(url, sizeof(url), "%.*s", (int)strcspn(text, "#"), text);
	len = strlen(url);
	if (len > 0 && url[len - 1] == '/')
		url[len - 1] = '\0';
	if (target_parse(&target, url, &fault) != OK)
		return cli_usage(cli, "%s：%s", "%s: %s", url, fault.detail);
	free(cli->settings.server);
	cli->settings.server = strdup(target.url);
	return STATUS_OK;
}

int run_join(struct cli *cli, const struct args *args)
{
	char password[SECRET_BYTES] = "", tenant[64];
	const char *invite;
	json_t *reply;
	int status = read_invite(cli, args_text(args, "INVITE"), &invite, tenant, sizeof(tenant));
	if (status == STATUS_OK)
		status = ask_new_password(cli, args, password);
	if (status != STATUS_OK)
		return status;
	forget_key(cli);
	status = cli_call_parsed(
	    cli, "SessionService/RedeemInvite",
	    json_pack("{s:s, s:s, s:s}", "tenantId", tenant, "invite", invite, "password", password), &reply);
	explicit_bzero(password, sizeof(password));
	if (status != STATUS_OK)
		return status;
	printf(TR(cli, "密码已设置。登录：paidan login %s --tenant %s --name %s\n",
		  "The password is set. To sign in: paidan login %s --tenant %s --name %s\n"),
	       cli->settings.server, tenant, text_of(reply, "name"));
	json_decref(reply);
	return STATUS_OK;
}

/* The root key of --root-key, or --key as it is. */
static int take_root_key(struct cli *cli, const struct args *args)
{
	char key[SECRET_BYTES];
	if (!args_has(args, "root-key"))
		return STATUS_OK;
	FILE *file = fopen(args_text(args, "root-key"), "re");
	bool ok = file != NULL && fgets(key, sizeof(key), file) != NULL;
	if (file != NULL)
		fclose(file);
	if (!ok)
		return cli_fail(cli, STATUS_ERROR, "无法读取 %s", "can't read %s", args_text(args, "root-key"));
	key[strcspn(key, "\r\n")] = '\0';
	free(cli->settings.key);
	cli->settings.key = strdup(key);
	explicit_bzero(key, sizeof(key));
	return STATUS_OK;
}

int run_init(struct cli *cli, const struct args *args)
{
	json_t *reply;
	const char *admin = args_has(args, "admin") ? args_text(args, "admin") : "admin";
	int status = take_root_key(cli, args);
	if (status != STATUS_OK)
		return status;
	status = cli_call_parsed(cli, "OrgService/CreateTenant",
				 json_pack("{s:s, s:s, s:s}", "tenantId", args_text(args, "ID"), "name",
					   args_text(args, "NAME"), "adminName", admin),
				 &reply);
	if (status != STATUS_OK)
		return status;
	const char *invite = text_of(reply, "adminInvite");
	if (invite[0] == '\0')
		status = cli_fail(cli, STATUS_ERROR, "辖区已建立过，邀请只显示一次",
				  "it was made before; the invite is shown once");
	else if (cli->output != OUTPUT_TABLE)
		printf("%s\n", invite);
	else
		printf(
		    TR(cli,
		       "辖区 %s 已建立。第一位管理员 %s 的一次性链接，72 小时内有效：\n%s/#%s\n设置密码：paidan join "
		       "链接\n",
		       "The tenant %s is made. The one-time link of its first administrator, %s, good for 72 hours:\n"
		       "%s/#%s\nTo set the password: paidan join LINK\n"),
		    args_text(args, "ID"), admin, cli->settings.server, invite);
	json_decref(reply);
	return status;
}

/* --- one's own account --- */

int run_password(struct cli *cli, const struct args *args)
{
	char password[SECRET_BYTES] = "", fresh[SECRET_BYTES] = "";
	char *reply;
	int status = ask_password(cli, args, "现在的密码：", "Present password: ", password);
	if (status == STATUS_OK)
		status = ask_new_password(cli, args, fresh);
	if (status == STATUS_OK)
		status = cli_call(cli, "SessionService/ChangePassword",
				  json_pack("{s:s, s:s}", "password", password, "newPassword", fresh), &reply);
	explicit_bzero(password, sizeof(password));
	explicit_bzero(fresh, sizeof(fresh));
	if (status != STATUS_OK)
		return status;
	paidan_free(reply);
	puts(TR(cli, "密码已修改", "The password is changed"));
	return STATUS_OK;
}

static int enrol(struct cli *cli, const struct args *args)
{
	char password[SECRET_BYTES] = "";
	json_t *reply;
	int status = ask_password(cli, args, "密码：", "Password: ", password);
	if (status == STATUS_OK)
		status =
		    cli_call_parsed(cli, "SessionService/EnrolTotp", json_pack("{s:s}", "password", password), &reply);
	explicit_bzero(password, sizeof(password));
	if (status != STATUS_OK)
		return status;
	printf(TR(cli, "在验证器中添加：\n%s\n密钥 %s\n", "Add this to the authenticator:\n%s\nsecret %s\n"),
	       text_of(reply, "uri"), text_of(reply, "secret"));
	fflush(stdout);
	json_decref(reply);
	return STATUS_OK;
}

static int confirm(struct cli *cli, const char *code)
{
	json_t *reply, *codes;
	size_t i;
	json_t *one;
	int status = cli_call_parsed(cli, "SessionService/ConfirmTotp", json_pack("{s:s}", "code", code), &reply);
	if (status != STATUS_OK)
		return status;
	puts(TR(cli, "已启用。恢复码各可用一次，请妥善保存：",
		"It is set up. Recovery codes, each good once; keep them safe:"));
	codes = json_object_get(reply, "recoveryCodes");
	json_array_foreach(codes, i, one) puts(json_string_value(one));
	json_decref(reply);
	return STATUS_OK;
}

int run_second_factor(struct cli *cli, const struct args *args)
{
	char code[CODE_BYTES] = "";
	if (args_has(args, "code"))
		return confirm(cli, args_text(args, "code"));
	int status = enrol(cli, args);
	if (status != STATUS_OK || args_has(args, "start"))
		return status;
	if (!prompt_secret(cli, "验证器显示的六位数：", "Six digits of the authenticator: ", code, sizeof(code)))
		return cli_usage(cli, "稍后用 --code 确认", "confirm it later with --code");
	return confirm(cli, code);
}
