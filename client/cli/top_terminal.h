/*
 * top_terminal: a terminal that is drawn upon in place, and given back as it was.
 *
 * Nouns: while a terminal is open it shows its other screen, without a cursor, and keys come one by one; signals
 * that end the program only set terminal_stop, so that there is a way back from everywhere.
 * Ownership: there is one terminal; terminal_close is safe to call at any time, any number of times.
 * Errors: terminal_open false when standard output can't be set up; nothing was changed then.
 */
#ifndef PAIDAN_CLI_TOP_TERMINAL_H
#define PAIDAN_CLI_TOP_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* The signal that asked to end (SIGINT, SIGTERM, SIGHUP), or 0. */
extern volatile sig_atomic_t terminal_stop;

/* From here on those signals set terminal_stop. */
void terminal_catch(void);
bool terminal_open(void);
void terminal_close(void);
void terminal_size(size_t *columns, size_t *rows);
/* Draws the lines of `frame` over what was there. */
void terminal_draw(struct slice frame);
/* Waits for a key, at most that long: the key, or 0 when the time is over, a signal came, or the terminal changed
 * its size (*resized). keys false: only the time counts. */
int terminal_wait(int64_t ms, bool keys, bool *resized);

#endif
