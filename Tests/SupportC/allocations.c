#include "allocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

static __thread long allocations;

long test_allocations(void) { return allocations; }

// Swift's runtime calls it where an error of a known type is thrown; where it is null, a function that
// wants errors of any type, for which they are put into memory.
extern _Atomic(void *) _swift_willThrowTypedImpl __attribute__((weak));

static void ignore(void *error, const void *type, const void *witness) {
  (void)error, (void)type, (void)witness;
}

void test_forget_throws(void) {
  if (&_swift_willThrowTypedImpl) atomic_store(&_swift_willThrowTypedImpl, (void *)ignore);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

int test_counts_allocations(void) { return 1; }

void *malloc(size_t bytes) { return allocations++, __libc_malloc(bytes); }
void *calloc(size_t count, size_t bytes) { return allocations++, __libc_calloc(count, bytes); }
void *realloc(void *old, size_t bytes) { return allocations++, __libc_realloc(old, bytes); }
void *memalign(size_t line, size_t bytes) { return allocations++, __libc_memalign(line, bytes); }
void *aligned_alloc(size_t line, size_t bytes) { return memalign(line, bytes); }

int posix_memalign(void **memory, size_t line, size_t bytes) {
  *memory = memalign(line, bytes);
  return *memory ? 0 : ENOMEM;
}

#else

int test_counts_allocations(void) { return 0; }

#endif
