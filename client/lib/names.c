#include "client.h"

static const struct {
	const char *zh, *en;
} states[] = {
    [ORDER_STATE_UNSPECIFIED] = {"?", "?"},
    [ORDER_STATE_PLACED] = {"已点单", "placed"},
    [ORDER_STATE_OFFERED] = {"派单中", "offered"},
    [ORDER_STATE_ACCEPTED] = {"已接单", "accepted"},
    [ORDER_STATE_STARTED] = {"服务中", "started"},
    [ORDER_STATE_HELD] = {"挂起", "held"},
    [ORDER_STATE_COMPLETED] = {"待评价", "completed"},
    [ORDER_STATE_CLOSED] = {"已办结", "closed"},
    [ORDER_STATE_CANCELLED] = {"已撤销", "cancelled"},
    [ORDER_STATE_REJECTED] = {"不予受理", "rejected"},
};

static bool is_zh(const char *lang)
{
	return lang != NULL && strncmp(lang, "zh", 2) == 0;
}

const char *paidan_state_text(int state, const char *lang)
{
	size_t i = state > 0 && (size_t)state < sizeof(states) / sizeof(states[0]) ? (size_t)state : 0;
	return is_zh(lang) ? states[i].zh : states[i].en;
}

const char *paidan_code_name(int code)
{
	return rpc_code_name(code < 0 ? GRPC_UNKNOWN : (enum grpc_code)code);
}

const char *paidan_reason_text(const char *reason, const char *lang)
{
	const struct err_info *info = reason == NULL ? NULL : rpc_reason_info(reason);
	if (info == NULL)
		return NULL;
	return is_zh(lang) ? info->zh : info->en;
}

const char *paidan_version(void)
{
	return PAIDAN_VERSION;
}

/* The public numbers are those of the API. */
#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours)
SAME(PAIDAN_UNAUTHENTICATED, GRPC_UNAUTHENTICATED);
SAME(PAIDAN_INVALID_ARGUMENT, GRPC_INVALID_ARGUMENT);
SAME(PAIDAN_ABORTED, GRPC_ABORTED);
SAME(PAIDAN_UNAVAILABLE, GRPC_UNAVAILABLE);
SAME(PAIDAN_PLACED, ORDER_STATE_PLACED);
SAME(PAIDAN_OFFERED, ORDER_STATE_OFFERED);
SAME(PAIDAN_ACCEPTED, ORDER_STATE_ACCEPTED);
SAME(PAIDAN_STARTED, ORDER_STATE_STARTED);
SAME(PAIDAN_HELD, ORDER_STATE_HELD);
SAME(PAIDAN_COMPLETED, ORDER_STATE_COMPLETED);
SAME(PAIDAN_CLOSED, ORDER_STATE_CLOSED);
SAME(PAIDAN_STATE_CANCELLED, ORDER_STATE_CANCELLED);
SAME(PAIDAN_STATE_REJECTED, ORDER_STATE_REJECTED);
SAME(PAIDAN_DANGER, URGENCY_DANGER);
SAME(PAIDAN_URGENT, URGENCY_URGENT);
SAME(PAIDAN_NORMAL, URGENCY_NORMAL);
SAME(PAIDAN_COMPLEX, URGENCY_COMPLEX);
SAME(PAIDAN_SOLVED, OUTCOME_SOLVED);
SAME(PAIDAN_PARTLY, OUTCOME_PARTLY);
SAME(PAIDAN_UNABLE, OUTCOME_UNABLE);
SAME(PAIDAN_NOT_NEEDED, OUTCOME_NOT_NEEDED);
SAME(PAIDAN_RATED_SOLVED, RESOLUTION_SOLVED);
SAME(PAIDAN_RATED_PARTLY, RESOLUTION_PARTLY);
SAME(PAIDAN_RATED_NOT_SOLVED, RESOLUTION_NOT_SOLVED);
SAME(PAIDAN_BUSY, DECLINE_REASON_BUSY);
SAME(PAIDAN_TOO_FAR, DECLINE_REASON_TOO_FAR);
SAME(PAIDAN_CANNOT_DO, DECLINE_REASON_CANNOT_DO);
SAME(PAIDAN_UNWELL, DECLINE_REASON_UNWELL);
SAME(PAIDAN_OTHER_REASON, DECLINE_REASON_OTHER);
