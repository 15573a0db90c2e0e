#include "service/bulk.h"

#include "pb/pb_rule.h"

static const char HEX[] = "0123456789abcdef";

static void note_done(char *digits, size_t i)
{
	digits[i / 4] = HEX[(strchr(HEX, digits[i / 4]) - HEX) | 1 << i % 4];
}

static bool was_done(const char *digits, size_t i)
{
	const char *digit = strlen(digits) > i / 4 ? strchr(HEX, digits[i / 4]) : NULL;
	return digit != NULL && ((digit - HEX) >> i % 4 & 1) != 0;
}

static enum err carry_out(struct txn *t, const struct bulk *bulk, size_t i)
{
	TRY(pb_check_row(txn_arena(t), bulk->request, "items", i, txn_fault(t)));
	struct txn_savepoint savepoint = txn_savepoint(t);
	enum err err = bulk->carry_out(t, bulk->request, i);
	if (err != OK && err != ERR_WANTED)
		txn_roll_back(t, savepoint);
	return err;
}

static enum err answer(struct txn *t, const struct bulk *bulk, void *response, size_t i, enum err err)
{
	return bulk->answer(t, bulk->request, response, i, err == OK ? NULL : reply_error_info(t, err));
}

enum err bulk_run(struct txn *t, const struct bulk *bulk, void *response)
{
	size_t n_digits = bulk->n / 4 + 1;
	enum err all = OK;
	char *done = arena_alloc(txn_arena(t), n_digits + 1);
	memset(done, '0', n_digits);
	for (size_t i = 0; i < bulk->n; i++) {
		enum err err = carry_out(t, bulk, i);
		if (err == ERR_WANTED || all == ERR_WANTED) {
			all = ERR_WANTED;
			continue; /* the other rows want something, too: all of it comes at once */
		}
		if (err == OK)
			note_done(done, i);
		TRY(answer(t, bulk, response, i, err));
	}
	txn_subject(t, done);
	return all;
}

enum err bulk_again(struct txn *t, const struct bulk *bulk, const char *done, void *response)
{
	enum err all = OK;
	for (size_t i = 0; i < bulk->n; i++) {
		enum err err = was_done(done, i) ? OK : carry_out(t, bulk, i);
		if (err == ERR_WANTED || all == ERR_WANTED) {
			all = ERR_WANTED;
			continue;
		}
		if (err == OK && !was_done(done, i))
			err = ERR_CONFLICT; /* it would be possible now */
		TRY(answer(t, bulk, response, i, err));
	}
	return all;
}
