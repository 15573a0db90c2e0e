/*
 * services: the method table of all services.
 */
#ifndef PAIDAN_SERVICE_SERVICES_H
#define PAIDAN_SERVICE_SERVICES_H

#include "txn/txn.h"

enum { SERVICE_METHODS_MAX = 256 };

/* The methods of all services; returns how many. More than SERVICE_METHODS_MAX is a mistake of ours that must not
 * wait for somebody to miss a method: the program aborts. */
size_t services_list(const struct method *out[SERVICE_METHODS_MAX]);

struct service_table {
	const struct method *methods;
	const size_t *n;
};
extern const struct service_table service_tables[];
extern const size_t service_tables_n;

#define SERVICE_TABLE(name)                \
	extern const struct method name[]; \
	extern const size_t name##_n

SERVICE_TABLE(order_methods);
SERVICE_TABLE(task_methods);
SERVICE_TABLE(desk_methods);
SERVICE_TABLE(assign_methods);
SERVICE_TABLE(undo_methods);
SERVICE_TABLE(view_methods);
SERVICE_TABLE(dispatch_methods);
SERVICE_TABLE(trace_methods);
SERVICE_TABLE(org_methods);
SERVICE_TABLE(key_methods);
SERVICE_TABLE(credential_methods);
SERVICE_TABLE(token_methods);
SERVICE_TABLE(cert_methods);
SERVICE_TABLE(people_methods);
SERVICE_TABLE(find_methods);
SERVICE_TABLE(presence_methods);
SERVICE_TABLE(policy_methods);
SERVICE_TABLE(try_methods);
SERVICE_TABLE(member_methods);
SERVICE_TABLE(points_methods);
SERVICE_TABLE(operator_methods);
SERVICE_TABLE(session_methods);
SERVICE_TABLE(exclusion_methods);
SERVICE_TABLE(rates_methods);
SERVICE_TABLE(recount_methods);
SERVICE_TABLE(open_methods);
SERVICE_TABLE(wall_methods);
SERVICE_TABLE(wall_key_methods);
SERVICE_TABLE(event_methods);
SERVICE_TABLE(privacy_methods);
SERVICE_TABLE(audit_methods);
SERVICE_TABLE(consent_methods);
SERVICE_TABLE(data_methods);
SERVICE_TABLE(webhook_methods);
SERVICE_TABLE(delivery_methods);

#endif
