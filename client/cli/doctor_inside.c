#include "doctor_inside.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "fetch.h"

enum { SECOND_LOOK_S = 3 };

/* --- the numbers --- */

/* Findings of gauges: the worst of all workers, in seconds. */
static const struct gauge {
	const char *metric;
	double bound_s;
	const char *name, *zh, *en;
	const char *found_zh, *found_en;
	const char *mend_zh, *mend_en;
} gauges[] = {
    /* An offer lives 30 s at least: what is later than that is felt. */
    {"paidan_job_late_seconds", 30, "timers", "定时器", "Timers", "最迟 %.1f 秒", "at most %.1f s late",
     "派单与超时处理滞后：看 paidan top 的 CPU 与 Redis，必要时增加 workers",
     "offers and deadlines come late: look at CPU and Redis in paidan top, and give it more workers"},
    /* A receiver that restarts is back in minutes. */
    {"paidan_webhook_lag_seconds", 300, "webhooks", "Webhook", "Webhooks", "最早未送达的事件已等 %.1f 秒",
     "the oldest event that has not arrived is %.1f s old",
     "接收方没有收下：用 paidan webhook log 查看答复，再修复接收方",
     "a receiver doesn't take them: see its answers with paidan webhook log, and mend the receiver"},
    /* A tenth of the second that people notice. */
    {"paidan_loop_lag_seconds", 0.5, "loop", "事件循环", "Event loop", "延迟至多 %.3f 秒", "at most %.3f s behind",
     "服务器忙不过来：增加 workers 或换更快的机器", "the broker can't keep up: more workers, or a faster machine"},
};

