/*
 * policy: the tenant's rules of service and dispatch, and what they mean for one order.
 *
 * Nouns: service time = how long an order of an urgency may take (defaults after Beijing's 12345 rules:
 * DANGER 2 h, URGENT 24 h, NORMAL 7 d, COMPLEX 15 d); mode = how dispatch behaves (routine, urgent,
 * emergency), chosen by urgency.
 * Ownership: policy_default is static; everything else borrows.
 * Errors: none; what a request brings was checked against its rules (proto/paidan/v1/org.proto).
 */
#ifndef PAIDAN_DOMAIN_POLICY_H
#define PAIDAN_DOMAIN_POLICY_H

#include "domain/scene.h"

/* All of China keeps one time. */
enum { POLICY_USUAL_OFFSET_MIN = 8 * 60 };

const Policy *policy_default(void);
/* In ms; URGENCY_UNSPECIFIED is served like NORMAL. */
int64_t policy_service_time_ms(const Policy *policy, Urgency urgency);
/* What 0 or nothing in the rules of privacy stands for is told by these. */
uint32_t policy_reveals_per_hour(const Policy *policy);
int64_t policy_contact_keep_ms(const Policy *policy);
int64_t policy_access_keep_ms(const Policy *policy);
int64_t policy_events_keep_ms(const Policy *policy);
int64_t policy_dead_letters_keep_ms(const Policy *policy);
/* Of an order that has ended; 0: for good. */
int64_t policy_words_keep_ms(const Policy *policy);
/* When what comes in now is decided: the end of the mode's window, or now_ms. */
int64_t policy_window_end_ms(const Policy *policy, Urgency urgency, int64_t now_ms);
const DispatchMode *policy_mode(const Policy *policy, Urgency urgency);
/* Local day number (days since 1970-01-01) and minute of the week (0 = Monday 00:00). */
int32_t policy_local_day(const Policy *policy, int64_t now_ms);
/* When a day begins, by the present offset. */
int64_t policy_day_start_ms(const Policy *policy, int32_t day);
uint32_t policy_minute_of_week(const Policy *policy, int64_t now_ms);

#endif
