#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "cli.h"

static void trim(char *text)
{
	size_t len = strlen(text);
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
}

bool prompt_line(char *text, size_t room)
{
	if (fgets(text, (int)room, stdin) == NULL)
		return false;
	trim(text);
	return true;
}

bool prompt_secret(const struct cli *cli, const char *zh, const char *en, char *text, size_t room)
{
	struct termios before, quiet;
	FILE *tty = fopen("/dev/tty", "r+e");
	if (tty == NULL)
		return false;
	bool hidden = tcgetattr(fileno(tty), &before) == 0;
	if (hidden) {
		quiet = before;
		quiet.c_lflag &= (tcflag_t)~ECHO;
		tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
	}
	fputs(TR(cli, zh, en), tty);
	fflush(tty);
	bool ok = fgets(text, (int)room, tty) != NULL;
	if (hidden) {
		tcsetattr(fileno(tty), TCSAFLUSH, &before);
		fputc('\n', tty);
	}
	fclose(tty);
	trim(text);
	return ok;
}
