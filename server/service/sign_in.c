#include "service/sign_in.h"

#include "base/cidr.h"
#include "base/limits.h"
#include "base/secret.h"
#include "domain/password.h"
#include "domain/throttle.h"
#include "txn/totp.h"

/* Never given to anybody: what is looked for when a name is unknown. */
#define NOBODY "u0000000"
#define NO_SALT SLICE("paidan: no salt")

enum { THROTTLE_ID_BYTES = 12, RECOVERY_BYTES = 10, RECOVERY_GROUP = 4 };

/* --- wrong tries --- */

static enum err throttle_id(struct txn *t, char of, struct slice what, char **id)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *digest;
	TRY(txn_sha256(t, what, &digest));
	char *text = arena_alloc(txn_arena(t), 2 * THROTTLE_ID_BYTES + 2);
	text[0] = of;
	for (size_t i = 0; i < THROTTLE_ID_BYTES; i++) {
		text[1 + 2 * i] = digits[digest[i] >> 4];
		text[2 + 2 * i] = digits[digest[i] & 15];
	}
	*id = text;
	return OK;
}

static enum err reach_throttle(struct txn *t, char *id, ThrottleRecord **out)
{
	TRY(TXN_FIND(t, THROTTLE, id, out));
	if (*out == NULL) {
		*out = ARENA_NEW(txn_arena(t), ThrottleRecord);
		ThrottleRecord_init(*out);
		(*out)->id = id;
	}
	return OK;
}

/* What is no address, as a test's, stands for itself. */
static struct slice household_of(struct txn *t, const char *address)
{
	uint8_t *household = arena_alloc(txn_arena(t), CIDR_HOUSEHOLD_BYTES);
	size_t bytes = cidr_household(address, household);
	return bytes == 0 ? slice_str(address) : slice_of(household, bytes);
}

static enum err reach_throttles(struct txn *t, struct sign_in *in)
{
	const char *address = txn_peer(t);
	char *by_name, *by_address = NULL;
	TRY(throttle_id(t, 'n', slice_str(in->name), &by_name));
	if (address != NULL) {
		TRY(throttle_id(t, 'a', household_of(t, address), &by_address));
		txn_prefetch(t, KIND_THROTTLE, by_address);
	}
	TRY(reach_throttle(t, by_name, &in->tries));
	in->tries_from = NULL;
	return address == NULL ? OK : reach_throttle(t, by_address, &in->tries_from);
}

static enum err failed(struct txn *t)
{
	return fault_set(txn_fault(t), ERR_SIGN_IN_FAILED, NULL, "name, password or code");
}

static bool is_locked(struct txn *t, const struct sign_in *in)
{
	int64_t now_ms = txn_now_ms(t);
	return !throttle_open(in->tries, now_ms) || (in->tries_from != NULL && !throttle_open(in->tries_from, now_ms));
}

static enum err charge(struct txn *t, struct sign_in *in)
{
	int64_t now_ms = txn_now_ms(t);
	if (is_locked(t, in)) {
		in->locked = true;
		return txn_idle(t);
	}
	throttle_charge(in->tries, now_ms, THROTTLE_FREE_ACCOUNT);
	txn_put(t, KIND_THROTTLE, in->tries);
	if (in->tries_from != NULL) {
		throttle_charge(in->tries_from, now_ms, THROTTLE_FREE_ADDRESS);
		txn_put(t, KIND_THROTTLE, in->tries_from);
	}
	return txn_commit_first(t);
}

static void take_back(struct txn *t, const struct sign_in *in, bool all)
{
	throttle_forgive(in->tries, txn_now_ms(t), all);
	txn_put(t, KIND_THROTTLE, in->tries);
	if (in->tries_from != NULL) {
		throttle_forgive(in->tries_from, txn_now_ms(t), false);
		txn_put(t, KIND_THROTTLE, in->tries_from);
	}
}

void sign_in_forgive(struct txn *t, const struct sign_in *in)
{
	take_back(t, in, true);
}

void sign_in_spare(struct txn *t, const struct sign_in *in)
{
	take_back(t, in, false);
}

enum err sign_in_unlock(struct txn *t, const char *name)
{
	ThrottleRecord *tries;
	char *id;
	TRY(throttle_id(t, 'n', slice_str(name), &id));
	TRY(TXN_FIND(t, THROTTLE, id, &tries));
	if (tries != NULL)
		txn_remove(t, KIND_THROTTLE, tries);
	return OK;
}

/* --- the password --- */

static struct slice bytes_of(ProtobufCBinaryData data)
{
	return slice_of(data.data, data.len);
}

enum err sign_in_try(struct txn *t, struct sign_in *in)
{
	LoginNameRecord *login;
	const uint8_t *hash;
	txn_prefetch(t, KIND_LOGIN_NAME, in->name);
	TRY(reach_throttles(t, in));
	TRY(TXN_FIND(t, LOGIN_NAME, in->name, &login));
	in->operator_id = login == NULL ? "" : login->operator_id;
	in->right = in->locked = false;
	if (!txn_committed_first(t))
		TRY(charge(t, in));
	if (in->locked)
		return OK;
	TRY(account_find(t, login == NULL ? NOBODY : login->operator_id, &in->account));
	const OperatorSecretRecord *secret = in->account.secret;
	bool has_password = secret != NULL && secret->password_hash.len == TXN_SCRYPT_BYTES;
	TRY(txn_scrypt(t, in->password, has_password ? bytes_of(secret->password_salt) : NO_SALT,
		       has_password ? secret->password_log2_n : PASSWORD_LOG2_N, &hash));
	in->right = has_password && !in->account.record->disabled &&
		    secret_same(secret->password_hash.data, hash, TXN_SCRYPT_BYTES);
	return OK;
}

