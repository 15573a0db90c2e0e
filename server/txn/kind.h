/*
 * kind: the kinds of records, in one table: where they are kept, what they look like, which indexes
 * they belong to and which events a change of them gives.
 *
 * Nouns: an index set is a list of (index, member, score) as a function of the record alone; the
 * executor compares the sets before and after and derives the writes, so an index can't be forgotten.
 * A record counts in the same way: its counts are a set of (index, member, amount), and what the record's
 * change makes of them is added to the stored sums, which never conflicts.
 * Ownership: index sets and events lie in the arena given.
 * Errors: none.
 */
#ifndef PAIDAN_TXN_KIND_H
#define PAIDAN_TXN_KIND_H

#include "base/arena.h"
#include "domain/told.h"
#include "paidan_pb.h"

enum record_kind {
	KIND_ORDER,
	KIND_EXCLUSION,
	KIND_RECOUNT, /* one, RECOUNT_ID */
	KIND_MEMBER,
	KIND_LOAD,
	KIND_ACCOUNT,
	KIND_BUILDING,
	KIND_HOUSEHOLD,
	KIND_RESIDENT,
	KIND_PII,        /* sealed; id = the person's, household's or order's id */
	KIND_PERSON_KEY, /* id = the person's or household's */
	KIND_ACCESS,     /* id = the person's */
	KIND_CONSENTS,   /* id = the person's */
	KIND_REVEALS,    /* id = the operator's */
	KIND_NODE,
	KIND_CATEGORY,
	KIND_POLICY,
	KIND_POLICY_VERSION, /* id = its number */
	KIND_ACCEPT_MODEL,   /* one, ACCEPT_MODEL_ID */
	KIND_WORTH,          /* one, WORTH_ID */
	KIND_API_KEY,
	KIND_ISSUER,
	KIND_CLIENT_CERT,
	KIND_TOKEN_KEYS,        /* one, TOKEN_KEYS_ID */
	KIND_TOKEN_REVOCATIONS, /* one, TOKEN_REVOCATIONS_ID */
	KIND_TOKEN_SECRET,      /* sealed; id = the kid */
	KIND_USE,               /* of a credential; its id */
	KIND_OPERATOR,
	KIND_OPERATOR_SECRET, /* sealed; id = the operator's */
	KIND_LOGIN_NAME,
	KIND_SESSION,
	KIND_SEARCH_KEY, /* sealed; one, SEARCH_KEY_ID */
	KIND_THROTTLE,
	KIND_ATTACHMENT,
	KIND_PRESENCE, /* id = the order's */
	KIND_UNDO,     /* id = the order's */
	KIND_DESK_VIEW,
	KIND_TENANT,
	KIND_WEBHOOK,
	KIND_WEBHOOK_STATE,
	KIND_WEBHOOK_SECRET,
	KIND_LANE,
	KIND_DEAD_LETTER,
	KIND_COUNT,
};

struct index_entry {
	struct slice index;  /* key of the index */
	struct slice member; /* the record's id */
	int64_t score;
};

struct index_set {
	struct arena *arena;
	struct index_entry *entries;
	size_t n, room;
};

struct event_list {
	struct arena *arena;
	const struct index_entry *before_entries; /* the record's entries before the change */
	size_t n_before_entries;
	EventRecord **events;
	size_t n;
};

struct kind_info {
	const char *name;
	const char *prefix; /* of the key: "<prefix>:<id>" */
	char letter;        /* first letter of new ids; 0: ids come from elsewhere */
	bool config;        /* part of the tenant's configuration snapshot */
	bool packable;      /* small and final records go into packs */
	bool shared;        /* every worker writes it all the time: a cached copy would mostly be stale */
	const ProtobufCMessageDescriptor *descriptor;
	size_t id_offset; /* of the id field (char *) in the record's struct */
	void (*indexes)(const void *record, struct index_set *set);                     /* NULL: in no index */
	void (*counts)(const void *record, struct index_set *set);                      /* NULL: it counts nowhere */
	void (*events)(const void *before, const void *after, struct event_list *list); /* NULL: none */
	/* Encrypted at rest under the key of this person or household. NULL: it is not. */
	const char *(*owner)(const void *record);
	bool (*packs)(const void *record); /* packable: whether this one is to be packed */
	const struct told_field *told;     /* what its events tell of a change; NULL: nothing */
};

const struct kind_info *kind_info(enum record_kind kind);
const char *kind_record_id(enum record_kind kind, const void *record);
/* The kind whose new ids start with that letter; KIND_COUNT when there is none. */
enum record_kind kind_of_letter(char letter);

#define RECOUNT_ID "rates"
#define TOKEN_KEYS_ID "token"
#define ACCEPT_MODEL_ID "accept"
#define WORTH_ID "lately"
#define SEARCH_KEY_ID "search"
#define TOKEN_REVOCATIONS_ID "token"

/* One of the names below that end in %s, with the id. */
const char *index_name(struct arena *a, const char *format, const char *id);

