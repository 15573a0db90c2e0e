#include "base/key_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define HEAD "# paidan: keys for personal data. The newest wraps, all of them open.\n"

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool take_key(struct slice text, uint8_t key[KEY_RING_KEY_BYTES])
{
	if (text.len != 2 * (size_t)KEY_RING_KEY_BYTES)
		return false;
	for (size_t i = 0; i < KEY_RING_KEY_BYTES; i++) {
		int high = hex_digit(text.ptr[2 * i]), low = hex_digit(text.ptr[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		key[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* "VERSION KEY" */
static bool take_line(struct slice line, struct key_ring *ring)
{
	size_t at = 0;
	uint32_t version = 0;
	for (; at < line.len && line.ptr[at] >= '0' && line.ptr[at] <= '9' && version <= KEY_RING_VERSION_MAX; at++)
		version = version * 10 + (uint32_t)(line.ptr[at] - '0');
	if (at == 0 || version == 0 || version > KEY_RING_VERSION_MAX || at == line.len || line.ptr[at] != ' ')
		return false;
	if (ring->n == KEY_RING_MAX || version <= key_ring_newest(ring))
		return false;
	struct key_ring_entry *entry = &ring->entries[ring->n];
	entry->version = version;
	if (!take_key(slice_from(line, at + 1), entry->key))
		return false;
	ring->n++;
	return true;
}

bool key_ring_parse(struct slice file, struct key_ring *ring, char why[KEY_RING_WHY_BYTES])
{
	unsigned number = 0;
	*ring = (struct key_ring){.n = 0};
	if (file.len == KEY_RING_KEY_BYTES)
		return key_ring_add(ring, file.ptr);
	while (file.len > 0) {
		const uint8_t *end = memchr(file.ptr, '\n', file.len);
		size_t len = end == NULL ? file.len : (size_t)(end - file.ptr);
		struct slice line = slice_of(file.ptr, len);
		file = slice_from(file, len + 1);
		number++;
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (!take_line(line, ring)) {
			snprintf(why, KEY_RING_WHY_BYTES, "line %u is not VERSION KEY, the versions ascending", number);
			return false;
		}
	}
	if (ring->n == 0)
		snprintf(why, KEY_RING_WHY_BYTES, "neither 32 bytes nor lines of VERSION KEY");
	return ring->n > 0;
}

size_t key_ring_format(const struct key_ring *ring, char file[KEY_RING_FILE_BYTES])
{
	int len = snprintf(file, KEY_RING_FILE_BYTES, HEAD);
	for (size_t i = 0; i < ring->n; i++) {
		len +=
		    snprintf(file + len, KEY_RING_FILE_BYTES - (size_t)len, "%u ", (unsigned)ring->entries[i].version);
		for (size_t k = 0; k < KEY_RING_KEY_BYTES; k++)
			len += snprintf(file + len, KEY_RING_FILE_BYTES - (size_t)len, "%02x", ring->entries[i].key[k]);
		len += snprintf(file + len, KEY_RING_FILE_BYTES - (size_t)len, "\n");
	}
	return (size_t)len; /* KEY_RING_MAX lines fit */
}

bool key_ring_load(const char *path, struct key_ring *ring, char why[KEY_RING_WHY_BYTES])
{
	uint8_t file[KEY_RING_FILE_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, file, sizeof(file));
	bool fine = len >= 0;
	if (!fine)
		snprintf(why, KEY_RING_WHY_BYTES, "%s", strerror(errno));
	else
		fine = key_ring_parse(slice_of(file, (size_t)len), ring, why);
	if (fd >= 0)
		close(fd);
	explicit_bzero(file, sizeof(file));
	return fine;
}

uint32_t key_ring_newest(const struct key_ring *ring)
{
	return ring->n == 0 ? 0 : ring->entries[ring->n - 1].version;
}

const uint8_t *key_ring_find(const struct key_ring *ring, uint32_t version)
{
	for (size_t i = 0; i < ring->n; i++) {
		if (ring->entries[i].version == version)
			return ring->entries[i].key;
	}
	return NULL;
}

bool key_ring_add(struct key_ring *ring, const uint8_t key[KEY_RING_KEY_BYTES])
{
	if (ring->n == KEY_RING_MAX || key_ring_newest(ring) == KEY_RING_VERSION_MAX)
		return false;
	ring->entries[ring->n].version = key_ring_newest(ring) + 1;
	memcpy(ring->entries[ring->n].key, key, KEY_RING_KEY_BYTES);
	ring->n++;
	return true;
}

bool key_ring_drop(struct key_ring *ring, uint32_t version)
{
	for (size_t i = 0; i + 1 < ring->n; i++) {
		if (ring->entries[i].version != version)
			continue;
		memmove(&ring->entries[i], &ring->entries[i + 1], (ring->n - i - 1) * sizeof(ring->entries[0]));
		ring->n--;
		explicit_bzero(&ring->entries[ring->n], sizeof(ring->entries[0]));
		return true;
	}
	return false;
}

void key_ring_wipe(struct key_ring *ring)
{
	explicit_bzero(ring, sizeof(*ring));
}