/* Of a flood of tries, one in a while. */
static bool tell_locked(struct txn *t, const struct sign_in *in)
{
	int64_t now_ms = txn_now_ms(t);
	ThrottleRecord *locked = throttle_open(in->tries, now_ms) ? in->tries_from : in->tries;
	if (!throttle_tell(locked, now_ms))
		return false;
	txn_put(t, KIND_THROTTLE, locked);
	account_event(t, EVENT_KIND_SIGN_IN_LOCKED, in->operator_id, in->operator_id);
	return true;
}

enum err sign_in_wrong(struct txn *t, const struct sign_in *in)
{
	if (in->locked) {
		bool told = tell_locked(t, in);
		txn_commit_error(t, failed(t));
		return told ? OK : failed(t);
	}
	account_event(t, EVENT_KIND_SIGN_IN_FAILED, in->operator_id, in->operator_id);
	txn_commit_error(t, failed(t));
	return OK;
}

enum err sign_in_set_password(struct txn *t, struct account *account, const char *password)
{
	enum { WORDS = PASSWORD_SALT_BYTES / sizeof(uint64_t) };
	struct arena *a = txn_arena(t);
	uint64_t *salt = arena_array(a, WORDS, sizeof(*salt));
	const uint8_t *hash;
	/* Not secret, but the same in every run, or each would want another hash. */
	for (size_t i = 0; i < WORDS; i++)
		salt[i] = txn_random(t);
	TRY(txn_scrypt(t, password, slice_of(salt, PASSWORD_SALT_BYTES), PASSWORD_LOG2_N, &hash));
	OperatorSecretRecord *secret = account->secret;
	secret->password_salt = (ProtobufCBinaryData){PASSWORD_SALT_BYTES, (uint8_t *)salt};
	secret->password_hash = (ProtobufCBinaryData){TXN_SCRYPT_BYTES, arena_copy(a, hash, TXN_SCRYPT_BYTES)};
	secret->password_log2_n = PASSWORD_LOG2_N;
	secret->invite_sha256 = (ProtobufCBinaryData){0, NULL};
	secret->invite_expires_ms = 0;
	return OK;
}

/* --- the second factor --- */

static bool plain_code(const char *code, char out[2 * RECOVERY_BYTES])
{
	size_t n = 0;
	for (const char *c = code; *c != '\0'; c++) {
		if (*c == '-' || *c == ' ')
			continue;
		if (n + 1 == 2 * RECOVERY_BYTES)
			return false;
		out[n++] = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	}
	out[n] = '\0';
	return true;
}

static enum err take_recovery_code(struct txn *t, OperatorSecretRecord *secret, const char *code, bool *right)
{
	char plain[2 * RECOVERY_BYTES];
	uint8_t *digest;
	size_t found = secret->n_recovery_sha256;
	if (!plain_code(code, plain))
		return OK;
	TRY(txn_sha256(t, slice_str(plain), &digest));
	for (size_t i = 0; i < secret->n_recovery_sha256; i++) {
		if (secret_same(secret->recovery_sha256[i].data, digest, TXN_SECRET_DIGEST_BYTES))
			found = i;
	}
	if (found == secret->n_recovery_sha256)
		return OK;
	secret->recovery_sha256[found] = secret->recovery_sha256[--secret->n_recovery_sha256];
	*right = true;
	return OK;
}

enum err sign_in_take_code(struct txn *t, struct account *account, const char *code, bool *right)
{
	OperatorSecretRecord *secret = account->secret;
	uint64_t step = totp_match(bytes_of(secret->totp_secret), code, txn_now_ms(t), secret->totp_step);
	*right = step != TOTP_NO_STEP;
	if (!*right)
		return take_recovery_code(t, secret, code, right);
	secret->totp_step = step;
	return OK;
}

enum err sign_in_new_codes(struct txn *t, struct account *account, char ***codes)
{
	struct arena *a = txn_arena(t);
	OperatorSecretRecord *secret = account->secret;
	char **shown = arena_array(a, LIMIT_RECOVERY_CODES, sizeof(*shown));
	secret->recovery_sha256 = arena_array(a, LIMIT_RECOVERY_CODES, sizeof(*secret->recovery_sha256));
	secret->n_recovery_sha256 = LIMIT_RECOVERY_CODES;
	for (size_t i = 0; i < LIMIT_RECOVERY_CODES; i++) {
		char plain[2 * RECOVERY_BYTES];
		uint8_t *digest;
		const char *text = totp_base32(a, slice_of(txn_new_bytes(t, RECOVERY_BYTES), RECOVERY_BYTES));
		shown[i] =
		    arena_printf(a, "%.*s-%.*s-%.*s-%s", RECOVERY_GROUP, text, RECOVERY_GROUP, text + RECOVERY_GROUP,
				 RECOVERY_GROUP, text + 2 * RECOVERY_GROUP, text + 3 * RECOVERY_GROUP);
		plain_code(shown[i], plain);
		TRY(txn_sha256(t, slice_str(plain), &digest));
		secret->recovery_sha256[i] = (ProtobufCBinaryData){TXN_SECRET_DIGEST_BYTES, digest};
	}
	*codes = shown;
	return OK;
}
