#include "redis/embedded.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "redis/conn.h"
#include "redis/embedded_disk.h"
#include "redis/embedded_files.h"

enum {
	/* How often an orphan, or a child without a pidfd, is looked after. */
	POLL_MS = 50,
	FIRST_RESTART_MS = 100,
	LAST_RESTART_MS = 5000,
	/* A server that ran this long did start well; its next end is a new story. */
	STABLE_MS = 10000,
};

enum state {
	STATE_ORPHAN,  /* waiting for the end of a former broker's server */
	STATE_RUNNING, /* the process is there */
	STATE_PAUSED,  /* it died and will be started again */
	STATE_STOPPED,
};

struct embedded {
	struct event_base *base;
	uint32_t stop_timeout_ms;
	struct embedded_files files;
	enum state state;
	pid_t pid;
	uint64_t since_ms; /* in this state */
	unsigned failures;
	unsigned restarts;
	bool stopping;
	bool killed;
	struct event *exit_event; /* on the process' pidfd */
	int pidfd;
	struct event *timer;
	/* Tells when the server answers. */
	struct redis_config control_config;
	struct redis_conn *control;
	bool told_ready;
	struct embedded_disk disk;
	void (*on_ready)(void *arg, bool ready);
	void *on_ready_arg;
	void (*on_stopped)(void *arg);
	void *on_stopped_arg;
};

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void arm(struct embedded *e, uint64_t ms)
{
	struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	event_add(e->timer, &tv);
}

static void enter(struct embedded *e, enum state state)
{
	e->state = state;
	e->since_ms = now_ms();
}

/* --- the process --- */

/* Between fork and exec: only calls that are safe in a signal handler. */
static _Noreturn void become_server(const struct embedded *e, pid_t parent)
{
	static char *const environment[] = {"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin", NULL};
	char *const arguments[] = {"redis-server", e->files.conf, NULL};
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	/* A Ctrl-C in the terminal is the broker's to handle: its workers still need Redis to drain. */
	setsid();
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		_exit(125);
	if (embedded_lock(e->files.redis_lock) < 0)
		_exit(126);
	int in = open("/dev/null", O_RDONLY);
	/* What the server says before it has read where its log is. */
	int out = open(e->files.log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(127);
	execve(e->files.server, arguments, environment);
	_exit(127);
}

static void on_exit_event(evutil_socket_t fd, short what, void *arg);

static void start(struct embedded *e)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0)
		become_server(e, parent);
	if (pid < 0) {
		log_error("redis", "can't fork", LOG_S("reason", strerror(errno)));
		enter(e, STATE_PAUSED);
		arm(e, LAST_RESTART_MS);
		return;
	}
	e->pid = pid;
	e->killed = false;
	enter(e, STATE_RUNNING);
	log_info("redis", "server started", LOG_I("pid", pid), LOG_S("dir", e->files.dir));
	/* readable when the process has ended */
	e->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	e->exit_event = e->pidfd < 0 ? NULL : event_new(e->base, e->pidfd, EV_READ, on_exit_event, e);
	if (e->exit_event == NULL || event_add(e->exit_event, NULL) != 0)
		arm(e, POLL_MS);
}

static void release_process(struct embedded *e)
{
	if (e->exit_event != NULL)
		event_free(e->exit_event);
	if (e->pidfd >= 0)
		close(e->pidfd);
	e->exit_event = NULL;
	e->pidfd = -1;
	e->pid = 0;
}

static uint64_t restart_pause_ms(const struct embedded *e)
{
	uint64_t pause_ms = FIRST_RESTART_MS;
	for (unsigned i = 1; i < e->failures && pause_ms < LAST_RESTART_MS; i++)
		pause_ms *= 2;
	return e->failures == 0 ? 0 : pause_ms < LAST_RESTART_MS ? pause_ms : LAST_RESTART_MS;
}

static void stopped(struct embedded *e)
{
	enter(e, STATE_STOPPED);
	event_del(e->timer);
	if (e->on_stopped != NULL)
		e->on_stopped(e->on_stopped_arg);
}

static void ended(struct embedded *e, int status)
{
	bool signalled = WIFSIGNALED(status);
	int code = signalled ? WTERMSIG(status) : WEXITSTATUS(status);
	uint64_t ran_ms = now_ms() - e->since_ms;
	pid_t pid = e->pid;
	release_process(e);
	if (e->stopping) {
		log_info("redis", "server stopped", LOG_I("pid", pid));
		stopped(e);
		return;
	}
	e->failures = ran_ms >= STABLE_MS ? 0 : e->failures + 1;
	e->restarts++;
	log_error("redis", "server died", LOG_I("pid", pid), LOG_S("by", signalled ? "signal" : "exit"),
		  LOG_I("code", code), LOG_S("see", e->files.log), LOG_I("again_in_ms", restart_pause_ms(e)));
	enter(e, STATE_PAUSED);
	arm(e, restart_pause_ms(e));
}

static void look_after_process(struct embedded *e)
{
	int status = 0;
	pid_t got = waitpid(e->pid, &status, WNOHANG);
	/* ECHILD: someone else reaped it; how it ended is not known. */
	if (got == e->pid || (got < 0 && errno == ECHILD))
		ended(e, got == e->pid ? status : 0);
	else if (e->exit_event == NULL)
		arm(e, POLL_MS);
}

static void on_exit_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	look_after_process(arg);
}

/* --- orphans, pauses, deadlines --- */

static void look_after_orphan(struct embedded *e)
{
	pid_t holder = embedded_lock_holder(e->files.redis_lock);
	if (holder == 0) {
		if (e->stopping)
			stopped(e);
		else
			start(e);
		return;
	}
	if (!e->killed && now_ms() - e->since_ms > e->stop_timeout_ms && holder > 0) {
		log_warn("redis", "killing a server that does not stop", LOG_I("pid", holder));
		kill(holder, SIGKILL);
		e->killed = true;
	}
	arm(e, POLL_MS);
}

