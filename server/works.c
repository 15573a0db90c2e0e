#include "works.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "txn/scrypt.h"

/* Before the first hash was timed it is taken to last so long. */
enum { GUESS_MS = 300, TIMES = 16 };

struct job {
	STAILQ_ENTRY(job) link;
	struct exec_work *work; /* who asked */
	unsigned log2_n;
	uint8_t *password;
	size_t password_len;
	uint8_t *salt;
	size_t salt_len;
	int64_t since_ms;
	bool ok;
	uint8_t hash[TXN_SCRYPT_BYTES];
};

STAILQ_HEAD(job_list, job);

struct idler {
	LIST_ENTRY(idler) link;
	struct works *works;
	struct exec_work *work;
};

LIST_HEAD(idler_list, idler);

struct works {
	const struct exec_env *env;
	struct event *ready; /* of done_fd */
	int done_fd;
	pthread_t threads[WORK_THREADS];
	size_t n_threads;
	pthread_mutex_t lock; /* of the following */
	pthread_cond_t wake;
	struct job_list waiting, done;
	bool stop;
	/* of the loop alone */
	size_t n_jobs;
	size_t n_idlers;
	struct idler_list idlers;
	int64_t times_ms[TIMES];
	size_t next_time;
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void job_free(struct job *job)
{
	if (job->password != NULL)
		explicit_bzero(job->password, job->password_len);
	free(job->password);
	free(job->salt);
	free(job);
}

/* --- the threads --- */

static void compute(struct job *job)
{
	struct scrypt_params params = {job->log2_n, SCRYPT_R, SCRYPT_P};
	job->ok = scrypt_run(slice_of(job->password, job->password_len), slice_of(job->salt, job->salt_len), params,
			     job->hash, sizeof(job->hash));
}

static void *run(void *arg)
{
	struct works *w = arg;
	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		struct job *job = STAILQ_FIRST(&w->waiting);
		if (job == NULL) {
			pthread_cond_wait(&w->wake, &w->lock);
			continue;
		}
		STAILQ_REMOVE_HEAD(&w->waiting, link);
		pthread_mutex_unlock(&w->lock);
		compute(job);
		pthread_mutex_lock(&w->lock);
		STAILQ_INSERT_TAIL(&w->done, job, link);
		ssize_t written = write(w->done_fd, &(uint64_t){1}, sizeof(uint64_t));
		(void)written; /* it is full only when the loop was told already */
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Signals are the loop's to handle. */
static bool start_thread(struct works *w)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool ok = pthread_create(&w->threads[w->n_threads], NULL, run, w) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ok)
		w->n_threads++;
	return ok;
}

/* --- the loop --- */

static void finish(struct works *w, struct job *job)
{
	struct exec_work *work = job->work;
	bool ok = job->ok;
	w->times_ms[w->next_time++ % TIMES] = now_ms() - job->since_ms;
	w->n_jobs--;
	memcpy(work->hash, job->hash, sizeof(work->hash));
	job_free(job);
	work->done(work, ok);
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct works *w = arg;
	struct job_list done = STAILQ_HEAD_INITIALIZER(done);
	uint64_t count;
	(void)what;
	ssize_t got = read(fd, &count, sizeof(count));
	(void)got; /* the list tells */
	pthread_mutex_lock(&w->lock);
	STAILQ_CONCAT(&done, &w->done);
	pthread_mutex_unlock(&w->lock);
	while (!STAILQ_EMPTY(&done)) {
		struct job *job = STAILQ_FIRST(&done);
		STAILQ_REMOVE_HEAD(&done, link);
		finish(w, job);
	}
}

static uint8_t *copy(struct slice s)
{
	uint8_t *bytes = malloc(s.len + 1);
	if (bytes != NULL && s.len > 0)
		memcpy(bytes, s.ptr, s.len);
	return bytes;
}

static bool take_hash(struct works *w, struct exec_work *work)
{
	if (w->n_jobs >= WORK_QUEUE || (w->n_threads < WORK_THREADS && !start_thread(w) && w->n_threads == 0))
		return false;
	struct job *job = calloc(1, sizeof(*job));
	if (job == NULL)
		return false;
	*job = (struct job){.work = work,
			    .log2_n = work->log2_n,
			    .password = copy(work->password),
			    .password_len = work->password.len,
			    .salt = copy(work->salt),
			    .salt_len = work->salt.len,
			    .since_ms = now_ms()};
	if (job->password == NULL || job->salt == NULL) {
		job_free(job);
		return false;
	}
	w->n_jobs++;
	pthread_mutex_lock(&w->lock);
	STAILQ_INSERT_TAIL(&w->waiting, job, link);
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	return true;
}

static void idled(void *arg)
{
	struct idler *idler = arg;
	struct exec_work *work = idler->work;
	idler->works->n_idlers--;
	LIST_REMOVE(idler, link);
	free(idler);
	work->done(work, true);
}

/* One of the latest hashes' times, so that it varies as they do. */
static bool take_idle(struct works *w, struct exec_work *work)
{
	struct idler *idler = w->n_idlers >= WORK_IDLERS ? NULL : malloc(sizeof(*idler));
	if (idler == NULL)
		return false;
	*idler = (struct idler){.works = w, .work = work};
	LIST_INSERT_HEAD(&w->idlers, idler, link);
	w->n_idlers++;
	int64_t wait_ms = w->times_ms[w->env->random(w->env->arg) % TIMES];
	w->env->later(w->env->arg, wait_ms, idled, idler);
	return true;
}

bool works_take(struct works *w, struct exec_work *work)
{
	switch (work->kind) {
	case EXEC_WORK_SCRYPT:
		return take_hash(w, work);
	case EXEC_WORK_IDLE:
		return take_idle(w, work);
	}
	return false;
}

struct works *works_new(struct event_base *base, const struct exec_env *env)
{
	struct works *w = calloc(1, sizeof(*w));
	if (w == NULL)
		return NULL;
	w->env = env;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	STAILQ_INIT(&w->waiting);
	STAILQ_INIT(&w->done);
	LIST_INIT(&w->idlers);
	for (size_t i = 0; i < TIMES; i++)
		w->times_ms[i] = GUESS_MS;
	w->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w->ready = w->done_fd < 0 ? NULL : event_new(base, w->done_fd, EV_READ | EV_PERSIST, on_ready, w);
	if (w->ready == NULL || event_add(w->ready, NULL) != 0) {
		works_free(w);
		return NULL;
	}
	return w;
}

static void free_list(struct job_list *list)
{
	while (!STAILQ_EMPTY(list)) {
		struct job *job = STAILQ_FIRST(list);
		STAILQ_REMOVE_HEAD(list, link);
		job_free(job);
	}
}

void works_free(struct works *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->wake);
	pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < w->n_threads; i++)
		pthread_join(w->threads[i], NULL);
	free_list(&w->waiting);
	free_list(&w->done);
	while (!LIST_EMPTY(&w->idlers)) {
		struct idler *idler = LIST_FIRST(&w->idlers);
		LIST_REMOVE(idler, link);
		free(idler);
	}
	if (w->ready != NULL)
		event_free(w->ready);
	if (w->done_fd >= 0)
		close(w->done_fd);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
