#include "domain/roster_pool.h"

#include <stdlib.h>

#include "base/hash.h"

enum { FIRST_BUCKETS = 64, FIRST_STRINGS = 16 };

struct pooled {
	uint8_t *bytes;
	uint32_t len, users;
	uint32_t hash;
	uint32_t next; /* in the bucket, or in the list of free numbers */
};

bool roster_pool_init(struct roster_pool *p)
{
	p->buckets = calloc(FIRST_BUCKETS, sizeof(*p->buckets));
	p->strings = calloc(FIRST_STRINGS, sizeof(*p->strings));
	p->n_buckets = FIRST_BUCKETS;
	p->room = FIRST_STRINGS;
	p->n = 1;
	return p->buckets != NULL && p->strings != NULL;
}

void roster_pool_finish(struct roster_pool *p)
{
	for (uint32_t i = 1; p->strings != NULL && i < p->n; i++)
		free(p->strings[i].bytes);
	free(p->strings);
	free(p->buckets);
	*p = (struct roster_pool){0};
}

static uint32_t *bucket_of(const struct roster_pool *p, uint32_t hash)
{
	return &p->buckets[hash & (p->n_buckets - 1)];
}

/* Longer chains where there is no memory, nothing worse. */
static void widen(struct roster_pool *p)
{
	uint32_t n = p->n_buckets * 2;
	uint32_t *buckets = calloc(n, sizeof(*buckets));
	if (buckets == NULL)
		return;
	free(p->buckets);
	p->buckets = buckets;
	p->n_buckets = n;
	for (uint32_t i = 1; i < p->n; i++) {
		if (p->strings[i].users == 0)
			continue;
		uint32_t *bucket = bucket_of(p, p->strings[i].hash);
		p->strings[i].next = *bucket;
		*bucket = i;
	}
}

/* 0: out of memory. */
static uint32_t free_number(struct roster_pool *p)
{
	uint32_t number = p->free;
	if (number != 0) {
		p->free = p->strings[number].next;
		return number;
	}
	if (p->n == p->room) {
		uint32_t room = p->room + p->room / 2;
		struct pooled *strings = realloc(p->strings, room * sizeof(*strings));
		if (strings == NULL)
			return 0;
		p->strings = strings;
		p->room = room;
	}
	if (p->n > p->n_buckets)
		widen(p);
	return p->n++;
}

static void give_back(struct roster_pool *p, uint32_t number)
{
	p->strings[number] = (struct pooled){.next = p->free};
	p->free = number;
}

uint32_t roster_pool_hold(struct roster_pool *p, struct slice bytes)
{
	if (bytes.len == 0)
		return 0;
	uint32_t hash = (uint32_t)hash_bytes(0, bytes);
	uint32_t number = *bucket_of(p, hash);
	while (number != 0 && (p->strings[number].hash != hash || !slice_eq(roster_pool_bytes(p, number), bytes)))
		number = p->strings[number].next;
	if (number != 0) {
		p->strings[number].users++;
		return number;
	}
	number = free_number(p);
	if (number == 0)
		return 0;
	uint8_t *copy = malloc(bytes.len);
	if (copy == NULL) {
		give_back(p, number);
		return 0;
	}
	memcpy(copy, bytes.ptr, bytes.len);
	uint32_t *bucket = bucket_of(p, hash);
	p->strings[number] = (struct pooled){copy, (uint32_t)bytes.len, 1, hash, *bucket};
	*bucket = number;
	return number;
}

void roster_pool_release(struct roster_pool *p, uint32_t number)
{
	if (number == 0 || --p->strings[number].users > 0)
		return;
	uint32_t *at = bucket_of(p, p->strings[number].hash);
	while (*at != number)
		at = &p->strings[*at].next;
	*at = p->strings[number].next;
	free(p->strings[number].bytes);
	give_back(p, number);
}

struct slice roster_pool_bytes(const struct roster_pool *p, uint32_t number)
{
	return slice_of(p->strings[number].bytes, p->strings[number].len);
}
