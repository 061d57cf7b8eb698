// Operations on 64-byte vectors that Swift's own SIMD64 does lane by lane.
// Everything is static inline, so it disappears into the Swift caller.
#ifndef LANES_H
#define LANES_H

#include <stdint.h>

/// Tells the processor that this is a spinning wait.
static inline void lanes_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
