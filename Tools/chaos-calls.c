// Preloaded by Tools/chaos: the CHAOS_AT-th of the calls named by CHAOS_CALL fails with CHAOS_ERRNO,
// CHAOS_TIMES of them in a row. A write may do half of its work first.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_int count;

// 0: the call goes on.
static int fails(const char *name) {
  const char *wanted = getenv("CHAOS_CALL");
  if (wanted == NULL || strcmp(wanted, name) != 0) return 0;
  int number = atomic_fetch_add(&count, 1), at = atoi(getenv("CHAOS_AT"));
  if (number < at || number >= at + atoi(getenv("CHAOS_TIMES"))) return 0;
  errno = atoi(getenv("CHAOS_ERRNO"));
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t size) {
  if (file > 2 && fails("write")) {
    if (size > 1) REAL(write)(file, bytes, size / 2);
    errno = atoi(getenv("CHAOS_ERRNO"));
    return -1;
  }
  return REAL(write)(file, bytes, size);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  if (strncmp(path, "/proc", 5) != 0 && fails("open")) return -1;
  return REAL(open)(path, flags, mode);
}

ssize_t pread(int file, void *bytes, size_t size, off_t place) {
  return fails("pread") ? -1 : REAL(pread)(file, bytes, size, place);
}

int fsync(int file) { return fails("fsync") ? -1 : REAL(fsync)(file); }
int rename(const char *old, const char *new) { return fails("rename") ? -1 : REAL(rename)(old, new); }
int link(const char *old, const char *new) { return fails("link") ? -1 : REAL(link)(old, new); }
int mkdir(const char *path, mode_t mode) { return fails("mkdir") ? -1 : REAL(mkdir)(path, mode); }
int ftruncate(int file, off_t size) { return fails("ftruncate") ? -1 : REAL(ftruncate)(file, size); }
int msync(void *at, size_t size, int flags) {
  return fails("msync") ? -1 : REAL(msync)(at, size, flags);
}
int posix_fallocate(int file, off_t at, off_t size) {
  return fails("posix_fallocate") ? errno : REAL(posix_fallocate)(file, at, size);
}
int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*body)(void *), void *what) {
  return fails("pthread_create") ? errno : REAL(pthread_create)(thread, how, body, what);
}
