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
// Rounded before it is added to anything, as the processor's.
DEV double product(double a, double b) { return __dmul_rn(a, b); }
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
DEV unsigned sharedAddress(const void* memory) {
  return (unsigned)__cvta_generic_to_shared(memory);
}
// 16 bytes on their way to shared memory; or zeros.
DEV void copyLine(void* to, const void* from, bool is) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(to)), "l"(from),
               "r"(is ? 16 : 0)
               : "memory");
}
// What this thread has sent has arrived.
DEV void awaitCopies() { asm volatile("cp.async.wait_all;" ::: "memory"); }
// Four matrices of 8 x 8 halves, of whose rows lane 8 i + j names row j of matrix i; turned: transposed.
DEV void loadFragment(unsigned pairs[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(pairs[0]), "=r"(pairs[1]), "=r"(pairs[2]), "=r"(pairs[3])
               : "r"(sharedAddress(row))
               : "memory");
}
DEV void loadTurned(unsigned pairs[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(pairs[0]), "=r"(pairs[1]), "=r"(pairs[2]), "=r"(pairs[3])
               : "r"(sharedAddress(row))
               : "memory");
}
#endif

typedef unsigned char u8;

// Where kernels find activations and their slopes: floats, but in bfloat16 also arrays of it. Such an
// array is named by twice its address with the highest bit set, so that whoever counts floats from one
// place to another counts right.
#if PRECISION == 2
typedef unsigned short Half;
DEV bool isHalf(unsigned long long at) { return (long long)at < 0; }
DEV Half* halves(unsigned long long at) { return (Half*)(at << 1 >> 2); }
DEV Half halfOfFloat(float v) { return (Half)(pack(v, 0) & 0xffff); }

DEV float loaded(unsigned long long at, long long i) {
  return isHalf(at) ? floatOf((unsigned)halves(at)[i] << 16) : ((const float*)at)[i];
}

struct Source {
  unsigned long long at;
  DEV_MEMBER float operator[](long long i) const { return loaded(at, i); }
  DEV_MEMBER Source operator+(long long i) const {
    Source moved = {at + 4 * i};
    return moved;
  }
};

// A number as an array of that kind keeps it.
DEV float keptIn(Source array, float v) {
  return isHalf(array.at) ? floatOf((unsigned)halfOfFloat(v) << 16) : v;
}

// A number of a `Target`.
struct Slot {
  unsigned long long at;
  long long i;
  DEV_MEMBER operator float() const { return loaded(at, i); }
  DEV_MEMBER float operator=(float v) const {
    if (isHalf(at)) halves(at)[i] = halfOfFloat(v);
    else ((float*)at)[i] = v;
    return v;
  }
};

struct Target {
  unsigned long long at;
  DEV_MEMBER Slot operator[](long long i) const {
    Slot slot = {at, i};
    return slot;
  }
  DEV_MEMBER Target operator+(long long i) const {
    Target moved = {at + 4 * i};
    return moved;
  }
};
DEV Source source(const float* floats) {
  Source made = {(unsigned long long)floats};
  return made;
}
DEV Target target(float* floats) {
  Target made = {(unsigned long long)floats};
  return made;
}
#else
typedef const float* Source;
typedef float* Target;
DEV float keptIn(Source, float v) { return v; }
DEV Source source(const float* floats) { return floats; }
DEV Target target(float* floats) { return floats; }
#endif

DEV int thread() { return blockIdx.x * blockDim.x + threadIdx.x; }
DEV int least(int a, int b) { return a < b ? a : b; }
DEV int most(int a, int b) { return a > b ? a : b; }
DEV float sigmoid(float x) { return 1 / (1 + expf(-x)); }
DEV float softplus(float x) { return fmaxf(x, 0) + log1pf(expf(-fabsf(x))); }
