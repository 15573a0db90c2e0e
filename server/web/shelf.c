#include "web/shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "web/shelf_file.h"

STAILQ_HEAD(shelf_jobs, shelf_job);

struct shelf {
	int dir;
	struct event *ready; /* of done_fd */
	int done_fd;
	pthread_t thread;
	bool has_thread;
	size_t n_jobs;        /* of the loop alone */
	pthread_mutex_t lock; /* of the following */
	pthread_cond_t wake;
	struct shelf_jobs waiting, done;
	bool stop;
};

void shelf_job_free(struct shelf_job *job)
{
	if (job == NULL)
		return;
	buf_free(&job->bytes);
	free(job);
}

void shelf_forget(struct shelf_job *job)
{
	if (job != NULL)
		job->done = NULL;
}

/* --- the thread --- */

static bool carry_out(int dir, struct shelf_job *job)
{
	switch (job->task) {
	case SHELF_PUT:
		return shelf_file_put(dir, job);
	case SHELF_GET:
		return shelf_file_get(dir, job);
	case SHELF_DROP:
		return shelf_file_drop(dir, job);
	}
	return false;
}

static enum err err_of(int error)
{
	if (error == ENOSPC || error == EDQUOT)
		return ERR_DISK_FULL;
	return error == ENOENT ? ERR_NOT_FOUND : ERR_UNAVAILABLE;
}

static void *run(void *arg)
{
	struct shelf *s = arg;
	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		struct shelf_job *job = STAILQ_FIRST(&s->waiting);
		if (job == NULL) {
			pthread_cond_wait(&s->wake, &s->lock);
			continue;
		}
		STAILQ_REMOVE_HEAD(&s->waiting, link);
		pthread_mutex_unlock(&s->lock);
		bool fine = carry_out(s->dir, job);
		job->err = fine ? OK : err_of(errno);
		if (job->err == ERR_UNAVAILABLE)
			log_error("web", "an attachment's file", LOG_S("id", job->id),
				  LOG_S("because", strerror(errno)));
		pthread_mutex_lock(&s->lock);
		STAILQ_INSERT_TAIL(&s->done, job, link);
		ssize_t written = write(s->done_fd, &(uint64_t){1}, sizeof(uint64_t));
		(void)written; /* it is full only when the loop was told already */
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Signals are the loop's to handle. */
static bool start_thread(struct shelf *s)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->has_thread = pthread_create(&s->thread, NULL, run, s) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return s->has_thread;
}

/* --- the loop --- */

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct shelf *s = arg;
	struct shelf_jobs done = STAILQ_HEAD_INITIALIZER(done);
	uint64_t count;
	(void)what;
	ssize_t got = read(fd, &count, sizeof(count));
	(void)got; /* the list tells */
	pthread_mutex_lock(&s->lock);
	STAILQ_CONCAT(&done, &s->done);
	pthread_mutex_unlock(&s->lock);
	while (!STAILQ_EMPTY(&done)) {
		struct shelf_job *job = STAILQ_FIRST(&done);
		STAILQ_REMOVE_HEAD(&done, link);
		s->n_jobs--;
		if (job->done != NULL)
			job->done(job);
		else
			shelf_job_free(job);
	}
}

bool shelf_take(struct shelf *s, struct shelf_job *job)
{
	if (s->n_jobs >= SHELF_QUEUE || (!s->has_thread && !start_thread(s)))
		return false;
	s->n_jobs++;
	pthread_mutex_lock(&s->lock);
	STAILQ_INSERT_TAIL(&s->waiting, job, link);
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	return true;
}

struct shelf *shelf_new(struct event_base *base, const char *directory)
{
	struct shelf *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	STAILQ_INIT(&s->waiting);
	STAILQ_INIT(&s->done);
	s->done_fd = -1;
	s->dir =
	    mkdir(directory, 0700) != 0 && errno != EEXIST ? -1 : open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0) {
		log_error("web", "no directory for attachments", LOG_S("path", directory),
			  LOG_S("because", strerror(errno)));
		shelf_free(s);
		return NULL;
	}
	shelf_file_tidy(s->dir);
	s->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->ready = s->done_fd < 0 ? NULL : event_new(base, s->done_fd, EV_READ | EV_PERSIST, on_ready, s);
	if (s->ready == NULL || event_add(s->ready, NULL) != 0) {
		shelf_free(s);
		return NULL;
	}
	return s;
}

static void free_jobs(struct shelf_jobs *jobs)
{
	while (!STAILQ_EMPTY(jobs)) {
		struct shelf_job *job = STAILQ_FIRST(jobs);
		STAILQ_REMOVE_HEAD(jobs, link);
		shelf_job_free(job);
	}
}

void shelf_free(struct shelf *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
	if (s->has_thread)
		pthread_join(s->thread, NULL);
	free_jobs(&s->waiting);
	free_jobs(&s->done);
	if (s->ready != NULL)
		event_free(s->ready);
	if (s->done_fd >= 0)
		close(s->done_fd);
	if (s->dir >= 0)
		close(s->dir);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
