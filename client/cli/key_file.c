/* paidan key-file: the versions of the key that personal data is sealed under. Needs no server. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/key_ring.h"
#include "cli.h"
#include "nouns.h"

static int load(struct cli *cli, const struct args *args, struct key_ring *ring)
{
	const char *path = args_text(args, "FILE");
	char why[KEY_RING_WHY_BYTES];
	return key_ring_load(path, ring, why) ? STATUS_OK : cli_fail(cli, STATUS_ERROR, "%s：%s", "%s: %s", path, why);
}

static bool write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			return false;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) == 0;
}

/* Beside it, then renamed, for its owner as before: a broker may read it at any moment. */
static int save(struct cli *cli, const struct args *args, const struct key_ring *ring)
{
	const char *path = args_text(args, "FILE");
	char file[KEY_RING_FILE_BYTES], *beside = NULL;
	struct stat was;
	size_t len = key_ring_format(ring, file);
	bool fine = stat(path, &was) == 0 && asprintf(&beside, "%s.new", path) >= 0;
	int fd = fine ? open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	fine = fd >= 0 && write_all(fd, file, len) &&
	       (was.st_uid == geteuid() || fchown(fd, was.st_uid, was.st_gid) == 0) && rename(beside, path) == 0;
	int error = errno;
	explicit_bzero(file, sizeof(file));
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !fine)
		unlink(beside);
	free(beside);
	return fine ? STATUS_OK : cli_fail(cli, STATUS_ERROR, "%s：%s", "%s: %s", path, strerror(error));
}

static int print(struct cli *cli, const struct key_ring *ring)
{
	struct buf out = {0};
	for (size_t i = 0; i < ring->n; i++)
		buf_printf(&out, "%u%s\n", (unsigned)ring->entries[i].version,
			   i + 1 == ring->n ? TR(cli, "  最新", "  newest") : "");
	int status = cli_write(cli, &out);
	buf_free(&out);
	return status;
}

static int run_show(struct cli *cli, const struct args *args)
{
	struct key_ring ring;
	int status = load(cli, args, &ring);
	if (status == STATUS_OK)
		status = print(cli, &ring);
	key_ring_wipe(&ring);
	return status;
}

static int run_rotate(struct cli *cli, const struct args *args)
{
	struct key_ring ring;
	uint8_t key[KEY_RING_KEY_BYTES];
	int status = load(cli, args, &ring);
	if (status == STATUS_OK && getrandom(key, sizeof(key), 0) != sizeof(key))
		status = cli_fail(cli, STATUS_ERROR, "没有随机数", "no random numbers");
	else if (status == STATUS_OK && !key_ring_add(&ring, key))
		status = cli_fail(cli, STATUS_ERROR, "已有 %d 个版本，先删除旧版本",
				  "it has %d versions: drop old ones first", KEY_RING_MAX);
	if (status == STATUS_OK)
		status = save(cli, args, &ring);
	if (status == STATUS_OK)
		status = print(cli, &ring);
	explicit_bzero(key, sizeof(key));
	key_ring_wipe(&ring);
	return status;
}

static int run_drop(struct cli *cli, const struct args *args)
{
	struct key_ring ring;
	unsigned long version = args_uint(args, "VERSION", 0);
	int status = load(cli, args, &ring);
	if (status == STATUS_OK && (version > KEY_RING_VERSION_MAX || !key_ring_drop(&ring, (uint32_t)version)))
		status = cli_fail(cli, STATUS_ERROR, "没有版本 %lu，或它是最新的",
				  "there is no version %lu, or it is the newest", version);
	if (status == STATUS_OK)
		status = save(cli, args, &ring);
	if (status == STATUS_OK)
		status = print(cli, &ring);
	key_ring_wipe(&ring);
	return status;
}

#define THE_FILE ARG("FILE", TYPE_FILE, NULL, "密钥文件，如 data/tenant.key", "the key file, such as data/tenant.key")
static const struct param file_params[] = {THE_FILE};
static const struct param drop_params[] = {
    THE_FILE,
    ARG("VERSION", TYPE_UINT, NULL, "要删除的版本", "which version"),
};

static const struct command commands[] = {
    {.verb = "show",
     .run = run_show,
     PARAMS(file_params),
     .offline = true,
     .zh = "列出文件中的版本",
     .en = "List the versions in a file"},
    {.verb = "rotate",
     .run = run_rotate,
     PARAMS(file_params),
     .offline = true,
     .zh = "加入一个新版本",
     .en = "Add a new version",
     .more_zh = "然后让所有 paidand 重新读取（systemctl reload paidand）。旧密钥会在后台逐个改用新版本；privacy keys "
		"显示进度。",
     .more_en = "Then let every paidand read it (systemctl reload paidand). It wraps the keys of all persons anew, "
		"beside its work; privacy keys says how far it is.",
     .example = "key-file rotate /var/lib/paidan/tenant.key\n"},
    {.verb = "drop",
     .run = run_drop,
     PARAMS(drop_params),
     .offline = true,
     .zh = "删除一个旧版本",
     .en = "Drop an old version",
     .more_zh = "只有当每个辖区的 privacy keys 都显示该版本为 0 时才可删除，否则相应的个人信息无法再读取。",
     .more_en =
	 "Only when privacy keys says 0 for it in every tenant: whatever still needs it could never be read again.",
     .example = "key-file drop /var/lib/paidan/tenant.key 1\n"},
};

const struct noun noun_key_file =
    NOUN("key-file", GROUP_SETUP, commands, "个人信息的密钥文件", "The key file for personal data");
