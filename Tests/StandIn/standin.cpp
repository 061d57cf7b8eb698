#include "CULines.h"
#include "StandIn.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "Device.h"

// A multiply and an add take the place of a call: a card's sums may differ in the last bit.
#define fmaf(a, b, c) ((a) * (b) + (c))

#define PRECISION 0
namespace float32 {
#include "Kernels.h"
}
#undef PRECISION
#undef MULTIPLY
#define PRECISION 1
namespace tf32 {
#include "Kernels.h"
}
#undef PRECISION
#undef MULTIPLY
#define PRECISION 2
namespace bfloat16 {
#include "Kernels.h"
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
#define ALL \
    B(multiply64x64ff) B(multiply64x64ft) B(multiply64x64tf) B(multiply64x64tt) \
    B(multiply128x32ff) B(multiply128x32ft) B(multiply128x32tf) B(multiply128x32tt) \
    B(multiply128x16ff) B(multiply128x16ft) B(multiply128x16tf) B(multiply128x16tt) P(sumSplits) \
    B(convolve64x64) B(convolve128x32) B(convolveWeights64x64) B(convolveWeights128x32) \
    B(convolve128x16) B(convolveWeights128x16) B(convolveInput128x16) \
    B(convolveInput64x64) B(convolveInput128x32) P(poolRows) P(poolSlopes) \
    P(mapBend) P(mapSlopes) P(finishRows) P(combineTwo) P(combineSlopes) P(permuteRows) \
    P(copyBlocks) P(gatherLines) P(scatterLines) P(pickSlopes) P(cosinesOf) P(perturbWeights) \
    P(readBytes) P(readWhole) P(readFloats) P(readDoubles) P(readMoved) P(shiftLines) P(shiftWords) \
    P(shiftBytes) P(spreadBytes) P(reduceAxis) P(spreadAxis) \
    P(softmaxAxis) P(softmaxSlopes) B(columnSums) P(addParts) P(addTwoParts) B(normMoments) P(normRows) \
    B(normSlopes) P(normGradients) P(recallStates) P(forgetStates) P(rememberCells) \
    P(rememberSlopes) P(bestExperts) P(routeTokens) P(routeSlopes) P(stepAdam) P(stepRMSProp) \
    P(stepSGD) P(mixNumbers) B(sumSquares) P(cutLength) P(policyLoss) B(actionLoss) \
    P(twinLoss) P(lessLoss) P(squashedLoss) P(softLoss) B(noteSteps) B(drawSteps) B(rankSteps) \
    B(aimSteps)

#define VECTORS \
    B(narrowMatrix) B(vectorProduct64x64) B(vectorProduct128x64) B(vectorAcross64x64) \
    B(vectorAcross128x64) B(vectorConvolve32) B(vectorConvolve64) B(vectorWeights32) \
    B(vectorWeights64) B(vectorInput32) B(vectorInput64) B(vectorConvolve16) \
    B(vectorWeights16) B(vectorInput16)

using Kernels = std::map<std::string, Kernel>;

Kernels all0() {
  using namespace float32;
  return {ALL};
}
Kernels all1() {
  using namespace tf32;
  return {ALL};
}
Kernels all2() {
  using namespace bfloat16;
  return {ALL VECTORS};
}

Kernels &kernels(int precision) {
  static Kernels all[3];
  Kernels &mine = all[precision];
  if (mine.empty()) mine = precision == 0 ? all0() : precision == 1 ? all1() : all2();
  return mine;
}

// ---- Memory: 256 bytes on both sides of each piece are NaN and must stay so.

enum { fence = 256 };
struct Piece { unsigned char *start; size_t bytes; };
std::map<uint64_t, Piece> pieces;
// Page-locked memory of the program.
std::map<uint64_t, size_t> lockedBytes;
const StandInCard usual = {1, 90, 1ull << 40, 1};
thread_local StandInCard card = usual;
// Of what this thread has asked for since it was shown its card.
thread_local long long used;
std::recursive_mutex mutex;
#define LOCKED std::lock_guard<std::recursive_mutex> guard(mutex)

// ---- Streams: nothing happens before somebody waits for it, the latest moment that a card may choose.

typedef std::vector<std::function<void()>> Asked;

struct Stream {
  std::deque<std::function<void()>> waiting;
  // Ever.
  unsigned long long asked = 0, done = 0;
  std::unique_ptr<Asked> captured;

