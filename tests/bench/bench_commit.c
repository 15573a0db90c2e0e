/*
 * bench_commit: what a commit costs beside a bare script with the same writes.
 *
 * Starts its own redis-server in a temporary directory, keeps a number of commits in flight over its
 * unix socket, and alternates between commit.lua (3 guards, 3 records, 4 index entries moved, 1 event,
 * 1 claim) and a script that does the same writes without checking or parsing anything, with fsync
 * before every answer and once a second. Prints the median of the rounds.
 *
 * Both use the same number of connections in the same way: no more than what a round of Redis takes.
 *
 * usage: bench_commit [--in-flight N] [--rounds N] [--ms N] [--json FILE]
 */
#include <errno.h>
#include <event2/event.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "redis/conn.h"
#include "redis/embedded.h"
#include "redis/resp.h"
#include "txn/envelope.h"
#include "txn/store_redis_internal.h"

enum { RECORDS = 3, ORDERS = 20000, MAX_SLOTS = 2000, MAX_ROUNDS = 50, KEYS = 9 };

static const size_t value_bytes[RECORDS] = {320, 180, 120};

static const char bare_text[] = "#!lua\n"
				"local K, A, call = KEYS, ARGV, redis.call\n"
				"call('HSET', K[8], A[11], A[12])\n"
				"call('MSET', K[1], A[1], K[2], A[2], K[3], A[3])\n"
				"call('ZREM', K[4], A[4])\n"
				"call('ZADD', K[5], A[5], A[6])\n"
				"call('ZADD', K[6], A[7], A[8])\n"
				"call('ZADD', K[7], A[9], A[8])\n"
				"return call('XADD', K[9], '*', 'v', A[10])\n";

/* One commit under way, with the memory of all that it points to. */
struct slot {
	struct bench *bench;
	size_t order;
	struct store_commit commit;
	struct store_guard guards[RECORDS];
	struct store_write writes[RECORDS + 5];
	char keys[KEYS][48];
	char member[24];
	char field[24];
	uint8_t values[RECORDS][400];
	struct arena arena;
};

enum mode { MODE_BARE, MODE_COMMIT };

struct result {
	double per_s;
	double redis_us;
	double client_us;
};

struct bench {
	struct event_base *base;
	struct embedded *server;
	struct redis_config config;
	struct store *store;
	struct redis_conn *conns[STORE_REDIS_LANES];
	char bare_sha1[41];
	size_t n_slots;
	struct slot *slots;
	uint64_t versions[ORDERS];
	uint64_t serial;
	enum mode mode;
	size_t left; /* slots under way */
	bool stop;
	uint64_t done;
	uint64_t failed;
};

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double own_cpu_s(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Of all threads of the server: fsync runs in its main thread, the rest sleeps. */
static double server_cpu_s(const struct bench *b)
{
	char path[64], text[1024];
	unsigned long user = 0, system = 0;
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)embedded_pid(b->server));
	FILE *f = fopen(path, "r");
	if (f == NULL || fgets(text, sizeof(text), f) == NULL)
		abort();
	fclose(f);
	const char *rest = strrchr(text, ')');
	if (rest == NULL ||
	    sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		abort();
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* --- one commit --- */

static void next(struct slot *s);

static void finished(struct slot *s, bool ok)
{
	struct bench *b = s->bench;
	b->done++;
	b->failed += !ok;
	arena_reset(&s->arena);
	b->left--;
	if (!b->stop)
		next(s);
	else if (b->left == 0)
		event_base_loopbreak(b->base);
}

static void on_committed(struct store_commit *commit, enum store_verdict verdict)
{
	finished(commit->arg, verdict == STORE_OK);
}

static void on_bare(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)owner;
	finished(arg, fate == REDIS_REPLIED && reply->type == REDIS_STRING);
}

static struct slice key_of(const struct slot *s, int i)
{
	return slice_str(s->keys[i]);
}

