#include "lander.h"
