#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "fetch.h"
#include "top_show.h"
#include "top_terminal.h"

enum { DEFAULT_EVERY_S = 2, MAX_EVERY_S = 3600 };

/* One run of `paidan top`. */
struct top {
	struct cli *cli;
	struct fetcher *fetcher;
	struct screen screen;
	unsigned long every_s, left; /* left: rounds, 0: no end */
	bool live;                   /* drawn in place on a terminal */
	bool keys;
	bool paused;
	struct scrape before, now;
	int64_t before_ns, now_ns;
	struct round round;
	bool measured; /* there is a round */
	char note[400];
};

static int64_t clock_of_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* --- one round --- */

/* The next scrape; what was the latest becomes the one before. False with the reason in the note. */
static bool take_scrape(struct top *t)
{
	struct buf page = {.cap_bytes = SCRAPE_MAX_BYTES};
	struct scrape scrape = {0};
	size_t n;
	bool fetched = fetch_page(t->fetcher, &page);
	bool fine = fetched && scrape_parse_take(&scrape, &page);
	if (!fetched)
		snprintf(t->note, sizeof(t->note), "%s", fetch_error(t->fetcher));
	else if (!fine)
		snprintf(t->note, sizeof(t->note), "%s", TR(t->cli, "内存不足", "out of memory"));
	else if (scrape_named(&scrape, SLICE("paidan_build_info"), &n) == NULL)
		snprintf(t->note, sizeof(t->note), "%s",
			 TR(t->cli, "那里没有派单服务的指标", "that page has no metrics of paidan"));
	buf_free(&page);
	if (!fine || scrape.n == 0 || scrape_named(&scrape, SLICE("paidan_build_info"), &n) == NULL) {
		scrape_free(&scrape);
		return false;
	}
	scrape_free(&t->before);
	t->before = t->now;
	t->before_ns = t->now_ns;
	t->now = scrape;
	t->now_ns = clock_of_ns(CLOCK_MONOTONIC);
	if (t->before.n > 0) {
		t->round = (struct round){.before = &t->before,
					  .now = &t->now,
					  .seconds = (double)(t->now_ns - t->before_ns) / 1e9,
					  .at_ms = clock_of_ns(CLOCK_REALTIME) / 1000000};
		t->measured = true;
	}
	return true;
}

static void draw(struct top *t)
{
	struct buf frame = {0};
	struct screen screen = t->screen;
	char note[sizeof(t->note) + 100];
	terminal_size(&screen.columns, &screen.rows);
	snprintf(note, sizeof(note), "%s%s", t->note[0] != '\0' ? t->note : "",
		 t->note[0] != '\0' ? ""
		 : t->paused        ? TR(t->cli, "已暂停  [p] 继续  [q] 退出", "paused  [p] go on  [q] quit")
				    : TR(t->cli, "[p] 暂停  [q] 退出", "[p] pause  [q] quit"));
	screen.note = note;
	top_frame(t->cli, &screen, t->measured ? &t->round : NULL, &frame);
	terminal_draw(buf_view(&frame));
	buf_free(&frame);
}

static int print(struct top *t)
{
	struct buf out = {0};
	if (t->cli->output == OUTPUT_TABLE)
		top_frame(t->cli, &t->screen, &t->round, &out);
	else
		top_json(&t->screen, &t->round, &out);
	int status = cli_write(t->cli, &out);
	buf_free(&out);
	return status;
}

/* --- rounds --- */

/* Until the next scrape is due; false when it is time to go. */
static bool wait_and_answer(struct top *t, int64_t due_ns)
{
	for (;;) {
		bool resized;
		int64_t left_ms = (due_ns - clock_of_ns(CLOCK_MONOTONIC)) / 1000000;
		if (terminal_stop != 0)
			return false;
		if (left_ms <= 0 && !t->paused)
			return true;
		int key = terminal_wait(t->paused ? MAX_EVERY_S * 1000 : left_ms, t->keys, &resized);
		if (key == 'q' || key == 'Q')
			return false;
		if (key == 'p' || key == 'P' || key == ' ')
			t->paused = !t->paused;
		if (t->live && (key != 0 || resized))
			draw(t);
	}
}

static int fail(struct top *t)
{
	return cli_fail(t->cli, STATUS_UNAVAILABLE, "%s：%s", "%s: %s", t->screen.url, t->note);
}

static int run_rounds(struct top *t)
{
	int status = STATUS_OK;
	if (!take_scrape(t))
		return terminal_stop != 0 ? STATUS_OK : fail(t);
	t->live = t->live && terminal_open();
	if (t->live)
		draw(t);
	int64_t due_ns = t->now_ns;
	while (status == STATUS_OK) {
		due_ns += (int64_t)t->every_s * 1000000000;
		if (!wait_and_answer(t, due_ns))
			break;
		bool fine = take_scrape(t);
		if (terminal_stop != 0)
			break;
		if (fine)
			t->note[0] = '\0';
		/* A broker that restarts is worth waiting for, in front of a terminal. */
		if (t->live)
			draw(t);
		else
			status = fine ? print(t) : fail(t);
		if (fine && t->left > 0 && --t->left == 0)
			break;
		/* After a pause: from now on. */
		if (clock_of_ns(CLOCK_MONOTONIC) > due_ns + (int64_t)t->every_s * 1000000000)
			due_ns = clock_of_ns(CLOCK_MONOTONIC);
	}
	if (t->live) {
		terminal_close();
		/* What was seen last stays to be read. */
		if (t->measured)
			status = print(t);
	}
	return status;
}

int run_top(struct cli *cli, const struct args *args)
{
	const char *url = cli->settings.metrics;
	struct top t = {
	    .cli = cli,
	    .screen = {.verbose = args_has(args, "verbose"), .url = url == NULL ? SETTINGS_METRICS : url, .note = ""},
	    .every_s = args_uint(args, "every", DEFAULT_EVERY_S),
	    .left = args_uint(args, "count", 0),
	    .live = cli->output == OUTPUT_TABLE && isatty(STDOUT_FILENO) == 1,
	};
	if (cli->output == OUTPUT_CSV)
		return cli_usage(cli, "top 没有 CSV 格式，请用 -o json", "top has no CSV: use -o json");
	if (t.every_s == 0 || t.every_s > MAX_EVERY_S)
		return cli_usage(cli, "--every 应为 1 到 %d 秒", "--every must be 1 to %d seconds", (int)MAX_EVERY_S);
	t.keys = t.live && isatty(STDIN_FILENO) == 1;
	terminal_catch();
	t.fetcher = fetch_open(t.screen.url, &terminal_stop);
	int status = t.fetcher == NULL
			 ? cli_fail(cli, STATUS_USAGE, "无法使用 --metrics %s", "can't use --metrics %s", t.screen.url)
			 : run_rounds(&t);
	fetch_close(t.fetcher);
	scrape_free(&t.before);
	scrape_free(&t.now);
	return terminal_stop != 0 && status == STATUS_OK ? 128 + terminal_stop : status;
}
