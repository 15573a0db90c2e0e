/*
 * heap: gives back to the system what a burst has left behind.
 *
 * A thousand TLS handshakes at once take 30 KB each that live for a few milliseconds. malloc keeps the holes
 * that they leave between the connections that stay: resident, and of use to nobody until the next burst.
 *
 * Nouns: the excess is resident memory that is not in use.
 * Errors: none.
 */
#ifndef PAIDAN_SERVER_HEAP_H
#define PAIDAN_SERVER_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* Zero-init before the first call. */
struct heap {
	uint64_t rest_bytes; /* the excess that the last trimming left */
};

/* To be called every few seconds, when there is no hurry. Trims when that may give back much: it walks the
 * free list and costs a millisecond for some ten thousand holes. */
void heap_tidy(struct heap *heap, uint64_t resident_bytes);

#endif
