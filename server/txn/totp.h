/*
 * totp: one-time codes by time (RFC 6238): HMAC-SHA-1, steps of 30 s, six digits, as authenticator apps do.
 *
 * Nouns: a step is the number of the 30 s since 1970; the secret is shown to an app as base 32 (RFC 4648)
 * in an otpauth:// URI.
 * Ownership: text lies in the arena given.
 * Errors: none; TOTP_NO_STEP when no step near the time has that code.
 */
#ifndef PAIDAN_TXN_TOTP_H
#define PAIDAN_TXN_TOTP_H

#include "base/arena.h"

enum {
	TOTP_SECRET_BYTES = 20, /* as long as the hash: RFC 4226 4 */
	TOTP_STEP_MS = 30000,
	TOTP_DIGITS = 6,
	TOTP_SKEW_STEPS = 1, /* either way, for clocks and for typing */
	TOTP_NO_STEP = 0,
};

/* The code of a step, below 10^digits. digits at most 9. */
uint32_t totp_code(struct slice secret, uint64_t step, unsigned digits);
/* The step whose code this is, of those near now; only steps after `used`, so that none counts twice. */
uint64_t totp_match(struct slice secret, const char *code, int64_t now_ms, uint64_t used);
char *totp_base32(struct arena *a, struct slice bytes);
/* issuer and account may be any text. */
char *totp_uri(struct arena *a, struct slice secret, const char *issuer, const char *account);

#endif
