#include "lockstep.h"
#include "lockstep_console.h"
