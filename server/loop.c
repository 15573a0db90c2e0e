#include "loop.h"

#include <stdlib.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <time.h>

#include "base/log.h"
#include "works.h"

/* Fetched from the kernel at once: getrandom gives up to 256 bytes without fail. */
enum { RANDOM_WORDS = 32 };

struct pause {
	TAILQ_ENTRY(pause) link; /* in spare or waiting */
	struct loop *loop;
	struct event *event;
	void (*fn)(void *arg);
	void *arg;
};

TAILQ_HEAD(pause_list, pause);

struct loop {
	struct event_base *base;
	struct exec_env env;
	struct works *works;
	struct pause_list spare;
	struct pause_list waiting;
	uint64_t random[RANDOM_WORDS];
	size_t random_left;
};

static void die(const char *what)
{
	log_error("main", "can't go on", LOG_S("because", what));
	abort();
}

static int64_t now_ms(void *arg)
{
	struct timespec now;
	(void)arg;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t loop_random(void *arg)
{
	struct loop *loop = arg;
	if (loop->random_left == 0) {
		if (getrandom(loop->random, sizeof(loop->random), 0) != sizeof(loop->random))
			die("no random numbers");
		loop->random_left = RANDOM_WORDS;
	}
	uint64_t *word = &loop->random[--loop->random_left];
	uint64_t value = *word;
	*word = 0;
	return value;
}

static void secret(void *arg, uint8_t *out, size_t n)
{
	for (size_t at = 0; at < n; at += sizeof(uint64_t)) {
		uint64_t word = loop_random(arg);
		memcpy(out + at, &word, n - at < sizeof(word) ? n - at : sizeof(word));
	}
}

static void on_pause(evutil_socket_t fd, short what, void *arg)
{
	struct pause *pause = arg;
	struct loop *loop = pause->loop;
	(void)fd;
	(void)what;
	TAILQ_REMOVE(&loop->waiting, pause, link);
	TAILQ_INSERT_HEAD(&loop->spare, pause, link);
	/* Last: fn may use this very pause again. */
	pause->fn(pause->arg);
}

static struct pause *take_pause(struct loop *loop)
{
	struct pause *pause = TAILQ_FIRST(&loop->spare);
	if (pause != NULL) {
		TAILQ_REMOVE(&loop->spare, pause, link);
		return pause;
	}
	pause = calloc(1, sizeof(*pause));
	if (pause == NULL)
		die("out of memory");
	pause->loop = loop;
	pause->event = evtimer_new(loop->base, on_pause, pause);
	if (pause->event == NULL)
		die("out of memory");
	return pause;
}

static void later(void *arg, int64_t delay_ms, void (*fn)(void *fn_arg), void *fn_arg)
{
	struct loop *loop = arg;
	struct pause *pause = take_pause(loop);
	struct timeval delay = {delay_ms > 0 ? delay_ms / 1000 : 0, delay_ms > 0 ? delay_ms % 1000 * 1000 : 0};
	pause->fn = fn;
	pause->arg = fn_arg;
	TAILQ_INSERT_TAIL(&loop->waiting, pause, link);
	if (delay_ms <= 0)
		event_active(pause->event, EV_TIMEOUT, 1);
	else if (event_add(pause->event, &delay) != 0)
		die("out of memory");
}

static bool take_work(void *arg, struct exec_work *work)
{
	return works_take(((struct loop *)arg)->works, work);
}

struct loop *loop_new(struct event_base *base)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	if (loop == NULL)
		return NULL;
	loop->base = base;
	loop->env = (struct exec_env){
	    .arg = loop, .now_ms = now_ms, .random = loop_random, .secret = secret, .later = later, .work = take_work};
	TAILQ_INIT(&loop->spare);
	TAILQ_INIT(&loop->waiting);
	loop->works = works_new(base, &loop->env);
	if (loop->works == NULL) {
		loop_free(loop);
		return NULL;
	}
	return loop;
}

static void free_list(struct pause_list *list)
{
	struct pause *pause;
	while ((pause = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, pause, link);
		event_free(pause->event);
		free(pause);
	}
}

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	works_free(loop->works);
	free_list(&loop->waiting);
	free_list(&loop->spare);
	free(loop);
}

const struct exec_env *loop_env(const struct loop *loop)
{
	return &loop->env;
}