static void fill(struct slot *s)
{
	struct bench *b = s->bench;
	uint64_t version = b->versions[s->order]++, n = b->serial++;
	static const char kinds[RECORDS + 1] = "omt";
	snprintf(s->member, sizeof(s->member), "o%09u", (unsigned)s->order);
	snprintf(s->field, sizeof(s->field), "%08x%08x", (unsigned)(n * 2654435761u), (unsigned)n);
	for (int i = 0; i < RECORDS; i++) {
		snprintf(s->keys[i], sizeof(s->keys[i]), "%c:%s", kinds[i], s->member);
		memset(s->values[i] + ENVELOPE_BYTES, (int)('a' + n % 26), value_bytes[i]);
		envelope_seal(s->values[i], ENVELOPE_PLAIN, value_bytes[i], version + 1);
		s->guards[i] = (struct store_guard){.key = key_of(s, i), .version = version};
		s->writes[i] = (struct store_write){STORE_PUT, key_of(s, i), SLICE_NONE, 0,
						    slice_of(s->values[i], ENVELOPE_BYTES + value_bytes[i])};
	}
	struct slice member = slice_str(s->member);
	snprintf(s->keys[3], sizeof(s->keys[3]), "i:order_state:%d", (int)(version % 5));
	snprintf(s->keys[4], sizeof(s->keys[4]), "i:order_state:%d", (int)((version + 1) % 5));
	snprintf(s->keys[5], sizeof(s->keys[5]), "i:order_grid:%zu", s->order % 12);
	snprintf(s->keys[6], sizeof(s->keys[6]), "due");
	snprintf(s->keys[7], sizeof(s->keys[7]), "q:20001:%d", (int)(n / 100));
	snprintf(s->keys[8], sizeof(s->keys[8]), "events");
	s->writes[3] = (struct store_write){.kind = STORE_UNINDEX, .key = key_of(s, 3), .field = member};
	for (int i = 4; i < 7; i++)
		s->writes[i] =
		    (struct store_write){STORE_INDEX, key_of(s, i), member, (int64_t)(1700000000000 + n), SLICE_NONE};
	s->writes[7] = (struct store_write){
	    .kind = STORE_APPEND, .key = key_of(s, 8), .value = slice_of(s->values[1] + ENVELOPE_BYTES, 60)};
}

static void send_commit(struct slot *s)
{
	s->commit = (struct store_commit){
	    .tenant = SLICE("demo"),
	    .guards = s->guards,
	    .n_guards = RECORDS,
	    .writes = s->writes,
	    .n_writes = RECORDS + 5,
	    .claim_key = key_of(s, 7),
	    .claim_old_key = SLICE("q:20000:17"),
	    .claim_field = slice_str(s->field),
	    .claim_value = SLICE("fingerpro000000001"),
	    .arena = &s->arena,
	    .done = on_committed,
	    .arg = s,
	};
	s->bench->store->ops->commit(s->bench->store, &s->commit);
}

static struct redis_conn *bare_conn(const struct bench *b)
{
	struct redis_conn *best = b->conns[0];
	for (size_t i = 0; i < STORE_REDIS_LANES; i++) {
		if (redis_conn_in_flight_bytes(b->conns[i]) < redis_conn_in_flight_bytes(best))
			best = b->conns[i];
		if (redis_conn_in_flight_bytes(best) < STORE_REDIS_LANE_BYTES)
			break;
	}
	return best;
}

static void send_bare(struct slot *s)
{
	struct bench *b = s->bench;
	struct slice member = slice_str(s->member);
	struct redis_conn *conn = bare_conn(b);
	redis_conn_begin(conn, 3 + KEYS + 12);
	struct buf *out = redis_conn_out(conn);
	resp_str(out, "EVALSHA");
	resp_arg(out, slice_of(b->bare_sha1, 40));
	resp_int(out, KEYS);
	for (int i = 0; i < KEYS; i++)
		resp_pair(out, SLICE("pd:{demo}:"), key_of(s, i));
	for (int i = 0; i < RECORDS; i++)
		resp_arg(out, s->writes[i].value);
	resp_arg(out, member);
	resp_int(out, s->writes[4].score);
	resp_arg(out, member);
	resp_int(out, s->writes[5].score);
	resp_arg(out, member);
	resp_int(out, s->writes[6].score);
	resp_arg(out, s->writes[7].value);
	resp_arg(out, slice_str(s->field));
	resp_arg(out, SLICE("fingerpro000000001"));
	redis_conn_end(conn, on_bare, s);
}

