#include "rpc/metrics_inside.h"

#include <stdio.h>

static const struct {
	const char *name;
	const char *help;
	enum metrics_type type;
} values[] = {
#define X(name, text, type, help) {text, help, METRICS_TYPE_##type},
    METRICS_VALUES(X)
#undef X
};

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* µs as seconds, without what a double would add. */
static void seconds(struct buf *out, uint64_t us)
{
	buf_printf(out, "%llu.%06llu", (unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000));
}

static uint64_t worst(const struct metrics *m, enum metrics_value value)
{
	uint64_t max = 0;
	for (size_t i = 0; i < m->n_slots; i++) {
		uint64_t v = __atomic_load_n(&metrics_slot_at(m, i)->values[value], __ATOMIC_RELAXED);
		max = v > max ? v : max;
	}
	return max;
}

static int family_len(enum metrics_value value)
{
	return (int)strcspn(values[value].name, "{");
}

static bool same_family(enum metrics_value a, enum metrics_value b)
{
	return family_len(a) == family_len(b) && strncmp(values[a].name, values[b].name, (size_t)family_len(a)) == 0;
}

static void value_text(const struct metrics *m, enum metrics_value value, struct buf *out)
{
	enum metrics_type type = values[value].type;
	bool total = metrics_is_total(value);
	char family[64];
	snprintf(family, sizeof(family), "%.*s", family_len(value), values[value].name);
	if (value == 0 || !same_family(value, (enum metrics_value)(value - 1)))
		head(out, family, total ? "counter" : "gauge", values[value].help);
	buf_str(out, values[value].name);
	buf_byte(out, ' ');
	switch (type) {
	case METRICS_TYPE_TOTAL:
	case METRICS_TYPE_GAUGE:
		buf_uint(out, metrics_sum(m, value));
		break;
	case METRICS_TYPE_GAUGE_MAX:
		seconds(out, worst(m, value));
		break;
	case METRICS_TYPE_TOTAL_SECONDS:
		seconds(out, metrics_sum(m, value));
		break;
	}
	buf_byte(out, '\n');
}

static struct metrics_method method_sum(const struct metrics *m, size_t method)
{
	struct metrics_method sum = {0};
	for (size_t i = 0; i < m->n_slots; i++) {
		const struct metrics_method *one = &metrics_slot_at(m, i)->methods[method];
		for (size_t c = 0; c < METRICS_CODES; c++)
			sum.codes[c] += __atomic_load_n(&one->codes[c], __ATOMIC_RELAXED);
		for (size_t b = 0; b <= METRICS_BUCKETS; b++)
			sum.buckets[b] += __atomic_load_n(&one->buckets[b], __ATOMIC_RELAXED);
		sum.sum_us += __atomic_load_n(&one->sum_us, __ATOMIC_RELAXED);
	}
	return sum;
}

static const char *label(const char *path)
{
	return path == NULL ? "unknown" : path + 1;
}

static void counts_text(const struct metrics *m, struct buf *out)
{
	head(out, "paidan_rpc_total", "counter", "RPCs that have ended, by method and code");
	for (size_t i = 0; i < m->n_methods; i++) {
		struct metrics_method sum = method_sum(m, i);
		for (size_t c = 0; c < METRICS_CODES; c++) {
			if (sum.codes[c] == 0)
				continue;
			buf_printf(out, "paidan_rpc_total{method=\"%s\",code=\"%s\"} %llu\n", label(m->paths[i]),
				   grpc_code_name((enum grpc_code)c), (unsigned long long)sum.codes[c]);
		}
	}
}

static void histogram_text(const char *method, const struct metrics_method *sum, struct buf *out)
{
	static const int64_t bounds_us[METRICS_BUCKETS] = METRICS_BOUNDS_US;
	uint64_t below = 0;
	for (size_t b = 0; b < METRICS_BUCKETS; b++) {
		below += sum->buckets[b];
		buf_printf(out, "paidan_rpc_seconds_bucket{method=\"%s\",le=\"%g\"} %llu\n", method,
			   (double)bounds_us[b] / 1e6, (unsigned long long)below);
	}
	below += sum->buckets[METRICS_BUCKETS];
	buf_printf(out, "paidan_rpc_seconds_bucket{method=\"%s\",le=\"+Inf\"} %llu\n", method,
		   (unsigned long long)below);
	buf_printf(out, "paidan_rpc_seconds_sum{method=\"%s\"} ", method);
	seconds(out, sum->sum_us);
	buf_printf(out, "\npaidan_rpc_seconds_count{method=\"%s\"} %llu\n", method, (unsigned long long)below);
}

void metrics_text(const struct metrics *m, const char *version, struct buf *out)
{
	head(out, "paidan_build_info", "gauge", "The running version");
	buf_printf(out, "paidan_build_info{version=\"%s\"} 1\n", version);
	counts_text(m, out);
	head(out, "paidan_rpc_seconds", "histogram", "Time from the first byte of an RPC to its answer");
	for (size_t i = 0; i < m->n_methods; i++) {
		struct metrics_method sum = method_sum(m, i);
		uint64_t any = sum.sum_us;
		for (size_t b = 0; b <= METRICS_BUCKETS; b++)
			any |= sum.buckets[b];
		if (any != 0)
			histogram_text(label(m->paths[i]), &sum, out);
	}
	for (int i = 0; i < METRICS_N_VALUES; i++)
		value_text(m, (enum metrics_value)i, out);
}
