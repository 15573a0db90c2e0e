/*
 * limits: every bound on what comes from outside, and why it is what it is.
 *
 * Nouns: LIMIT_<what>_<unit>. A bound is inclusive: the value itself is allowed.
 * Each bound is tested with the module that enforces it.
 */
#ifndef PAIDAN_BASE_LIMITS_H
#define PAIDAN_BASE_LIMITS_H

#include <stdint.h>

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
	/* A peer with requests under way that says nothing for this long is asked with a PING, and is gone when no
	 * byte comes within the other: a phone that left its network must not hold streams until TCP gives up. */
	LIMIT_SILENT_MS = 60000,
	LIMIT_PROBE_MS = 20000,
	/* PINGs of one connection: gRPC's clients send one in 10 s at the most; a pool without calls keeps its
	 * NAT boxes awake with far less, see RPC_HEARTBEAT_MS. */
	LIMIT_PING_MS = 10000,
	LIMIT_PING_IDLE_MS = 30000,
	/* Request bodies that reach no message limit of their own (LIMIT_MESSAGE_BYTES answers first, in the
	 * protocol's own words); JSON of a full message fits, and two of the longest messages of a stream. */
	LIMIT_BODY_BYTES = 2 * (4 * 1024 * 1024 + 1024),
	/* A body may take LIMIT_REQUEST_MS plus its size at this pace, and so may a response that waits: 2 KB/s is
	 * below any real link. */
	LIMIT_BODY_PACE_BYTES_PER_MS = 2,
	/* Of requests under way and of responses not yet taken, one worker holds so much for all peers and for
	 * one connection: ordinary ones are 1 KB, so both are far away until somebody opens many streams and
	 * sends bodies without an end or takes no answers. One connection may have eight of the longest
	 * messages under way; what is more gets 503. */
	LIMIT_HELD_BYTES = 256 * 1024 * 1024,
	LIMIT_CONNECTION_HELD_BYTES = 32 * 1024 * 1024,
	/* When half of that is held, peers that trickle are given up sooner than LIMIT_REQUEST_MS, to make room
	 * for those who don't: 100 KB/s is what a bad mobile network has. */
	LIMIT_PRESSED_MS = 3000,
	LIMIT_PRESSED_PACE_BYTES_PER_MS = 100,
	/* Chunk extensions of one HTTP/1.1 request: nobody sends them, all must skip them. */
	LIMIT_CHUNK_EXTENSION_BYTES = 256,
	/* Receive windows of HTTP/2: what may be under way on a 50 ms path at 5 and 20 MB/s. Bodies go to
	 * the app as they come, so a window is no memory here. */
	LIMIT_STREAM_WINDOW_BYTES = 256 * 1024,
	LIMIT_CONNECTION_WINDOW_BYTES = 1024 * 1024,
	/* After the last response, how long and how much we read to let it arrive (RFC 9112 9.6). */
	LIMIT_LINGER_MS = 2000,
	LIMIT_LINGER_BYTES = 256 * 1024,
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
	/* Memory that one message may take once read: an empty nested message of 2 bytes takes some 100. */
	LIMIT_MESSAGE_MEMORY_BYTES = 32 * 1024 * 1024,
	/* Field paths and the names in them, as errors quote them. */
	LIMIT_PATH_BYTES = 255,
	LIMIT_PATH_NAME_BYTES = 64,
	/* Wrong fields that one answer names: with their texts in two languages some 6 KB of trailers, and
	 * clients take 8. */
	LIMIT_VIOLATIONS = 20,
	/* Objects and arrays inside each other in JSON: a message in a list is two of them, and the
	 * free-form google.protobuf.Value counts each as a message. */
	LIMIT_JSON_DEPTH = 2 * LIMIT_MESSAGE_DEPTH,
	/* All memory of one request: message, records, reply. */
	LIMIT_REQUEST_ARENA_BYTES = 64 * 1024 * 1024,
	/* gRPC deadlines longer than this are cut to it; a request without one gets it. */
	LIMIT_DEADLINE_MS = 60000,

	/* --- RPCs --- */
	/* Unary RPCs under way in one worker: at 20 ms each that is 200,000 per second, far above what a core
	 * does; more of them only wait. The rest is told to come again. */
	LIMIT_RPCS_PER_WORKER = 4096,
	/* Memory that their messages take once read: eight of the largest, or ten thousand ordinary ones. While the
	 * store is slow all of them wait in it; what is more is told to come again. */
	LIMIT_MESSAGES_BYTES = 8 * LIMIT_MESSAGE_MEMORY_BYTES,
	/* Server streams of one worker: the watchers of design, half of the connections at least. */
	LIMIT_WATCHES_PER_WORKER = 20000,
	/* Parts of an API key; tenant ids are part of every key in the store. */
	LIMIT_TENANT_ID_CHARS = 24,
	LIMIT_ID_CHARS = 32,
	LIMIT_KEY_SECRET_CHARS = 128,
	/* Tokens: a resident's has some 400 bytes. Members of an object, texts in it, and how far clocks may differ:
	 * NTP keeps them within a second, a forgotten one within a minute. */
	LIMIT_TOKEN_BYTES = 4096,
	LIMIT_TOKEN_MEMBERS = 64,
	LIMIT_TOKEN_NAME_BYTES = 200,
	LIMIT_TOKEN_KID_BYTES = 64,
	LIMIT_TOKEN_SKEW_MS = 60 * 1000,
	/* What one tenant trusts: issuers are few, and each has its keys of now and next. */
	LIMIT_ISSUERS = 32,
	LIMIT_ISSUER_KEYS = 16,
	LIMIT_CLIENT_CERTS = 200,
	/* The broker's own tokens, and so how long a retired key is still looked for. */
	LIMIT_TOKEN_LIFE_MS = 3600 * 1000,
	/* Revocations of tokens that are kept until no such token can be left, mostly an hour; who needs more rotates
	 * the key. Each is looked at for every token that a worker has not seen under this configuration. */
	LIMIT_TOKEN_REVOCATIONS = 1000,
	/* A credential that expires sooner can't have been meant. */
	LIMIT_KEY_LIFE_MIN_MS = 60 * 1000,

	/* How often the store's files are written anew for the sake of destroyed keys: a key lies in them at most for
	 * so long, and as long as writing them takes. */
	LIMIT_COMPACT_EVERY_MS = 10 * 60 * 1000,

	/* Units, categories or kinds that one filter of events names: it is looked through for every event and
	 * every watcher. */
	LIMIT_EVENT_FILTER = 32,

	/* Webhooks of one tenant: each is looked after several times a second. */
	LIMIT_WEBHOOKS = 50,
	/* Deliveries of one webhook under way at once: a receiver that takes 50 ms gets 160 events a second, and
	 * one that hangs costs 8 connections. */
	LIMIT_HOOK_IN_FLIGHT = 8,
	/* Connect (with the name's look-up), and a delivery as a whole: what Standard Webhooks advise. */
	LIMIT_HOOK_CONNECT_MS = 5000,
	LIMIT_HOOK_MS = 15000,
	/* Of a receiver's answer, which nobody reads: beyond it the connection is cut. */
	LIMIT_HOOK_ANSWER_BYTES = 64 * 1024,
	/* Events of one lane; with one more the oldest becomes a dead letter. An order has LIMIT_TIMELINE. */
	LIMIT_LANE_ITEMS = 500,
	/* Entries of a webhook's delivery log, and dead letters: a receiver's bad month. */
	LIMIT_DELIVERY_LOG = 1000,
	LIMIT_DEAD_LETTERS = 10000,

	/* Calls of one address for what everybody may read without signing in: a page takes three, and a school or an
	 * office has one address for all. What proxies and browsers kept (cache_s) does not count. */
	LIMIT_OPEN_BURST = 120,
	LIMIT_OPEN_REFILL_MS = 500,

	/* --- fields --- */
	/* What a field may hold stands in the .proto files, with its rule; here is what other code must know too
	 * (tests/unit/test_pb_rule.c compares). */
	LIMIT_REQUEST_ID_CHARS = 64,
	LIMIT_TITLE_CHARS = 80,
	LIMIT_NAME_CHARS = 60,
	LIMIT_SLOTS = 20,
	/* Timeline entries of one order; beyond it only the states that end an order are taken. */
	LIMIT_TIMELINE = 300,
	/* Open offers of one order at once. */
	LIMIT_FANOUT = 20,
	/* Orders that are due together and planned together: what a street has in its worst half minute, ten times
	   over. */
	LIMIT_BATCH_ORDERS = 2048,
	/* Cells of a town in which it is learnt how soon orders are served: a city of ten kilometres by ten, a street
	 * in forty of them. The record has up to 200 bytes for each. */
	LIMIT_WORTH_CELLS = 512,
	/* Buildings that a member is known to be going to: of a unit that holds more orders the newest count. */
	LIMIT_GOING_TO = 16,
	LIMIT_PAGE_SIZE = 200,
	/* Numbers that one page of a trace looks at: most are orders, and each is a record to read, some with their
	 * household. */
	LIMIT_TRACE_NUMBERS = 256,
	/* Numbers that one call of a recount looks at: most are orders, all of which are guarded and written, so that
	 * fewer collide less with the work that goes on. A pack, which a block of orders fills. */
	LIMIT_RECOUNT_NUMBERS = 64,
	/* Old counts that one call of a recount looks through, each a grid or member in a month. */
	LIMIT_RECOUNT_READS = 512,
	/* What a recount keeps of what was wrong, some 30 bytes each: enough to see where to look. */
	LIMIT_RECOUNT_DIFFERENCES = 100,
	LIMIT_BULK = 100,
	LIMIT_GRID_POINTS = 2000,
	LIMIT_ORG_NODES = 5000,
	LIMIT_CATEGORIES = 200,
	/* Good ones; and of those that were revoked, the latest, so that who looks back finds whose they were. */
	LIMIT_API_KEYS = 200,
	LIMIT_REVOKED = 200,
	/* Screens: one or two in each community. */
	LIMIT_WALL_KEYS = 50,
	LIMIT_IMPORT_ROWS = 500,

	/* Occasions on which a person's data was shown that are kept with the person, the newest; one page. */
	LIMIT_ACCESS_NOTES = 200,
	/* Consents of one person, withdrawn ones too: a new text now and then, for a lifetime. */
	LIMIT_CONSENTS = 100,
	/* Newest orders of a resident among which an erasure looks for open ones: years of them, and what one
	 * transaction can read. An order that is open for longer than that is not waited for. */
	LIMIT_ERASE_ORDERS = 800,
	/* For how long a repeated RevealContact gives the contact again: as long as a client retries. */
	LIMIT_REVEAL_AGAIN_MS = 60 * 1000,
	/* --- people at desks --- */
	/* A street office and its communities have some dozens; each row of a list is three records. */
	LIMIT_OPERATORS = 2000,
	/* Open sessions of one account; the oldest makes room. */
	LIMIT_SESSIONS = 20,
	/* A shift, and the way home; and a week, after which the password is asked for again. */
	LIMIT_SESSION_IDLE_MS = 12 * 3600 * 1000,
	LIMIT_SESSION_MS = 7 * 24 * 3600 * 1000,
	/* On the own phone of a resident or member, which is locked: a week without a look at it, and a month. */
	LIMIT_PERSON_SESSION_IDLE_MS = 7 * 24 * 3600 * 1000,
	/* A weekend, for the link to reach its reader. */
	LIMIT_INVITE_MS = 72 * 3600 * 1000,
	LIMIT_RECOVERY_CODES = 10,

	/* Who looks at one order, and for how long it is so when nobody says it again: pages say it every 10 s. */
	LIMIT_VIEWERS = 20,
	LIMIT_PRESENCE_MS = 30 * 1000,

	/* Views of one operator, and those shared with one unit: what a person finds their way in. */
	LIMIT_VIEWS = 50,
	/* How long what a desk did can be taken back: ten seconds on the screen, and two for a slow line. */
	LIMIT_UNDO_MS = 12 * 1000,

	/* --- attachments --- */
	/* A phone's photo, reduced by the page or not; a memo of five minutes. */
	LIMIT_ATTACHMENT_BYTES = 5 * 1024 * 1024,
	/* Uploads and downloads of one worker under way: twice their bytes are held meanwhile. */
	LIMIT_ATTACHMENTS_PER_WORKER = 16,
	/* Of one person, that no order has yet: several forms that were filled in and left. A backend's are its affair.
	 */
	LIMIT_LOOSE_ATTACHMENTS = 40,
	/* A form that is left open overnight. */
	LIMIT_LOOSE_ATTACHMENT_MS = 24 * 3600 * 1000,

	/* --- transactions --- */
	/* Loads of one transaction (rounds), records it may touch, and re-runs after a conflict. */
	LIMIT_TXN_ROUNDS = 16,
	/* (A batch of LIMIT_BATCH_ORDERS comes with their households.) */
	LIMIT_TXN_RECORDS = 4096,
	LIMIT_TXN_RETRIES = 8,

	/* --- Redis --- */
	/* Commands without an answer on one connection: seconds of full load; beyond it a stalled Redis
	 * is better answered with UNAVAILABLE than with more waiting. */
	LIMIT_REDIS_IN_FLIGHT = 32768,
	/* Bytes waiting to be written to Redis: the same commands at about 2 KiB. */
	LIMIT_REDIS_QUEUED_BYTES = 64 * 1024 * 1024,
	/* One answer; as much as a request's arena holds. */
	LIMIT_REDIS_REPLY_BYTES = 64 * 1024 * 1024,
	/* Connect, TLS and set-up; and one command's answer. A disk that takes longer for an fsync is
	 * broken, and a request's deadline is 60 s. */
	LIMIT_REDIS_CONNECT_MS = 5000,
	LIMIT_REDIS_COMMAND_MS = 5000,
	/* The longest pause between two attempts to reconnect. */
	LIMIT_REDIS_BACKOFF_MS = 1000,
	/* Free disk space below which commits are refused: a second of commits at full rate (30 MB) and of
	 * a rewrite of the append-only file beside them; looked at so often. */
	LIMIT_DISK_RESERVE_BYTES = 128 * 1024 * 1024,
	LIMIT_DISK_LOOK_MS = 500,
	/* What the embedded server may take to stop, with an fsync of what is left to write. */
	LIMIT_REDIS_STOP_MS = 20000,
	/* Guards and writes of one commit: an import of LIMIT_IMPORT_ROWS rows with a few records and
	 * index entries each. A script's loop over them takes below 100 ms. */
	LIMIT_COMMIT_GUARDS = 4096,
	LIMIT_COMMIT_WRITES = 32768,
	/* Indexes of counts that one GetRates reads, each a grid or member in a month: a quarter of a street with
	 * 250 grids, and below 10 ms of the store's time. */
	LIMIT_RATE_READS = 1024,
	/* Rows of one GetRates: 250 grids by 80 days, some 10 MB of JSON. */
	LIMIT_RATE_ROWS = 20000,
	/* Grids of a unit on a wall: a screen has no room for more, and each is three counts. */
	LIMIT_WALL_GRIDS = 400,
	/* Entries of one range or log read. */
	LIMIT_READ_ENTRIES = 10000,
	/* Log entries that one XREAD may bring per followed log. */
	LIMIT_FOLLOW_ENTRIES = 256,
};

/* No int: longer than 24 days. */
#define LIMIT_PERSON_SESSION_MS (30 * INT64_C(24 * 3600 * 1000))

#endif
