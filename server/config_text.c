#include <string.h>

#include "config_table.h"

static void print_value(const struct server_config *config, const struct config_option *option, FILE *to)
{
	const void *member = config_member_const(config, option);
	const struct config_address *address = member;
	switch (option->kind) {
	case CONFIG_TEXT:
		fputs(*(const char *const *)member, to);
		break;
	case CONFIG_ADDRESS:
		if (address->host[0] == '\0')
			fputs("off", to);
		else
			fprintf(to, strchr(address->host, ':') == NULL ? "%s:%d" : "[%s]:%d", address->host,
				address->port);
		break;
	case CONFIG_NUMBER:
		fprintf(to, "%lld", (long long)*(const int64_t *)member);
		break;
	case CONFIG_BOOL:
		fputs(*(const bool *)member ? "yes" : "no", to);
		break;
	case CONFIG_CHOICE:
		fputs(option->choices[*(const int64_t *)member], to);
		break;
	}
}

void server_config_print(const struct server_config *config, FILE *to)
{
	for (size_t i = 0; i < config_n_options; i++) {
		const struct config_option *option = &config_options[i];
		fprintf(to, "%s; %s (%s)\n%s = ", i == 0 ? "" : "\n", option->help, option->form, option->name);
		print_value(config, option, to);
		fputc('\n', to);
	}
}

void server_config_help(FILE *to)
{
	fputs("paidand: the broker of community orders\n\n"
	      "usage: paidand [--config FILE] [--OPTION=VALUE]...\n"
	      "       paidand --print-config    the effective configuration, as a file\n"
	      "       paidand --help | --version\n\n"
	      "A configuration file has lines \"option = value\"; the command line wins over it.\n\n"
	      "options:\n",
	      to);
	for (size_t i = 0; i < config_n_options; i++) {
		const struct config_option *option = &config_options[i];
		fprintf(to, "  %s=%s\n        %s", option->name, option->form, option->help);
		fprintf(to, option->standard[0] == '\0' ? "\n" : " [%s]\n", option->standard);
	}
	fputs("\nsignals: HUP takes new certificates, keys for personal data and the log level; TERM and INT\n"
	      "end after what is under way; a second one ends at once.\n",
	      to);
}
