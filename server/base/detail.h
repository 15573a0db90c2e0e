/*
 * detail: what a fault says about one request, in Chinese too.
 *
 * Whoever finds a fault writes its detail in English, as a format or a text; the one table here has what that is in
 * Chinese, by the English. tests/style/check_details.py finds a detail without a row, and one whose conversions differ.
 * Ownership: static. Errors: none.
 */
#ifndef PAIDAN_BASE_DETAIL_H
#define PAIDAN_BASE_DETAIL_H

/* The Chinese of a detail or its format; en itself when it needs none (an id, a name). */
const char *detail_zh(const char *en);

#endif
