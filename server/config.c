#include "config.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "config_table.h"
#include "domain/webhook.h"
#include "rpc/cors.h"
#include "rpc/peer.h"

enum { CONFIG_ARENA_BYTES = 1024 * 1024, CONFIG_MAX_OPTIONS = 64 };

_Static_assert(LOG_LOGFMT == 0 && LOG_JSON == 1, "log_format's choices are in the order of enum log_format");
_Static_assert(LOG_DEBUG == 0 && LOG_ERROR == 3, "log_level's choices are in the order of enum log_level");

/* One loading. */
struct loading {
	struct server_config *config;
	bool given[CONFIG_MAX_OPTIONS]; /* in the file */
	const char *file;
	FILE *stream;
	int line;
	bool failed;
	char *why;
};

/* --- values --- */

static bool parse_number(const char *text, int64_t min, int64_t max, int64_t *value)
{
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < min || n > max)
		return false;
	*value = n;
	return true;
}

static bool parse_bool(const char *text, bool *value)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};
	for (size_t i = 0; i < 4; i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*value = strcmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

bool config_address_parse(const char *text, struct config_address *address)
{
	*address = (struct config_address){.port = 0};
	if (strcmp(text, "off") == 0)
		return true;
	const char *host = text, *colon = strrchr(text, ':');
	if (colon == NULL)
		return false;
	size_t len = (size_t)(colon - text);
	if (text[0] == '[') {
		if (len < 3 || colon[-1] != ']')
			return false;
		host++;
		len -= 2;
	} else if (memchr(text, ':', len) != NULL) {
		return false; /* an IPv6 address without brackets */
	}
	int64_t port;
	if (len == 0 || len > CONFIG_HOST_CHARS || !parse_number(colon + 1, 0, 65535, &port))
		return false;
	memcpy(address->host, host, len);
	address->port = (int)port;
	return true;
}

bool config_redis_parse(const char *text, const char **unix_path, struct config_address *address)
{
	*unix_path = NULL;
	if (text[0] == '/') {
		*unix_path = text;
		return true;
	}
	return config_address_parse(text, address) && address->host[0] != '\0' && address->port != 0;
}

static bool set(struct server_config *config, const struct config_option *option, const char *value)
{
	void *member = config_member(config, option);
	switch (option->kind) {
	case CONFIG_TEXT:
		*(const char **)member = arena_strdup(&config->arena, value);
		return true;
	case CONFIG_ADDRESS:
		return config_address_parse(value, member);
	case CONFIG_NUMBER:
		return parse_number(value, option->min, option->max, member);
	case CONFIG_BOOL:
		return parse_bool(value, member);
	case CONFIG_CHOICE:
		for (size_t i = 0; option->choices[i] != NULL; i++) {
			if (strcmp(option->choices[i], value) == 0) {
				*(int64_t *)member = (int64_t)i;
				return true;
			}
		}
		return false;
	}
	return false;
}

static void say_wrong_value(const struct config_option *option, const char *value, char *to, size_t room)
{
	if (option->kind == CONFIG_NUMBER)
		snprintf(to, room, "%s: \"%.100s\" is not a number from %lld to %lld", option->name, value,
			 (long long)option->min, (long long)option->max);
	else
		snprintf(to, room, "%s: \"%.100s\" is not of the form %s", option->name, value, option->form);
}

static const struct config_option *find(const char *name, size_t len)
{
	for (size_t i = 0; i < config_n_options; i++) {
		if (strlen(config_options[i].name) == len && memcmp(config_options[i].name, name, len) == 0)
			return &config_options[i];
	}
	return NULL;
}

/* --- the file --- */

static void file_error(struct loading *l, const char *what)
{
	if (!l->failed)
		snprintf(l->why, CONFIG_WHY_BYTES, "%.200s:%d: %s", l->file, l->line, what);
	l->failed = true;
}

static char *read_line(char *to, int room, void *arg)
{
	struct loading *l = arg;
	char *line = fgets(to, room, l->stream);
	if (line == NULL)
		return NULL;
	l->line++;
	size_t len = strlen(line);
	if (len > 0 && line[len - 1] != '\n' && !feof(l->stream))
		file_error(l, "the line is too long");
	return line;
}

static int take_entry(void *arg, const char *section, const char *name, const char *value)
{
	struct loading *l = arg;
	char what[256];
	if (section[0] != '\0') {
		file_error(l, "there are no [sections]");
		return 1;
	}
	const struct config_option *option = find(name, strlen(name));
	if (option == NULL) {
		snprintf(what, sizeof(what), "there is no option \"%.100s\"", name);
		file_error(l, what);
		return 1;
	}
	bool *given = &l->given[option - config_options];
	if (*given) {
		snprintf(what, sizeof(what), "%s is given twice", option->name);
		file_error(l, what);
	} else if (!set(l->config, option, value)) {
		say_wrong_value(option, value, what, sizeof(what));
		file_error(l, what);
	}
	*given = true;
	return 1;
}

static bool load_file(struct loading *l)
{
	l->stream = fopen(l->file, "re");
	if (l->stream == NULL) {
		snprintf(l->why, CONFIG_WHY_BYTES, "%.200s: %s", l->file, strerror(errno));
		return false;
	}
	int wrong_line = ini_parse_stream(read_line, l, take_entry, l);
	if (wrong_line > 0 && !l->failed) {
		l->line = wrong_line;
		file_error(l, "neither \"option = value\" nor a comment");
	}
	fclose(l->stream);
	return !l->failed;
}

/* --- the command line --- */

/* --name=value or --name value; moves *i to the last argument used. NULL: there is no value. */
static const char *argument_value(int argc, char *const *argv, int *i, size_t *name_len)
{
	const char *name = argv[*i] + 2;
	const char *equals = strchr(name, '=');
	*name_len = equals == NULL ? strlen(name) : (size_t)(equals - name);
	if (equals != NULL)
		return equals + 1;
	return *i + 1 < argc ? argv[++*i] : NULL;
}

/* The table's names have underscores; the flags may have dashes. */
static const struct config_option *find_flag(const char *flag, size_t len)
{
	char name[64];
	if (len >= sizeof(name))
		return NULL;
	for (size_t i = 0; i < len; i++)
		name[i] = flag[i] == '-' ? '_' : flag[i];
	return find(name, len);
}

static bool take_flag(struct loading *l, int argc, char *const *argv, int *i)
{
	const char *flag = argv[*i] + 2;
	size_t len;
	const char *value = argument_value(argc, argv, i, &len);
	bool is_config = len == 6 && memcmp(flag, "config", 6) == 0;
	const struct config_option *option = is_config ? NULL : find_flag(flag, len);
	if (!is_config && option == NULL) {
		snprintf(l->why, CONFIG_WHY_BYTES, "there is no option --%.*s; see --help", (int)len, flag);
		return false;
	}
	if (value == NULL) {
		snprintf(l->why, CONFIG_WHY_BYTES, "--%.*s needs a value", (int)len, flag);
		return false;
	}
	if (is_config || set(l->config, option, value))
		return true;
	size_t at = (size_t)snprintf(l->why, CONFIG_WHY_BYTES, "--");
	say_wrong_value(option, value, l->why + at, CONFIG_WHY_BYTES - at);
	return false;
}

static enum config_outcome asked_for(const char *argument)
{
	if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
		return CONFIG_HELP;
	if (strcmp(argument, "--version") == 0)
		return CONFIG_VERSION;
	return strcmp(argument, "--print-config") == 0 ? CONFIG_PRINT : CONFIG_FINE;
}

/* The file comes before the flags, wherever --config stands. */
static void find_config_file(struct loading *l, int argc, char *const *argv)
{
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--config=", 9) == 0)
			l->file = argv[i] + 9;
		else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			l->file = argv[i + 1];
	}
}