static void next(struct slot *s)
{
	struct bench *b = s->bench;
	/* Every slot has orders of its own: no conflicts. */
	s->order += b->n_slots;
	if (s->order >= ORDERS)
		s->order %= b->n_slots;
	fill(s);
	b->left++;
	if (b->mode == MODE_COMMIT)
		send_commit(s);
	else
		send_bare(s);
}

/* --- a round --- */

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct bench *b = arg;
	b->stop = true;
}

static struct result run(struct bench *b, enum mode mode, long ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};
	b->mode = mode;
	b->stop = false;
	b->done = 0;
	event_base_once(b->base, -1, EV_TIMEOUT, on_stop, b, &tv);
	double start_s = now_s(), own_s = own_cpu_s(), server_s = server_cpu_s(b);
	for (size_t i = 0; i < b->n_slots; i++)
		next(&b->slots[i]);
	event_base_dispatch(b->base);
	double n = (double)b->done;
	return (struct result){n / (now_s() - start_s), (server_cpu_s(b) - server_s) * 1e6 / n,
			       (own_cpu_s() - own_s) * 1e6 / n};
}

static void on_configured(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)arg;
	struct bench *b = owner;
	if (fate != REDIS_REPLIED || reply->type == REDIS_ERROR)
		b->failed++;
	event_base_loopbreak(b->base);
}

static void command(struct bench *b, const char *words[], size_t n)
{
	redis_conn_begin(b->conns[0], n);
	for (size_t i = 0; i < n; i++)
		resp_str(redis_conn_out(b->conns[0]), words[i]);
	redis_conn_end(b->conns[0], on_configured, NULL);
	event_base_dispatch(b->base);
}

static int by_rate(const void *a, const void *b)
{
	double x = ((const struct result *)a)->per_s, y = ((const struct result *)b)->per_s;
	return (x > y) - (x < y);
}

static void compare(struct bench *b, const char *policy, size_t rounds, long ms, FILE *json)
{
	struct result results[2][MAX_ROUNDS];
	command(b, (const char *[]){"CONFIG", "SET", "appendfsync", policy}, 4);
	run(b, MODE_COMMIT, ms / 2);
	for (size_t i = 0; i < rounds; i++) {
		for (int mode = MODE_BARE; mode <= MODE_COMMIT; mode++)
			results[mode][i] = run(b, (enum mode)mode, ms);
	}
	for (int mode = MODE_BARE; mode <= MODE_COMMIT; mode++) {
		qsort(results[mode], rounds, sizeof(struct result), by_rate);
		const struct result *r = &results[mode][rounds / 2];
		printf("%-10s %-8s %9.0f/s   redis %5.1f us   client %5.1f us\n", policy,
		       mode == MODE_BARE ? "bare" : "commit", r->per_s, r->redis_us, r->client_us);
	}
	const struct result *bare = &results[MODE_BARE][rounds / 2], *commit = &results[MODE_COMMIT][rounds / 2];
	printf("%-10s ratio    %9.2f     redis %5.2f\n", policy, commit->per_s / bare->per_s,
	       bare->redis_us / commit->redis_us);
	if (json != NULL)
		fprintf(json,
			"{\"fsync\":\"%s\",\"in_flight\":%zu,\"raw_commits_per_s\":%.0f,\"commits_per_s\":%.0f,"
			"\"redis_us_per_commit\":%.1f,\"client_us_per_commit\":%.1f}\n",
			policy, b->n_slots, bare->per_s, commit->per_s, commit->redis_us, commit->client_us);
}

/* --- life --- */

