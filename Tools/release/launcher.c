// Starts the build of the tool for this machine's processor: lib/lockstep-v2.so, v3 or v4 beside it.
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "level.h"

static int fail(const char *reason) {
  fprintf(stderr, "lockstep: %s\n", reason);
  return 1;
}

int main(int count, char **arguments) {
  const char *reason;
  int level = level_chosen(&reason);
  if (level == 0) return fail(reason);
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
  if (length < 0) return fail("cannot find where it lies: /proc/self/exe cannot be read");
  while (length > 0 && path[length - 1] != '/') length--;
  snprintf(path + length, sizeof path - (size_t)length, "lib/lockstep-v%d.so", level);
  void *library = dlopen(path, RTLD_NOW);
  if (library == NULL) return fail(dlerror());
  int (*run)(int, char **) = (int (*)(int, char **))dlsym(library, "LockstepCommand_main");
  return run == NULL ? fail(dlerror()) : run(count, arguments);
}
