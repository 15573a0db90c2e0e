#include "master.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>
#include <systemd/sd-daemon.h>

#include "children.h"
#include "net/config.h"
#include "port.h"
#include "redis/embedded.h"
#include "rpc/methods.h"
#include "state_file.h"
#include "vitals.h"

enum {
	/* What a worker may take beyond its drain before it is killed. */
	STOP_GRACE_MS = 3000,
	TICK_MS = 100,
	/* The workers of a master that was killed need a moment to go away. */
	PORT_TRIES = 20,
	PORT_WAIT_MS = 100,
};

struct master {
	struct server_config *config;
	struct data_files *files;
	int argc;
	char *const *argv;
	struct event_base *base;
	int ports[2];
	struct embedded *redis;
	char *redis_socket;
	const char **paths;
	struct metrics *metrics;
	struct metrics_slot *slot;
	struct vitals *vitals;
	struct children *children;
	pid_t *pids;
	size_t n;
	uint64_t starts; /* of children, as the state file has them */
	struct event *signals[4];
	struct event *tick;
	bool announced;
	bool redis_changed; /* the state file is to be written again */
	bool stopping;
	bool failed;
	bool redis_stopping;
	bool redis_stopped;
	int64_t kill_ms; /* while stopping: when those that are left are killed */
	uint64_t watchdog_us;
	int64_t watchdog_ms; /* when systemd was told last */
	uint8_t ticket_key[NET_TICKET_KEY_BYTES];
	struct worker_setup setup;
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint32_t random_u32(void *arg)
{
	uint32_t value = 0;
	(void)arg;
	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		value = (uint32_t)now_ms();
	return value;
}

/* --- ready and state --- */

static void write_state(struct master *m)
{
	struct state state = {
	    .files = m->files,
	    .listen = m->config->listen,
	    .local = m->config->local,
	    .redis = m->redis != NULL ? m->redis_socket : m->config->redis,
	    .redis_pid = m->redis != NULL ? embedded_pid(m->redis) : 0,
	    .workers = m->pids,
	    .n_workers = m->n,
	};
	m->starts = children_pids(m->children, m->pids);
	if (!state_file_write(&state))
		log_error("master", "the state file can't be written", LOG_S("file", m->files->state),
			  LOG_S("because", strerror(errno)));
	m->redis_changed = false;
}

static void announce(struct master *m)
{
	bool changed = children_pids(m->children, m->pids) != m->starts || m->redis_changed;
	if (!children_all_ready(m->children) || (m->announced && !changed))
		return;
	write_state(m);
	if (!m->announced) {
		log_info("master", "ready", LOG_I("pid", getpid()), LOG_I("workers", m->n),
			 LOG_I("listen", m->config->listen.port), LOG_I("local", m->config->local.port),
			 LOG_S("state", m->files->state));
		sd_notifyf(0, "READY=1\nSTATUS=%zu workers\nMAINPID=%d", m->n, (int)getpid());
	}
	m->announced = true;
}

static void on_redis_ready(void *arg, bool ready)
{
	struct master *m = arg;
	if (ready)
		log_info("master", "Redis is ready", LOG_I("pid", embedded_pid(m->redis)));
	else if (!m->redis_stopping)
		log_warn("master", "Redis is away", LOG_S("socket", m->redis_socket));
	m->redis_changed = true;
}

/* In the child: lets go of all that is the master's. */
static void become_worker(struct master *m, int index, int ready_fd)
{
	event_reinit(m->base);
	children_free(m->children);
	m->children = NULL;
	for (size_t i = 0; i < sizeof(m->signals) / sizeof(m->signals[0]); i++) {
		event_free(m->signals[i]);
		m->signals[i] = NULL;
	}
	event_free(m->tick);
	m->tick = NULL;
	vitals_free(m->vitals);
	m->vitals = NULL;
	embedded_forget(m->redis);
	m->redis = NULL;
	event_base_free(m->base);
	m->base = NULL;
	for (size_t i = 0; i < 2; i++) {
		if (m->ports[i] >= 0)
			close(m->ports[i]);
		m->ports[i] = -1;
	}
	data_dir_close(m->files);
	m->setup.index = (unsigned)index;
	m->setup.ready_fd = ready_fd;
}

/* --- signals and time --- */

static void on_child(evutil_socket_t fd, short what, void *arg)
{
	struct master *m = arg;
	(void)fd;
	(void)what;
	children_reap(m->children);
}

static void on_hup(evutil_socket_t fd, short what, void *arg)
{
	struct master *m = arg;
	struct server_config config;
	char why[CONFIG_WHY_BYTES];
	struct timespec now;
	(void)fd;
	(void)what;
	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
		   (long long)now.tv_sec * 1000000 + (long long)now.tv_nsec / 1000);
	if (server_config_load(m->argc, m->argv, &config, why) == CONFIG_WRONG) {
		log_error("master", "the configuration stays as it was", LOG_S("because", why));
	} else {
		log_setup(STDERR_FILENO, (enum log_level)config.log_level, "master");
		log_set_format((enum log_format)config.log_format);
		server_config_free(&config);
		children_signal(m->children, SIGHUP);
		log_info("master", "reloading", LOG_I("workers", m->n));
	}
	sd_notify(0, "READY=1");
}

