#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "target.h"

enum { KEY_BYTES = 512 };

static void trim(char *text)
{
	size_t len = strlen(text);
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r' || text[len - 1] == ' '))
		text[--len] = '\0';
}

static int find_key(struct cli *cli, const struct args *args, char *key)
{
	if (args_has(args, "key-stdin")) {
		if (fgets(key, KEY_BYTES, stdin) == NULL)
			key[0] = '\0';
		trim(key);
	} else if (args_has(args, "key") || getenv("PAIDAN_KEY") != NULL) {
		snprintf(key, KEY_BYTES, "%s", cli->settings.key);
	} else if (cli->settings.cert != NULL) {
		return STATUS_OK; /* the certificate says who it is */
	} else if (!prompt_secret(cli, "密钥：", "Key: ", key, KEY_BYTES)) {
		return cli_usage(cli, "没有密钥：请用 --key-stdin 或 --key",
				 "there is no key: use --key-stdin or --key");
	}
	trim(key);
	return key[0] == '\0' ? cli_usage(cli, "密钥是空的", "the key is empty") : STATUS_OK;
}

/* The file must work from any directory. */
static int make_absolute(struct cli *cli, char **path)
{
	if (*path == NULL)
		return STATUS_OK;
	char *real = realpath(*path, NULL);
	if (real == NULL)
		return cli_fail(cli, STATUS_ERROR, "无法读取 %s：%s", "can't read %s: %s", *path, strerror(errno));
	free(*path);
	*path = real;
	return STATUS_OK;
}

/* Any answer but "not you" shows that the key is known: not all keys may list categories. */
static int try_key(struct cli *cli)
{
	int status = cli_open(cli);
	if (status != STATUS_OK)
		return status;
	int code = paidan_call(cli->client, "OrgService/ListCategories", "{\"pageSize\":1}", NULL);
	if (code == PAIDAN_OK || code == PAIDAN_PERMISSION_DENIED || code == PAIDAN_INVALID_ARGUMENT)
		return STATUS_OK;
	status = cli_paidan_error(cli);
	if (status == STATUS_UNAVAILABLE)
		cli_note(cli, "没有保存。paidan doctor --server %s 可检查原因",
			 "nothing was saved; paidan doctor --server %s finds out why", cli->settings.server);
	return status;
}

/* A key that works, or the session of who signs in by name. */
static int get_key(struct cli *cli, const struct args *args)
{
	char key[KEY_BYTES] = "", *token = NULL;
	if (args_has(args, "name")) {
		int status = sign_in_login(cli, args, &token);
		cli->settings.key = token;
		return status;
	}
	int status = find_key(cli, args, key);
	if (status != STATUS_OK)
		return status;
	free(cli->settings.key);
	cli->settings.key = strdup(key);
	explicit_bzero(key, sizeof(key));
	return try_key(cli);
}

int run_login(struct cli *cli, const struct args *args)
{
	struct target target;
	struct fault fault = {0};
	if (target_parse(&target, args_text(args, "URL"), &fault) != OK)
		return cli_usage(cli, "%s：%s", "%s: %s", args_text(args, "URL"), fault.detail);
	char **files[] = {&cli->settings.ca, &cli->settings.cert, &cli->settings.cert_key};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int status = make_absolute(cli, files[i]);
		if (status != STATUS_OK)
			return status;
	}
	free(cli->settings.server);
	cli->settings.server = strdup(target.url);
	int status = get_key(cli, args);
	if (status == STATUS_OK && !settings_save(&cli->settings))
		status = cli_fail(cli, STATUS_ERROR, "%s", "%s", TR(cli, cli->settings.zh, cli->settings.en));
	if (status == STATUS_OK)
		printf(TR(cli, "已登录 %s，保存在 %s（%s）\n", "Logged in to %s, saved in %s (%s)\n"), target.url,
		       cli->settings.path, cli->settings.profile);
	return status;
}
