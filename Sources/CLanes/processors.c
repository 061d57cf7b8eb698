#ifdef __linux__
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#endif
#include "lanes.h"

int32_t lanes_processors(void) {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return 0;
}

const char *lanes_image(void) {
#ifdef __linux__
  Dl_info image;
  if (dladdr((const void *)lanes_image, &image) != 0) return image.dli_fname;
#endif
  return 0;
}
