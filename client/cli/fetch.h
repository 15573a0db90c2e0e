/*
 * fetch: one page over HTTP, for what is no RPC.
 *
 * By libcurl, http and https, no redirects, no proxy: the page is the broker's own on its loopback port.
 *
 * Nouns: a fetcher keeps its connection from page to page.
 * Ownership: fetch_open gives, fetch_close takes back (NULL-safe); the page is the caller's buf.
 * Errors: fetch_page false with a text for people in fetch_error; fetch_open NULL without memory.
 */
#ifndef PAIDAN_CLI_FETCH_H
#define PAIDAN_CLI_FETCH_H

#include <signal.h>

#include "base/buf.h"

struct fetcher;

/* The fetcher borrows url. `stop`, when it becomes other than 0, ends a fetch under way. */
struct fetcher *fetch_open(const char *url, const volatile sig_atomic_t *stop);
void fetch_close(struct fetcher *f);
/* Replaces what is in *page; at most page->cap_bytes of it. */
bool fetch_page(struct fetcher *f, struct buf *page);
const char *fetch_error(const struct fetcher *f);

#endif
