#include "txn/kind.h"

#include "base/decimal.h"
#include "base/slice.h"
#include "base/limits.h"
#include "domain/account.h"
#include "domain/order.h"
#include "domain/order_state.h"
#include "domain/rates.h"
#include "domain/throttle.h"

enum { STATE_SHIFT = 42, URGENCIES = 8 };

int64_t index_board_score(OrderState state, Urgency urgency, int64_t due_ms)
{
	return ((int64_t)state * URGENCIES + urgency) << STATE_SHIFT | (due_ms & INDEX_TIME_MAX_MS);
}

int64_t index_exclusion_score(ExclusionState state, int64_t asked_ms)
{
	return (int64_t)state << STATE_SHIFT | (asked_ms & INDEX_TIME_MAX_MS);
}

int64_t index_task_score(enum task_section section, int64_t at_ms)
{
	return (int64_t)section << STATE_SHIFT | (at_ms & INDEX_TIME_MAX_MS);
}

static void add(struct index_set *set, const char *index, const char *member, int64_t score)
{
	enum { FEW = 8 };
	if (set->n == set->room) {
		struct index_entry *old = set->entries;
		set->room = set->room == 0 ? FEW : 2 * set->room;
		set->entries = arena_alloc(set->arena, set->room * sizeof(*old));
		if (set->n > 0)
			memcpy(set->entries, old, set->n * sizeof(*old));
	}
	set->entries[set->n++] = (struct index_entry){slice_str(index), slice_str(member), score};
}

const char *index_name(struct arena *a, const char *format_prefix, const char *id)
{
	size_t prefix_len = strlen(format_prefix) - 2; /* "%s" */
	size_t id_len = strlen(id);
	char *key = arena_alloc(a, prefix_len + id_len + 1);
	memcpy(key, format_prefix, prefix_len);
	memcpy(key + prefix_len, id, id_len);
	return key;
}

const char *counts_orders(struct arena *a, const char *of_id, int32_t span, uint32_t edition)
{
	char room[DECIMAL_CHARS], edition_room[DECIMAL_CHARS];
	struct slice month = decimal_signed(span, room);
	if (edition == 0)
		return ARENA_JOIN(a, SLICE("ctr:"), slice_str(of_id), SLICE(":"), month);
	return ARENA_JOIN(a, SLICE("ctr:"), slice_str(of_id), SLICE(":"), month, SLICE(":"),
			  decimal_unsigned(edition, edition_room));
}

const char *key_claims(struct arena *a, int64_t day, unsigned bucket)
{
	char day_room[DECIMAL_CHARS], bucket_room[DECIMAL_CHARS];
	return ARENA_JOIN(a, SLICE("q:"), decimal_signed(day, day_room), SLICE(":"),
			  decimal_unsigned(bucket, bucket_room));
}

static const char *name(struct index_set *set, const char *format_prefix, const char *id)
{
	return index_name(set->arena, format_prefix, id);
}

/* One entry per member: a held slot counts more than an offer. */
static void index_members(const OrderRecord *o, struct index_set *set)
{
	for (size_t i = 0; i < o->n_slots; i++) {
		const SlotRecord *slot = o->slots[i];
		if (slot->member_id[0] == '\0')
			continue;
		bool done = slot->completed_after_ms != 0;
		int64_t at_ms = order_time_ms(o, done ? slot->completed_after_ms : slot->accepted_after_ms);
		add(set, name(set, INDEX_MEMBER, slot->member_id), o->id,
		    index_task_score(done ? TASK_DONE : TASK_HELD, at_ms));
	}
	for (size_t i = 0; i < o->n_offers; i++) {
		const OfferRecord *offer = o->offers[i];
		if (offer->state == OFFER_STATE_LIVE && order_slot_of(o, offer->member_id) == NULL)
			add(set, name(set, INDEX_MEMBER, offer->member_id), o->id,
			    index_task_score(TASK_OFFERED, order_time_ms(o, offer->offered_after_ms + offer->ttl_ms)));
	}
}

/* The resident who asked for it, when somebody else is helped; else "". */
static char *asked_for_other(const OrderRecord *o)
{
	bool is_proxy = o->requester_role == ROLE_RESIDENT && strcmp(order_requester_id(o), o->beneficiary_id) != 0;
	return is_proxy ? (char *)order_requester_id(o) : (char *)protobuf_c_empty_string;
}

static bool is_on(const OrderRecord *o, const char *person_id)
{
	return strcmp(person_id, o->beneficiary_id) == 0 || order_slot_of(o, person_id) != NULL;
}

