#include "rpc/metrics.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rpc/metrics_inside.h"

struct metrics *metrics_new(size_t n_slots, const char *const *paths, size_t n_methods)
{
	struct metrics *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	m->n_slots = n_slots;
	m->n_methods = n_methods;
	m->paths = paths;
	/* Slots of different processes share no cache line. */
	size_t slot_bytes = sizeof(struct metrics_slot) + n_methods * sizeof(struct metrics_method);
	m->slot_bytes = (slot_bytes + 127) & ~(size_t)127;
	m->bytes = m->slot_bytes * n_slots;
	m->memory = mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m->memory == MAP_FAILED) {
		free(m);
		return NULL;
	}
	return m;
}

void metrics_free(struct metrics *m)
{
	if (m == NULL)
		return;
	munmap(m->memory, m->bytes);
	free(m);
}

struct metrics_slot *metrics_slot_at(const struct metrics *m, size_t slot)
{
	return (struct metrics_slot *)(void *)(m->memory + slot * m->slot_bytes);
}

bool metrics_is_total(enum metrics_value value)
{
	static const enum metrics_type types[] = {
#define X(name, text, type, help) METRICS_TYPE_##type,
	    METRICS_VALUES(X)
#undef X
	};
	return types[value] == METRICS_TYPE_TOTAL || types[value] == METRICS_TYPE_TOTAL_SECONDS;
}

static void store(uint64_t *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELAXED);
}

/* A slot has one writer: a plain sum, made visible whole. */
static void add(uint64_t *to, uint64_t delta)
{
	store(to, *to + delta);
}

struct metrics_slot *metrics_attach(struct metrics *m, size_t slot)
{
	struct metrics_slot *s = metrics_slot_at(m, slot);
	metrics_detach(m, slot);
	s->pid = getpid();
	return s;
}

void metrics_detach(struct metrics *m, size_t slot)
{
	struct metrics_slot *s = metrics_slot_at(m, slot);
	for (int i = 0; i < METRICS_N_VALUES; i++) {
		if (metrics_is_total((enum metrics_value)i))
			store(&s->before[i], s->values[i]);
		else
			store(&s->values[i], 0);
	}
	s->pid = 0;
}

static const int64_t bounds_us[METRICS_BUCKETS] = METRICS_BOUNDS_US;

void metrics_rpc(struct metrics_slot *slot, size_t method, enum grpc_code code, int64_t elapsed_us)
{
	struct metrics_method *m = &slot->methods[method];
	size_t bucket = 0;
	while (bucket < METRICS_BUCKETS && elapsed_us > bounds_us[bucket])
		bucket++;
	add(&m->codes[code], 1);
	add(&m->buckets[bucket], 1);
	add(&m->sum_us, elapsed_us > 0 ? (uint64_t)elapsed_us : 0);
}

void metrics_add(struct metrics_slot *slot, enum metrics_value value, int64_t delta)
{
	add(&slot->values[value], (uint64_t)delta);
}

void metrics_set(struct metrics_slot *slot, enum metrics_value value, uint64_t number)
{
	store(&slot->values[value], slot->before[value] + number);
}

uint64_t metrics_sum(const struct metrics *m, enum metrics_value value)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < m->n_slots; i++)
		sum += __atomic_load_n(&metrics_slot_at(m, i)->values[value], __ATOMIC_RELAXED);
	return sum;
}
