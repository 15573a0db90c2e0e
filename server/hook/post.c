#include "hook/post.h"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/limits.h"
#include "hook/address.h"

/* Connections that are kept open between POSTs, of all receivers together. */
enum { KEPT_CONNECTIONS = 64, HEADER_BYTES = 512, MS_PER_S = 1000 };

/* One POST under way, or its handle kept for the next. */
struct exchange {
	TAILQ_ENTRY(exchange) link; /* in running or spare */
	struct post *post;
	CURL *easy;
	struct curl_slist *headers;
	struct hook_parcel parcel;
	size_t answer_bytes;
	bool forbidden; /* an address was refused */
	bool opened;    /* one was not */
};

TAILQ_HEAD(exchanges, exchange);

struct post {
	struct post_config config;
	CURLM *multi;
	struct event *timer;
	struct event *tick;
	struct exchanges running, spare;
};

/* --- what came of it --- */

static bool was_sent(const struct exchange *x)
{
	long bytes = 0;
	curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return bytes > 0;
}

static DeliveryResult result_of(const struct exchange *x, CURLcode code, long status)
{
	bool too_long = code == CURLE_WRITE_ERROR && x->answer_bytes > LIMIT_HOOK_ANSWER_BYTES;
	if (code == CURLE_OK || too_long) /* the status is there; the rest nobody reads */
		return status >= 200 && status < 300 ? DELIVERY_RESULT_DELIVERED : DELIVERY_RESULT_REFUSED;
	if (code == CURLE_OPERATION_TIMEDOUT)
		return DELIVERY_RESULT_TIMEOUT;
	if (code == CURLE_COULDNT_RESOLVE_HOST)
		return DELIVERY_RESULT_NO_HOST;
	/* The scheme; an answer that is no HTTP has the same code. */
	bool scheme = code == CURLE_UNSUPPORTED_PROTOCOL && !was_sent(x);
	if (scheme || (x->forbidden && !x->opened))
		return DELIVERY_RESULT_FORBIDDEN;
	if (code == CURLE_COULDNT_CONNECT)
		return DELIVERY_RESULT_NO_CONNECTION;
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
	    code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CIPHER ||
	    code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_INVALIDCERTSTATUS)
		return DELIVERY_RESULT_TLS;
	return DELIVERY_RESULT_BROKEN;
}

static void finish(struct exchange *x, CURLcode code)
{
	struct post *post = x->post;
	struct hook_parcel parcel = x->parcel;
	struct hook_answer answer = {.result = DELIVERY_RESULT_UNSPECIFIED};
	long status = 0;
	curl_off_t retry_after_s = 0;
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	answer.result = result_of(x, code, status);
	answer.status = status > 0 && status < 1000 ? (uint32_t)status : 0;
	/* Beyond a day it is cut anyway. */
	answer.retry_after_ms = retry_after_s <= 0 ? 0 : (retry_after_s > 86400 ? 86400 : retry_after_s) * MS_PER_S;
	curl_multi_remove_handle(post->multi, x->easy);
	curl_slist_free_all(x->headers);
	x->headers = NULL;
	TAILQ_REMOVE(&post->running, x, link);
	TAILQ_INSERT_HEAD(&post->spare, x, link);
	parcel.done(parcel.arg, &answer);
}

static void collect(struct post *post)
{
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(post->multi, &left)) != NULL) {
		struct exchange *x = NULL;
		CURLcode code = message->data.result;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&x);
		finish(x, code); /* message is no longer valid */
	}
}

/* --- libcurl on libevent ---
 * A callback that fails would make libcurl give up for good. Where memory is missing the transfer goes by its timeout
 * instead, which the tick sees to. */

static void on_fd(evutil_socket_t fd, short what, void *arg)
{
	struct post *post = arg;
	int running, flags = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
	curl_multi_socket_action(post->multi, fd, flags, &running);
	collect(post);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct post *post = arg;
	int running;
	(void)fd;
	(void)what;
	curl_multi_socket_action(post->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(post);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct post *post = arg;
	struct event *event = known;
	(void)easy;
	if (event != NULL)
		event_free(event);
	event = NULL;
	if (what != CURL_POLL_REMOVE) {
		short flags =
		    (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));
		event = event_new(post->config.base, fd, flags, on_fd, post);
		if (event != NULL && event_add(event, NULL) != 0) {
			event_free(event);
			event = NULL;
		}
	}
	curl_multi_assign(post->multi, fd, event);
	return 0;
}

static int watch_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct post *post = arg;
	struct timeval wait = {timeout_ms / MS_PER_S, timeout_ms % MS_PER_S * 1000};
	(void)multi;
	if (timeout_ms < 0)
		(void)event_del(post->timer);
	else
		(void)event_add(post->timer, &wait);
	return 0;
}

/* --- one POST --- */

