#include "rpc/peer.h"

#include "rpc/words.h"

bool peer_proxies_parse(const char *list, struct peer_proxies *out)
{
	static const char separators[] = " ,\t";
	out->n = 0;
	for (const char *at = list == NULL ? "" : list; *at != '\0';) {
		char word[64];
		size_t len = strcspn(at, separators);
		if (len == 0) {
			at++;
			continue;
		}
		if (len >= sizeof(word) || out->n == PEER_PROXIES)
			return false;
		memcpy(word, at, len);
		word[len] = '\0';
		if (!cidr_parse(word, &out->networks[out->n++]))
			return false;
		at += len;
	}
	return true;
}

static bool is_trusted(const struct peer_proxies *proxies, const char *address)
{
	for (size_t i = 0; i < proxies->n; i++) {
		if (cidr_has(&proxies->networks[i], address))
			return true;
	}
	return false;
}

/* Takes the last word off the list. False: nothing is left. */
static bool cut_last(struct slice *list, struct slice *word)
{
	if (list->len == 0)
		return false;
	size_t at = list->len;
	while (at > 0 && list->ptr[at - 1] != ',')
		at--;
	*word = words_trim(slice_from(*list, at));
	list->len = at == 0 ? 0 : at - 1;
	return true;
}

/* Whether the word is an address; then it is the text. */
static bool take_address(struct slice word, char text[PEER_CHARS])
{
	char copy[PEER_CHARS];
	struct cidr address;
	if (word.len == 0 || word.len >= sizeof(copy) || memchr(word.ptr, '\0', word.len) != NULL ||
	    memchr(word.ptr, '/', word.len) != NULL)
		return false;
	memcpy(copy, word.ptr, word.len);
	copy[word.len] = '\0';
	if (!cidr_parse(copy, &address))
		return false;
	memcpy(text, copy, word.len + 1);
	return true;
}

const char *peer_find(const struct peer_proxies *proxies, const struct http_request *request, char text[PEER_CHARS])
{
	const char *peer = request->peer;
	if (proxies->n == 0 || !is_trusted(proxies, peer))
		return peer;
	/* Several headers are one list (RFC 9110 5.3). */
	for (size_t i = request->n_headers; i > 0; i--) {
		const struct http_header *h = &request->headers[i - 1];
		struct slice list = h->value, word;
		if (!slice_eq(h->name, SLICE("x-forwarded-for")))
			continue;
		while (cut_last(&list, &word)) {
			if (!take_address(word, text))
				return peer;
			peer = text;
			if (!is_trusted(proxies, text))
				return peer;
		}
	}
	return peer;
}
