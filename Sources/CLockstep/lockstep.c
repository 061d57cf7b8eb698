#include "lockstep.h"
