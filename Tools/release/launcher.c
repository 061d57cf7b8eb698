// Starts the build of the tool for this machine's processor: lib/lockstep-v2.so, v3 or v4 beside it.
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vectors.h"

/// The highest level to use, as in LOCKSTEP_LEVEL=v3; 0: that is not one.
static int asked_level(void) {
  const char *text = getenv("LOCKSTEP_LEVEL");
  if (text == NULL) return 4;
  return text[0] == 'v' && text[1] >= '2' && text[1] <= '4' && text[2] == 0 ? text[1] - '0' : 0;
}

static int fail(const char *reason) {
  fprintf(stderr, "lockstep: %s\n", reason);
  return 1;
}

int main(int count, char **arguments) {
  // Without VBMI, AVX-512 gains little: such machines run as those with AVX2.
  int level = lanes_supported_level() >= 5 ? 4 : lanes_supported_level() == 4 ? 3
                                                                               : lanes_supported_level();
  int asked = asked_level();
  if (asked == 0) return fail("LOCKSTEP_LEVEL is none of v2, v3 and v4");
  if (level < 2) return fail("the processor lacks SSE4.2 (x86-64-v2)");
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
  if (length < 0) return fail("cannot find where it lies: /proc/self/exe cannot be read");
  while (length > 0 && path[length - 1] != '/') length--;
  snprintf(path + length, sizeof path - (size_t)length, "lib/lockstep-v%d.so",
           level < asked ? level : asked);
  void *library = dlopen(path, RTLD_NOW);
  if (library == NULL) return fail(dlerror());
  int (*run)(int, char **) = (int (*)(int, char **))dlsym(library, "LockstepCommand_main");
  return run == NULL ? fail(dlerror()) : run(count, arguments);
}