/* --- index names; %s is an id --- */
#define INDEX_BOARD "i:ob"              /* all open orders of the tenant, by board score */
#define INDEX_BOARD_GRID "i:og:%s"      /* open orders of a grid, by board score */
#define INDEX_RAISED "i:ou"             /* open orders of a higher priority, by board score */
#define INDEX_RAISED_DUE "i:ov"         /* the same, by the board score that they had without it */
#define INDEX_POOL_GRID "i:op:%s"       /* pooled orders of a grid, by due time */
#define INDEX_EXCLUSIONS "i:ex"         /* all exclusions, by state, then by when they were asked for */
#define INDEX_EXCLUSIONS_GRID "i:eg:%s" /* of a grid's orders */
#define INDEX_RESIDENT "i:or:%s"        /* all orders of a beneficiary, by time placed */
#define INDEX_ASKED "i:oa:%s"           /* orders that a resident asked for to help others, by time placed */
#define INDEX_MEMBER "i:om:%s"          /* orders of a member, by task score */
#define INDEX_WORDS "i:ow:%s"           /* orders that somebody left words in who is not found by them otherwise */
#define INDEX_MEMBERS "i:m"             /* all members, score 0 */
#define INDEX_MEMBERS_GRID "i:mg:%s"
#define INDEX_ACCOUNTS "i:a"         /* all accounts, score 0 */
#define INDEX_LEADERBOARD "i:lb"     /* opted-in accounts, by available points */
#define INDEX_PERSON_KEYS "i:pk"     /* persons' keys, by version of the tenant key */
#define INDEX_WIPES "i:pw"           /* erased persons whose orders are to be wiped, by when */
#define INDEX_ACCESS_DUE "i:ac"      /* access logs, by when their oldest note goes */
#define INDEX_SHREDS "i:sh"          /* destroyed keys that the store's files may still hold, by when */
#define INDEX_POLICIES "i:pv"        /* versions of the policy, by number */
#define INDEX_CONFIG "i:cfg"         /* keys of all configuration records, score 0 */
#define INDEX_WEBHOOKS "i:wh"        /* all webhooks, by enum webhook_stand */
#define INDEX_LANES "i:wl:%s"        /* lanes of a webhook that have events, by when the first is due */
#define INDEX_LANES_AGE "i:wa:%s"    /* the same, by when the first event happened */
#define INDEX_LANES_IDLE "i:wi:%s"   /* empty ones, by when they go */
#define INDEX_DEAD_LETTERS "i:wd:%s" /* by when they died */
#define INDEX_OPERATORS "i:u"        /* all operators, score 0 */
#define INDEX_SESSIONS "i:us:%s"     /* sessions of an operator, by when they began */
/* What is of no use any more when its time has come: sessions, wrong tries. */
#define INDEX_SESSION_ENDS "i:se"
#define INDEX_THROTTLES "i:th"
#define INDEX_ATTACHMENTS_OF "i:fh:%s" /* loose attachments of who uploaded them, by when */
#define INDEX_ATTACHMENTS_DUE "i:f"    /* whose files are to be removed, by when */
#define INDEX_BUILDINGS "i:b"          /* all buildings, score 0 */
#define INDEX_BUILDINGS_GRID "i:bg:%s"
#define INDEX_HOUSEHOLDS "i:hb:%s" /* of a building, score 0 */
#define INDEX_RESIDENTS "i:rh:%s"  /* of a household, score 0 */
#define INDEX_PROXIED "i:rp:%s"    /* who let a resident order for them, score 0 */
#define INDEX_PRESENCE "i:v"       /* orders that somebody looks at, by when the last one is forgotten */
#define INDEX_VIEWS_OF "i:vo:%s"   /* views of an operator, by when they were made */
#define INDEX_VIEWS_NODE "i:vn:%s" /* those shared with a unit */
#define INDEX_UNDO "i:ud"          /* what can be taken back, by when it can't any more */
/* Residents by the marks of their phone numbers, and of the last four digits (service/phone.h). */
#define INDEX_PHONES "i:ph"
#define INDEX_PHONE_TAILS "i:pt"
#define INDEX_DUE "due" /* orders by the next moment that time changes them */
/* What became of orders (domain/rates.h): of a grid or member, in a span of days; members are cells. An edition holds
 * what all orders of that edition come to, so that an order that moves to another one moves its counts there. */
const char *counts_orders(struct arena *a, const char *of_id, int32_t span, uint32_t edition);

/* --- other keys --- */
#define LOG_EVENTS "events"
#define LOG_LEDGER "ledger:%s"    /* per member */
#define LOG_AUDIT "audit"         /* what people did that may be asked about (service/audit.h) */
#define LOG_DELIVERIES "whlog:%s" /* per webhook */
#define COUNTER_ISSUANCE "acct:issuance"
#define COUNTER_ID "seq"

/* Claims of requests: a bucket of a day. At 100,000 writes a day about 100 to a bucket. */
#define CLAIM_DAY_MS INT64_C(86400000)
enum { CLAIM_BUCKETS = 1024 };
const char *key_claims(struct arena *a, int64_t day, unsigned bucket);

/* Board score: state, then urgency, then due time: (state·8 + urgency)·2^42 + due_ms. One entry moves
 * through all states, and a state and urgency is one range. 2^42 ms reach to 2109; the highest score
 * stays below 2^53, exact in a double. */
int64_t index_board_score(OrderState state, Urgency urgency, int64_t due_ms);
/* State, then time. */
int64_t index_exclusion_score(ExclusionState state, int64_t asked_ms);
enum task_section { TASK_OFFERED = 1, TASK_HELD = 2, TASK_DONE = 3 };
/* Section, then time (offers: expiry; held: accepted; done: completed). */
int64_t index_task_score(enum task_section section, int64_t at_ms);
/* What there is to do for a webhook. */
enum webhook_stand { WEBHOOK_DELIVERS, WEBHOOK_STOPPED, WEBHOOK_GOES };
#define INDEX_TIME_MAX_MS ((INT64_C(1) << 42) - 1)

#endif
