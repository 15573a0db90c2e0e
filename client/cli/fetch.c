#include "fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECT_MS = 2000, WHOLE_MS = 5000 };

struct fetcher {
	CURL *easy;
	const volatile sig_atomic_t *stop;
	char error[CURL_ERROR_SIZE];
};

static size_t on_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *page = arg;
	(void)size; /* is 1 */
	buf_add(page, bytes, n);
	return page->failed ? 0 : n;
}

static int on_progress(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	const struct fetcher *f = arg;
	(void)down_all, (void)down, (void)up_all, (void)up;
	return *f->stop != 0;
}

static bool set_up(struct fetcher *f, const char *url)
{
	CURL *e = f->easy;
	bool fine = curl_easy_setopt(e, CURLOPT_URL, url) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)WHOLE_MS) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, f->error) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK;
	fine &= curl_easy_setopt(e, CURLOPT_XFERINFODATA, f) == CURLE_OK;
	return fine;
}

struct fetcher *fetch_open(const char *url, const volatile sig_atomic_t *stop)
{
	struct fetcher *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return NULL;
	f->stop = stop;
	f->easy = curl_easy_init();
	if (f->easy == NULL || !set_up(f, url)) {
		fetch_close(f);
		return NULL;
	}
	return f;
}

void fetch_close(struct fetcher *f)
{
	if (f == NULL)
		return;
	curl_easy_cleanup(f->easy);
	free(f);
}

bool fetch_page(struct fetcher *f, struct buf *page)
{
	long status = 0;
	f->error[0] = '\0';
	buf_reset(page);
	CURLcode code = curl_easy_setopt(f->easy, CURLOPT_WRITEDATA, page);
	if (code == CURLE_OK)
		code = curl_easy_perform(f->easy);
	if (code == CURLE_OK)
		curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && status == 200)
		return true;
	if (code == CURLE_OK)
		snprintf(f->error, sizeof(f->error), "HTTP %ld", status);
	else if (f->error[0] == '\0')
		snprintf(f->error, sizeof(f->error), "%s", curl_easy_strerror(code));
	return false;
}

const char *fetch_error(const struct fetcher *f)
{
	return f->error;
}
