/*
 * h2_mem: where nghttp2's sessions get their memory.
 *
 * Nouns: every session holds one frame buffer of 16 KB, of which an idle connection has used the first
 * few hundred bytes; a cell is a page-aligned place for one, so that the pages that were never written
 * cost nothing. All other memory comes from malloc.
 * Ownership: the cells belong to the h2_mem and must outlive the sessions.
 * Errors: without address space for cells all comes from malloc; h2_mem_init can't fail.
 */
#ifndef PAIDAN_NET_H2_MEM_H
#define PAIDAN_NET_H2_MEM_H

#include <stddef.h>
#include <stdint.h>

#include <nghttp2/nghttp2.h>

struct h2_mem {
	uint8_t *cells; /* NULL: none */
	size_t n_cells;
	size_t n_used;       /* cells handed out at least once */
	uint32_t *free_list; /* indexes of cells given back, the last one first */
	size_t n_free;
	nghttp2_mem functions; /* for nghttp2_session_server_new3 */
};

void h2_mem_init(struct h2_mem *m, size_t n_sessions);
/* All sessions must be gone. */
void h2_mem_finish(struct h2_mem *m);

#endif
