#include <openssl/evp.h>

#include "web/attachments_inside.h"

/* --- up: cleaned, recorded, written, acknowledged --- */

static void answer_upload(struct passage *p)
{
	struct http_header headers[] = {{.name = SLICE("content-type"), .value = SLICE("application/json")},
					{.name = SLICE("cache-control"), .value = SLICE("no-store")}};
	struct buf text = {0};
	/* Neither has anything that JSON escapes. */
	buf_printf(&text, "{\"ref\":\"%s\",\"mediaType\":\"%s\"}", p->id, media_type(p->media));
	p->is_answered = true;
	if (text.failed)
		http_abort(p->x);
	else
		http_respond_body(p->x, 200, headers, 2, buf_view(&text));
	buf_free(&text);
}

static void written(struct shelf_job *job)
{
	struct passage *p = job->arg;
	enum err err = job->err;
	p->job = NULL;
	shelf_job_free(job);
	if (err == OK)
		answer_upload(p);
	else
		passage_fail(p, err, NULL);
}

static void recorded(void *arg, const struct exec_result *result)
{
	struct passage *p = arg;
	p->exec = NULL;
	if (result->err != OK) {
		passage_fail(p, result->err, result->fault);
		return;
	}
	const Attachment *attachment = (const Attachment *)(const void *)result->response;
	memcpy(p->id, attachment->ref, strlen(attachment->ref) + 1);
	if (!passage_shelve(p, SHELF_PUT, p->id, written))
		passage_fail(p, ERR_OVERLOADED, NULL);
}

static bool hash(struct passage *p)
{
	uint8_t digest[SHELF_SHA256_CHARS / 2];
	if (EVP_Digest(p->clean.ptr, p->clean.len, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	for (size_t i = 0; i < sizeof(digest); i++) {
		p->sha256[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		p->sha256[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	return true;
}

void upload_take(struct passage *p)
{
	bool is_broken;
	p->media = media_clean(buf_view(&p->body), &p->clean, &is_broken);
	if (p->media == MEDIA_NONE) {
		enum err unknown = p->clean.failed ? ERR_OVERLOADED : ERR_MEDIA_UNKNOWN;
		passage_fail(p, is_broken ? ERR_MEDIA_BROKEN : unknown, NULL);
		return;
	}
	buf_free(&p->body);
	if (!hash(p)) {
		passage_fail(p, ERR_INTERNAL, NULL);
		return;
	}
	p->new = (struct attachment_new){media_type(p->media), p->sha256, (uint32_t)p->clean.len};
	passage_ask(p, &attachment_add, &p->new, recorded);
}

/* --- down: may they, and the file --- */

static void answer_download(struct passage *p, struct slice bytes)
{
	char name[64];
	int len = snprintf(name, sizeof(name), "inline; filename=\"%s%s\"", p->id, media_ending(p->media));
	struct http_header headers[] = {
	    {.name = SLICE("content-type"), .value = slice_str(media_type(p->media))},
	    {.name = SLICE("content-disposition"), .value = slice_of(name, (size_t)len)},
	    {.name = SLICE("content-security-policy"),
	     .value = SLICE("default-src 'none'; frame-ancestors 'none'; sandbox")},
	    {.name = SLICE("x-content-type-options"), .value = SLICE("nosniff")},
	    {.name = SLICE("cross-origin-resource-policy"), .value = SLICE("same-origin")},
	    /* It never changes; who may see it does: not for others than this browser, and not for long. */
	    {.name = SLICE("cache-control"), .value = SLICE("private, max-age=3600")},
	    {.name = SLICE("vary"), .value = SLICE("authorization, cookie, x-paidan-session, x-paidan-act-as")},
	};
	p->is_answered = true;
	http_respond_body(p->x, 200, headers, sizeof(headers) / sizeof(headers[0]), bytes);
}

static void got(struct shelf_job *job)
{
	struct passage *p = job->arg;
	p->job = NULL;
	if (job->err == OK)
		answer_download(p, buf_view(&job->bytes));
	else
		passage_fail(p, job->err, NULL);
	shelf_job_free(job);
}

static void allowed(void *arg, const struct exec_result *result)
{
	struct passage *p = arg;
	p->exec = NULL;
	if (result->err != OK) {
		passage_fail(p, result->err, result->fault);
		return;
	}
	const Attachment *attachment = (const Attachment *)(const void *)result->response;
	p->media = media_of_type(slice_str(attachment->media_type));
	if (p->media == MEDIA_NONE)
		passage_fail(p, ERR_DATA_CORRUPT, NULL);
	else if (!passage_shelve(p, SHELF_GET, p->id, got))
		passage_fail(p, ERR_OVERLOADED, NULL);
}

void download_ask(struct passage *p)
{
	p->ask.id = p->id;
	passage_ask(p, &attachment_open, &p->ask, allowed);
}
