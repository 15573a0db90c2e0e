#include "redis_place.h"

#include <errno.h>
#include <string.h>

#include "redis/tls.h"

static uint32_t random_u32(void *arg)
{
	struct redis_place *place = arg;
	return (uint32_t)loop_random(place->loop);
}

static bool read_password(struct redis_place *place, const char *path, char *why)
{
	FILE *file = fopen(path, "re");
	if (file == NULL || fgets(place->password, sizeof(place->password), file) == NULL) {
		snprintf(why, CONFIG_WHY_BYTES, "%.300s: %s", path, file == NULL ? strerror(errno) : "empty");
		if (file != NULL)
			fclose(file);
		return false;
	}
	fclose(file);
	place->password[strcspn(place->password, "\r\n")] = '\0';
	place->config.password = place->password;
	return true;
}

static bool open_external(struct redis_place *place, const struct server_config *c, char *why)
{
	if (!config_redis_parse(c->redis, &place->config.unix_path, &place->address)) {
		snprintf(why, CONFIG_WHY_BYTES, "redis: neither host:port nor a path");
		return false;
	}
	place->config.host = place->address.host;
	place->config.port = (uint16_t)place->address.port;
	place->config.user = c->redis_user[0] == '\0' ? NULL : c->redis_user;
	place->config.replicas = (uint32_t)c->redis_replicas;
	if (c->redis_password_file[0] != '\0' && !read_password(place, c->redis_password_file, why))
		return false;
	if (!c->redis_tls || place->config.unix_path != NULL)
		return true;
	place->config.tls =
	    redis_tls_new(c->redis_ca[0] == '\0' ? NULL : c->redis_ca, NULL, NULL, why, CONFIG_WHY_BYTES);
	return place->config.tls != NULL;
}

bool redis_place_open(struct redis_place *place, const struct server_config *config, const char *embedded_socket,
		      struct loop *loop, char why[CONFIG_WHY_BYTES])
{
	*place = (struct redis_place){.loop = loop};
	place->config.random = random_u32;
	place->config.random_arg = place;
	if (embedded_socket == NULL)
		return open_external(place, config, why);
	place->config.unix_path = embedded_socket;
	return true;
}

void redis_place_close(struct redis_place *place)
{
	redis_tls_free(place->config.tls);
	explicit_bzero(place->password, sizeof(place->password));
}
