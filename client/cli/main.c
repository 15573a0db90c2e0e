#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "help.h"

static bool parse_output(const char *text, enum output *output)
{
	static const char *const names[] = {"table", "json", "jsonl", "csv"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*output = (enum output)i;
			return true;
		}
	}
	return false;
}

static size_t terminal_width(void)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	if (!isatty(STDOUT_FILENO))
		return 0;
	if (columns != NULL && atoi(columns) > 0)
		return (size_t)atoi(columns);
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static bool want_colour(const struct args *args)
{
	const char *when = args_text(args, "color");
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	if (when != NULL && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	return isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

static bool is_zh(const struct args *args, const struct settings *s)
{
	const char *lang = s->lang != NULL ? s->lang : args_text(args, "lang");
	return lang == NULL || *lang == '\0' ? settings_env_zh() : strncmp(lang, "zh", 2) == 0;
}

/* What the config file says is checked where it is used. */
static int apply_settings(struct cli *cli)
{
	const char *output = cli->settings.output;
	const char *lang = cli->settings.lang, *timeout = cli->settings.timeout;
	if (output != NULL && !parse_output(output, &cli->output))
		return cli_fail(cli, STATUS_USAGE, "output 应为 table、json、jsonl 或 csv，不是 %s",
				"output must be table, json, jsonl or csv, not %s", output);
	if (lang != NULL && *lang != '\0' && strncmp(lang, "zh", 2) != 0 && strncmp(lang, "en", 2) != 0)
		return cli_fail(cli, STATUS_USAGE, "lang 应为 zh 或 en，不是 %s", "lang must be zh or en, not %s",
				lang);
	if (timeout != NULL && (*timeout == '\0' || strspn(timeout, "0123456789") != strlen(timeout)))
		return cli_fail(cli, STATUS_USAGE, "timeout 应为秒数，不是 %s", "timeout must be in seconds, not %s",
				timeout);
	return STATUS_OK;
}

static void cli_free(struct cli *cli)
{
	json_decref(cli->categories);
	paidan_close(cli->client);
	settings_free(&cli->settings);
}

static int dispatch(struct cli *cli, const struct args *args)
{
	const struct command *command = args->command;
	if (args->version)
		return run_version(cli, args);
	if (args->help || args->noun == NULL)
		return help_print(cli, args->noun, command, args->noun == NULL && !args->help);
	if (command == NULL) {
		help_print(cli, args->noun, NULL, true);
		return STATUS_USAGE;
	}
	return command->run != NULL ? command->run(cli, args) : run_generic(cli, args);
}

int main(int argc, char **argv)
{
	static struct args args;
	struct cli cli = {.args = &args};
	signal(SIGPIPE, SIG_IGN);
	bool parsed = args_parse(&args, argc, argv);
	/* Help must not depend on a config file that is broken. */
	bool offline = !parsed || args.help || args.version || args.command == NULL || args.command->offline;
	bool loaded = settings_load(&cli.settings, &args);
	cli.zh = is_zh(&args, &cli.settings);
	cli.colour = want_colour(&args);
	cli.width = terminal_width();
	int status;
	if (!parsed)
		status = cli_usage(&cli, "%s", "%s", TR(&cli, args.zh, args.en));
	else if (!loaded && !offline)
		status = cli_fail(&cli, STATUS_ERROR, "%s", "%s", TR(&cli, cli.settings.zh, cli.settings.en));
	else if ((status = apply_settings(&cli)) == STATUS_OK || offline)
		status = dispatch(&cli, &args);
	cli_free(&cli);
	return status;
}
