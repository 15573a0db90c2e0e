/*
 * golden [--bless] FILE…: plays the commands of each file ("$ …" lines) on the world of tests/sim and
 * compares what comes of them, line by line, with what the file says. README.md describes the format.
 *
 * Exit: 0 all as written, 1 a difference (shown), 2 usage or a command that can't be read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "domain/told.h"
#include "domain/order_state.h"
#include "pb/json_read.h"
#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "service/services.h"
#include "world.h"

enum { SIDE = 3, MAX_NAMES = 64, MAX_WORDS = 16, LINE_BYTES = 1000 };

struct name {
	char name[24];
	char *id;
};

struct play {
	struct world *w;
	struct town town;
	struct name names[MAX_NAMES];
	size_t n_names;
	struct buf out;
	int64_t start_ms;
	char told[48]; /* the log's entries up to this one are told */
	const char *file;
	unsigned line;
};

static _Noreturn void unreadable(const struct play *p, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", p->file, p->line, what);
	exit(2);
}

/* --- names --- */

static void name_it(struct play *p, const char *name, char *id)
{
	if (p->n_names == MAX_NAMES)
		unreadable(p, "too many names");
	struct name *n = &p->names[p->n_names++];
	snprintf(n->name, sizeof(n->name), "%s", name);
	n->id = id;
}

static char *id_of(const struct play *p, const char *name)
{
	for (size_t i = 0; i < p->n_names; i++) {
		if (strcmp(p->names[i].name, name) == 0)
			return p->names[i].id;
	}
	unreadable(p, "no such name");
}

static const char *name_of(const struct play *p, const char *id)
{
	for (size_t i = 0; i < p->n_names; i++) {
		if (strcmp(p->names[i].id, id) == 0)
			return p->names[i].name;
	}
	return id[0] == '\0' ? "-" : id;
}

/* The name of an enum's value without the enum's own: ORDER_STATE_PLACED is PLACED. */
static const char *value_name(const ProtobufCEnumDescriptor *e, int value, size_t prefix_len)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(e, value);
	return v == NULL ? "?" : v->name + prefix_len;
}

static const char *kind_name(EventKind kind)
{
	return value_name(&paidan__v1__event_kind__descriptor, (int)kind, sizeof("EVENT_KIND_") - 1);
}

/* --- what happened --- */

static void write_event(struct play *p, const EventRecord *e)
{
	buf_printf(&p->out, "  * %s %s", kind_name(e->kind), name_of(p, e->subject_id));
	if (e->member_id[0] != '\0')
		buf_printf(&p->out, " (%s)", name_of(p, e->member_id));
	buf_printf(&p->out, " by %s",
		   e->role == ROLE_SYSTEM  ? "time"
		   : e->role == ROLE_ADMIN ? "desk"
					   : name_of(p, told_actor_id(e)));
	if (e->from != e->to)
		buf_printf(&p->out, ", %s > %s", order_state_name(e->from), order_state_name(e->to));
	buf_byte(&p->out, '\n');
}

/* Log ids are "ms-seq". Old entries are trimmed, so their number says nothing. */
static bool is_later(struct slice id, const char *than)
{
	char text[48];
	char *end;
	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(id));
	int64_t ms = strtoll(text, &end, 10), seq = strtoll(end + 1, NULL, 10);
	if (than[0] == '\0')
		return true;
	int64_t than_ms = strtoll(than, &end, 10), than_seq = strtoll(end + 1, NULL, 10);
	return ms != than_ms ? ms > than_ms : seq > than_seq;
}

static void tell_row(void *arg, const struct store_row *row)
{
	struct play *p = arg;
	struct fault fault;
	EventBatch *batch;
	if (row->kind != STORE_ROW_LOG || !slice_eq(row->key, SLICE("events")) || !is_later(row->field, p->told))
		return;
	snprintf(p->told, sizeof(p->told), "%.*s", SLICE_FMT(row->field));
	if (PB_DECODE(world_arena(p->w), EventBatch, row->value, &fault, &batch) != OK)
		abort();
	for (size_t i = 0; i < batch->n_events; i++) {
		if (batch->events[i]->subject_id[0] == 'o')
			write_event(p, batch->events[i]);
	}
}

static void write_events(struct play *p)
{
	store_memory_dump(world_store(p->w), SLICE(WORLD_TENANT), tell_row, p);
}

static void write_moment(struct play *p, const char *what, int64_t at_ms)
{
	if (at_ms != 0)
		buf_printf(&p->out, " %s +%" PRId64 "s", what, (at_ms - p->start_ms) / 1000);
}

