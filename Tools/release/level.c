// For Python, which loads one of the wheel's libraries.
#include "level.h"

int lockstep_level(const char **reason) { return level_chosen(reason); }
