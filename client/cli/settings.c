#include "settings.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct key {
	const char *name;        /* in the file and as a flag */
	const char *environment; /* or NULL */
	size_t offset;
};

static const struct key keys[] = {
    {"server", "PAIDAN_SERVER", offsetof(struct settings, server)},
    {"key", "PAIDAN_KEY", offsetof(struct settings, key)},
    {"ca", "PAIDAN_CA", offsetof(struct settings, ca)},
    {"cert", "PAIDAN_CERT", offsetof(struct settings, cert)},
    {"cert-key", "PAIDAN_CERT_KEY", offsetof(struct settings, cert_key)},
    {"as", "PAIDAN_AS", offsetof(struct settings, as)},
    {"tenant", "PAIDAN_TENANT", offsetof(struct settings, tenant)},
    {"lang", "PAIDAN_LANG", offsetof(struct settings, lang)},
    {"output", NULL, offsetof(struct settings, output)},
    {"timeout", NULL, offsetof(struct settings, timeout)},
    {"metrics", "PAIDAN_METRICS", offsetof(struct settings, metrics)},
};

/* The first ones are those that login saves. */
enum { N_KEYS = sizeof(keys) / sizeof(keys[0]), N_SAVED = 5 };

static char **slot(struct settings *s, const struct key *key)
{
	return (char **)(void *)((char *)s + key->offset);
}

static void set(char **to, const char *value)
{
	if (value == NULL)
		return;
	free(*to);
	*to = strdup(value);
}

bool settings_env_zh(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			return strncmp(value, "zh", 2) == 0;
	}
	return false;
}

static bool fail(struct settings *s, const char *zh, const char *en)
{
	const char *path = s->path == NULL ? "config" : s->path;
	snprintf(s->zh, sizeof(s->zh), "%s：%s", path, zh);
	snprintf(s->en, sizeof(s->en), "%s: %s", path, en);
	return false;
}

static char *default_path(void)
{
	const char *named = getenv("PAIDAN_CONFIG");
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	if (named != NULL && *named != '\0')
		return strdup(named);
	char *path = NULL;
	int len = -1;
	if (config != NULL && *config == '/')
		len = asprintf(&path, "%s/paidan/config", config);
	else if (home != NULL && *home == '/')
		len = asprintf(&path, "%s/.config/paidan/config", home);
	return len < 0 ? NULL : path;
}

static int on_pair(void *arg, const char *section, const char *name, const char *value)
{
	struct settings *s = arg;
	for (size_t i = 0; i < N_KEYS; i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (strcmp(section[0] == '\0' ? "default" : section, s->profile) == 0) {
			set(slot(s, &keys[i]), value);
			s->from_file = true;
		}
		return 1;
	}
	return 0; /* inih reports the line */
}

/* No file is no problem; one that others may read is. */
static bool read_file(struct settings *s)
{
	struct stat st;
	char zh[200], en[200];
	FILE *file = s->path == NULL ? NULL : fopen(s->path, "re");
	if (file == NULL && (s->path == NULL || errno == ENOENT || errno == ENOTDIR))
		return true;
	if (file == NULL)
		return fail(s, strerror(errno), strerror(errno));
	if (fstat(fileno(file), &st) == 0 && (st.st_mode & 077) != 0) {
		fclose(file);
		return fail(s, "其他用户可以读取这个含有密钥的文件，请运行 chmod 600",
			    "others may read this file, which holds a key: run chmod 600 on it");
	}
	int line = ini_parse_file(file, on_pair, s);
	fclose(file);
	if (line == 0)
		return true;
	snprintf(zh, sizeof(zh), "第 %d 行不是已知的设置", line);
	snprintf(en, sizeof(en), "line %d is not a setting that paidan knows", line);
	return fail(s, zh, en);
}

