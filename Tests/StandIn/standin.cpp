#include "StandIn.h"

#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "Device.h"

// A multiply and an add take the place of a call: a card's sums may differ in the last bit.
#define fmaf(a, b, c) ((a) * (b) + (c))

#include "../../Sources/CCUDA/Kernels/Common.h"
#include "../../Sources/CCUDA/Kernels/Maps.h"
#include "../../Sources/CCUDA/Kernels/Axes.h"
#include "../../Sources/CCUDA/Kernels/Steps.h"

#define PRECISION 0
namespace float32 {
#include "../../Sources/CCUDA/Kernels/Products.h"
#include "../../Sources/CCUDA/Kernels/Convolution.h"
}
#undef PRECISION
#undef MULTIPLY
#define PRECISION 1
namespace tf32 {
#include "../../Sources/CCUDA/Kernels/Products.h"
#include "../../Sources/CCUDA/Kernels/Convolution.h"
}
#undef PRECISION
#undef MULTIPLY
#define PRECISION 2
namespace bfloat16 {
#include "../../Sources/CCUDA/Kernels/Products.h"
#include "../../Sources/CCUDA/Kernels/Convolution.h"
}

namespace {

struct Kernel {
  bool isPlain = true;
  std::function<std::function<void()>(void **)> bind;
};

template <class... Arguments, size_t... places>
std::function<void()> bound(
    void (*function)(Arguments...), void **values, std::index_sequence<places...>) {
  std::tuple<Arguments...> arguments(*(Arguments *)values[places]...);
  return [function, arguments] { std::apply(function, arguments); };
}

template <class... Arguments>
Kernel kernel(void (*function)(Arguments...), bool isPlain) {
  Kernel made;
  made.isPlain = isPlain;
  made.bind = [function](void **values) {
    return bound(function, values, std::index_sequence_for<Arguments...>());
  };
  return made;
}

// Plain kernels have no barrier.
#define P(name) {#name, kernel(name, true)},
#define B(name) {#name, kernel(name, false)},
#define TILED(space) \
  using namespace space; \
  return { \
    B(multiply64x64ff) B(multiply64x64ft) B(multiply64x64tf) B(multiply64x64tt) \
    B(multiply128x32ff) B(multiply128x32ft) B(multiply128x32tf) B(multiply128x32tt) P(sumSplits) \
    B(convolve64x64) B(convolve128x32) B(convolveWeights64x64) B(convolveWeights128x32) \
    B(convolveInput64x64) B(convolveInput128x32) P(poolRows) P(poolSlopes) \
  }

using Kernels = std::map<std::string, Kernel>;

Kernels common() {
  return {
    P(mapBend) P(mapSlopes) P(finishRows) P(combineTwo) P(combineSlopes) P(permuteRows)
    P(copyBlocks) P(gatherLines) P(scatterLines) P(pickSlopes) P(cosinesOf) P(perturbWeights)
    P(readBytes) P(readWhole) P(readFloats) P(readDoubles) P(reduceAxis) P(spreadAxis)
    P(softmaxAxis) P(softmaxSlopes) B(columnSums) P(addParts) B(normMoments) P(normRows)
    B(normSlopes) P(normGradients) P(recallStates) P(forgetStates) P(rememberCells)
    P(rememberSlopes) P(bestExperts) P(routeTokens) P(routeSlopes) P(stepAdam) P(stepRMSProp)
    P(stepSGD) P(mixNumbers) B(sumSquares)
  };
}
Kernels tiled0() { TILED(float32); }
Kernels tiled1() { TILED(tf32); }
Kernels tiled2() { TILED(bfloat16); }

Kernels &kernels(int precision) {
  static Kernels all[3];
  Kernels &mine = all[precision];
  if (mine.empty()) {
    mine = precision == 0 ? tiled0() : precision == 1 ? tiled1() : tiled2();
    for (auto &one : common()) mine.insert(one);
  }
  return mine;
}

// ---- Memory: 256 bytes on both sides of each piece are NaN and must stay so.

enum { fence = 256 };
struct Piece { unsigned char *start; size_t bytes; };
std::map<uint64_t, Piece> pieces;
StandInCard card = {1, 90, 1ull << 40};
unsigned long long used;
std::recursive_mutex mutex;
#define LOCKED std::lock_guard<std::recursive_mutex> guard(mutex)

bool isWhole(const Piece &piece) {
  for (size_t i = 0; i < fence; i++)
    if (piece.start[i] != 0xff || piece.start[fence + piece.bytes + i] != 0xff) return false;
  return true;
}

// An address in a piece, with so many bytes behind it.
bool isKnown(uint64_t address, size_t bytes) {
  auto next = pieces.upper_bound(address);
  if (next == pieces.begin()) return false;
  auto &found = *--next;
  return address + bytes <= found.first + found.second.bytes;
}

enum { fine = 0, invalid = 1, noMemory = 2, noDevice = 100, notFound = 500, launchFailed = 719 };

// ---- The driver

typedef int S;
S cuInit(unsigned) { return card.cards ? fine : noDevice; }
S cuDriverGetVersion(int *version) { *version = 13000; return fine; }
S cuGetErrorString(int status, const char **text) {
  *text = status == launchFailed ? (fault ? fault : "a kernel wrote where it must not")
        : status == noMemory ? "out of memory" : status == notFound ? "not found" : "invalid";
  return fine;
}
S cuDeviceGetCount(int *count) { *count = card.cards; return fine; }
S cuDeviceGet(int *device, int) { *device = 0; return fine; }
S cuDeviceGetName(char *name, int size, int) {
  snprintf(name, (size_t)size, "stand-in");
  return fine;
}
S cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 75 ? card.capability / 10 : attribute == 76 ? card.capability % 10 : 0;
  return fine;
}
S cuDevicePrimaryCtxRetain(void **context, int) { *context = (void *)1; return fine; }
S cuCtxSetCurrent(void *) { return fine; }
S cuMemGetInfo(size_t *available, size_t *total) {
  LOCKED;
  *available = card.bytes - used;
  *total = card.bytes;
  return fine;
}
S cuMemAlloc(uint64_t *address, size_t bytes) {
  LOCKED;
  if (used + bytes > card.bytes) return noMemory;
  size_t all = (bytes + 2 * fence + 255) / 256 * 256;
  auto start = (unsigned char *)aligned_alloc(256, all);
  memset(start, 0xff, all);
  used += bytes;
  *address = (uint64_t)start + fence;
  pieces[*address] = {start, bytes};
  return fine;
}
S cuMemFree(uint64_t address) {
  LOCKED;
  auto found = pieces.find(address);
  if (found == pieces.end()) return invalid;
  Piece piece = found->second;
  pieces.erase(found);
  used -= piece.bytes;
  bool whole = isWhole(piece);
  free(piece.start);
  return whole ? fine : launchFailed;
}
S cuMemHostAlloc(void **memory, size_t bytes, unsigned) { *memory = malloc(bytes); return fine; }
S cuMemFreeHost(void *memory) { free(memory); return fine; }
S cuMemHostRegister(void *, size_t, unsigned) { return fine; }
S cuMemHostUnregister(void *) { return fine; }
S cuMemcpyHtoD(uint64_t to, const void *from, size_t bytes, void *) {
  LOCKED;
  if (!isKnown(to, bytes)) return invalid;
  memcpy((void *)to, from, bytes);
  return fine;
}
S cuMemcpyDtoH(void *to, uint64_t from, size_t bytes, void *) {
  LOCKED;
  if (!isKnown(from, bytes)) return invalid;
  memcpy(to, (void *)from, bytes);
  return fine;
}
S cuMemcpyDtoD(uint64_t to, uint64_t from, size_t bytes, void *) {
  LOCKED;
  if (!isKnown(to, bytes) || !isKnown(from, bytes)) return invalid;
  memmove((void *)to, (void *)from, bytes);
  return fine;
}
S cuMemsetD8(uint64_t to, unsigned char value, size_t bytes, void *) {
  LOCKED;
  if (!isKnown(to, bytes)) return invalid;
  memset((void *)to, value, bytes);
  return fine;
}
S cuStreamCreate(void **stream, unsigned) { *stream = (void *)2; return fine; }
S cuStreamSynchronize(void *) {
  LOCKED;
  if (fault) return launchFailed;
  for (auto &piece : pieces)
    if (!isWhole(piece.second)) return launchFailed;
  return fine;
}
S cuEventCreate(void **event, unsigned) { *event = (void *)3; return fine; }
S cuEventRecord(void *, void *) { return fine; }
S cuEventSynchronize(void *) { return fine; }
S cuModuleLoadData(void **module, const void *image) {
  LOCKED;
  *module = &kernels(*(const char *)image - '0');
  return fine;
}
S cuModuleGetFunction(void **function, void *module, const char *name) {
  auto &all = *(Kernels *)module;
  auto found = all.find(name);
  if (found == all.end()) return notFound;
  *function = &found->second;
  return fine;
}
S cuLaunchKernel(
    void *function, unsigned x, unsigned y, unsigned z, unsigned threads, unsigned, unsigned,
    unsigned, void *, void **values, void **) {
  LOCKED;
  if (threads > 1024 || y > 65535 || z > 65535 || x == 0 || y == 0 || z == 0) return invalid;
  auto kernel = (Kernel *)function;
  Dim grid;
  grid.x = x;
  grid.y = y;
  grid.z = z;
  runGrid(grid, threads, kernel->isPlain, kernel->bind(values));
  return fault ? launchFailed : fine;
}