static void stop(struct master *m)
{
	if (m->stopping) {
		children_signal(m->children, SIGKILL);
		return;
	}
	m->stopping = true;
	children_hold(m->children);
	m->kill_ms = now_ms() + m->config->drain_ms + STOP_GRACE_MS;
	log_info("master", "stopping", LOG_I("workers", children_running(m->children)));
	sd_notifyf(0, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld",
		   ((long long)m->config->drain_ms + 2LL * STOP_GRACE_MS) * 1000);
	children_signal(m->children, SIGTERM);
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	stop(arg);
}

static void redis_stopped(void *arg)
{
	struct master *m = arg;
	m->redis_stopped = true;
}

static void refresh_metrics(struct master *m)
{
	metrics_set(m->slot, METRICS_WORKERS, children_running(m->children));
	metrics_set(m->slot, METRICS_WORKER_RESTARTS, children_restarts(m->children));
	metrics_set(m->slot, METRICS_REDIS_RESTARTS, m->redis == NULL ? 0 : embedded_restarts(m->redis));
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct master *m = arg;
	int64_t now = now_ms();
	(void)fd;
	(void)what;
	refresh_metrics(m);
	if (m->stopping && now > m->kill_ms)
		children_signal(m->children, SIGKILL);
	if (m->watchdog_us > 0 && (uint64_t)(now - m->watchdog_ms) * 1000 >= m->watchdog_us / 2) {
		sd_notify(0, "WATCHDOG=1");
		m->watchdog_ms = now;
	}
}

/* --- beginning and end --- */

static int reserve(struct config_address *address)
{
	char why[CONFIG_WHY_BYTES];
	for (int i = 0;; i++) {
		int fd = port_reserve(address, why);
		if (fd >= 0)
			return fd;
		if (i == PORT_TRIES) {
			log_error("master", "can't listen", LOG_S("because", why));
			return -1;
		}
		nanosleep(&(struct timespec){.tv_nsec = PORT_WAIT_MS * 1000000L}, NULL);
	}
}

static bool reserve_ports(struct master *m)
{
	struct config_address *addresses[] = {&m->config->listen, &m->config->local};
	for (size_t i = 0; i < 2; i++) {
		if (addresses[i]->host[0] == '\0')
			continue;
		m->ports[i] = reserve(addresses[i]);
		if (m->ports[i] < 0)
			return false;
	}
	return true;
}

static bool start_redis(struct master *m)
{
	const struct server_config *c = m->config;
	char why[CONFIG_WHY_BYTES];
	if (c->redis[0] != '\0')
		return true;
	struct embedded_config config = {
	    .dir = m->files->redis_dir,
	    .server = c->redis_server,
	    .everysec = c->fsync == CONFIG_FSYNC_EVERYSEC,
	    .max_memory_bytes = (uint64_t)c->redis_max_memory_mb * 1024 * 1024,
	    .random = random_u32,
	};
	m->redis = embedded_new(m->base, &config, why, sizeof(why));
	if (m->redis == NULL) {
		log_error("master", "Redis can't be started", LOG_S("because", why));
		return false;
	}
	m->redis_socket = strdup(embedded_socket(m->redis));
	m->setup.redis_socket = m->redis_socket;
	embedded_on_ready(m->redis, on_redis_ready, m);
	return m->redis_socket != NULL;
}