/* A member who handed it back, or somebody's family: who is erased takes their words along. */
static void index_words(const OrderRecord *o, struct index_set *set)
{
	size_t first = set->n;
	for (size_t i = 0; i < o->n_timeline; i++) {
		const EntryRecord *entry = o->timeline[i];
		const char *author = order_entry_actor_id(o, entry);
		bool person = entry->role == ROLE_MEMBER || entry->role == ROLE_RESIDENT;
		if (entry->text[0] == '\0' || !person || is_on(o, author))
			continue;
		const char *index = name(set, INDEX_WORDS, author);
		size_t seen = first;
		while (seen < set->n && !slice_eq(set->entries[seen].index, slice_str(index)))
			seen++;
		if (seen == set->n)
			add(set, index, o->id, o->placed_ms);
	}
}

/* The few whose place on the board is not their time are known by both, so that late ones can be counted. */
static void index_board(const OrderRecord *o, int64_t due_ms, struct index_set *set)
{
	int64_t score = index_board_score(o->state, o->urgency, due_ms < 0 ? 0 : due_ms);
	add(set, INDEX_BOARD, o->id, score);
	add(set, name(set, INDEX_BOARD_GRID, o->grid_id), o->id, score);
	if (o->priority == 0)
		return;
	add(set, INDEX_RAISED, o->id, score);
	add(set, INDEX_RAISED_DUE, o->id, index_board_score(o->state, o->urgency, order_due_ms(o)));
}

static void order_indexes(const void *record, struct index_set *set)
{
	const OrderRecord *o = record;
	enum { PRIORITY_MS = 24 * 3600 * 1000 };
	/* A higher priority sorts as if it were due a day sooner for each level. */
	int64_t due_ms = order_due_ms(o) - (int64_t)o->priority * PRIORITY_MS;
	if (order_state_open(o->state))
		index_board(o, due_ms, set);
	if (o->pooled && o->state == ORDER_STATE_PLACED) /* a HELD one waits outside the pool */
		add(set, name(set, INDEX_POOL_GRID, o->grid_id), o->id, due_ms);
	add(set, name(set, INDEX_RESIDENT, o->beneficiary_id), o->id, o->placed_ms);
	if (asked_for_other(o)[0] != '\0')
		add(set, name(set, INDEX_ASKED, asked_for_other(o)), o->id, o->placed_ms);
	index_members(o, set);
	index_words(o, set);
	int64_t next_due_ms = order_next_due_ms(o);
	if (next_due_ms != 0)
		add(set, INDEX_DUE, o->id, next_due_ms);
}

static void add_count(struct index_set *set, const OrderRecord *o, const char *of_id, const struct rates_cell *cell)
{
	char text[RATES_CELL_CHARS + 1];
	rates_cell_write(cell, text);
	add(set, counts_orders(set->arena, of_id, rates_span(cell->day), o->edition), arena_strdup(set->arena, text),
	    1);
}

static void order_counts(const void *record, struct index_set *set)
{
	const OrderRecord *o = record;
	struct rates_cell cell;
	rates_placed(o, &cell);
	add_count(set, o, o->grid_id, &cell);
	if (!rates_ended(o, &cell))
		return;
	add_count(set, o, o->grid_id, &cell);
	for (size_t i = 0; i < o->n_slots; i++) {
		if (o->slots[i]->member_id[0] != '\0')
			add_count(set, o, o->slots[i]->member_id, &cell);
	}
}

static void exclusion_indexes(const void *record, struct index_set *set)
{
	const ExclusionRecord *e = record;
	int64_t score = index_exclusion_score(e->state, e->asked_ms);
	add(set, INDEX_EXCLUSIONS, e->id, score);
	add(set, name(set, INDEX_EXCLUSIONS_GRID, e->grid_id), e->id, score);
}

static void add_member(char **members, size_t *n, char *id)
{
	for (size_t i = 0; i < *n; i++) {
		if (strcmp(members[i], id) == 0)
			return;
	}
	members[(*n)++] = id;
}

/* Those who hold it or are asked now, and those who did or were until now: they hear that it is off. The
 * index entries from before tell, for the order itself was changed in place. */
