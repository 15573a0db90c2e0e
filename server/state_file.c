#include "state_file.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "data_file.h"
#include "pb/json_write.h"

static void text(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, ",\n\"%s\": ", key);
	json_put_string(out, slice_str(value));
}

static void address(struct buf *out, const char *key, const struct config_address *a)
{
	char both[CONFIG_HOST_CHARS + 16] = "";
	if (a->host[0] != '\0')
		snprintf(both, sizeof(both), strchr(a->host, ':') == NULL ? "%s:%d" : "[%s]:%d", a->host, a->port);
	text(out, key, both);
}

bool state_file_write(const struct state *s)
{
	struct buf out = {0};
	buf_printf(&out, "{\"pid\": %d", (int)getpid());
	text(&out, "version", PAIDAN_VERSION);
	address(&out, "listen", &s->listen);
	address(&out, "local", &s->local);
	text(&out, "ca", s->files->tls_ca);
	text(&out, "root_key_file", s->files->root_key);
	text(&out, "data", s->files->dir);
	text(&out, "redis", s->redis);
	buf_printf(&out, ",\n\"redis_pid\": %d,\n\"workers\": [", (int)s->redis_pid);
	for (size_t i = 0; i < s->n_workers; i++)
		buf_printf(&out, "%s%d", i == 0 ? "" : ", ", (int)s->workers[i]);
	buf_str(&out, "]}\n");
	bool fine = !out.failed && data_file_write(s->files->state, out.ptr, out.len, 0644);
	buf_free(&out);
	return fine;
}
