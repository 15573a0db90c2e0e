#include "service/services.h"

#include <stdlib.h>

/* exec and rpc want one flat table; each service keeps its own rows next to its handlers. */
const struct service_table service_tables[] = {
    {order_methods, &order_methods_n},
    {task_methods, &task_methods_n},
    {desk_methods, &desk_methods_n},
    {assign_methods, &assign_methods_n},
    {undo_methods, &undo_methods_n},
    {view_methods, &view_methods_n},
    {dispatch_methods, &dispatch_methods_n},
    {trace_methods, &trace_methods_n},
    {org_methods, &org_methods_n},
    {key_methods, &key_methods_n},
    {credential_methods, &credential_methods_n},
    {token_methods, &token_methods_n},
    {cert_methods, &cert_methods_n},
    {people_methods, &people_methods_n},
    {find_methods, &find_methods_n},
    {presence_methods, &presence_methods_n},
    {policy_methods, &policy_methods_n},
    {try_methods, &try_methods_n},
    {member_methods, &member_methods_n},
    {points_methods, &points_methods_n},
    {event_methods, &event_methods_n},
    {privacy_methods, &privacy_methods_n},
    {audit_methods, &audit_methods_n},
    {consent_methods, &consent_methods_n},
    {data_methods, &data_methods_n},
    {webhook_methods, &webhook_methods_n},
    {delivery_methods, &delivery_methods_n},
    {operator_methods, &operator_methods_n},
    {session_methods, &session_methods_n},
    {exclusion_methods, &exclusion_methods_n},
    {rates_methods, &rates_methods_n},
    {recount_methods, &recount_methods_n},
    {open_methods, &open_methods_n},
    {wall_methods, &wall_methods_n},
    {wall_key_methods, &wall_key_methods_n},
};
const size_t service_tables_n = sizeof(service_tables) / sizeof(service_tables[0]);

size_t services_list(const struct method *out[SERVICE_METHODS_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < service_tables_n; i++) {
		for (size_t k = 0; k < *service_tables[i].n; k++) {
			if (n == SERVICE_METHODS_MAX)
				abort();
			out[n++] = &service_tables[i].methods[k];
		}
	}
	return n;
}