static enum config_outcome load_arguments(struct loading *l, int argc, char *const *argv)
{
	enum config_outcome outcome = CONFIG_FINE;
	for (int i = 1; i < argc; i++) {
		enum config_outcome asked = asked_for(argv[i]);
		if (asked != CONFIG_FINE) {
			outcome = asked;
		} else if (strncmp(argv[i], "--", 2) != 0) {
			snprintf(l->why, CONFIG_WHY_BYTES, "\"%.100s\" is not an option; see --help", argv[i]);
			return CONFIG_WRONG;
		} else if (!take_flag(l, argc, argv, &i)) {
			return CONFIG_WRONG;
		}
	}
	return outcome;
}

/* --- all of it --- */

static bool is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

/* What no single option shows. */
static bool check(const struct server_config *c, char *why)
{
	const char *wrong = NULL;
	const char *unix_path;
	struct config_address address;
	if (c->listen.host[0] == '\0' && c->local.host[0] == '\0')
		wrong = "listen and local are both off: there is nothing to serve";
	else if (c->local.host[0] != '\0' && !is_loopback(c->local.host))
		wrong = "local: only a loopback address (127.0.0.1, ::1) goes without TLS";
	else if ((c->tls_cert[0] == '\0') != (c->tls_key[0] == '\0'))
		wrong = "tls_cert and tls_key go together";
	else if (c->tls_client_ca[0] == '\0' && (c->tls_client_crl[0] != '\0' || c->tls_client_required))
		wrong = "tls_client_crl and tls_client_required need tls_client_ca";
	else if (c->data[0] == '\0')
		wrong = "data: a directory is needed";
	else if (c->redis[0] != '\0' && !config_redis_parse(c->redis, &unix_path, &address))
		wrong = "redis: neither host:port nor the path of a unix socket";
	else if (!cors_is_list(c->cors_origins))
		wrong = "cors_origins: not a list of origins such as https://desk.example";
	else if (!peer_proxies_parse(c->trusted_proxies, &(struct peer_proxies){.n = 0}))
		wrong = "trusted_proxies: up to 32 networks such as 10.0.0.0/8";
	else if (!webhook_pauses_parse(c->webhook_retry, &(struct webhook_rules){.n_pauses = 0}))
		wrong = "webhook_retry: up to 16 pauses such as \"5s 5m 2h\"";
	if (wrong != NULL)
		snprintf(why, CONFIG_WHY_BYTES, "%s", wrong);
	return wrong == NULL;
}

enum config_outcome server_config_load(int argc, char *const *argv, struct server_config *config,
				       char why[CONFIG_WHY_BYTES])
{
	struct loading l = {.config = config, .why = why};
	enum config_outcome outcome = CONFIG_WRONG;
	*config = (struct server_config){.workers = 0};
	arena_init(&config->arena, CONFIG_ARENA_BYTES);
	for (size_t i = 0; i < config_n_options; i++)
		set(config, &config_options[i], config_options[i].standard);
	find_config_file(&l, argc, argv);
	if (l.file == NULL || load_file(&l))
		outcome = load_arguments(&l, argc, argv);
	if (outcome != CONFIG_WRONG && !check(config, why))
		outcome = CONFIG_WRONG;
	if (outcome == CONFIG_WRONG)
		server_config_free(config);
	return outcome;
}

void server_config_free(struct server_config *config)
{
	arena_free(&config->arena);
}
