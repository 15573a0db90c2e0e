#include "lab_policy.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct setting {
	const char *name;
	size_t at;
	double low, high;
};

#define SETTING(text, member, low, high)                                   \
	{                                                                  \
		(text), offsetof(struct lab_policy, member), (low), (high) \
	}
/* Costs stay within what assign takes: 2^36 of a thousandth of a metre. */
static const struct setting settings[] = {
    SETTING("window", window_s, 1, 600),
    SETTING("ttl", ttl_s, 1, 86400),
    SETTING("search", search_s, 0, 86400),
    SETTING("served", served_m, 0, 100000),
    SETTING("age", age_m, -1000, 1000),
    SETTING("offer", offer_m, 0, 100000),
    SETTING("free-offers", free_offers, 0, 100),
    SETTING("over", over_m, 0, 100000),
    SETTING("job", job_m, 0, 100000),
    SETTING("job-days", job_days, 0.1, 3650),
    SETTING("hope", hope, 0, 10),
    SETTING("regret", regret, 0, 10),
    SETTING("foresight", foresight_s, 0, 86400),
    SETTING("worth", worth_m, 0, 10000),
    SETTING("lost", lost_m, 0, 10000000),
    SETTING("soon", soon, 0, 1),
    SETTING("patience", patience_s, 0, 86400),
};

struct named {
	const char *dataset, *name, *settings;
};

/* The engine's are for a kind of work, not for a file. */
static const struct named names[] = {
    {"gmission", "engine", "served=10000,patience=86400,hope=1,regret=0.001"},
    {"gmission", "greedy", "served=10000"},
    {"gmission", "deferral", "served=10000,patience=86400"},
    {"gmission", "nearest", ""},
    {"tobm", "engine", "window=10,age=10,worth=10,lost=30000"},
    {"tobm", "oldest-first", "greedy"},
    {"tobm", "distance", ""},
    {"tobm", "batch", "window=10,age=10"},
    {"tobm", "worth", "worth=1000,lost=1000000"},
    {"tobm", "short-batch", "window=2,ttl=20,age=10"},
    {"boston", "engine", "offer=50,free-offers=6,over=1100,job=35,job-days=180,search=1800"},
    {"boston", "nearest", ""},
    {"boston", "fair-offers", "offer=300"},
    {"boston", "fair", "offer=300,job=200"},
};

static bool bad(struct lab_policy_problem *problem, const char *field, const char *zh, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

static bool bad(struct lab_policy_problem *problem, const char *field, const char *zh, const char *en, ...)
{
	va_list list;
	snprintf(problem->field, sizeof(problem->field), "%s", field);
	va_start(list, en);
	vsnprintf(problem->zh, sizeof(problem->zh), zh, list);
	va_end(list);
	va_start(list, en);
	vsnprintf(problem->en, sizeof(problem->en), en, list);
	va_end(list);
	return false;
}

static bool set(struct lab_policy *policy, const char *word, const char *value, struct lab_policy_problem *problem)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct setting *s = &settings[i];
		char *end;
		if (strcmp(word, s->name) != 0)
			continue;
		double number = value == NULL ? NAN : strtod(value, &end);
		if (value == NULL || *value == '\0' || *end != '\0' || !isfinite(number))
			return bad(problem, word, "应为数字", "must be a number");
		if (number < s->low || number > s->high)
			return bad(problem, word, "应在 %g 到 %g 之间，不是 %g", "must be from %g to %g, not %g",
				   s->low, s->high, number);
		memcpy((char *)policy + s->at, &number, sizeof(number));
		return true;
	}
	if (value == NULL && strcmp(word, "greedy") == 0)
		policy->rule = LAB_GREEDY;
	else if (value == NULL && strcmp(word, "exact") == 0)
		policy->rule = LAB_EXACT;
	else if (value == NULL && strcmp(word, "learn") == 0)
		policy->learn = true;
	else
		return bad(problem, word, "没有这项设置", "there is no such setting");
	return true;
}

static bool set_all(struct lab_policy *policy, const char *text, struct lab_policy_problem *problem)
{
	char word[64];
	while (*text != '\0') {
		size_t len = strcspn(text, ",");
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		char *value = strchr(word, '=');
		if (value != NULL)
			*value++ = '\0';
		if (!set(policy, word, value, problem))
			return false;
		text += len + (text[len] == ',');
	}
	return true;
}

bool lab_policy_parse(const char *text, const char *dataset, struct lab_policy *policy,
		      struct lab_policy_problem *problem)
{
	size_t len = strcspn(text, ",");
	*policy = (struct lab_policy){.rule = LAB_EXACT, .window_s = 1, .ttl_s = 30, .job_days = 7};
	snprintf(policy->name, sizeof(policy->name), "%s", text);
	/* A synthetic day is like TOBM's. */
	const char *kind = strcmp(dataset, "synthetic") == 0 ? "tobm" : dataset;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].dataset, kind) == 0 && strlen(names[i].name) == len &&
		    strncmp(names[i].name, text, len) == 0)
			return set_all(policy, names[i].settings, problem) &&
			       set_all(policy, text + len + (text[len] == ','), problem);
	}
	return bad(problem, "policy", "没有名为 %.*s 的策略，有 %s", "there is no policy %.*s; there are %s", (int)len,
		   text, lab_policy_names(dataset));
}

const char *lab_policy_names(const char *dataset)
{
	if (strcmp(dataset, "gmission") == 0)
		return "engine, greedy, deferral, nearest";
	if (strcmp(dataset, "boston") == 0)
		return "engine, nearest, fair-offers, fair";
	return "engine, worth, oldest-first, distance, batch, short-batch";
}