bool settings_load(struct settings *s, const struct args *args)
{
	*s = (struct settings){0};
	const char *profile = args_text(args, "profile");
	if (profile == NULL)
		profile = getenv("PAIDAN_PROFILE");
	s->profile = strdup(profile == NULL || *profile == '\0' ? "default" : profile);
	s->path = args_has(args, "config") ? strdup(args_text(args, "config")) : default_path();
	if (s->profile == NULL || !read_file(s))
		return false;
	if (profile != NULL && *profile != '\0' && strcmp(profile, "default") != 0 && !s->from_file &&
	    (args->noun == NULL || strcmp(args->noun->name, "login") != 0))
		return fail(s, "没有这个 --profile 的设置，请先用 login 保存",
			    "it has no such --profile: save one with login first");
	for (size_t i = 0; i < N_KEYS; i++) {
		const char *value = keys[i].environment == NULL ? NULL : getenv(keys[i].environment);
		if (value != NULL && *value != '\0')
			set(slot(s, &keys[i]), value);
		set(slot(s, &keys[i]), args_text(args, keys[i].name));
	}
	return true;
}

void settings_free(struct settings *s)
{
	for (size_t i = 0; i < N_KEYS; i++)
		free(*slot(s, &keys[i]));
	free(s->path);
	free(s->profile);
}

/* --- saving --- */

struct saving {
	FILE *out;
	const char *profile;
	char section[128];
	const char *values[N_SAVED];
};

static void put_section(struct saving *w, const char *section)
{
	if (strcmp(w->section, section) == 0)
		return;
	snprintf(w->section, sizeof(w->section), "%s", section);
	fprintf(w->out, "\n[%s]\n", section);
}

static void put_own(struct saving *w)
{
	put_section(w, w->profile);
	for (size_t i = 0; i < N_SAVED; i++) {
		if (w->values[i] != NULL && *w->values[i] != '\0')
			fprintf(w->out, "%s = %s\n", keys[i].name, w->values[i]);
	}
}

/* Everything but what is replaced. */
static int copy_pair(void *arg, const char *section, const char *name, const char *value)
{
	struct saving *w = arg;
	const char *own = section[0] == '\0' ? "default" : section;
	if (strcmp(own, w->profile) == 0) {
		for (size_t i = 0; i < N_SAVED; i++) {
			if (strcmp(keys[i].name, name) == 0)
				return 1;
		}
	}
	put_section(w, own);
	fprintf(w->out, "%s = %s\n", name, value);
	return 1;
}

static bool make_directories(char *path)
{
	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		int made = mkdir(path, 0700);
		bool ok = made == 0 || errno == EEXIST || errno == EISDIR || errno == EROFS;
		*p = '/';
		if (!ok)
			return false;
	}
	return true;
}

static bool write_file(struct settings *s, struct saving *w, const char *temporary)
{
	FILE *old = fopen(s->path, "re");
	fputs("# paidan: one section per --profile; keys: server key ca cert cert-key as tenant lang output timeout "
	      "metrics\n",
	      w->out);
	put_own(w);
	if (old != NULL) {
		/* The own section's other settings belong under its head, which comes first. */
		ini_parse_file(old, copy_pair, w);
		fclose(old);
	}
	bool ok = fflush(w->out) == 0 && fsync(fileno(w->out)) == 0;
	ok = fclose(w->out) == 0 && ok;
	return ok && rename(temporary, s->path) == 0;
}

bool settings_save(struct settings *s)
{
	char *temporary = NULL;
	if (s->path == NULL)
		return fail(s, "没有 HOME 目录", "there is no HOME directory");
	if (!make_directories(s->path) || asprintf(&temporary, "%s.XXXXXX", s->path) < 0)
		return fail(s, strerror(errno), strerror(errno));
	int fd = mkstemp(temporary); /* made with mode 0600 */
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	struct saving w = {.out = out, .profile = s->profile};
	for (size_t i = 0; i < N_SAVED; i++)
		w.values[i] = *slot(s, &keys[i]);
	bool ok = out != NULL && write_file(s, &w, temporary);
	int error = errno;
	if (!ok) {
		unlink(temporary);
		fail(s, strerror(error), strerror(error));
	}
	free(temporary);
	return ok;
}
