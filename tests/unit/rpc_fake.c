#include "rpc_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct fake_exec fake_exec;

/* --- exchanges --- */

void fake_request(struct http_exchange *x, const char *method, const char *path, bool h2, const char *const *headers)
{
	buf_free(&x->body);
	*x = (struct http_exchange){.pending = 0};
	const char *query = strchr(path, '?');
	x->request.method = slice_str(method);
	x->request.path = query == NULL ? slice_str(path) : slice_of(path, (size_t)(query - path));
	x->request.query = query == NULL ? SLICE_NONE : slice_str(query + 1);
	x->request.h2 = h2;
	x->request.peer = "192.0.2.1";
	x->request.headers = x->headers;
	for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
		const char *colon = strstr(headers[i], ": ");
		assert_non_null(colon);
		x->headers[i].name = slice_of(headers[i], (size_t)(colon - headers[i]));
		x->headers[i].value = slice_str(colon + 2);
		x->request.n_headers = i + 1;
	}
}

void fake_run(const struct http_app *app, struct http_exchange *x, struct slice body, size_t piece_bytes)
{
	x->state = app->begin(app->arg, x, &x->request);
	assert_non_null(x->state);
	size_t step = piece_bytes == 0 ? body.len : piece_bytes;
	for (size_t at = 0; at < body.len; at += step)
		app->body(x->state, slice_of(body.ptr + at, body.len - at < step ? body.len - at : step));
	app->end(x->state);
}

void fake_gone(const struct http_app *app, struct http_exchange *x)
{
	app->gone(x->state, x->ended);
	assert_int_equal(x->mistakes, 0);
	buf_free(&x->body);
}

static const char *find(const struct fake_headers *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++) {
		if (strcmp(h->name[i], name) == 0)
			return h->value[i];
	}
	return NULL;
}

const char *fake_head(const struct http_exchange *x, const char *name)
{
	return find(&x->head, name);
}

const char *fake_trailer(const struct http_exchange *x, const char *name)
{
	return find(&x->trailers, name);
}

static void record(struct fake_headers *to, const struct http_header *headers, size_t n)
{
	assert_true(n <= FAKE_HEADERS);
	for (size_t i = 0; i < n; i++) {
		snprintf(to->name[i], sizeof(to->name[i]), "%.*s", SLICE_FMT(headers[i].name));
		snprintf(to->value[i], sizeof(to->value[i]), "%.*s", SLICE_FMT(headers[i].value));
		/* What HTTP can carry in a header. */
		for (size_t k = 0; k < headers[i].value.len; k++)
			assert_true(headers[i].value.ptr[k] >= ' ' && headers[i].value.ptr[k] <= '~');
	}
	to->n = n;
}

void http_add_header(struct http_exchange *x, struct slice name, struct slice value)
{
	x->mistakes += x->status != 0;
	assert_true(x->n_added < HTTP_ADDED_HEADERS);
	x->added[x->n_added++] = (struct http_header){.name = name, .value = value};
}

struct slice http_header(const struct http_request *request, struct slice name)
{
	for (size_t i = 0; i < request->n_headers; i++) {
		if (slice_eq(request->headers[i].name, name))
			return request->headers[i].value;
	}
	return SLICE_NONE;
}

void http_respond(struct http_exchange *x, int status, const struct http_header *headers, size_t n, bool end)
{
	x->mistakes += x->status != 0;
	x->status = status;
	struct http_header all[FAKE_HEADERS];
	assert_true(n + x->n_added <= FAKE_HEADERS);
	for (size_t i = 0; i < n; i++)
		all[i] = headers[i];
	for (size_t i = 0; i < x->n_added; i++)
		all[n + i] = x->added[i];
	record(&x->head, all, n + x->n_added);
	x->ended = end;
}

void http_respond_body(struct http_exchange *x, int status, const struct http_header *headers, size_t n,
		       struct slice body)
{
	http_respond(x, status, headers, n, false);
	buf_slice(&x->body, body);
	x->ended = true;
}

void http_write(struct http_exchange *x, struct slice piece)
{
	x->mistakes += x->status == 0 || x->ended;
	buf_slice(&x->body, piece);
}

void http_finish(struct http_exchange *x, const struct http_header *trailers, size_t n)
{
	x->mistakes += x->status == 0 || x->ended;
	record(&x->trailers, trailers, n);
	x->ended = true;
}

void http_abort(struct http_exchange *x)
{
	x->aborted = true;
}

size_t http_pending_bytes(const struct http_exchange *x)
{
	return x->pending;
}

/* --- the executor --- */

/* exec.h leaves these to the executor. */
struct exec_call_state {
	int unused;
};
struct exec_watch {
	int unused;
};
static struct exec_call_state the_call;
static struct exec_watch the_watch;

const struct method *exec_method(const struct exec *exec, struct slice path)
{
	(void)exec;
	for (size_t i = 0; i < fake_exec.n_methods; i++) {
		if (slice_eq(path, slice_str(fake_exec.methods[i].path)))
			return &fake_exec.methods[i];
	}
	return NULL;
}

void fake_answer(enum err err, const struct fault *fault, const ProtobufCMessage *response)
{
	static const struct fault none;
	struct exec_result result = {.err = err, .fault = fault != NULL ? fault : &none, .response = response};
	fake_exec.hold = false;
	fake_exec.last.done(fake_exec.last.arg, &result);
}

struct exec_call_state *exec_call(struct exec *exec, const struct exec_request *request)
{
	(void)exec;
	fake_exec.calls++;
	fake_exec.last = *request;
	fake_exec.credential = request->credential;
	if (fake_exec.hold)
		return &the_call;
	fake_answer(fake_exec.err, NULL, fake_exec.response);
	return NULL;
}

void exec_cancel(struct exec_call_state *call)
{
	fake_exec.cancelled += call != NULL;
}

struct exec_watch *exec_watch(struct exec *exec, const struct exec_watch_request *request)
{
	static const struct fault none;
	struct exec_result result = {.err = fake_exec.err, .fault = &none, .position = fake_exec.position};
	(void)exec;
	fake_exec.watch = *request;
	request->opened(request->arg, &result);
	fake_exec.watching = fake_exec.err == OK;
	return fake_exec.watching ? &the_watch : NULL;
}

void exec_unwatch(struct exec_watch *watch)
{
	if (watch == NULL)
		return;
	fake_exec.watching = false;
	fake_exec.unwatched++;
}

void exec_watch_check(struct exec_watch *watch)
{
	(void)watch;
}

bool exec_watch_position(struct exec_watch *watch, char position[EXEC_POSITION_BYTES])
{
	(void)watch;
	if (fake_exec.stands_at != NULL)
		snprintf(position, EXEC_POSITION_BYTES, "%s", fake_exec.stands_at);
	return fake_exec.stands_at != NULL;
}

void exec_watch_pause(struct exec_watch *watch, bool paused)
{
	(void)watch;
	fake_exec.paused = paused;
}
