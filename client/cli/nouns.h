/*
 * nouns: the nouns of the command line, and columns that several of them share.
 *
 * Ownership: static. Errors: none.
 */
#ifndef PAIDAN_CLI_NOUNS_H
#define PAIDAN_CLI_NOUNS_H

#include "command.h"

extern const struct noun noun_stats, noun_wall, noun_open;
extern const struct noun noun_order, noun_task, noun_desk, noun_member, noun_points, noun_privacy, noun_key_file;
extern const struct noun noun_tenant, noun_key, noun_cert, noun_issuer, noun_token, noun_grid, noun_building,
    noun_household, noun_resident, noun_category, noun_rules, noun_event, noun_webhook, noun_operator, noun_session,
    noun_audit;
extern const struct noun noun_replay, noun_bench, noun_lab;
extern const struct noun noun_init, noun_join, noun_logout, noun_password, noun_second_factor;
extern const struct noun noun_login, noun_doctor, noun_top, noun_call, noun_completion, noun_man, noun_version;

/* What narrows a key or a certificate. */
#define SCOPE_FLAGS(path)                                                                                  \
	SWITCH(0, "read-only", path ".readOnly", "只读", "only methods that change nothing"),              \
	    FLAGS(0, "allow", "METHOD", TYPE_TEXT, path ".methods", "只许这些服务或方法，如 OrderService", \
		  "only these services and methods, such as OrderService"),                                \
	    FLAGS(0, "from", "NETWORK", TYPE_TEXT, path ".networks", "只许来自这些网络，如 10.20.0.0/16",  \
		  "only from these networks, such as 10.20.0.0/16")

/* With their sizes, so that tables elsewhere can count them. */
extern const struct column order_columns[8], order_brief[3], order_event_columns[7], candidate_columns[4];
extern const struct param explain_params[2];

/* Of an order and of the desk: who looks for it looks in either place. */
#define EXPLAIN_COMMAND(examples)                                                                                             \
	{                                                                                                                     \
		.verb = "explain", .method = "DeskService/ExplainDispatch", PARAMS(explain_params),                           \
		.shape = SHAPE_LIST, .rows = "candidates", .whole = true, COLUMNS(candidate_columns),                         \
		.run = run_explain, .zh = "说明派单为何如此选择", .en = "Say why dispatch chose as it did",                   \
		.more_zh = "先列当时留存的决定：选中的人、第二人选及其成本，或暂不派的原因；" \
			   "再列范围内每个人此刻的成本或被排除的原因，可能与当时不同；"          \
			   "最后是人工指派及其原因。-o csv 只有此刻的名单。",                                                 \
		.more_en = "First the decision as it was noted then: who was chosen, the runner-up, "                         \
			   "what each cost; or why it waits. Then what everybody in reach costs now, "                        \
			   "or why they are ruled out, which may differ from then. "                                          \
			   "Last what was assigned by hand, and why. -o csv has the list of now alone.",                      \
		.example = (examples)                                                                                         \
	}

#endif