  void run(unsigned long long until = ~0ull) {
    while (done < until && !waiting.empty()) {
      auto next = std::move(waiting.front());
      waiting.pop_front();
      done++;
      if (!fault) next();
    }
  }
};
std::vector<std::unique_ptr<Stream>> streams;
struct Event { Stream *stream = nullptr; unsigned long long place = 0; };

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

int ask(void *to, std::function<void()> body) {
  auto stream = (Stream *)to;
  if (stream->captured) {
    stream->captured->push_back(std::move(body));
  } else {
    stream->waiting.push_back(std::move(body));
    stream->asked++;
  }
  return fault ? launchFailed : fine;
}

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
  *available = card.bytes - (unsigned long long)std::max(0ll, used);
  *total = card.bytes;
  return fine;
}
S cuMemAlloc(uint64_t *address, size_t bytes) {
  LOCKED;
  if (used + (long long)bytes > (long long)card.bytes) return noMemory;
  size_t all = (bytes + 2 * fence + 255) / 256 * 256;
  auto start = (unsigned char *)aligned_alloc(256, all);
  memset(start, 0xff, all);
  used += (long long)bytes;
  *address = (uint64_t)start + fence;
  pieces[*address] = {start, bytes};
  return fine;
}
S cuMemFree(uint64_t address) {
  LOCKED;
  for (auto &stream : streams) stream->run();
  auto found = pieces.find(address);
  if (found == pieces.end()) return invalid;
  Piece piece = found->second;
  pieces.erase(found);
  used -= (long long)piece.bytes;
  bool whole = isWhole(piece);
  free(piece.start);
  return whole ? fine : launchFailed;
}
S cuMemHostAlloc(void **memory, size_t bytes, unsigned) {
  LOCKED;
  *memory = malloc(bytes);
  lockedBytes[(uint64_t)*memory] = bytes;
  return fine;
}
S cuMemFreeHost(void *memory) {
  LOCKED;
  lockedBytes.erase((uint64_t)memory);
  free(memory);
  return fine;
}
S cuMemHostRegister(void *memory, size_t bytes, unsigned) {
  LOCKED;
  lockedBytes[(uint64_t)memory] = bytes;
  return fine;
}
S cuMemHostUnregister(void *memory) {
  LOCKED;
  for (auto &stream : streams) stream->run();
  return lockedBytes.erase((uint64_t)memory) ? fine : invalid;
}
// What a card reads later than it is asked to must be locked.
bool isLocked(const void *memory, size_t bytes) {
  auto next = lockedBytes.upper_bound((uint64_t)memory);
  if (next == lockedBytes.begin()) return false;
  auto &found = *--next;
  return (uint64_t)memory + bytes <= found.first + found.second;
}
S cuMemcpyHtoD(uint64_t to, const void *from, size_t bytes, void *stream) {
  LOCKED;
  if (!isKnown(to, bytes) || !isLocked(from, bytes)) return invalid;
  return ask(stream, [=] { memcpy((void *)to, from, bytes); });
}
S cuMemcpyDtoH(void *to, uint64_t from, size_t bytes, void *stream) {
  LOCKED;
  if (!isKnown(from, bytes) || !isLocked(to, bytes)) return invalid;
  return ask(stream, [=] { memcpy(to, (void *)from, bytes); });
}
S cuMemcpyDtoD(uint64_t to, uint64_t from, size_t bytes, void *stream) {
  LOCKED;
  if (!isKnown(to, bytes) || !isKnown(from, bytes)) return invalid;
  return ask(stream, [=] { memmove((void *)to, (void *)from, bytes); });
}
S cuMemcpy2D(const CULines *given, void *stream) {
  LOCKED;
  CULines l = *given;
  if (l.fromKind != 1 || l.toKind != 2 || l.height == 0) return invalid;
  if (!isKnown(l.toDevice, (l.height - 1) * l.toPitch + l.width)) return invalid;
  if (!isLocked(l.fromHost, (l.height - 1) * l.fromPitch + l.width)) return invalid;
  return ask(stream, [=] {
    for (size_t y = 0; y < l.height; y++)
      memcpy(
          (char *)l.toDevice + y * l.toPitch, (const char *)l.fromHost + y * l.fromPitch, l.width);
  });
}
S cuMemsetD8(uint64_t to, unsigned char value, size_t bytes, void *stream) {
  LOCKED;
  if (!isKnown(to, bytes)) return invalid;
  return ask(stream, [=] { memset((void *)to, value, bytes); });
}
S cuCtxGetStreamPriorityRange(int *least, int *most) { *least = 0; *most = -5; return fine; }
S cuStreamCreateWithPriority(void **stream, unsigned, int) {
  LOCKED;
  streams.push_back(std::make_unique<Stream>());
  *stream = streams.back().get();
  return fine;
}
S cuStreamSynchronize(void *stream) {
  LOCKED;
  if (((Stream *)stream)->captured) return invalid;
  ((Stream *)stream)->run();
  if (fault) return launchFailed;
  for (auto &piece : pieces)
    if (!isWhole(piece.second)) return launchFailed;
  return fine;
}
S cuStreamBeginCapture(void *stream, int) {
  LOCKED;
  if (((Stream *)stream)->captured || !card.graphs) return invalid;
  ((Stream *)stream)->captured = std::make_unique<Asked>();
  return fine;
}
S cuStreamEndCapture(void *stream, void **graph) {
  LOCKED;
  *graph = ((Stream *)stream)->captured.release();
  return *graph ? fine : invalid;
}
S cuGraphInstantiateWithFlags(void **made, void *graph, unsigned long long) {
  *made = new Asked(*(Asked *)graph);
  return fine;
}
S cuGraphDestroy(void *graph) { delete (Asked *)graph; return fine; }
S cuGraphLaunch(void *graph, void *stream) {
  LOCKED;
  for (auto &one : *(Asked *)graph) ask(stream, one);
  return fine;
}
S cuGraphExecDestroy(void *graph) { delete (Asked *)graph; return fine; }
S cuEventCreate(void **event, unsigned) { *event = new Event(); return fine; }
S cuEventRecord(void *event, void *stream) {
  LOCKED;
  *(Event *)event = {(Stream *)stream, ((Stream *)stream)->asked};
  return fine;
}
S cuEventSynchronize(void *given) {
  LOCKED;
  Event &event = *(Event *)given;
  if (event.stream) event.stream->run(event.place);
  return fault ? launchFailed : fine;
}
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
    unsigned, void *stream, void **values, void **) {
  LOCKED;
  if (threads > 1024 || y > 65535 || z > 65535 || x == 0 || y == 0 || z == 0) return invalid;
  auto kernel = (Kernel *)function;
  Dim grid;
  grid.x = x;
  grid.y = y;
  grid.z = z;
  auto call = kernel->bind(values);
  bool isPlain = kernel->isPlain;
  return ask(stream, [=] { runGrid(grid, threads, isPlain, call); });
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
    D(cuMemFreeHost) V(cuMemHostRegister, "_v2") D(cuMemHostUnregister)
    V(cuMemcpyHtoD, "Async_v2") V(cuMemcpyDtoH, "Async_v2") V(cuMemcpyDtoD, "Async_v2")
    V(cuMemcpy2D, "Async_v2") V(cuMemsetD8, "Async") D(cuStreamSynchronize)
    D(cuCtxGetStreamPriorityRange) D(cuStreamCreateWithPriority) V(cuStreamBeginCapture, "_v2")
    D(cuStreamEndCapture) D(cuGraphInstantiateWithFlags) D(cuGraphDestroy) D(cuGraphLaunch)
    D(cuGraphExecDestroy)
    D(cuEventCreate) D(cuEventRecord) D(cuEventSynchronize) D(cuModuleLoadData)
    D(cuModuleGetFunction) D(cuLaunchKernel) D(nvrtcVersion) D(nvrtcCreateProgram)
    D(nvrtcDestroyProgram) D(nvrtcCompileProgram) D(nvrtcGetCUBINSize) D(nvrtcGetCUBIN)
    D(nvrtcGetProgramLogSize) D(nvrtcGetProgramLog)
  };
  auto found = functions.find(name);
  return found == functions.end() ? nullptr : found->second;
}

// Tests change threads: what an earlier one has left, or gave back on another thread, does not count.
extern "C" void standin_set_card(StandInCard now) {
  card = now;
  used = 0;
}
extern "C" StandInCard standin_usual_card(void) { return usual; }
