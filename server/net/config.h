/*
 * config: what net is told at start and what it counts.
 *
 * Nouns: the TLS port is for the world; the cleartext port is for local proxies and metrics, and only a
 * loopback address is accepted for it. Limits left 0 have the values of base/limits.h; tests lower them
 * to stay quick.
 * Ownership: net copies the config; the strings need to live only during net_server_new.
 */
#ifndef PAIDAN_NET_CONFIG_H
#define PAIDAN_NET_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OpenSSL's ticket key: 16 bytes of name, 32 of HMAC, 32 of AES. */
enum { NET_TICKET_KEY_BYTES = 80 };

struct net_limits {
	int connections;
	int handshake_ms;
	int idle_ms;
	int request_ms;
	int drain_ms;
	int linger_ms;
	int header_bytes;
	int headers;
	int body_bytes;
	int held_bytes;
	int connection_held_bytes;
	int pressed_ms;
	int streams;
	int resets;
	int control_frames;
	int abuse_ms;
	int silent_ms;
	int probe_ms;
	int ping_ms;      /* between two PINGs of a connection with requests under way */
	int ping_idle_ms; /* and of one without */
};

/* Certificates of clients. They are asked for, not required unless it says so; one that does not check fails
 * the handshake. */
struct net_client_certs {
	const char *ca_file;  /* PEM, the authorities; NULL: no certificate is asked for */
	const char *crl_file; /* PEM, what they revoked; NULL: nothing */
	bool required;
};

struct net_config {
	const char *tls_address; /* numeric IPv4 or IPv6 ("::" takes both in); NULL: no TLS port */
	int tls_port;            /* 0: any free one, see net_server_tls_port */
	const char *cert_file;   /* PEM, with the chain */
	const char *key_file;
	struct net_client_certs clients;
	/* NET_TICKET_KEY_BYTES that all workers share, so that a session can be resumed at any of them;
	 * NULL: random ones, kept over reloads. */
	const uint8_t *ticket_key;
	const char *clear_address; /* a loopback address; NULL: no cleartext port */
	int clear_port;
	struct net_limits limits;
};

/* Counters since the start, but for those ending in _now. */
struct net_stats {
	uint64_t connections_now;
	uint64_t connections_total;
	uint64_t accept_pauses; /* out of file descriptors or at the connection limit */
	uint64_t handshakes;
	uint64_t handshakes_resumed;
	uint64_t handshakes_failed;
	uint64_t requests_now;
	uint64_t held_bytes_now; /* of requests under way and responses not yet taken */
	uint64_t requests_h1;
	uint64_t requests_h2;
	uint64_t requests_refused; /* answered 400, 408, 413, 417, 431 or 503 without the app */
	uint64_t resets_in;
	uint64_t resets_out;
	uint64_t closed_abuse;
	uint64_t closed_timeout;
	uint64_t bytes_in; /* inside TLS */
	uint64_t bytes_out;
};

#endif
