#include "web/web.h"

struct route_state *web_begin(void *arg, struct http_exchange *x, const struct http_request *request)
{
	const struct web *web = arg;
	struct route_state *state = attachments_begin(web->attachments, x, request);
	return state != NULL ? state : site_begin(web->table, x, request);
}
