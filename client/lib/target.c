#include "target.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

static enum err bad(struct fault *fault, const char *why)
{
	return fault_set(fault, ERR_FIELD_INVALID, "server", "%s", why);
}

static bool is_literal(const char *host)
{
	unsigned char address[16];
	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static bool is_loopback(const char *host)
{
	unsigned char address[16];
	static const unsigned char six[16] = {[15] = 1};
	if (inet_pton(AF_INET, host, address) == 1)
		return address[0] == 127;
	if (inet_pton(AF_INET6, host, address) == 1)
		return memcmp(address, six, sizeof(six)) == 0;
	return strcasecmp(host, "localhost") == 0;
}

static enum err set_host(struct target *t, struct slice host, bool bracketed, struct fault *fault)
{
	if (host.len == 0)
		return bad(fault, "the host is missing");
	if (host.len >= sizeof(t->host))
		return bad(fault, "the host is too long");
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.ptr[i];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			  c == '.' || c == '_' || (bracketed && c == ':');
		if (!ok)
			return bad(fault, "the host has a character that host names don't have");
	}
	memcpy(t->host, host.ptr, host.len);
	t->host[host.len] = '\0';
	t->literal = is_literal(t->host);
	if (bracketed && !t->literal)
		return bad(fault, "what stands in brackets is not an IPv6 address");
	return OK;
}

static enum err set_port(struct target *t, struct slice port, struct fault *fault)
{
	unsigned long value = 0;
	if (port.len == 0 || port.len > 5)
		return bad(fault, "the port is not a number from 1 to 65535");
	for (size_t i = 0; i < port.len; i++) {
		if (port.ptr[i] < '0' || port.ptr[i] > '9')
			return bad(fault, "the port is not a number from 1 to 65535");
		value = value * 10 + (unsigned long)(port.ptr[i] - '0');
	}
	if (value == 0 || value > 65535)
		return bad(fault, "the port is not a number from 1 to 65535");
	snprintf(t->port, sizeof(t->port), "%hu", (unsigned short)value);
	return OK;
}

static enum err set_host_port(struct target *t, struct slice rest, struct fault *fault)
{
	const uint8_t *close = rest.len > 0 && rest.ptr[0] == '[' ? memchr(rest.ptr, ']', rest.len) : NULL;
	struct slice host, after;
	if (close != NULL) {
		host = slice_of(rest.ptr + 1, (size_t)(close - rest.ptr) - 1);
		after = slice_from(rest, (size_t)(close - rest.ptr) + 1);
	} else {
		const uint8_t *colon = rest.len == 0 ? NULL : memchr(rest.ptr, ':', rest.len);
		size_t len = colon == NULL ? rest.len : (size_t)(colon - rest.ptr);
		host = slice_of(rest.ptr, len);
		after = slice_from(rest, len);
	}
	TRY(set_host(t, host, close != NULL, fault));
	if (after.len == 0)
		return set_port(t, t->tls ? SLICE("443") : SLICE("80"), fault);
	if (after.ptr[0] != ':')
		return bad(fault, "only a port may follow the address in brackets");
	return set_port(t, slice_from(after, 1), fault);
}

enum err target_parse(struct target *t, const char *url, struct fault *fault)
{
	*t = (struct target){.tls = true};
	if (url == NULL || *url == '\0')
		return fault_set(fault, ERR_FIELD_REQUIRED, "server", "no server is given");
	struct slice rest = slice_str(url);
	const char *scheme_end = strstr(url, "://");
	if (scheme_end != NULL) {
		size_t len = (size_t)(scheme_end - url);
		if (len == 4 && strncasecmp(url, "http", 4) == 0)
			t->tls = false;
		else if (len != 5 || strncasecmp(url, "https", 5) != 0)
			return bad(fault, "the URL must start with https:// (or http:// on this machine)");
		rest = slice_from(rest, len + 3);
	}
	if (rest.len > 0 && rest.ptr[rest.len - 1] == '/')
		rest.len--;
	if (rest.len > 0 && memchr(rest.ptr, '/', rest.len) != NULL)
		return bad(fault, "the URL must end after the port");
	if (rest.len > 0 && memchr(rest.ptr, '@', rest.len) != NULL)
		return bad(fault, "the URL must not hold a user or password");
	TRY(set_host_port(t, rest, fault));
	if (!t->tls && !is_loopback(t->host))
		return bad(fault, "http:// is for this machine only: a key would cross the network in the clear");
	bool six = strchr(t->host, ':') != NULL;
	bool usual = strcmp(t->port, t->tls ? "443" : "80") == 0;
	snprintf(t->authority, sizeof(t->authority), "%s%s%s%s%s", six ? "[" : "", t->host, six ? "]" : "",
		 usual ? "" : ":", usual ? "" : t->port);
	snprintf(t->url, sizeof(t->url), "%s%s", t->tls ? "https://" : "http://", t->authority);
	return OK;
}
