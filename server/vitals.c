#include "vitals.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "heap.h"

enum { REFRESH_TICKS = 10, TIDY_TICKS = 20, WINDOW_TICKS = VITALS_WINDOW_MS / VITALS_TICK_MS };

struct vitals {
	struct metrics_slot *slot;
	struct event *timer;
	int64_t due_us;
	int64_t worst_us;  /* of the window under way */
	int64_t before_us; /* of the one before */
	unsigned ticks;
	struct heap heap;
};

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static uint64_t resident_bytes(void)
{
	char text[128];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	char *second;
	strtoull(text, &second, 10);
	return strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void vitals_refresh(struct vitals *v)
{
	struct rusage use;
	getrusage(RUSAGE_SELF, &use);
	uint64_t cpu_us = (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 +
			  (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
	metrics_set(v->slot, METRICS_CPU, cpu_us);
	metrics_set(v->slot, METRICS_RESIDENT, resident_bytes());
	metrics_set(v->slot, METRICS_LOOP_LAG, (uint64_t)(v->worst_us > v->before_us ? v->worst_us : v->before_us));
}

static void schedule(struct vitals *v)
{
	struct timeval wait = {0, VITALS_TICK_MS * 1000};
	v->due_us = now_us() + VITALS_TICK_MS * 1000;
	event_add(v->timer, &wait);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct vitals *v = arg;
	int64_t late_us = now_us() - v->due_us;
	(void)fd;
	(void)what;
	if (late_us > v->worst_us)
		v->worst_us = late_us;
	if (++v->ticks % WINDOW_TICKS == 0) {
		v->before_us = v->worst_us;
		v->worst_us = 0;
	}
	if (v->ticks % REFRESH_TICKS == 0)
		vitals_refresh(v);
	if (v->ticks % TIDY_TICKS == 0)
		heap_tidy(&v->heap, resident_bytes());
	schedule(v);
}

struct vitals *vitals_new(struct event_base *base, struct metrics_slot *slot)
{
	struct vitals *v = calloc(1, sizeof(*v));
	if (v == NULL)
		return NULL;
	v->slot = slot;
	v->timer = evtimer_new(base, on_timer, v);
	if (v->timer == NULL) {
		free(v);
		return NULL;
	}
	schedule(v);
	return v;
}

void vitals_free(struct vitals *v)
{
	if (v == NULL)
		return;
	event_free(v->timer);
	free(v);
}