/* The address is final here, whatever the name's look-up said before. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *x = arg;
	(void)purpose;
	if (!x->post->config.plain && !address_is_public(&address->addr)) {
		x->forbidden = true;
		return CURL_SOCKET_BAD;
	}
	x->opened = true;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t read_answer(char *bytes, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	(void)bytes;
	x->answer_bytes += size * n;
	return x->answer_bytes > LIMIT_HOOK_ANSWER_BYTES ? 0 : size * n;
}

static CURLcode add_authorities(CURL *easy, void *context, void *arg)
{
	const struct post *post = arg;
	(void)easy;
	return SSL_CTX_load_verify_locations(context, post->config.ca_file, NULL) == 1 ? CURLE_OK
										       : CURLE_SSL_CACERT_BADFILE;
}

/* What is the same for every POST. */
static bool set_up(struct exchange *x)
{
	const struct post_config *c = &x->post->config;
	CURL *e = x->easy;
	bool fine = curl_easy_setopt(e, CURLOPT_PRIVATE, x) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, c->plain ? "http,https" : "https") == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_HOOK_CONNECT_MS) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, c->timeout_ms > 0 ? c->timeout_ms : (long)LIMIT_HOOK_MS) ==
		CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_USERAGENT, c->user_agent) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, x) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, read_answer) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_WRITEDATA, x) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_POST, 1L) == CURLE_OK;
	if (c->ca_file[0] != '\0') {
		fine &= curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, add_authorities) == CURLE_OK;
		fine &= curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, x->post) == CURLE_OK;
	}
	return fine;
}

static void exchange_free(struct exchange *x)
{
	curl_slist_free_all(x->headers);
	curl_easy_cleanup(x->easy);
	free(x);
}

static struct exchange *exchange_take(struct post *post)
{
	struct exchange *x = TAILQ_FIRST(&post->spare);
	if (x != NULL) {
		TAILQ_REMOVE(&post->spare, x, link);
		return x;
	}
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return NULL;
	x->post = post;
	x->easy = curl_easy_init();
	if (x->easy == NULL || !set_up(x)) {
		exchange_free(x);
		return NULL;
	}
	return x;
}

static bool add_header(struct exchange *x, const char *name, const char *value)
{
	char line[HEADER_BYTES];
	int len = snprintf(line, sizeof(line), "%s: %s", name, value);
	struct curl_slist *more = len < 0 || (size_t)len >= sizeof(line) ? NULL : curl_slist_append(x->headers, line);
	if (more != NULL)
		x->headers = more;
	return more != NULL;
}

static bool start(struct exchange *x, const struct hook_parcel *parcel)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:"); /* no 100-continue */
	x->parcel = *parcel;
	x->answer_bytes = 0;
	x->forbidden = x->opened = false;
	x->headers = headers;
	bool fine = headers != NULL && add_header(x, "content-type", "application/json") &&
		    add_header(x, "webhook-id", parcel->id) && add_header(x, "webhook-timestamp", parcel->timestamp) &&
		    add_header(x, "webhook-signature", parcel->signature);
	fine = fine && curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers) == CURLE_OK &&
	       curl_easy_setopt(x->easy, CURLOPT_URL, parcel->url) == CURLE_OK &&
	       curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE, (long)parcel->body.len) == CURLE_OK &&
	       curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, (const char *)parcel->body.ptr) == CURLE_OK;
	return fine && curl_multi_add_handle(x->post->multi, x->easy) == CURLM_OK;
}

static bool send_parcel(void *arg, const struct hook_parcel *parcel)
{
	struct post *post = arg;
	struct exchange *x = exchange_take(post);
	if (x == NULL)
		return false;
	if (!start(x, parcel)) {
		exchange_free(x);
		return false;
	}
	TAILQ_INSERT_TAIL(&post->running, x, link);
	return true;
}

struct hook_transport post_transport(struct post *post)
{
	return (struct hook_transport){post, send_parcel};
}

/* --- beginning and end --- */

struct post *post_new(const struct post_config *config)
{
	static const struct timeval every = {1, 0};
	struct post *post = calloc(1, sizeof(*post));
	if (post == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(post);
		return NULL;
	}
	post->config = *config;
	TAILQ_INIT(&post->running);
	TAILQ_INIT(&post->spare);
	post->timer = evtimer_new(config->base, on_timer, post);
	post->tick = event_new(config->base, -1, EV_PERSIST, on_timer, post);
	post->multi = curl_multi_init();
	if (post->timer == NULL || post->tick == NULL || post->multi == NULL || event_add(post->tick, &every) != 0) {
		post_free(post);
		return NULL;
	}
	curl_multi_setopt(post->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(post->multi, CURLMOPT_SOCKETDATA, post);
	curl_multi_setopt(post->multi, CURLMOPT_TIMERFUNCTION, watch_timer);
	curl_multi_setopt(post->multi, CURLMOPT_TIMERDATA, post);
	curl_multi_setopt(post->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
	return post;
}

static void free_all(struct post *post, struct exchanges *list, bool running)
{
	struct exchange *x;
	while ((x = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, x, link);
		if (running)
			curl_multi_remove_handle(post->multi, x->easy);
		exchange_free(x);
	}
}

void post_free(struct post *post)
{
	if (post == NULL)
		return;
	free_all(post, &post->running, true);
	free_all(post, &post->spare, false);
	if (post->multi != NULL)
		curl_multi_cleanup(post->multi); /* gives its sockets' events up */
	if (post->timer != NULL)
		event_free(post->timer);
	if (post->tick != NULL)
		event_free(post->tick);
	free(post);
	curl_global_cleanup();
}
