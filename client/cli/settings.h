/*
 * settings: which server, which key, which language: flags before environment before the config file.
 *
 * Nouns: the config file is an ini file, ~/.config/paidan/config ($XDG_CONFIG_HOME honoured) or the one that
 * --config or PAIDAN_CONFIG names, with one section per profile ("default" unless --profile or PAIDAN_PROFILE says
 * otherwise) and the keys server, key, ca, cert, cert-key, as, tenant, lang, output, timeout, metrics. It holds keys,
 * so it must be readable by its owner alone. Ownership: a settings value owns its strings (settings_free). Errors:
 * settings_load gives false with a problem text in both languages.
 */
#ifndef PAIDAN_CLI_SETTINGS_H
#define PAIDAN_CLI_SETTINGS_H

#include "args.h"

/* Where paidand has its metrics unless it is told otherwise. */
#define SETTINGS_METRICS "http://127.0.0.1:8080/metrics"

struct settings {
	char *server, *key, *ca, *cert, *cert_key, *as, *tenant, *lang, *output, *timeout;
	char *metrics;  /* URL of the broker's /metrics page */
	char *path;     /* of the config file */
	char *profile;  /* section */
	bool from_file; /* the file exists and has that section */
	char zh[512], en[512];
};

bool settings_load(struct settings *s, const struct args *args);
void settings_free(struct settings *s);
/* Writes server, key, ca, cert and cert-key into the profile's section, keeping the rest of the file. The file is
 * replaced as a whole, with mode 0600. */
bool settings_save(struct settings *s);
/* Without a config file: LC_ALL, LC_MESSAGES, LANG. */
bool settings_env_zh(void);

#endif