static void judge_gauge(const struct cli *cli, const struct gauge *g, double value, struct finding *f)
{
	*f = (struct finding){.name = g->name, .zh = g->zh, .en = g->en};
	bool fine = value <= g->bound_s;
	/* The formats are those of the table, one number each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	finding_say(f, fine ? VERDICT_FINE : VERDICT_LOOK, TR(cli, g->found_zh, g->found_en), value);
#pragma GCC diagnostic pop
	if (!fine)
		finding_mend(f, "%s", TR(cli, g->mend_zh, g->mend_en));
}

static void judge_store(const struct cli *cli, double workers, double ready, struct finding *f)
{
	*f = (struct finding){.name = "store", .zh = "Redis", .en = "Redis"};
	finding_say(f, ready >= workers ? VERDICT_FINE : VERDICT_WRONG,
		    TR(cli, "%.0f 个进程中 %.0f 个连得上", "of %.0f workers %.0f reach it"), workers, ready);
	if (ready < workers)
		finding_mend(f, "%s",
			     TR(cli, "Redis 是否在运行？查看服务器日志和配置中的 redis",
				"is Redis up? Look at the broker's log, and at redis in its configuration"));
}

static void judge_version(const struct cli *cli, const char *theirs, const char *own, struct finding *f)
{
	*f = (struct finding){.name = "version", .zh = "版本", .en = "Version"};
	if (strcmp(theirs, own) == 0) {
		finding_say(f, VERDICT_FINE, "%s", theirs);
		return;
	}
	finding_say(f, VERDICT_LOOK, TR(cli, "服务器是 %s，这个 paidan 是 %s", "the broker is %s, this paidan is %s"),
		    theirs, own);
	finding_mend(f, "%s", TR(cli, "两边安装同一版本", "install the same version on both"));
}

size_t inside_judge(const struct cli *cli, const struct scrape *s, const char *own_version,
		    struct finding findings[INSIDE_MAX_FINDINGS])
{
	size_t n = 0, found;
	char version[40];
	double value, ready;
	const struct sample *build = scrape_named(s, SLICE("paidan_build_info"), &found);
	if (build != NULL && sample_label(build, "version", version, sizeof(version)))
		judge_version(cli, version, own_version, &findings[n++]);
	if (scrape_sum(s, "paidan_workers", &value) && scrape_sum(s, "paidan_store_ready_workers", &ready))
		judge_store(cli, value, ready, &findings[n++]);
	for (size_t i = 0; i < COUNT_OF(gauges) && n < INSIDE_MAX_FINDINGS; i++) {
		if (scrape_max(s, gauges[i].metric, &value))
			judge_gauge(cli, &gauges[i], value, &findings[n++]);
	}
	return n;
}

/* --- keys --- */

const char *inside_key_mend(const struct cli *cli, const char *reason)
{
	static const struct {
		const char *reason, *zh, *en;
	} mends[] = {
	    {"CREDENTIAL_EXPIRED", "向管理员要新的（paidan key rotate 或 key new），再运行 paidan login",
	     "ask an administrator for a new one (paidan key rotate or key new) and run paidan login"},
	    {"CREDENTIAL_REVOKED", "它已被停用：问管理员为何，要新的（paidan key new），再运行 paidan login",
	     "somebody put it out of use: ask an administrator why, and for a new one (paidan key new); then run "
	     "paidan login"},
	    {"TOKEN_EXPIRED", "让后端签发新的令牌；若刚签发，检查时钟",
	     "have the backend make a new token; if it is new, check the clocks"},
	    {"TOKEN_NOT_YET", "检查签发者和服务器的时钟", "check the clocks of its issuer and of the server"},
	};
	for (size_t i = 0; i < COUNT_OF(mends); i++) {
		if (strcmp(mends[i].reason, reason) == 0)
			return TR(cli, mends[i].zh, mends[i].en);
	}
	return TR(cli, "密钥不对：核对 --key 与辖区，或向管理员要新的（paidan key new），再运行 paidan login",
		  "it is wrong: check --key and the tenant, or ask an administrator for a new one (paidan key new) and "
		  "run paidan login");
}

/* --- the page --- */

static void not_read(struct cli *cli, const char *why)
{
	struct finding f = {.name = "metrics", .zh = "指标", .en = "Metrics"};
	finding_say(&f, VERDICT_LOOK, "%s: %s", cli->settings.metrics, why);
	finding_mend(
	    &f, "%s",
	    TR(cli, "检查设置中的 metrics（PAIDAN_METRICS）；本机端口只在服务器所在的机器上可用",
	       "check metrics in the settings (PAIDAN_METRICS); the loopback port is there for the broker's own "
	       "machine"));
	finding_report(cli, &f);
}

/* The findings of the page as it is now; 0 with *why when there are none. */
static size_t look(const struct cli *cli, struct fetcher *fetcher, struct finding findings[INSIDE_MAX_FINDINGS],
		   const char **why)
{
	struct buf page = {.cap_bytes = SCRAPE_MAX_BYTES};
	struct scrape scrape = {0};
	size_t n = 0;
	*why = TR(cli, "那里没有派单服务的指标", "that page has no metrics of paidan");
	if (!fetch_page(fetcher, &page))
		*why = fetch_error(fetcher);
	else if (!scrape_parse_take(&scrape, &page))
		*why = TR(cli, "内存不足", "out of memory");
	else
		n = inside_judge(cli, &scrape, paidan_version(), findings);
	buf_free(&page);
	scrape_free(&scrape);
	return n;
}

static bool has_wrong(const struct finding *findings, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (findings[i].verdict == VERDICT_WRONG)
			return true;
	}
	return false;
}

void doctor_inside(struct cli *cli, bool *wrong)
{
	static const volatile sig_atomic_t never;
	const char *url = cli->settings.metrics, *why;
	struct finding findings[INSIDE_MAX_FINDINGS];
	if (url == NULL || *url == '\0')
		return;
	struct fetcher *fetcher = fetch_open(url, &never);
	if (fetcher == NULL) {
		not_read(cli, TR(cli, "无法使用这个 URL", "this URL can't be used"));
		return;
	}
	size_t n = look(cli, fetcher, findings, &why);
	/* The numbers are a second old or so: a broker that has just started needs another look. */
	if (has_wrong(findings, n)) {
		sleep(SECOND_LOOK_S);
		n = look(cli, fetcher, findings, &why);
	}
	if (n == 0)
		not_read(cli, why);
	for (size_t i = 0; i < n; i++)
		finding_report(cli, &findings[i]);
	*wrong = *wrong || has_wrong(findings, n);
	fetch_close(fetcher);
}
