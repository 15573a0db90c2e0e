/*
 * bench_ids: what is known of an order by its id.
 *
 * Nouns: an entry belongs to one id: the order's number once the client knows it (the reply of PlaceOrder may
 * come after the first event), and a stash: the latest event that came before.
 * Ownership: ids_free frees the stashes too. No memory ends the program. Errors: none.
 */
#ifndef PAIDAN_CLI_BENCH_IDS_H
#define PAIDAN_CLI_BENCH_IDS_H

#include "base/slice.h"

enum { BENCH_ID_BYTES = 16, BENCH_NO_ORDER = UINT32_MAX };

struct id_entry {
	char id[BENCH_ID_BYTES];
	uint32_t order; /* BENCH_NO_ORDER: not known yet */
	uint32_t stash_len;
	uint8_t *stash;
};

struct ids {
	struct id_entry *entries; /* a power of two of them, open addressing; "" is a free one */
	size_t room, n;
};

void ids_free(struct ids *ids);
/* The entry of an id, made when there is none; valid until the next call. NULL for an id that is too long. */
struct id_entry *ids_get(struct ids *ids, struct slice id);
void id_entry_stash(struct id_entry *entry, struct slice bytes);
void id_entry_unstash(struct id_entry *entry);

#endif