static bool add_events(struct master *m)
{
	static const struct {
		int number;
		event_callback_fn fn;
	} wanted[] = {{SIGCHLD, on_child}, {SIGHUP, on_hup}, {SIGTERM, on_stop}, {SIGINT, on_stop}};
	struct timeval tick = {0, TICK_MS * 1000};
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		m->signals[i] = evsignal_new(m->base, wanted[i].number, wanted[i].fn, m);
		if (m->signals[i] == NULL || event_add(m->signals[i], NULL) != 0)
			return false;
	}
	m->tick = event_new(m->base, -1, EV_PERSIST, on_tick, m);
	return m->tick != NULL && event_add(m->tick, &tick) == 0;
}

static bool make_tables(struct master *m)
{
	size_t n_methods;
	m->n = m->config->workers > 0 ? (size_t)m->config->workers : (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	m->pids = calloc(m->n, sizeof(*m->pids));
	m->paths = methods_paths(&n_methods);
	m->metrics = m->paths == NULL ? NULL : metrics_new(m->n + 1, m->paths, n_methods);
	m->base = event_base_new();
	if (m->pids == NULL || m->metrics == NULL || m->base == NULL)
		return false;
	m->slot = metrics_attach(m->metrics, 0);
	m->children = children_new(m->base, m->n, m->metrics);
	m->vitals = vitals_new(m->base, m->slot);
	return m->children != NULL && m->vitals != NULL &&
	       getrandom(m->ticket_key, sizeof(m->ticket_key), 0) == sizeof(m->ticket_key);
}

struct master *master_new(struct server_config *config, struct data_files *files, int argc, char *const *argv)
{
	struct master *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	*m = (struct master){.config = config, .files = files, .argc = argc, .argv = argv, .ports = {-1, -1}};
	unlink(files->state); /* of a run that was killed */
	signal(SIGPIPE, SIG_IGN);
	if (!make_tables(m) || !reserve_ports(m) || !start_redis(m) || !add_events(m)) {
		master_free(m);
		return NULL;
	}
	m->setup = (struct worker_setup){
	    .master = getpid(),
	    .config = config,
	    .files = files,
	    .redis_socket = m->redis_socket,
	    .metrics = m->metrics,
	    .ticket_key = m->ticket_key,
	    .argc = argc,
	    .argv = argv,
	};
	if (sd_watchdog_enabled(0, &m->watchdog_us) <= 0)
		m->watchdog_us = 0;
	return m;
}

/* Workers first, then Redis: what they have under way still needs it. */
static bool is_over(struct master *m)
{
	if (!m->stopping || children_running(m->children) > 0)
		return false;
	if (m->redis != NULL && !m->redis_stopping)
		embedded_stop(m->redis, redis_stopped, m);
	m->redis_stopping = true;
	return m->redis == NULL || m->redis_stopped;
}

enum master_outcome master_run(struct master *m)
{
	while (!is_over(m)) {
		/* Here and not in a callback: the child must not come from inside the loop. */
		int ready_fd;
		int index = children_start(m->children, &ready_fd);
		if (index != CHILDREN_NONE) {
			become_worker(m, index, ready_fd);
			return MASTER_IS_WORKER;
		}
		if (!m->stopping && children_gave_up(m->children)) {
			m->failed = true;
			stop(m);
		}
		if (!m->stopping)
			announce(m);
		if (event_base_loop(m->base, EVLOOP_ONCE) != 0) {
			log_error("master", "the event loop failed", LOG_S("because", strerror(errno)));
			return MASTER_FAILED;
		}
	}
	unlink(m->files->state);
	log_info("master", "ended", LOG_I("pid", getpid()));
	return m->failed ? MASTER_FAILED : MASTER_ENDED;
}

const struct worker_setup *master_worker_setup(const struct master *m)
{
	return &m->setup;
}

void master_free(struct master *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < sizeof(m->signals) / sizeof(m->signals[0]); i++) {
		if (m->signals[i] != NULL)
			event_free(m->signals[i]);
	}
	if (m->tick != NULL)
		event_free(m->tick);
	children_free(m->children);
	embedded_free(m->redis);
	vitals_free(m->vitals);
	for (size_t i = 0; i < 2; i++) {
		if (m->ports[i] >= 0)
			close(m->ports[i]);
	}
	metrics_free(m->metrics);
	free(m->paths);
	free(m->pids);
	free(m->redis_socket);
	if (m->base != NULL)
		event_base_free(m->base);
	explicit_bzero(m->ticket_key, sizeof(m->ticket_key));
	free(m);
}