static void show(struct play *p, const char *name)
{
	static const char *const rings[] = {"-", "building", "grid", "neighbours", "community", "street", "pool"};
	static const char *const parties[] = {"nobody", "desk", "members asked", "member", "resident", "third party"};
	static const char *const offers[] = {"-", "live", "accepted", "declined", "expired", "withdrawn"};
	const Order *o = world_get_order(p->w, id_of(p, name));
	struct buf *b = &p->out;
	buf_printf(b, "  %s %s ring %s%s priority %u level %u points %u\n", name, order_state_name(o->state),
		   rings[o->ring], o->pooled ? " pooled" : "", o->priority, o->escalation, o->points);
	for (size_t i = 0; i < o->n_slots; i++) {
		buf_printf(b, "  slot %zu %s%s %s", i, o->slots[i]->skill, o->slots[i]->skill[0] == '\0' ? "any" : "",
			   name_of(p, o->slots[i]->member_id));
		write_moment(p, "accepted", o->slots[i]->accepted_ms);
		write_moment(p, "started", o->slots[i]->started_ms);
		write_moment(p, "completed", o->slots[i]->completed_ms);
		buf_byte(b, '\n');
	}
	for (size_t i = 0; i < o->n_offers; i++) {
		buf_printf(b, "  offer %s slot %u %s ring %s", name_of(p, o->offers[i]->member_id), o->offers[i]->slot,
			   offers[o->offers[i]->state], rings[o->offers[i]->ring]);
		write_moment(p, "until", o->offers[i]->expire_ms);
		buf_byte(b, '\n');
	}
	for (size_t i = 0; i < o->n_held; i++)
		buf_printf(b, "  held by %s %" PRId64 "s\n", parties[o->held[i]->party], o->held[i]->total_ms / 1000);
	for (size_t i = 0; i < o->n_timeline; i++) {
		buf_printf(b, "  +%" PRId64 "s %s", (o->timeline[i]->at_ms - p->start_ms) / 1000,
			   kind_name(o->timeline[i]->kind));
		if (o->timeline[i]->member_id[0] != '\0')
			buf_printf(b, " %s", name_of(p, o->timeline[i]->member_id));
		if (o->timeline[i]->text[0] != '\0')
			buf_printf(b, " \"%s\"", name_of(p, o->timeline[i]->text));
		buf_byte(b, '\n');
	}
}

static void show_points(struct play *p, const char *name)
{
	GetAccountRequest *rq = PB_NEW(world_arena(p->w), GetAccountRequest);
	rq->member_id = id_of(p, name);
	struct world_reply reply = world_call(p->w, AS_ADMIN, "PointsService/GetAccount", rq);
	const Account *account = ((GetAccountResponse *)reply.message)->account;
	buf_printf(&p->out, "  %s has %" PRId64 " and %" PRId64 " provisional\n", name, account->available,
		   account->provisional);
}

/* --- commands --- */

static const char *path_of(const struct play *p, const char *method)
{
	const struct method *methods[SERVICE_METHODS_MAX];
	size_t n = services_list(methods);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(strrchr(methods[i]->path, '/') + 1, method) == 0)
			return methods[i]->path + sizeof("/paidan.v1.") - 1;
	}
	unreadable(p, "no such method");
}

static struct who who_of(const struct play *p, const char *name)
{
	if (strcmp(name, "desk") == 0)
		return AS_ADMIN;
	return name[0] == 'm' ? AS_MEMBER(id_of(p, name)) : AS_RESIDENT(id_of(p, name));
}

static uint32_t code_of(struct play *p, const char *order)
{
	const Order *seen = world_get_order(p->w, id_of(p, order));
	GetOrderRequest *rq = PB_NEW(world_arena(p->w), GetOrderRequest);
	rq->order_id = id_of(p, order);
	struct world_reply reply = world_call(p->w, AS_RESIDENT(seen->beneficiary_id), "OrderService/GetOrder", rq);
	return (uint32_t)strtoul(((GetOrderResponse *)reply.message)->order->completion_code, NULL, 10);
}

/* JSON with $name for an id, $name.code for a completion code, $now+5m for a moment. */
static struct slice expand(struct play *p, const char *json)
{
	struct buf b = {0};
	for (const char *c = json; *c != '\0'; c++) {
		char name[24] = "";
		size_t n = 0;
		if (*c != '$') {
			buf_byte(&b, (uint8_t)*c);
			continue;
		}
		while ((c[1] >= 'a' && c[1] <= 'z') || (c[1] >= '0' && c[1] <= '9')) {
			if (n + 1 == sizeof(name))
				unreadable(p, "long name");
			name[n++] = *++c;
		}
		name[n] = '\0';
		if (strncmp(c + 1, ".code", 5) == 0) {
			buf_printf(&b, "%04u", code_of(p, name));
			c += 5;
		} else if (strcmp(name, "now") == 0 && c[1] == '+') {
			char *end;
			int64_t minutes = strtoll(c + 2, &end, 10);
			buf_int(&b, world_now_ms(p->w) + minutes * 60000);
			c = end; /* the m */
		} else {
			buf_str(&b, id_of(p, name));
		}
	}
	struct slice text = arena_slice(world_arena(p->w), buf_view(&b));
	buf_free(&b);
	return text;
}

