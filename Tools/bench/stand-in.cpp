// The stand-in of the tests as NVIDIA's libraries, so that the tool takes it for a card: `gpu` builds and
// names it where it only tries its own lines.
#include <cstddef>
#include <cstdint>

#include "StandIn.h"

#define NAMES(F) \
  F(cuInit) F(cuDriverGetVersion) F(cuGetErrorString) F(cuDeviceGetCount) F(cuDeviceGet) \
  F(cuDeviceGetName) F(cuDeviceGetAttribute) F(cuDevicePrimaryCtxRetain) F(cuCtxSetCurrent) \
  F(cuMemGetInfo_v2) F(cuMemAlloc_v2) F(cuMemFree_v2) F(cuMemHostAlloc) F(cuMemFreeHost) \
  F(cuMemHostRegister_v2) F(cuMemHostUnregister) F(cuMemcpyHtoDAsync_v2) F(cuMemcpyDtoHAsync_v2) \
  F(cuMemcpyDtoDAsync_v2) F(cuMemcpy2DAsync_v2) F(cuMemsetD8Async) F(cuCtxGetStreamPriorityRange) \
  F(cuStreamCreateWithPriority) F(cuStreamBeginCapture_v2) F(cuStreamEndCapture) \
  F(cuGraphInstantiateWithFlags) F(cuGraphDestroy) F(cuGraphLaunch) F(cuGraphExecDestroy) \
  F(cuStreamSynchronize) F(cuEventCreate) F(cuEventRecord) F(cuEventSynchronize) \
  F(cuModuleLoadData) F(cuModuleGetFunction) F(cuLaunchKernel) F(nvrtcVersion) \
  F(nvrtcCreateProgram) F(nvrtcDestroyProgram) F(nvrtcCompileProgram) F(nvrtcGetCUBINSize) \
  F(nvrtcGetCUBIN) F(nvrtcGetProgramLogSize) F(nvrtcGetProgramLog)

// Twelve words are more than any of them takes.
typedef uintptr_t Word;
typedef int Function(Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word);

#define EXPORT(name) \
  extern "C" int name( \
      Word a, Word b, Word c, Word d, Word e, Word f, Word g, Word h, Word i, Word j, Word k, \
      Word l) { \
    static Function *const found = (Function *)standin_function(#name); \
    return found(a, b, c, d, e, f, g, h, i, j, k, l); \
  }
NAMES(EXPORT)
