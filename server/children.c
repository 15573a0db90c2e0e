#include "children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum {
	BACKOFF_FIRST_MS = 100,
	BACKOFF_MAX_MS = 10000,
	/* A worker that lived this long has not failed to start. */
	LIVED_MS = 30000,
};

struct child {
	pid_t pid; /* 0: there is none now */
	int ready_fd;
	struct event *on_ready;
	struct children *all;
	bool ready;
	int64_t started_ms;
	int64_t due_ms; /* when to start it */
	int64_t backoff_ms;
};

struct children {
	struct event_base *base;
	struct metrics *metrics;
	bool holding;
	bool any_was_ready;
	bool gave_up;
	uint64_t starts;
	uint64_t restarts;
	size_t n;
	struct child child[];
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct children *children_new(struct event_base *base, size_t n, struct metrics *metrics)
{
	struct children *c = calloc(1, sizeof(*c) + n * sizeof(c->child[0]));
	if (c == NULL)
		return NULL;
	c->base = base;
	c->metrics = metrics;
	c->n = n;
	for (size_t i = 0; i < n; i++) {
		c->child[i].ready_fd = -1;
		c->child[i].all = c;
	}
	return c;
}

static void close_ready(struct child *child)
{
	if (child->on_ready != NULL)
		event_free(child->on_ready);
	if (child->ready_fd >= 0)
		close(child->ready_fd);
	child->on_ready = NULL;
	child->ready_fd = -1;
}

void children_forget(struct children *c)
{
	for (size_t i = 0; i < c->n; i++)
		close_ready(&c->child[i]);
}

void children_free(struct children *c)
{
	if (c == NULL)
		return;
	children_forget(c);
	free(c);
}

/* --- beginning --- */

static void on_child_ready(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;
	char byte;
	(void)what;
	if (read(fd, &byte, 1) == 1) {
		child->ready = true;
		child->all->any_was_ready = true;
	}
	close_ready(child);
}

static void start_failed(struct child *child, const char *what)
{
	log_error("master", "a worker can't be started", LOG_S("because", what), LOG_S("error", strerror(errno)));
	child->due_ms = now_ms() + BACKOFF_MAX_MS;
}

/* True in the child. */
static bool start_child(struct children *c, struct child *child, int *ready_fd)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) != 0) {
		start_failed(child, "no pipe");
		return false;
	}
	child->started_ms = now_ms();
	child->ready = false;
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[0]);
		*ready_fd = fds[1];
		return true;
	}
	close(fds[1]);
	if (pid < 0) {
		start_failed(child, "no process");
		close(fds[0]);
		return false;
	}
	c->starts++;
	child->pid = pid;
	child->ready_fd = fds[0];
	child->on_ready = event_new(c->base, fds[0], EV_READ, on_child_ready, child);
	if (child->on_ready != NULL)
		event_add(child->on_ready, NULL);
	return false;
}

int children_start(struct children *c, int *ready_fd)
{
	int64_t now = now_ms();
	for (size_t i = 0; i < c->n && !c->holding; i++) {
		struct child *child = &c->child[i];
		if (child->pid == 0 && child->due_ms <= now && start_child(c, child, ready_fd))
			return (int)i;
	}
	return CHILDREN_NONE;
}

/* --- end --- */

static void plan_restart(struct children *c, struct child *child, int status)
{
	int64_t now = now_ms();
	bool lived = now - child->started_ms > LIVED_MS;
	child->backoff_ms = lived || child->backoff_ms == 0 ? BACKOFF_FIRST_MS : child->backoff_ms * 2;
	if (child->backoff_ms > BACKOFF_MAX_MS)
		child->backoff_ms = BACKOFF_MAX_MS;
	child->due_ms = now + (lived ? 0 : child->backoff_ms);
	c->restarts++;
	if (!c->any_was_ready && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		c->gave_up = true;
	log_error("master", "a worker ended", LOG_I("worker", child - c->child), LOG_I("pid", child->pid),
		  LOG_I("status", WIFEXITED(status) ? WEXITSTATUS(status) : -1),
		  LOG_I("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
		  LOG_I("again_in_ms", child->due_ms - now));
}

/* Each by its id: Redis, also a child of the master, has its own keeper. */
void children_reap(struct children *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct child *child = &c->child[i];
		int status;
		if (child->pid == 0 || waitpid(child->pid, &status, WNOHANG) != child->pid)
			continue;
		metrics_detach(c->metrics, i + 1);
		close_ready(child);
		if (!c->holding)
			plan_restart(c, child, status);
		child->pid = 0;
		child->ready = false;
	}
}

void children_hold(struct children *c)
{
	c->holding = true;
}

void children_signal(const struct children *c, int signal_number)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->child[i].pid != 0)
			kill(c->child[i].pid, signal_number);
	}
}

/* --- what there is to know --- */

size_t children_running(const struct children *c)
{
	size_t running = 0;
	for (size_t i = 0; i < c->n; i++)
		running += c->child[i].pid != 0;
	return running;
}

bool children_all_ready(const struct children *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (!c->child[i].ready)
			return false;
	}
	return true;
}

bool children_gave_up(const struct children *c)
{
	return c->gave_up;
}

uint64_t children_restarts(const struct children *c)
{
	return c->restarts;
}

uint64_t children_pids(const struct children *c, pid_t *pids)
{
	for (size_t i = 0; i < c->n; i++)
		pids[i] = c->child[i].pid;
	return c->starts;
}