/* Of requests with many rows. */
static void write_rows(struct play *p, const UndoCommandsResponse *rsp)
{
	for (size_t i = 0; i < rsp->n_results; i++) {
		const UndoResult *row = rsp->results[i];
		const char *name = name_of(p, row->order_id);
		if (row->error == NULL)
			buf_printf(&p->out, "  = %s\n", name);
		else
			buf_printf(&p->out, "  ! %s %s\n", name, row->error->reason);
	}
}

static void write_reply(struct play *p, const struct world_reply *reply)
{
	if (reply->err != OK) {
		buf_printf(&p->out, "  ! %s %s\n", err_info(reply->err)->reason,
			   reply->fault.field == NULL ? "" : reply->fault.field);
		if (p->out.ptr[p->out.len - 2] == ' ')
			p->out.ptr[--p->out.len - 1] = '\n';
		return;
	}
	const ProtobufCMessage *message = reply->message;
	if (message->descriptor == &UndoCommandsResponse_desc) {
		write_rows(p, reply->message);
		return;
	}
	const ProtobufCFieldDescriptor *order =
	    protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "order");
	const Order *o = order == NULL ? NULL : *(Order *const *)pb_member_const(message, order);
	buf_printf(&p->out, "  = %s\n", o == NULL ? "fine" : order_state_name(o->state));
}

/* <who> <Method> [<order>] [<json>] */
static void call(struct play *p, char *who, char *method, char *rest)
{
	const struct method *m = world_method(p->w, path_of(p, method));
	char text[LINE_BYTES];
	ProtobufCMessage *request;
	struct fault fault;
	while (*rest == ' ')
		rest++;
	if (*rest != '\0' && *rest != '{') {
		char *end = strchr(rest, ' ');
		const char *more = end == NULL ? "{}" : end + 1;
		if (end != NULL)
			*end = '\0';
		snprintf(text, sizeof(text), "{\"order_id\":\"$%s\"%s%s", rest, more[1] == '}' ? "" : ",", more + 1);
	} else {
		snprintf(text, sizeof(text), "%s", *rest == '\0' ? "{}" : rest);
	}
	if (json_decode(world_arena(p->w), m->request, expand(p, text), NULL, &fault, &request) != OK)
		unreadable(p, fault.detail);
	struct world_reply reply = world_call(p->w, who_of(p, who), path_of(p, method), request);
	write_reply(p, &reply);
	if (reply.err == OK && strcmp(method, "PlaceOrder") == 0)
		unreadable(p, "orders are placed by name: <who> order <name> …");
	write_events(p);
}

/* <who> order <name> <category> <grid> [for <resident>] */
static void order(struct play *p, char **words, size_t n)
{
	if (n < 5)
		unreadable(p, "<who> order <name> <category> <grid> [for <resident>]");
	PlaceOrderRequest *rq = PB_NEW(world_arena(p->w), PlaceOrderRequest);
	const struct {
		const char *name, *id;
	} categories[] = {{"plain", p->town.plain_category},
			  {"urgent", p->town.urgent_category},
			  {"danger", p->town.danger_category},
			  {"pair", p->town.pair_category},
			  {"complaint", p->town.complaint_category}};
	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++) {
		if (strcmp(words[3], categories[i].name) == 0)
			rq->category_id = (char *)categories[i].id;
	}
	rq->point = world_point(p->w, strtoul(words[4], NULL, 10), 0, 0, SIDE);
	rq->title = (char *)"help";
	if (n == 7)
		rq->beneficiary_id = id_of(p, words[6]);
	struct world_reply reply = world_call(p->w, who_of(p, words[0]), "OrderService/PlaceOrder", rq);
	if (reply.err == OK)
		name_it(p, words[2], ((PlaceOrderResponse *)reply.message)->order->id);
	write_reply(p, &reply);
	write_events(p);
}

/* member <name> <grid> <east_m> <north_m> [<skill>] */
static void member(struct play *p, char **words, size_t n)
{
	if (n < 5)
		unreadable(p, "member <name> <grid> <east_m> <north_m> [<skill>]");
	GeoPoint *home =
	    world_point(p->w, strtoul(words[2], NULL, 10), strtod(words[3], NULL), strtod(words[4], NULL), SIDE);
	name_it(p, words[1], world_member(p->w, home, n > 5 ? words[5] : NULL));
}

