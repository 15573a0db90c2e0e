#include "txn/totp.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { SHA1_BYTES = 20, DECIMAL = 10, BASE32_BITS = 5 };

uint32_t totp_code(struct slice secret, uint64_t step, unsigned digits)
{
	uint8_t counter[sizeof(step)], mac[EVP_MAX_MD_SIZE] = {0};
	for (size_t i = 0; i < sizeof(counter); i++)
		counter[i] = (uint8_t)(step >> 8 * (sizeof(counter) - 1 - i));
	HMAC(EVP_sha1(), secret.ptr, (int)secret.len, counter, sizeof(counter), mac, NULL);
	/* RFC 4226 5.3: the last nibble says where the 31 bits are taken from. */
	const uint8_t *at = mac + (mac[SHA1_BYTES - 1] & 15);
	uint32_t bits = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	uint32_t modulus = 1;
	for (unsigned i = 0; i < digits; i++)
		modulus *= DECIMAL;
	return bits % modulus;
}

static bool read_code(const char *text, uint32_t *code)
{
	*code = 0;
	if (strlen(text) != TOTP_DIGITS)
		return false;
	for (const char *c = text; *c != '\0'; c++) {
		if (*c < '0' || *c > '9')
			return false;
		*code = *code * DECIMAL + (uint32_t)(*c - '0');
	}
	return true;
}

uint64_t totp_match(struct slice secret, const char *code, int64_t now_ms, uint64_t used)
{
	uint32_t wanted;
	uint64_t found = TOTP_NO_STEP;
	if (!read_code(code, &wanted))
		return TOTP_NO_STEP;
	/* All of them are computed, whichever it is. */
	for (int skew = -TOTP_SKEW_STEPS; skew <= TOTP_SKEW_STEPS; skew++) {
		uint64_t step = (uint64_t)(now_ms / TOTP_STEP_MS + skew);
		if (totp_code(secret, step, TOTP_DIGITS) == wanted && step > used)
			found = step;
	}
	return found;
}

char *totp_base32(struct arena *a, struct slice bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	size_t n = (bytes.len * 8 + BASE32_BITS - 1) / BASE32_BITS;
	char *text = arena_alloc(a, n + 1);
	for (size_t i = 0; i < n; i++) {
		size_t bit = i * BASE32_BITS;
		unsigned pair = (unsigned)bytes.ptr[bit / 8] << 8;
		if (bit / 8 + 1 < bytes.len)
			pair |= bytes.ptr[bit / 8 + 1];
		text[i] = digits[pair >> (16 - BASE32_BITS - bit % 8) & 31];
	}
	text[n] = '\0';
	return text;
}

static char *escape(struct arena *a, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = arena_alloc(a, 3 * strlen(text) + 1), *to = out;
	for (const char *c = text; *c != '\0'; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
			     *c == '-' || *c == '_' || *c == '.';
		if (plain) {
			*to++ = *c;
			continue;
		}
		*to++ = '%';
		*to++ = hex[(unsigned char)*c >> 4];
		*to++ = hex[(unsigned char)*c & 15];
	}
	*to = '\0';
	return out;
}

char *totp_uri(struct arena *a, struct slice secret, const char *issuer, const char *account)
{
	const char *by = escape(a, issuer);
	return arena_printf(a, "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d", by,
			    escape(a, account), totp_base32(a, secret), by, TOTP_DIGITS, TOTP_STEP_MS / 1000);
}
