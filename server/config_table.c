#include "config_table.h"

static const char *const fsyncs[] = {"always", "everysec", NULL};
static const char *const formats[] = {"logfmt", "json", NULL};
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};

#define TEXT(member, standard, form, help)                                                                     \
	{                                                                                                      \
#member, CONFIG_TEXT, offsetof(struct server_config, member), standard, 0, 0, NULL, form, help \
	}
#define ADDRESS(member, standard, help)                                                                             \
	{                                                                                                           \
#member, CONFIG_ADDRESS, offsetof(struct server_config, member), standard, 0, 0, NULL, "HOST:PORT", \
		    help                                                                                            \
	}
#define NUMBER(member, standard, min, max, form, help)                                                               \
	{                                                                                                            \
#member, CONFIG_NUMBER, offsetof(struct server_config, member), standard, min, max, NULL, form, help \
	}
#define SWITCH(member, standard, help)                                                                             \
	{                                                                                                          \
#member, CONFIG_BOOL, offsetof(struct server_config, member), standard, 0, 0, NULL, "yes|no", help \
	}
#define CHOICE(member, standard, choices, form, help)                                                               \
	{                                                                                                           \
#member, CONFIG_CHOICE, offsetof(struct server_config, member), standard, 0, 0, choices, form, help \
	}

const struct config_option config_options[] = {
    ADDRESS(listen, "0.0.0.0:8443", "TLS port: gRPC and Connect over HTTP/2 and HTTP/1.1; off: none"),
    ADDRESS(local, "127.0.0.1:8080", "the same without TLS, and /metrics, on a loopback address; off: none"),
    TEXT(tls_cert, "", "FILE", "certificate with its chain, PEM; empty: one is made in the data directory"),
    TEXT(tls_key, "", "FILE", "its private key, PEM"),
    TEXT(tls_client_ca, "", "FILE", "authorities of clients' certificates, PEM; empty: none are asked for"),
    TEXT(tls_client_crl, "", "FILE", "what these revoked, PEM; empty: nothing"),
    SWITCH(tls_client_required, "no", "refuse clients without a certificate on the TLS port"),
    NUMBER(workers, "0", 0, CONFIG_MAX_WORKERS, "N", "worker processes; 0: one for each core"),
    TEXT(data, "data", "DIR", "where keys, certificates and the embedded Redis keep their files"),
    TEXT(attachments, "", "DIR", "where uploaded pictures and memos are kept; empty: in the data directory"),
    TEXT(redis, "", "HOST:PORT|PATH", "an external Redis; empty: paidand runs one of its own"),
    TEXT(redis_user, "", "NAME", "user of the external Redis' ACL"),
    TEXT(redis_password_file, "", "FILE", "file with its password"),
    SWITCH(redis_tls, "no", "TLS to the external Redis"),
    TEXT(redis_ca, "", "FILE", "authorities that its certificate is checked against; empty: the system's"),
    NUMBER(redis_replicas, "0", 0, 16, "N", "replicas that must have a commit before it is acknowledged"),
    TEXT(redis_server, "redis-server", "PROGRAM", "the program of the embedded Redis"),
    NUMBER(redis_max_memory_mb, "0", 0, INT64_C(1) << 30, "MB",
	   "its memory; beyond it writes are refused; 0: no bound"),
    CHOICE(fsync, "always", fsyncs, "always|everysec",
	   "the embedded Redis: on disk before every answer, or once a second"),
    TEXT(root_key_file, "", "FILE", "the key that makes tenants; empty: one is made in the data directory"),
    TEXT(tenant_key_file, "", "FILE",
	 "the keys that seal personal data (paidan key-file); empty: made in the data directory"),
    CHOICE(log_level, "info", levels, "debug|info|warn|error", "lines below it are not written"),
    CHOICE(log_format, "logfmt", formats, "logfmt|json", "key=value, or a JSON object in each line"),
    SWITCH(log_ok_requests, "no", "log every request at info, not only failed and slow ones"),
    NUMBER(log_slow_ms, "1000", 0, 3600000, "MS", "requests slower than this are logged; 0: none for that"),
    SWITCH(metrics_public, "no", "serve /metrics on the TLS port too"),
    TEXT(cors_origins, "", "ORIGINS",
	 "web pages that may call: https://desk.example https://x.example:444, or * for any; empty: none"),
    TEXT(trusted_proxies, "", "NETWORKS",
	 "proxies whose X-Forwarded-For is believed: 127.0.0.1 10.0.0.0/8; empty: none"),
    NUMBER(drain_ms, "30000", 0, 600000, "MS", "how long a stop waits for what is under way"),
    NUMBER(keepalive_ms, "10000", 1, 7200000, "MS", "how often clients may send PING while they have calls open"),
    NUMBER(keepalive_idle_ms, "30000", 1, 7200000, "MS", "and while they have none; more often ends the connection"),
    NUMBER(max_requests, "4096", 1, 1000000, "N", "requests under way in one worker; more are told to come again"),
    NUMBER(max_streams, "20000", 1, 1000000, "N", "open streams of one worker"),
    NUMBER(cache_mb, "64", 0, 65536, "MB", "record cache of one worker; 0: none"),
    SWITCH(webhook_plain, "no", "webhooks may be http and lead to private addresses: only in networks of one's own"),
    TEXT(webhook_ca, "", "FILE", "further authorities that receivers' certificates are checked against, PEM"),
    TEXT(webhook_retry, "5s 5m 30m 2h 5h 10h 14h 20h 24h", "PAUSES",
	 "pauses between a webhook's tries (ms, s, m, h, d); after all of them it becomes a dead letter"),
    NUMBER(webhook_disable_h, "120", 1, 8760, "HOURS", "a webhook that has only failed for so long is disabled"),
    SWITCH(json_ignore_unknown, "no",
	   "skip unknown fields of JSON requests; a request's own X-Paidan-Unknown-Fields wins"),
};
const size_t config_n_options = sizeof(config_options) / sizeof(config_options[0]);
