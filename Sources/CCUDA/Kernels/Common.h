// Compiled for a card by NVRTC, which has no headers, and as C++ by the stand-in, which defines these
// words itself. Sums have a fixed order: no atomics, and no grid depends on the card.
#ifndef STAND_IN
#define DEV static __device__ __forceinline__
#define KERNEL extern "C" __global__ void
#define BOUNDS(threads) __launch_bounds__(threads)
// Called, not repeated where it is used.
#define DEV_CALL static __device__ __noinline__
#define DEV_MEMBER __device__ __forceinline__
#define SYNC() __syncthreads()
#define INFINITY __int_as_float(0x7f800000)
#define SHARED(type, name, count) __shared__ __align__(16) type name[count]
DEV unsigned bitsOf(float v) { return __float_as_uint(v); }
DEV float floatOf(unsigned v) { return __uint_as_float(v); }
// Two floats as bfloat16, the first in the lower half.
DEV unsigned pack(float low, float high) {
  unsigned pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}
DEV float tensorFloat(float v) {
  unsigned bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(v));
  return floatOf(bits);
}
// c[16, 8] += a[16, 16] b[16, 8]
DEV void mmaHalf(float c[4], const unsigned a[4], const unsigned b[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
// c[16, 8] += a[16, 8] b[8, 8]
DEV void mmaTensorFloat(float c[4], const unsigned a[4], const unsigned b[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#endif

typedef unsigned char u8;

DEV int thread() { return blockIdx.x * blockDim.x + threadIdx.x; }
DEV int least(int a, int b) { return a < b ? a : b; }
DEV int most(int a, int b) { return a > b ? a : b; }
DEV float sigmoid(float x) { return 1 / (1 + expf(-x)); }
DEV float softplus(float x) { return fmaxf(x, 0) + log1pf(expf(-fabsf(x))); }
