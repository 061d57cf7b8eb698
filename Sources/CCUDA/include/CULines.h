#pragma once

#include <stddef.h>
#include <stdint.h>

// CUDA_MEMCPY2D of cuda.h: lines of bytes; kinds of memory are 1 the program's, 2 the card's.
typedef struct {
  size_t fromX, fromY;
  unsigned fromKind;
  const void *fromHost;
  uint64_t fromDevice;
  void *fromArray;
  size_t fromPitch, toX, toY;
  unsigned toKind;
  void *toHost;
  uint64_t toDevice;
  void *toArray;
  size_t toPitch, width, height;
} CULines;
