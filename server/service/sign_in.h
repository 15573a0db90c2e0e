/*
 * sign_in: a name and a password, tried.
 *
 * Rules: a try is charged to the account and to the address before anything is computed, by a commit of its
 * own, so that all workers know of it (domain/throttle.h). A try at what is blocked is answered like a wrong
 * one, as late as one, without computing anything. A name that nobody has costs what one does that somebody
 * has: as many reads, and the hash.
 * Errors: as txn.h. A password that is wrong, or was not tried because something is blocked, is no error
 * here: in.right is false, and sign_in_wrong answers both alike.
 */
#ifndef PAIDAN_SERVICE_SIGN_IN_H
#define PAIDAN_SERVICE_SIGN_IN_H

#include "service/operators.h"

struct sign_in {
	const char *name;
	const char *password;
	/* results */
	bool right;
	bool locked;             /* it was not even looked at */
	struct account account;  /* right only */
	const char *operator_id; /* of the name; "" when nobody has it */
	ThrottleRecord *tries, *tries_from;
};

/* May commit on the way (txn_commit_first): call it before anything else is put. */
enum err sign_in_try(struct txn *t, struct sign_in *in);
/* The charges are taken back: of the account, all of them. */
void sign_in_forgive(struct txn *t, const struct sign_in *in);
/* The password was right, and something is still missing: this try does not count, those before it do. Who has the
 * password could else try codes without end, forgetting the wrong ones in between. */
void sign_in_spare(struct txn *t, const struct sign_in *in);
/* Answers ERR_SIGN_IN_FAILED, and notes that somebody tried; at what is blocked, once in a while. */
enum err sign_in_wrong(struct txn *t, const struct sign_in *in);
/* Forgets the wrong tries at an account. */
enum err sign_in_unlock(struct txn *t, const char *name);

/* Hashes a new password into the account; committed with it. */
enum err sign_in_set_password(struct txn *t, struct account *account, const char *password);
/* A code of the authenticator, or a recovery code, which it uses up. */
enum err sign_in_take_code(struct txn *t, struct account *account, const char *code, bool *right);
/* Ten new recovery codes, as they are shown. */
enum err sign_in_new_codes(struct txn *t, struct account *account, char ***codes);

#endif