static void on_ready(void *arg, bool ready)
{
	(void)ready;
	struct bench *b = arg;
	bool all = b->store != NULL && b->store->ops->ready(b->store);
	for (size_t i = 0; i < STORE_REDIS_LANES; i++)
		all = all && b->conns[i] != NULL && redis_conn_ready(b->conns[i]);
	if (all)
		event_base_loopbreak(b->base);
}

static void sha1_hex(const char *text, char out[41])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	if (EVP_Digest(text, strlen(text), digest, &len, EVP_sha1(), NULL) != 1)
		abort();
	for (unsigned i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static bool set_up(struct bench *b, const struct embedded_config *config, size_t in_flight)
{
	char why[200];
	b->base = event_base_new();
	sha1_hex(bare_text, b->bare_sha1);
	b->server = embedded_new(b->base, config, why, sizeof(why));
	if (b->server == NULL) {
		fprintf(stderr, "bench_commit: %s\n", why);
		return false;
	}
	struct redis_script bare = {"bare", bare_text, b->bare_sha1};
	struct redis_conn_hooks hooks = {&bare, 1, on_ready, NULL};
	b->config = (struct redis_config){.unix_path = embedded_socket(b->server)};
	b->store = store_redis_new(b->base, &b->config);
	bool ok = b->store != NULL;
	for (size_t i = 0; i < STORE_REDIS_LANES; i++) {
		b->conns[i] = redis_conn_new(b->base, &b->config, &hooks, b);
		ok = ok && b->conns[i] != NULL;
	}
	b->n_slots = in_flight;
	b->slots = calloc(in_flight, sizeof(*b->slots));
	if (!ok || b->slots == NULL)
		return false;
	/* Both connections report here; store_redis_on_ready passes its arg first, too. */
	store_redis_on_ready(b->store, on_ready, b);
	for (size_t i = 0; i < in_flight; i++) {
		b->slots[i].bench = b;
		b->slots[i].order = i;
		arena_init(&b->slots[i].arena, 65536);
	}
	event_base_dispatch(b->base);
	return true;
}

static void tear_down(struct bench *b)
{
	if (b->store != NULL)
		b->store->ops->destroy(b->store);
	for (size_t i = 0; i < STORE_REDIS_LANES; i++)
		redis_conn_free(b->conns[i]);
	embedded_free(b->server);
	for (size_t i = 0; b->slots != NULL && i < b->n_slots; i++)
		arena_free(&b->slots[i].arena);
	free(b->slots);
	event_base_free(b->base);
}

static long number_after(int argc, char **argv, const char *name, long fallback, long most)
{
	for (int i = 1; i + 1 < argc; i++) {
		long n = strcmp(argv[i], name) == 0 ? strtol(argv[i + 1], NULL, 10) : 0;
		if (n > 0)
			return n < most ? n : most;
	}
	return fallback;
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/paidan-bench-XXXXXX", remove[64];
	static struct bench bench;
	FILE *json = NULL;
	long in_flight = number_after(argc, argv, "--in-flight", 100, MAX_SLOTS);
	long rounds = number_after(argc, argv, "--rounds", 5, MAX_ROUNDS);
	long ms = number_after(argc, argv, "--ms", 1000, 60000);
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			json = fopen(argv[i + 1], "w");
	}
	log_setup(2, LOG_WARN, "bench");
	if (mkdtemp(dir) == NULL)
		return 1;
	struct embedded_config config = {.dir = dir};
	bool ok = set_up(&bench, &config, (size_t)in_flight);
	if (ok) {
		printf("in flight  %ld\n", in_flight);
		compare(&bench, "always", (size_t)rounds, ms, json);
		compare(&bench, "everysec", (size_t)rounds, ms, json);
		ok = bench.failed == 0;
		if (!ok)
			printf("failed     %llu\n", (unsigned long long)bench.failed);
	}
	tear_down(&bench);
	if (json != NULL)
		fclose(json);
	snprintf(remove, sizeof(remove), "rm -rf '%s'", dir);
	return system(remove) == 0 && ok ? 0 : 1;
}