static char **members_concerned(const OrderRecord *o, struct event_list *list, size_t *n)
{
	enum { PREFIX = sizeof(INDEX_MEMBER) - 3 }; /* without "%s" */
	char **members = arena_array(list->arena, o->n_slots + o->n_offers + list->n_before_entries, sizeof(*members));
	*n = 0;
	for (size_t i = 0; i < o->n_slots; i++) {
		if (o->slots[i]->member_id[0] != '\0')
			add_member(members, n, o->slots[i]->member_id);
	}
	for (size_t i = 0; i < o->n_offers; i++) {
		if (o->offers[i]->state == OFFER_STATE_LIVE)
			add_member(members, n, o->offers[i]->member_id);
	}
	for (size_t i = 0; i < list->n_before_entries; i++) {
		struct slice index = list->before_entries[i].index;
		if (slice_starts(index, slice_of(INDEX_MEMBER, PREFIX)))
			add_member(members, n, arena_string(list->arena, slice_from(index, PREFIX)));
	}
	return members;
}

/* Every new line of the timeline is an event. */
static void order_events(const void *before, const void *after, struct event_list *list)
{
	const OrderRecord *old = before, *o = after;
	size_t seen = old == NULL ? 0 : old->n_timeline;
	OrderState from = old == NULL ? ORDER_STATE_UNSPECIFIED : old->state;
	size_t n_members;
	char **members = members_concerned(o, list, &n_members);
	for (size_t i = seen; i < o->n_timeline; i++) {
		const EntryRecord *entry = o->timeline[i];
		EventRecord *event = ARENA_NEW(list->arena, EventRecord);
		EventRecord_init(event);
		event->kind = entry->kind;
		event->at_ms = o->placed_ms + entry->after_ms;
		event->subject_id = o->id;
		event->role = entry->role;
		event->actor_id = (char *)order_entry_actor_id(o, entry);
		event->member_id = entry->member_id;
		event->grid_id = o->grid_id;
		event->resident_id = o->beneficiary_id;
		event->requester_id = asked_for_other(o);
		event->category_id = o->category_id;
		if (i + 1 == o->n_timeline) {
			event->from = from;
			event->to = o->state;
		}
		event->n_member_ids = n_members;
		event->member_ids = members;
		arena_append(list->arena, (void ***)&list->events, &list->n, event);
	}
}

static bool order_packs(const void *record)
{
	return order_state_final(((const OrderRecord *)record)->state);
}

static void member_indexes(const void *record, struct index_set *set)
{
	const MemberRecord *m = record;
	add(set, INDEX_MEMBERS, m->id, 0);
	if (m->grid_id[0] != '\0')
		add(set, name(set, INDEX_MEMBERS_GRID, m->grid_id), m->id, 0);
}

static void simple_event(struct event_list *list, EventKind kind, const char *id, const char *grid_id)
{
	EventRecord *event = ARENA_NEW(list->arena, EventRecord);
	EventRecord_init(event);
	event->kind = kind;
	event->subject_id = (char *)id;
	event->grid_id = (char *)grid_id;
	arena_append(list->arena, (void ***)&list->events, &list->n, event);
}

static void member_events(const void *before, const void *after, struct event_list *list)
{
	(void)before;
	const MemberRecord *m = after;
	simple_event(list, EVENT_KIND_MEMBER_CHANGED, m->id, m->grid_id);
}

static void account_indexes(const void *record, struct index_set *set)
{
	const AccountRecord *a = record;
	add(set, INDEX_ACCOUNTS, a->member_id, 0);
	if (a->leaderboard)
		add(set, INDEX_LEADERBOARD, a->member_id, a->available);
}

static const char *pii_owner(const void *record)
{
	const PiiRecord *pii = record;
	return pii->owner_id[0] == '\0' ? pii->id : pii->owner_id;
}

/* A key of its own seals it: whoever rewraps keys finds that one like a person's. */
static const char *token_secret_owner(const void *record)
{
	return ((const TokenSecretRecord *)record)->id;
}

static void access_indexes(const void *record, struct index_set *set)
{
	const AccessRecord *access = record;
	if (access->n_notes > 0)
		add(set, INDEX_ACCESS_DUE, access->person_id, access->trim_ms);
}

static void person_key_indexes(const void *record, struct index_set *set)
{
	const PersonKeyRecord *key = record;
	if (key->erased_ms == 0)
		add(set, INDEX_PERSON_KEYS, key->id, key->key_version);
	else if (key->wiping)
		add(set, INDEX_WIPES, key->id, key->erased_ms);
	else if (key->on_disk)
		add(set, INDEX_SHREDS, key->id, key->erased_ms);
}

static const char *operator_owner(const void *record)
{
	return ((const OperatorSecretRecord *)record)->id;
}