static void look_after_stopping(struct embedded *e)
{
	if (!e->killed && now_ms() - e->since_ms >= e->stop_timeout_ms) {
		log_warn("redis", "killing a server that does not stop", LOG_I("pid", e->pid));
		kill(e->pid, SIGKILL);
		e->killed = true;
	}
	/* A timer may fire a little early: it stays until the process is gone. */
	arm(e, POLL_MS);
	look_after_process(e);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct embedded *e = arg;
	switch (e->state) {
	case STATE_ORPHAN:
		look_after_orphan(e);
		return;
	case STATE_PAUSED:
		start(e);
		return;
	case STATE_RUNNING:
		if (e->stopping)
			look_after_stopping(e);
		else
			look_after_process(e);
		return;
	case STATE_STOPPED:
		return;
	}
}

static void begin(struct embedded *e)
{
	pid_t orphan = embedded_lock_holder(e->files.redis_lock);
	if (orphan == 0) {
		start(e);
		return;
	}
	log_warn("redis", "stopping the server of a former broker", LOG_I("pid", orphan));
	if (orphan > 0)
		kill(orphan, SIGTERM);
	enter(e, STATE_ORPHAN);
	arm(e, POLL_MS);
}

/* --- life --- */

static void on_control(void *owner, bool ready)
{
	struct embedded *e = owner;
	/* The socket of an orphan is not ours. */
	if ((ready && e->state != STATE_RUNNING) || ready == e->told_ready)
		return;
	e->told_ready = ready;
	if (ready) {
		log_info("redis", "server ready", LOG_I("pid", e->pid),
			 LOG_I("after_ms", (int64_t)(now_ms() - e->since_ms)));
		embedded_disk_new_server(&e->disk);
	}
	if (e->on_ready != NULL)
		e->on_ready(e->on_ready_arg, ready);
}

struct embedded *embedded_new(struct event_base *base, const struct embedded_config *config, char *why,
			      size_t why_bytes)
{
	struct embedded *e = calloc(1, sizeof(*e));
	if (e == NULL) {
		snprintf(why, why_bytes, "out of memory");
		return NULL;
	}
	e->base = base;
	e->stop_timeout_ms = config->stop_timeout_ms != 0 ? config->stop_timeout_ms : LIMIT_REDIS_STOP_MS;
	e->pidfd = -1;
	e->state = STATE_STOPPED;
	if (!embedded_files_init(&e->files, config, why, why_bytes)) {
		free(e);
		return NULL;
	}
	e->control_config = (struct redis_config){
	    .unix_path = e->files.sock, .random = config->random, .random_arg = config->random_arg};
	struct redis_conn_hooks hooks = {.changed = on_control};
	e->timer = event_new(base, -1, 0, on_timer, e);
	e->control = e->timer == NULL ? NULL : redis_conn_new(base, &e->control_config, &hooks, e);
	e->disk = (struct embedded_disk){
	    .dir = e->files.dir,
	    .conn = e->control,
	    .reserve_bytes = config->disk_reserve_bytes != 0 ? config->disk_reserve_bytes : LIMIT_DISK_RESERVE_BYTES,
	    .max_memory_bytes = config->max_memory_bytes,
	};
	if (e->control == NULL || !embedded_disk_init(&e->disk, base)) {
		snprintf(why, why_bytes, "out of memory");
		embedded_free(e);
		return NULL;
	}
	begin(e);
	return e;
}

void embedded_on_ready(struct embedded *e, void (*fn)(void *arg, bool ready), void *arg)
{
	e->on_ready = fn;
	e->on_ready_arg = arg;
}

bool embedded_ready(const struct embedded *e)
{
	return e->state == STATE_RUNNING && !e->stopping && redis_conn_ready(e->control);
}

const char *embedded_socket(const struct embedded *e)
{
	return e->files.sock;
}

pid_t embedded_pid(const struct embedded *e)
{
	return e->pid;
}

unsigned embedded_restarts(const struct embedded *e)
{
	return e->restarts;
}

void embedded_stop(struct embedded *e, void (*done)(void *arg), void *arg)
{
	e->stopping = true;
	e->on_stopped = done;
	e->on_stopped_arg = arg;
	switch (e->state) {
	case STATE_RUNNING:
		/* SIGTERM is SHUTDOWN: the append-only file is written and fsynced first. */
		kill(e->pid, SIGTERM);
		e->since_ms = now_ms();
		arm(e, POLL_MS);
		return;
	case STATE_ORPHAN:
		return;
	case STATE_PAUSED:
	case STATE_STOPPED:
		stopped(e);
		return;
	}
}

/* Outside the event loop, which may be gone already. */
static void stop_and_wait(struct embedded *e)
{
	uint64_t from_ms = now_ms();
	struct timespec pause = {0, 10 * 1000000};
	int status;
	kill(e->pid, SIGTERM);
	while (waitpid(e->pid, &status, WNOHANG) == 0) {
		nanosleep(&pause, NULL);
		if (now_ms() - from_ms > e->stop_timeout_ms)
			kill(e->pid, SIGKILL);
	}
}

void embedded_free(struct embedded *e)
{
	if (e == NULL)
		return;
	if (e->pid > 0)
		stop_and_wait(e);
	embedded_forget(e);
}

void embedded_forget(struct embedded *e)
{
	if (e == NULL)
		return;
	e->on_ready = NULL;
	redis_conn_free(e->control);
	embedded_disk_finish(&e->disk);
	release_process(e);
	if (e->timer != NULL)
		event_free(e->timer);
	embedded_files_finish(&e->files);
	free(e);
}
