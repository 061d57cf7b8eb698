// The levels of the processor that a release is built for.
#ifndef LEVEL_H
#define LEVEL_H

#include <stdlib.h>

#include "vectors.h"

/// 4 to 2, as in x86-64-v2; below that there is no build. Without VBMI, AVX-512 gains little: such
/// machines run as those with AVX2.
static inline int level_supported(void) {
  int level = lanes_supported_level();
  return level >= 5 ? 4 : level == 4 ? 3 : level;
}

/// The highest level that the machine has and LOCKSTEP_LEVEL, as in LOCKSTEP_LEVEL=v3, allows; 0, and a
/// reason: there is none.
static inline int level_chosen(const char **reason) {
  int level = level_supported();
  const char *text = getenv("LOCKSTEP_LEVEL");
  *reason = NULL;
  if (level < 2) *reason = "the processor lacks SSE4.2 (x86-64-v2)";
  if (text != NULL && text[0] != 0) {
    int isLevel = text[0] == 'v' && text[1] >= '2' && text[1] <= '4' && text[2] == 0;
    if (!isLevel) *reason = "LOCKSTEP_LEVEL is none of v2, v3 and v4";
    if (isLevel && text[1] - '0' < level) level = text[1] - '0';
  }
  return *reason == NULL ? level : 0;
}

#endif
