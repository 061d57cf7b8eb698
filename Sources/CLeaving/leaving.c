#define _GNU_SOURCE
#include "leaving.h"
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { RING = 8, LENGTH = 2048 };

// A handler may still read the text before the last one.
struct text {
  char now[LENGTH], later[LENGTH];
  bool waits;
};

static struct text ring[RING];
static _Atomic uint32_t newest;
static _Atomic int32_t heard;
static atomic_flag is_leaving = ATOMIC_FLAG_INIT;
static bool is_terminal;
static sem_t bell;

static const char *reason(int number) {
  switch (number) {
    case SIGINT: return "interrupted";
    case SIGTERM: return "asked to end";
    case SIGHUP: return "the terminal is gone";
    default: return "the output was closed";
  }
}

static void write_line(int number, const char *rest) {
  // Over the line of progress.
  const char *parts[] = {is_terminal ? "\r\033[K" : "", "lockstep: ", reason(number),
                         rest[0] != 0 ? ": " : "", rest, "\n"};
  struct iovec pieces[6];
  for (int part = 0; part < 6; part++)
    pieces[part] = (struct iovec){(void *)parts[part], strlen(parts[part])};
  ssize_t ignored = writev(2, pieces, 6);
  (void)ignored;
}

static void hear(int number) {
  int error = errno;
  struct text *text = &ring[atomic_load(&newest) % RING];
  int32_t before = 0;
  if (text->waits && atomic_compare_exchange_strong(&heard, &before, number)) {
    write_line(number, text->later);
    sem_post(&bell);
  } else if (!(number == SIGPIPE && before != 0) && !atomic_flag_test_and_set(&is_leaving)) {
    write_line(number, text->now);
    _exit(leaving_status(number));
  }
  errno = error;
}

void leaving_watch(void) {
  is_terminal = isatty(2) == 1;
  sem_init(&bell, 0, 0);
  signal(SIGXFSZ, SIG_IGN);
  const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  for (int index = 0; index < 4; index++) {
    struct sigaction action;
    if (sigaction(numbers[index], NULL, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    memset(&action, 0, sizeof action);
    action.sa_handler = hear;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    sigaction(numbers[index], &action, NULL);
  }
}

static void copy(char *target, const char *source) {
  strncpy(target, source == NULL ? "" : source, LENGTH - 1);
  target[LENGTH - 1] = 0;
}

void leaving_say(const char *now, const char *later) {
  uint32_t next = (atomic_load(&newest) + 1) % RING;
  copy(ring[next].now, now);
  copy(ring[next].later, later);
  ring[next].waits = later != NULL;
  atomic_store(&newest, next);
}

int32_t leaving_signal(void) { return atomic_load(&heard); }

void leaving_forget(void) { atomic_store(&heard, 0); }

void leaving_look(void) {
  static _Atomic int64_t last;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  int64_t quarter = (int64_t)now.tv_sec * 4 + now.tv_nsec / 250000000;
  if (atomic_exchange(&last, quarter) == quarter || atomic_load(&heard) != 0) return;
  struct pollfd output = {.fd = 1, .events = 0};
  if (poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0) raise(SIGPIPE);
}

void leaving_await(void) {
  while (sem_wait(&bell) != 0 && errno == EINTR) {}
}