static void operator_indexes(const void *record, struct index_set *set)
{
	add(set, INDEX_OPERATORS, ((const OperatorRecord *)record)->id, 0);
}

static void session_indexes(const void *record, struct index_set *set)
{
	const SessionRecord *s = record;
	add(set, name(set, INDEX_SESSIONS, s->holder_id), s->id, s->created_ms);
	add(set, INDEX_SESSION_ENDS, s->id, session_ends_ms(s));
}

static void throttle_indexes(const void *record, struct index_set *set)
{
	const ThrottleRecord *r = record;
	add(set, INDEX_THROTTLES, r->id, throttle_forget_ms(r));
}

static void building_indexes(const void *record, struct index_set *set)
{
	const BuildingRecord *b = record;
	add(set, INDEX_BUILDINGS, b->id, 0);
	add(set, name(set, INDEX_BUILDINGS_GRID, b->grid_id), b->id, 0);
}

static void household_indexes(const void *record, struct index_set *set)
{
	const HouseholdRecord *h = record;
	add(set, name(set, INDEX_HOUSEHOLDS, h->building_id), h->id, 0);
}

static void resident_indexes(const void *record, struct index_set *set)
{
	const ResidentRecord *r = record;
	if (r->household_id[0] != '\0')
		add(set, name(set, INDEX_RESIDENTS, r->household_id), r->id, 0);
	for (size_t i = 0; i < r->n_proxy_ids; i++)
		add(set, name(set, INDEX_PROXIED, r->proxy_ids[i]), r->id, 0);
	if (r->phone_mark == 0)
		return;
	add(set, INDEX_PHONES, r->id, r->phone_mark);
	add(set, INDEX_PHONE_TAILS, r->id, r->tail_mark);
}

static const char *search_key_owner(const void *record)
{
	return ((const SearchKeyRecord *)record)->id;
}

static void presence_indexes(const void *record, struct index_set *set)
{
	const PresenceRecord *p = record;
	int64_t until_ms = 0;
	for (size_t i = 0; i < p->n_viewers; i++)
		until_ms = p->viewers[i]->until_ms > until_ms ? p->viewers[i]->until_ms : until_ms;
	add(set, INDEX_PRESENCE, p->order_id, until_ms);
}

static void undo_indexes(const void *record, struct index_set *set)
{
	const UndoRecord *undo = record;
	add(set, INDEX_UNDO, undo->order_id, undo->until_ms);
}

static void desk_view_indexes(const void *record, struct index_set *set)
{
	const DeskViewRecord *v = record;
	add(set, name(set, INDEX_VIEWS_OF, v->owner_id), v->id, v->created_ms);
	if (v->view->shared_node_id[0] != '\0')
		add(set, name(set, INDEX_VIEWS_NODE, v->view->shared_node_id), v->id, v->created_ms);
}

static void attachment_indexes(const void *record, struct index_set *set)
{
	const AttachmentRecord *f = record;
	if (f->gone) {
		add(set, INDEX_ATTACHMENTS_DUE, f->id, 0);
	} else if (f->order_id[0] == '\0') {
		add(set, name(set, INDEX_ATTACHMENTS_OF, f->holder_id), f->id, f->created_ms);
		add(set, INDEX_ATTACHMENTS_DUE, f->id, f->created_ms + LIMIT_LOOSE_ATTACHMENT_MS);
	}
}

/* The configuration's index lists keys, for it spans several kinds. */
static void config_indexes(enum record_kind kind, const char *id, struct index_set *set)
{
	const char *prefix = kind_info(kind)->prefix;
	size_t prefix_len = strlen(prefix), id_len = strlen(id);
	char *key = arena_alloc(set->arena, prefix_len + id_len + 2);
	memcpy(key, prefix, prefix_len);
	key[prefix_len] = ':';
	memcpy(key + prefix_len + 1, id, id_len);
	add(set, INDEX_CONFIG, key, 0);
}

