// The few functions of NVIDIA's driver and of its compiler that are called, and the kernels' text.
// Libraries are opened while the program runs; names and types are those of cuda.h and nvrtc.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CULines.h"
#include "KernelShapes.h"

typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;
typedef struct CUgraph_st *CUgraph;
typedef struct CUgraphExec_st *CUgraphExec;
typedef struct _nvrtcProgram *nvrtcProgram;

#define CUDA_DRIVER(F) \
  F(cuInit, (unsigned flags)) \
  F(cuDriverGetVersion, (int *version)) \
  F(cuGetErrorString, (int status, const char **text)) \
  F(cuDeviceGetCount, (int *count)) \
  F(cuDeviceGet, (int *device, int number)) \
  F(cuDeviceGetName, (char *name, int size, int device)) \
  F(cuDeviceGetAttribute, (int *value, int attribute, int device)) \
  F(cuDevicePrimaryCtxRetain, (CUcontext *context, int device)) \
  F(cuCtxSetCurrent, (CUcontext context)) \
  F(cuMemGetInfo_v2, (size_t *available, size_t *total)) \
  F(cuMemAlloc_v2, (uint64_t *address, size_t bytes)) \
  F(cuMemFree_v2, (uint64_t address)) \
  F(cuMemHostAlloc, (void **memory, size_t bytes, unsigned flags)) \
  F(cuMemFreeHost, (void *memory)) \
  F(cuMemHostRegister_v2, (void *memory, size_t bytes, unsigned flags)) \
  F(cuMemHostUnregister, (void *memory)) \
  F(cuMemcpyHtoDAsync_v2, (uint64_t to, const void *from, size_t bytes, CUstream stream)) \
  F(cuMemcpyDtoHAsync_v2, (void *to, uint64_t from, size_t bytes, CUstream stream)) \
  F(cuMemcpyDtoDAsync_v2, (uint64_t to, uint64_t from, size_t bytes, CUstream stream)) \
  F(cuMemcpy2DAsync_v2, (const CULines *lines, CUstream stream)) \
  F(cuMemsetD8Async, (uint64_t to, unsigned char value, size_t bytes, CUstream stream)) \
  F(cuCtxGetStreamPriorityRange, (int *least, int *most)) \
  F(cuStreamCreateWithPriority, (CUstream *stream, unsigned flags, int priority)) \
  F(cuStreamBeginCapture_v2, (CUstream stream, int mode)) \
  F(cuStreamEndCapture, (CUstream stream, CUgraph *graph)) \
  F(cuGraphInstantiateWithFlags, (CUgraphExec *made, CUgraph graph, unsigned long long flags)) \
  F(cuGraphDestroy, (CUgraph graph)) \
  F(cuGraphLaunch, (CUgraphExec graph, CUstream stream)) \
  F(cuGraphExecDestroy, (CUgraphExec graph)) \
  F(cuStreamSynchronize, (CUstream stream)) \
  F(cuEventCreate, (CUevent *event, unsigned flags)) \
  F(cuEventRecord, (CUevent event, CUstream stream)) \
  F(cuEventSynchronize, (CUevent event)) \
  F(cuModuleLoadData, (CUmodule *module, const void *image)) \
  F(cuModuleGetFunction, (CUfunction *function, CUmodule module, const char *name)) \
  F(cuLaunchKernel, \
    (CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, \
     unsigned blockY, unsigned blockZ, unsigned sharedBytes, CUstream stream, void **arguments, \
     void **extra))

#define CUDA_COMPILER(F) \
  F(nvrtcVersion, (int *major, int *minor)) \
  F(nvrtcCreateProgram, \
    (nvrtcProgram *program, const char *text, const char *name, int headers, \
     const char *const *texts, const char *const *names)) \
  F(nvrtcDestroyProgram, (nvrtcProgram *program)) \
  F(nvrtcCompileProgram, (nvrtcProgram program, int count, const char *const *options)) \
  F(nvrtcGetCUBINSize, (nvrtcProgram program, size_t *size)) \
  F(nvrtcGetCUBIN, (nvrtcProgram program, char *image)) \
  F(nvrtcGetProgramLogSize, (nvrtcProgram program, size_t *size)) \
  F(nvrtcGetProgramLog, (nvrtcProgram program, char *log))

// Nothing is said of the parameters' pointers: the libraries' headers do not.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-completeness"
#define FIELD(name, parameters) int (*_Nonnull name) parameters;
typedef struct { CUDA_DRIVER(FIELD) } CUDADriver;
typedef struct { CUDA_COMPILER(FIELD) } CUDACompiler;
#undef FIELD
#pragma clang diagnostic pop

/// Names of the functions, in the order of the fields.
const char *const _Nullable *_Nonnull ccuda_driver_names(void);
const char *const _Nullable *_Nonnull ccuda_compiler_names(void);

/// Kernels as one text.
const char *_Nonnull ccuda_kernels(void);
