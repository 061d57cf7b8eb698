// Memory that the system does not give ends the process with one line, whoever asks: the standard library's
// arrays know no other answer than a trap. Linked into the program, never into a library that others load.
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

#if defined(__GLIBC__) && !defined(HAS_SANITIZER)

// Weak: tests that count allocations have their own.
#define WEAK __attribute__((weak))

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static void refuse(size_t bytes) {
  char line[96] = "lockstep: out of memory: ", digits[24];
  size_t end = strlen(line), count = 0;
  do {
    digits[count++] = (char)('0' + bytes % 10);
    bytes /= 10;
  } while (bytes > 0);
  while (count > 0) line[end++] = digits[--count];
  memcpy(line + end, " bytes more are wanted\n", 23);
  ssize_t ignored = write(2, line, end + 23);
  (void)ignored;
  _exit(1);
}

static void *given(void *memory, size_t bytes) {
  if (memory == NULL && bytes != 0) refuse(bytes);
  return memory;
}

WEAK void *malloc(size_t bytes) { return given(__libc_malloc(bytes), bytes); }

WEAK void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  return given(__libc_calloc(count, size), bytes);
}

WEAK void *realloc(void *memory, size_t bytes) { return given(__libc_realloc(memory, bytes), bytes); }

WEAK void *memalign(size_t alignment, size_t bytes) {
  return given(__libc_memalign(alignment, bytes), bytes);
}

WEAK void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

WEAK int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
  *memory = memalign(alignment, bytes);
  return 0;
}

#endif
