#include "CCUDA.h"

#define NAME(name, parameters) #name,
static const char *const driver_names[] = {CUDA_DRIVER(NAME)};
static const char *const compiler_names[] = {CUDA_COMPILER(NAME)};

const char *const *ccuda_driver_names(void) { return driver_names; }
const char *const *ccuda_compiler_names(void) { return compiler_names; }

static const char kernels[] = {
#embed "Kernels/Common.h"
    ,
#embed "include/KernelShapes.h"
    ,
#embed "Kernels/Maps.h"
    ,
#embed "Kernels/Axes.h"
    ,
#embed "Kernels/Products.h"
    ,
#embed "Kernels/Convolution.h"
    ,
#embed "Kernels/Vectors.h"
    ,
#embed "Kernels/Steps.h"
    ,
#embed "Kernels/Losses.h"
    ,
#embed "Kernels/ActorLosses.h"
    ,
#embed "Kernels/Draws.h"
    ,
#embed "Kernels/Targets.h"
    , 0};

const char *ccuda_kernels(void) { return kernels; }