#define CONFIG_KIND(fn, Record, KIND)                                           \
	static void fn(const void *record, struct index_set *set)               \
	{                                                                       \
		config_indexes(KIND_##KIND, ((const Record *)record)->id, set); \
	}
CONFIG_KIND(node_indexes, NodeRecord, NODE)
CONFIG_KIND(category_indexes, CategoryRecord, CATEGORY)
CONFIG_KIND(policy_indexes, PolicyRecord, POLICY)
CONFIG_KIND(api_key_indexes, ApiKeyRecord, API_KEY)
CONFIG_KIND(issuer_indexes, IssuerRecord, ISSUER)
CONFIG_KIND(client_cert_indexes, ClientCertRecord, CLIENT_CERT)
CONFIG_KIND(token_keys_indexes, TokenKeysRecord, TOKEN_KEYS)
CONFIG_KIND(token_revocations_indexes, TokenRevocationsRecord, TOKEN_REVOCATIONS)

static void policy_version_indexes(const void *record, struct index_set *set)
{
	const PolicyRecord *p = record;
	add(set, INDEX_POLICIES, p->id, p->number);
}

/* A secret has a key of its own, like a person's data. */
static const char *webhook_secret_owner(const void *record)
{
	return ((const WebhookSecretRecord *)record)->id;
}

static void webhook_indexes(const void *record, struct index_set *set)
{
	const WebhookRecord *w = record;
	enum webhook_stand stand = WEBHOOK_DELIVERS;
	if (w->deleted)
		stand = WEBHOOK_GOES;
	else if (w->disabled != WEBHOOK_DISABLED_UNSPECIFIED)
		stand = WEBHOOK_STOPPED;
	add(set, INDEX_WEBHOOKS, w->id, stand);
}

static void lane_indexes(const void *record, struct index_set *set)
{
	const LaneRecord *lane = record;
	if (lane->n_items == 0) {
		add(set, name(set, INDEX_LANES_IDLE, lane->webhook_id), lane->id, lane->due_ms);
		return;
	}
	add(set, name(set, INDEX_LANES, lane->webhook_id), lane->id, lane->due_ms);
	add(set, name(set, INDEX_LANES_AGE, lane->webhook_id), lane->id, lane->items[0]->event->at_ms);
}

static void dead_letter_indexes(const void *record, struct index_set *set)
{
	const DeadLetterRecord *d = record;
	add(set, name(set, INDEX_DEAD_LETTERS, d->webhook_id), d->id, d->dead_ms);
}

static void tenant_events(const void *before, const void *after, struct event_list *list)
{
	(void)before;
	simple_event(list, EVENT_KIND_CONFIG_CHANGED, ((const TenantRecord *)after)->id, protobuf_c_empty_string);
}

#define ROW(Record, id_field) .descriptor = &Record##_desc, .id_offset = offsetof(Record, id_field)

static const struct kind_info kinds[KIND_COUNT] = {
    [KIND_ORDER] = {"order", "o", 'o', ROW(OrderRecord, id), .packable = true, .indexes = order_indexes,
		    .counts = order_counts, .events = order_events, .packs = order_packs, .told = told_order},
    [KIND_EXCLUSION] = {"exclusion", "ex", 'e', ROW(ExclusionRecord, id), .indexes = exclusion_indexes},
    [KIND_RECOUNT] = {"recount", "rc", 0, ROW(RecountRecord, id)},
    [KIND_MEMBER] = {"member", "m", 'm', ROW(MemberRecord, id), .indexes = member_indexes, .events = member_events,
		     .told = told_member},
    [KIND_LOAD] = {"load", "l", 0, ROW(LoadRecord, member_id), .shared = true},
    [KIND_ACCOUNT] = {"account", "a", 0, ROW(AccountRecord, member_id), .shared = true, .indexes = account_indexes},
    [KIND_BUILDING] = {"building", "b", 'b', ROW(BuildingRecord, id), .indexes = building_indexes},
    [KIND_HOUSEHOLD] = {"household", "h", 'h', ROW(HouseholdRecord, id), .indexes = household_indexes},
    [KIND_RESIDENT] = {"resident", "r", 'r', ROW(ResidentRecord, id), .indexes = resident_indexes},
    [KIND_PII] = {"pii", "pii", 0, ROW(PiiRecord, id), .owner = pii_owner},
    [KIND_PERSON_KEY] = {"person key", "pk", 0, ROW(PersonKeyRecord, id), .indexes = person_key_indexes},
    [KIND_ACCESS] = {"access", "ac", 0, ROW(AccessRecord, person_id), .indexes = access_indexes},
    [KIND_CONSENTS] = {"consents", "cs", 0, ROW(ConsentsRecord, person_id)},
    [KIND_REVEALS] = {"reveals", "rv", 0, ROW(RevealsRecord, actor_id)},
    [KIND_NODE] = {"node", "n", 'n', ROW(NodeRecord, id), .config = true, .indexes = node_indexes},
    [KIND_CATEGORY] = {"category", "c", 'c', ROW(CategoryRecord, id), .config = true, .indexes = category_indexes},
    [KIND_POLICY] = {"policy", "p", 0, ROW(PolicyRecord, id), .config = true, .indexes = policy_indexes},
    [KIND_POLICY_VERSION] = {"policy version", "pv", 0, ROW(PolicyRecord, id), .indexes = policy_version_indexes},
    [KIND_ACCEPT_MODEL] = {"acceptance", "am", 0, ROW(AcceptModelRecord, id), .shared = true},
    [KIND_WORTH] = {"worth", "wo", 0, ROW(WorthRecord, id), .shared = true},
    [KIND_API_KEY] = {"api key", "k", 'k', ROW(ApiKeyRecord, id), .config = true, .indexes = api_key_indexes},
    [KIND_ISSUER] = {"issuer", "is", 'i', ROW(IssuerRecord, id), .config = true, .indexes = issuer_indexes},
    [KIND_CLIENT_CERT] = {"certificate", "x", 'x', ROW(ClientCertRecord, id), .config = true,
			  .indexes = client_cert_indexes},
    [KIND_TOKEN_KEYS] = {"token keys", "jk", 0, ROW(TokenKeysRecord, id), .config = true,
			 .indexes = token_keys_indexes},
    [KIND_TOKEN_REVOCATIONS] = {"token revocations", "jr", 0, ROW(TokenRevocationsRecord, id), .config = true,
				.indexes = token_revocations_indexes},
    [KIND_TOKEN_SECRET] = {"token key", "js", 'j', ROW(TokenSecretRecord, id), .owner = token_secret_owner},
    [KIND_USE] = {"use", "u", 0, ROW(UseRecord, id), .shared = true},
    [KIND_OPERATOR] = {"operator", "us", 'u', ROW(OperatorRecord, id), .indexes = operator_indexes},
    [KIND_OPERATOR_SECRET] = {"operator", "ux", 0, ROW(OperatorSecretRecord, id), .owner = operator_owner},
    [KIND_LOGIN_NAME] = {"name", "un", 0, ROW(LoginNameRecord, name)},
    [KIND_SESSION] = {"session", "s", 's', ROW(SessionRecord, id), .indexes = session_indexes},
    [KIND_SEARCH_KEY] = {"search key", "sk", 0, ROW(SearchKeyRecord, id), .owner = search_key_owner},
    [KIND_THROTTLE] = {"throttle", "th", 0, ROW(ThrottleRecord, id), .shared = true, .indexes = throttle_indexes},
    [KIND_ATTACHMENT] = {"attachment", "f", 'f', ROW(AttachmentRecord, id), .indexes = attachment_indexes},
    [KIND_PRESENCE] = {"presence", "v", 0, ROW(PresenceRecord, order_id), .shared = true, .indexes = presence_indexes},
    [KIND_UNDO] = {"undo", "ud", 0, ROW(UndoRecord, order_id), .shared = true, .indexes = undo_indexes},
    [KIND_DESK_VIEW] = {"view", "vw", 'v', ROW(DeskViewRecord, id), .indexes = desk_view_indexes},
    [KIND_TENANT] = {"tenant", "t", 0, ROW(TenantRecord, id), .events = tenant_events},
    [KIND_WEBHOOK] = {"webhook", "w", 'w', ROW(WebhookRecord, id), .shared = true, .indexes = webhook_indexes},
    [KIND_WEBHOOK_STATE] = {"webhook state", "ws", 0, ROW(WebhookStateRecord, id), .shared = true},
    [KIND_WEBHOOK_SECRET] = {"webhook secret", "wk", 0, ROW(WebhookSecretRecord, id), .owner = webhook_secret_owner},
    [KIND_LANE] = {"lane", "wl", 0, ROW(LaneRecord, id), .shared = true, .indexes = lane_indexes},
    [KIND_DEAD_LETTER] = {"dead letter", "wd", 0, ROW(DeadLetterRecord, id), .shared = true,
			  .indexes = dead_letter_indexes},
};

const struct kind_info *kind_info(enum record_kind kind)
{
	return &kinds[kind];
}

const char *kind_record_id(enum record_kind kind, const void *record)
{
	return *(char *const *)((const char *)record + kinds[kind].id_offset);
}

enum record_kind kind_of_letter(char letter)
{
	for (int i = 0; i < KIND_COUNT; i++) {
		if (kinds[i].letter != 0 && kinds[i].letter == letter)
			return (enum record_kind)i;
	}
	return KIND_COUNT;
}
