/* paidand: wiring only; see config.h for what it can be told, master.h and worker.h for what it does. */
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/wipe.h"
#include "data_dir.h"
#include "master.h"

static int serve(struct server_config *config, int argc, char *const *argv)
{
	/* Too large for a stack that workers inherit. */
	static struct data_files files;
	char why[CONFIG_WHY_BYTES];
	/* Before the first use of libevent: its buffers hold what people send. */
	event_set_mem_functions(malloc, wipe_realloc, wipe_free);
	log_setup(STDERR_FILENO, (enum log_level)config->log_level, "master");
	log_set_format((enum log_format)config->log_format);
	if (!data_dir_open(config, &files, why)) {
		fprintf(stderr, "paidand: %s\n", why);
		return EXIT_FAILURE;
	}
	int status = EXIT_FAILURE;
	struct master *master = master_new(config, &files, argc, argv);
	if (master != NULL) {
		switch (master_run(master)) {
		case MASTER_ENDED:
			status = EXIT_SUCCESS;
			break;
		case MASTER_FAILED:
			break;
		case MASTER_IS_WORKER:
			status = worker_run(master_worker_setup(master));
			break;
		}
	}
	master_free(master);
	data_dir_close(&files);
	return status;
}

int main(int argc, char **argv)
{
	struct server_config config;
	char why[CONFIG_WHY_BYTES];
	int status = EXIT_SUCCESS;
	switch (server_config_load(argc, argv, &config, why)) {
	case CONFIG_WRONG:
		fprintf(stderr, "paidand: %s\n", why);
		return 2;
	case CONFIG_HELP:
		server_config_help(stdout);
		break;
	case CONFIG_VERSION:
		puts("paidand " PAIDAN_VERSION);
		break;
	case CONFIG_PRINT:
		server_config_print(&config, stdout);
		break;
	case CONFIG_FINE:
		status = serve(&config, argc, argv);
		break;
	}
	server_config_free(&config);
	return status;
}
