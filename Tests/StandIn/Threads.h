// A block's threads as fibers: each runs until a barrier, or until its warp meets. Which one runs first
// changes from barrier to barrier, so that a missing one shows.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

struct Dim { unsigned x = 1, y = 1, z = 1; };
static Dim threadIdx, blockIdx, blockDim, gridDim;

#if defined(__x86_64__)
extern "C" void standin_switch(void **from, void *to);
asm(R"(
.text
.p2align 4
standin_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
)");
#else
#include <ucontext.h>
#endif

enum State { ready, atBlock, atWarp, ended };

// What a thread gives to its warp.
struct Offer {
  unsigned a[4], b[2];
  const void *row;
};

// A line on its way to shared memory; it arrives when it is awaited and not before.
struct Copy {
  void *to;
  const void *from;
  bool is;
};

struct Fiber {
  State state = ready;
  std::vector<Copy> copies;
  int offers = 0;
  size_t shared = 0;
  char *stack = nullptr;
#if defined(__x86_64__)
  void *place = nullptr;
#else
  ucontext_t place;
#endif
};

static Fiber fibers[1024];
static Fiber scheduler;
static int current = -1;  // -1: a plain kernel
static std::function<void()> *body;
static Offer offers[32][2][32];
static const char *fault;
alignas(128) static unsigned char sharedBytes[228 * 1024];

static void swap(Fiber &from, Fiber &to) {
#if defined(__x86_64__)
  standin_switch(&from.place, to.place);
#else
  swapcontext(&from.place, &to.place);
#endif
}

static void leave(State state) {
  Fiber &mine = fibers[current];
  mine.state = state;
  swap(mine, scheduler);
}

static void fiberBegins() {
  (*body)();
  if (!fibers[current].copies.empty()) fault = "a thread leaves while its copies are on their way";
  leave(ended);
  abort();
}

static void start(Fiber &fiber) {
  enum { size = 64 * 1024 };
  if (!fiber.stack) fiber.stack = (char *)aligned_alloc(64, size);
  fiber.state = ready;
  fiber.offers = 0;
  fiber.shared = 0;
  fiber.copies.clear();
#if defined(__x86_64__)
  void **top = (void **)(fiber.stack + size) - 2;
  *top = (void *)fiberBegins;
  for (int i = 0; i < 6; i++) *--top = nullptr;
  fiber.place = top;
#else
  getcontext(&fiber.place);
  fiber.place.uc_stack.ss_sp = fiber.stack;
  fiber.place.uc_stack.ss_size = size;
  makecontext(&fiber.place, fiberBegins, 0);
#endif
}

// The same memory for every thread of a block that asks in the same order; full of NaN at first.
static void *sharedMemory(size_t bytes) {
  static size_t plain;
  size_t &used = current < 0 ? plain : fibers[current].shared;
  void *memory = sharedBytes + used;
  used += (bytes + 15) / 16 * 16;
  // A card gives 48 KiB to a block that does not ask for more.
  if (used > 48 * 1024) {
    fault = "more than 48 KiB of shared memory";
    used = 0;
  }
  return memory;
}

static void SYNC() {
  if (current < 0) {
    fprintf(stderr, "a barrier in a kernel that was said to have none\n");
    abort();
  }
  leave(atBlock);
}

// All threads' offers of this warp.
static Offer *exchange(const Offer &mine) {
  int warp = threadIdx.x / 32, turn = fibers[current].offers ^= 1;
  offers[warp][turn][threadIdx.x % 32] = mine;
  leave(atWarp);
  return offers[warp][turn];
}

static bool isOnLine(const void *memory) {
  if ((uintptr_t)memory % 16 == 0) return true;
  fault = "a line of 16 bytes is not on one";
  return false;
}

static void copyLine(void *to, const void *from, bool is) {
  if (isOnLine(to) && isOnLine(from)) fibers[current].copies.push_back({to, from, is});
}

static void awaitCopies() {
  for (const Copy &copy : fibers[current].copies) {
    if (copy.is) memcpy(copy.to, copy.from, 16);
    else memset(copy.to, 0, 16);
  }
  fibers[current].copies.clear();
}

static void runWarp(unsigned first, unsigned last, bool isReversed) {
  while (!fault) {
    for (unsigned i = first; i < last; i++) {
      unsigned id = isReversed ? last - 1 - (i - first) : i;
      if (fibers[id].state != ready) continue;
      current = (int)id;
      threadIdx.x = id;
      swap(scheduler, fibers[id]);
    }
    unsigned waiting = 0;
    for (unsigned i = first; i < last; i++) waiting += fibers[i].state == atWarp;
    if (waiting == 0) return;
    if (waiting != last - first) fault = "a warp's threads part ways";
    for (unsigned i = first; i < last; i++) fibers[i].state = ready;
  }
}

// The first threads of one block are the last ones of the next.
static void runBlock(unsigned threads) {
  static int first;
  memset(sharedBytes, 0xff, 48 * 1024);
  for (unsigned id = 0; id < threads; id++) start(fibers[id]);
  first ^= 1;
  for (int round = first; !fault; round++) {
    unsigned warps = (threads + 31) / 32;
    for (unsigned i = 0; i < warps; i++) {
      unsigned warp = round & 1 ? warps - 1 - i : i;
      unsigned last = warp * 32 + 32 < threads ? warp * 32 + 32 : threads;
      runWarp(warp * 32, last, round & 1);
    }
    unsigned finished = 0;
    for (unsigned id = 0; id < threads; id++) finished += fibers[id].state == ended;
    if (finished == threads) return;
    for (unsigned id = 0; id < threads; id++)
      if (fibers[id].state == atBlock) fibers[id].state = ready;
  }
}

static void runGrid(Dim grid, unsigned threads, bool isPlain, std::function<void()> kernel) {
  body = &kernel;
  gridDim = grid;
  blockDim = Dim();
  blockDim.x = threads;
  for (unsigned z = 0; z < grid.z; z++)
    for (unsigned y = 0; y < grid.y; y++)
      for (unsigned x = 0; x < grid.x && !fault; x++) {
        blockIdx.x = x;
        blockIdx.y = y;
        blockIdx.z = z;
        if (isPlain) {
          current = -1;
          for (unsigned id = 0; id < threads; id++) {
            threadIdx.x = id;
            kernel();
          }
        } else {
          runBlock(threads);
        }
      }
  current = -1;
}