/* resident <name> [<proxy>] */
static void resident(struct play *p, char **words, size_t n)
{
	CreateResidentRequest *rq = PB_NEW(world_arena(p->w), CreateResidentRequest);
	rq->resident = PB_NEW(world_arena(p->w), Resident);
	char *proxy = n > 2 ? id_of(p, words[2]) : NULL;
	if (proxy != NULL)
		arena_append(world_arena(p->w), (void ***)&rq->resident->proxy_ids, &rq->resident->n_proxy_ids, proxy);
	struct world_reply reply = world_call(p->w, AS_ADMIN, "OrgService/CreateResident", rq);
	if (n < 2 || reply.err != OK)
		unreadable(p, "resident <name> [<proxy>]");
	name_it(p, words[1], ((CreateResidentResponse *)reply.message)->resident->id);
}

static void advance(struct play *p, const char *span)
{
	char *unit;
	int64_t n = strtoll(span, &unit, 10);
	int64_t ms = *unit == 's' ? 1000 : *unit == 'm' ? 60000 : *unit == 'h' ? 3600000 : *unit == 'd' ? 86400000 : 0;
	if (ms == 0)
		unreadable(p, "advance <n>s, m, h or d");
	world_advance(p->w, n * ms);
	write_events(p);
}

static void run(struct play *p, const char *command)
{
	char copy[LINE_BYTES], rest[LINE_BYTES] = "", *words[MAX_WORDS], *save = NULL;
	size_t n = 0;
	snprintf(copy, sizeof(copy), "%s", command);
	for (char *word = strtok_r(copy, " ", &save); word != NULL && n < MAX_WORDS;
	     word = strtok_r(NULL, " ", &save)) {
		words[n++] = word;
		if (n == 2)
			snprintf(rest, sizeof(rest), "%s", command + (save - copy));
	}
	if (n < 2)
		unreadable(p, "a command has two words");
	if (strcmp(words[0], "member") == 0)
		member(p, words, n);
	else if (strcmp(words[0], "resident") == 0)
		resident(p, words, n);
	else if (strcmp(words[0], "advance") == 0)
		advance(p, words[1]);
	else if (strcmp(words[0], "show") == 0)
		show(p, words[1]);
	else if (strcmp(words[0], "points") == 0)
		show_points(p, words[1]);
	else if (strcmp(words[1], "order") == 0)
		order(p, words, n);
	else
		call(p, words[0], words[1], rest);
}

/* --- files --- */

static char *read_all(const char *file)
{
	FILE *f = fopen(file, "r");
	struct buf b = {0};
	char bytes[4096];
	size_t n;
	if (f == NULL) {
		perror(file);
		exit(2);
	}
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(&b, bytes, n);
	fclose(f);
	buf_byte(&b, '\0');
	return (char *)b.ptr;
}

/* Comments and commands as they stand, outputs afresh. */
static void play_all(struct play *p, const char *text)
{
	char line[LINE_BYTES];
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
		p->line++;
		if (line[0] == ' ')
			continue;
		buf_printf(&p->out, "%s\n", line);
		if (line[0] == '$' && line[1] == ' ')
			run(p, line + 2);
	}
}

static bool same(const char *file, const char *expected, const char *got)
{
	unsigned line = 1;
	while (*expected != '\0' || *got != '\0') {
		size_t e = strcspn(expected, "\n"), g = strcspn(got, "\n");
		if (e != g || memcmp(expected, got, e) != 0) {
			printf("%s:%u:\n- %.*s\n+ %.*s\n", file, line, (int)e, expected, (int)g, got);
			return false;
		}
		expected += e + (expected[e] == '\n');
		got += g + (got[g] == '\n');
		line++;
	}
	return true;
}

static bool golden(const char *file, bool bless)
{
	struct play p = {.file = file};
	char *text = read_all(file);
	p.w = world_new(&(struct world_options){.seed = 7, .cache_bytes = 1 << 20});
	p.town = world_town(p.w, SIDE);
	p.start_ms = world_now_ms(p.w);
	play_all(&p, text);
	buf_byte(&p.out, '\0');
	bool fine = bless || same(file, text, (const char *)p.out.ptr);
	if (bless) {
		FILE *f = fopen(file, "w");
		if (f == NULL || fputs((const char *)p.out.ptr, f) < 0 || fclose(f) != 0)
			abort();
	}
	buf_free(&p.out);
	free(text);
	world_free(p.w);
	return fine;
}

int main(int argc, char **argv)
{
	bool bless = argc > 1 && strcmp(argv[1], "--bless") == 0;
	unsigned failed = 0;
	if (argc < 2 + bless) {
		fprintf(stderr, "usage: golden [--bless] FILE...\n");
		return 2;
	}
	for (int i = 1 + bless; i < argc; i++) {
		bool fine = golden(argv[i], bless);
		printf("%s %s\n", fine ? "ok  " : "FAIL", argv[i]);
		failed += !fine;
	}
	return failed == 0 ? 0 : 1;
}
