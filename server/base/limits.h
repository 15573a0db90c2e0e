/*
 * limits: every bound on what comes from outside, and why it is what it is.
 *
 * Nouns: LIMIT_<what>_<unit>. A bound is inclusive: the value itself is allowed.
 * Each bound has a row in tests/unit/test_limits.c or the test of the module that enforces it.
 */
#ifndef PAIDAN_BASE_LIMITS_H
#define PAIDAN_BASE_LIMITS_H

enum {
	/* --- connections and HTTP --- */
	/* 10,000 watchers and the backends' pools, with room; beyond it the listener pauses. */
	LIMIT_CONNECTIONS_PER_WORKER = 20000,
	/* A TLS handshake takes 2 round trips; 10 s covers a phone on a bad network. */
	LIMIT_HANDSHAKE_MS = 10000,
	/* Backends keep pools open; NAT boxes forget a flow after about 5 min. */
	LIMIT_IDLE_MS = 300000,
	/* A header block or body that trickles longer than this is an attack or a dead peer. */
	LIMIT_REQUEST_MS = 30000,
	/* What a drain may take before the connections are cut (systemd's and load balancers' habit). */
	LIMIT_DRAIN_MS = 30000,
	/* Headers of one request: traceparent, token (≤ 4 KiB), metadata. */
	LIMIT_HEADER_BYTES = 16384,
	LIMIT_HEADERS = 64,
	/* Concurrent requests of one h2 connection; a backend has a pool for more. */
	LIMIT_STREAMS = 256,
	/* Resets in either direction, and other cheap frames, in one connection's LIMIT_ABUSE_MS:
	 * CVE-2023-44487 (rapid reset), CVE-2025-8671 (MadeYouReset). */
	LIMIT_RESETS = 100,
	LIMIT_CONTROL_FRAMES = 1000,
	LIMIT_ABUSE_MS = 30000,
	/* Response bytes waiting in one exchange before a stream's producer pauses / goes on. */
	LIMIT_PENDING_HIGH_BYTES = 256 * 1024,
	LIMIT_PENDING_LOW_BYTES = 64 * 1024,

	/* --- messages --- */
	/* One request message; the largest is a GeoJSON of a district's grids. */
	LIMIT_MESSAGE_BYTES = 4 * 1024 * 1024,
	/* Our messages nest 4 deep; protobuf's own limit is 100, protobuf-c has none and overflows the
	 * stack near 8,700. */
	LIMIT_MESSAGE_DEPTH = 32,
	/* Fields (with repeated elements) in one message tree: caps protobuf-c's 20-40x amplification. */
	LIMIT_MESSAGE_FIELDS = 200000,
	/* All memory of one request: message, records, reply. */
	LIMIT_REQUEST_ARENA_BYTES = 64 * 1024 * 1024,
	/* gRPC deadlines longer than this are cut to it; a request without one gets it. */
	LIMIT_DEADLINE_MS = 60000,

	/* --- fields --- */
	LIMIT_TITLE_CHARS = 80,
	LIMIT_TEXT_CHARS = 2000,
	LIMIT_NAME_CHARS = 60,
	LIMIT_PHONE_CHARS = 24,
	LIMIT_ADDRESS_CHARS = 200,
	LIMIT_TAGS = 10,
	LIMIT_TAG_CHARS = 30,
	LIMIT_ATTACHMENTS = 9,
	LIMIT_ATTACHMENT_REF_CHARS = 200,
	LIMIT_REQUEST_ID_CHARS = 64,
	LIMIT_SKILLS = 32,
	LIMIT_SHIFTS = 28,
	LIMIT_SLOTS = 20,
	LIMIT_NOTES = 100,
	/* Timeline entries of one order; beyond it only the states that end an order are taken. */
	LIMIT_TIMELINE = 300,
	/* Open offers of one order at once. */
	LIMIT_FANOUT = 20,
	LIMIT_PAGE_SIZE = 200,
	LIMIT_BULK = 100,
	LIMIT_GRIDS = 2000,
	LIMIT_GRID_POINTS = 2000,
	LIMIT_ORG_NODES = 5000,
	LIMIT_CATEGORIES = 200,
	LIMIT_API_KEYS = 200,
	LIMIT_IMPORT_ROWS = 500,

	/* --- transactions --- */
	/* Loads of one transaction (rounds), records it may touch, and re-runs after a conflict. */
	LIMIT_TXN_ROUNDS = 16,
	LIMIT_TXN_RECORDS = 512,
	LIMIT_TXN_RETRIES = 8,
};

#endif