// ---- The compiler: an image is the number of the precision.

S nvrtcVersion(int *major, int *minor) { *major = *minor = 0; return fine; }
S nvrtcCreateProgram(
    void **program, const char *, const char *, int, const char *const *, const char *const *) {
  *program = new char('0');
  return fine;
}
S nvrtcDestroyProgram(void **program) { delete (char *)*program; return fine; }
S nvrtcCompileProgram(void *program, int count, const char *const *options) {
  for (int i = 0; i < count; i++)
    if (!strncmp(options[i], "-DPRECISION=", 12)) *(char *)program = options[i][12];
  return fine;
}
S nvrtcGetCUBINSize(void *, size_t *size) { *size = 1; return fine; }
S nvrtcGetCUBIN(void *program, char *image) { *image = *(char *)program; return fine; }
S nvrtcGetProgramLogSize(void *, size_t *size) { *size = 1; return fine; }
S nvrtcGetProgramLog(void *, char *log) { *log = 0; return fine; }

}  // namespace

extern "C" void *standin_function(const char *name) {
  static const std::map<std::string, void *> functions = {
#define D(name) {#name, (void *)name},
#define V(name, end) {#name end, (void *)name},
    D(cuInit) D(cuDriverGetVersion) D(cuGetErrorString) D(cuDeviceGetCount) D(cuDeviceGet)
    D(cuDeviceGetName) D(cuDeviceGetAttribute) D(cuDevicePrimaryCtxRetain) D(cuCtxSetCurrent)
    V(cuMemGetInfo, "_v2") V(cuMemAlloc, "_v2") V(cuMemFree, "_v2") D(cuMemHostAlloc)
    D(cuMemFreeHost) V(cuMemHostRegister, "_v2") D(cuMemHostUnregister) V(cuMemcpyHtoD, "Async_v2") V(cuMemcpyDtoH, "Async_v2")
    V(cuMemcpyDtoD, "Async_v2") V(cuMemsetD8, "Async") D(cuStreamCreate) D(cuStreamSynchronize)
    D(cuEventCreate) D(cuEventRecord) D(cuEventSynchronize) D(cuModuleLoadData)
    D(cuModuleGetFunction) D(cuLaunchKernel) D(nvrtcVersion) D(nvrtcCreateProgram)
    D(nvrtcDestroyProgram) D(nvrtcCompileProgram) D(nvrtcGetCUBINSize) D(nvrtcGetCUBIN)
    D(nvrtcGetProgramLogSize) D(nvrtcGetProgramLog)
  };
  auto found = functions.find(name);
  return found == functions.end() ? nullptr : found->second;
}

extern "C" void standin_set_card(StandInCard now) {
  LOCKED;
  card = now;
}
