#include "top_terminal.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t terminal_stop;

static volatile sig_atomic_t size_changed;
static sigset_t waited_for; /* blocked, but in terminal_wait: none of them comes between a look and the wait */
static struct termios before;
static bool is_open, has_keys;

static void on_stop(int signal)
{
	terminal_stop = signal;
}

static void on_size(int signal)
{
	(void)signal;
	size_changed = 1;
}

void terminal_catch(void)
{
	static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_stop};
	sigemptyset(&waited_for);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		sigaction(stops[i], &action, NULL);
	action.sa_handler = on_size;
	sigaction(SIGWINCH, &action, NULL);
}

static void write_all(struct slice s)
{
	while (s.len > 0) {
		ssize_t n = write(STDOUT_FILENO, s.ptr, s.len);
		if (n < 0 && errno != EINTR)
			return; /* the terminal is gone: SIGHUP says so */
		s = slice_from(s, n < 0 ? 0 : (size_t)n);
	}
}

bool terminal_open(void)
{
	has_keys = tcgetattr(STDIN_FILENO, &before) == 0;
	if (has_keys) {
		struct termios raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		raw.c_cc[VMIN] = 1;
		raw.c_cc[VTIME] = 0;
		raw.c_cc[VSUSP] = _POSIX_VDISABLE; /* stopped, it would leave the terminal as it is now */
		if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0)
			return false;
	}
	is_open = true;
	write_all(SLICE("\033[?1049h\033[?25l"));
	return true;
}

void terminal_close(void)
{
	if (!is_open)
		return;
	is_open = false;
	write_all(SLICE("\033[?25h\033[?1049l"));
	if (has_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

void terminal_size(size_t *columns, size_t *rows)
{
	struct winsize size = {0};
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
	*columns = known && size.ws_col > 0 ? size.ws_col : 80;
	*rows = known && size.ws_row > 0 ? size.ws_row : 24;
}

void terminal_draw(struct slice frame)
{
	struct buf out = {0};
	buf_str(&out, "\033[H");
	while (frame.len > 0) {
		const uint8_t *end = memchr(frame.ptr, '\n', frame.len);
		struct slice line = slice_of(frame.ptr, end == NULL ? frame.len : (size_t)(end - frame.ptr));
		frame = slice_from(frame, line.len + 1);
		buf_slice(&out, line);
		/* No line break behind the last line: it would scroll a full screen. */
		buf_str(&out, frame.len > 0 ? "\033[K\r\n" : "\033[K");
	}
	buf_str(&out, "\033[J");
	write_all(buf_view(&out));
	buf_free(&out);
}

static bool looks_at_signals(bool *resized)
{
	*resized = *resized || size_changed != 0;
	size_changed = 0;
	return terminal_stop != 0 || *resized;
}

int terminal_wait(int64_t ms, bool keys, bool *resized)
{
	static const int all[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
	struct pollfd input = {.fd = keys ? STDIN_FILENO : -1, .events = POLLIN};
	struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	sigset_t old;
	unsigned char key = 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sigaddset(&waited_for, all[i]);
	sigprocmask(SIG_BLOCK, &waited_for, &old);
	*resized = false;
	bool ready = !looks_at_signals(resized) && ppoll(&input, 1, &wait, &old) == 1;
	looks_at_signals(resized);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (!ready)
		return 0;
	/* Without an input to come any more the terminal is gone. */
	if (read(STDIN_FILENO, &key, 1) != 1 && terminal_stop == 0)
		terminal_stop = SIGHUP;
	return key;
}
