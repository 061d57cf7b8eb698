// How the process leaves before its work is done: signals, output that nobody reads, memory that has run
// out. What is written here is all that may be called from a signal's handler.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// Heeds SIGINT, SIGTERM, SIGHUP and SIGPIPE from now on, but for those that the process was started with
// to ignore. A file that outgrows its limit is an error of the write, no signal.
void leaving_watch(void);

// What follows the reason in the line on standard error. `now`: of leaving at once. `later`: of the first
// signal where the work is brought to an end; NULL: it leaves at once, too. Both are copied.
void leaving_say(const char *now, const char *later);

// The first signal that was heard and not left at; 0: none.
int32_t leaving_signal(void);

// Forgets a signal that was heard: its work is done.
void leaving_forget(void);

// Heeds the output's end as a signal where it is a pipe that nobody reads any more; silent output
// would not tell. At most every quarter of a second.
void leaving_look(void);

// Waits until a signal is heard that is not left at.
void leaving_await(void);

// Exit status of a process that left on a signal, as a shell has it.
static inline int32_t leaving_status(int32_t signal) { return 128 + signal; }
