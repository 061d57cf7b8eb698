// A replay's samples: drawn, and ranked by their losses, without a way to the program. What is drawn is
// what the processor would draw from the same leaves, to the last bit: sums of the tree are of two, in
// double, and each sample has random numbers of its own, of which it takes as many as it needs.

enum { isFiller, isOpen, isStep, isLast, kindMask = 3, terminatedMark = 4, endMarks = 12 };

typedef unsigned long long Random;

// SplitMix64.
DEV Random nextOf(Random& state) {
  state += 0x9E3779B97F4A7C15ull;
  Random z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

DEV double unitOf(Random& state) { return (double)(nextOf(state) >> 11) * 0x1p-53; }

DEV int belowOf(Random& state, int bound) {
  return (int)((nextOf(state) >> 32) * (unsigned)bound >> 32);
}

struct Spot {
  int lane;
  long long position;
};

DEV int leafAt(const KernelLedger& l, Spot at) {
  return at.lane * l.window + (int)(at.position % l.window);
}
DEV int markAt(const KernelLedger& l, Spot at) { return l.marks[leafAt(l, at)]; }
DEV int kindAt(const KernelLedger& l, Spot at) { return markAt(l, at) & kindMask; }
DEV long long oldestOf(const KernelLedger& l, int lane) {
  long long first = l.written[lane] - l.window;
  return first > 0 ? first : 0;
}

// The observation after one: the next row that is no filler, or the end of what was written.
DEV Spot after(const KernelLedger& l, Spot at) {
  long long end = l.written[at.lane];
  do at.position++;
  while (at.position < end && kindAt(l, at) == isFiller);
  return at;
}

// Whether there is a step whose pictures and whole future are there.
DEV bool isWhole(const KernelLedger& l, Spot at, int steps) {
  long long end = l.written[at.lane];
  if (at.position - l.history < oldestOf(l, at.lane) || at.position >= end) return false;
  if (kindAt(l, at) != isStep) return false;
  for (int left = steps - 1;; left--) {
    bool ends = (markAt(l, at) & endMarks) != 0;
    at = after(l, at);
    if (at.position >= end) return false;
    int kind = kindAt(l, at);
    if (kind == isOpen) return left == 0 || ends;
    if (kind == isLast || left == 0 || ends) return true;
  }
}

// The leaf in which the running sum passes `place`.
DEV int findLeaf(const KernelLedger& l, double place) {
  int node = 1;
  while (node < l.width) {
    node *= 2;
    double left = l.nodes[node];
    // Rounding must not lead to where nothing is.
    if (place < left || l.nodes[node + 1] == 0) continue;
    place -= left;
    node++;
  }
  return node - l.width;
}

DEV Spot important(const KernelLedger& l, Random& state) {
  int found = findLeaf(l, product(unitOf(state), l.nodes[1]));
  Spot at = {found / l.window, 0};
  long long newest = l.written[at.lane] - 1;
  at.position = newest - (newest - found % l.window) % l.window;
  return at;
}

DEV Spot anywhere(const KernelLedger& l, Random& state) {
  Spot at = {belowOf(state, l.lanes), 0};
  at.position = l.written[at.lane] - 1 - belowOf(state, l.counts[1]);
  return at;
}

DEV double weightOf(const KernelLedger& l, Spot at, bool isUniform) {
  return isUniform ? 1 : l.nodes[l.width + leafAt(l, at)];
}

// The place of all that could be drawn, in order, in which a running sum passes `rest`; the last one where
// none does. `sum`: of all.
DEV Spot search(const KernelLedger& l, int steps, bool isUniform, double rest, double& sum) {
  Spot found = {0, 0};
  sum = 0;
  for (int lane = 0; lane < l.lanes; lane++)
    for (long long position = oldestOf(l, lane); position < l.written[lane]; position++) {
      Spot at = {lane, position};
      if (!isWhole(l, at, steps)) continue;
      found = at;
      double weight = weightOf(l, at, isUniform);
      sum += weight;
      rest -= weight;
      if (rest < 0) return found;
    }
  return found;
}

DEV Spot drawn(const KernelLedger& l, int steps, Random state) {
  double share = l.isRanked ? l.uniformShare : 1, sum;
  bool isUniform = share > 0 && unitOf(state) < share;
  for (int draw = 0; draw < 256; draw++) {
    Spot at = isUniform ? anywhere(l, state) : important(l, state);
    if (isWhole(l, at, steps)) return at;
  }
  search(l, steps, isUniform, INFINITY, sum);
  double rest = product(unitOf(state), sum);
  return search(l, steps, isUniform, rest, sum);
}

// What follows from a step: its rewards' sum, and the weight of what comes after `at`.
struct Future {
  Spot at;
  double sum, discount;
};

DEV Future futureOf(const KernelLedger& l, Spot at, const KernelDraws& draws) {
  Future made = {at, 0, 1};
  for (int step = 0; step < draws.steps; step++) {
    int mark = markAt(l, made.at);
    double reward = product(made.discount, l.rewards[leafAt(l, made.at)]);
    made.sum += reward;
    made.discount = mark & terminatedMark ? 0 : product(made.discount, draws.discount);
    made.at = after(l, made.at);
    if (mark & endMarks || kindAt(l, made.at) != isStep) break;
  }
  return made;
}

// By field: [samples, stack] rows where pictures lie, the newest last.
DEV void nameRows(
    const KernelLedger& l, const KernelDraws& draws, Spot at, int sample, int* numbers) {
  for (int field = 0; field < draws.fields; field++) {
    int stack = draws.stacks[field];
    for (int age = 0; age < stack; age++) {
      long long row = (at.position - age + l.rows) % l.rows;
      numbers[(sample + 1) * stack - 1 - age] = at.lane * l.rows + (int)row;
    }
    numbers += draws.count * stack;
  }
}

// x to the power of e, by root and quotient alone where they do: those are the same on every machine.
DEV double raised(double x, double e) {
  if (e == 1) return x;
  if (e == 0.5) return sqrt(x);
  return e == -0.5 ? 1 / sqrt(x) : e == -1 ? 1 / x : pow(x, e);
}

// The largest of all threads' numbers, the same in each; `all`: [256].
DEV double largestOf(double* all, double mine) {
  all[threadIdx.x] = mine;
  SYNC();
  for (int other = 0; other < 256; other++) mine = fmax(mine, all[other]);
  return mine;
}

// Samples of one block: `given` is the correction's exponent, then a seed each. `told`: [samples, 4]:
// action, sum of rewards, weight of the next value, and what corrects for unequal chances.
KERNEL BOUNDS(256) drawSteps(
    KernelLedger l, KernelDraws draws, const double* given, int* leaves, int* numbers,
    int* nextNumbers, float* told, double* weights) {
  SHARED(double, all, 256);
  const Random* seeds = (const Random*)(given + 1);
  double most = 0;
  for (int i = threadIdx.x; i < draws.count; i += 256) {
    Spot at = drawn(l, draws.steps, seeds[i]);
    Future future = futureOf(l, at, draws);
    leaves[i] = leafAt(l, at);
    nameRows(l, draws, at, i, numbers);
    nameRows(l, draws, future.at, i, nextNumbers);
    told[4 * i] = (float)l.actions[leaves[i]];
    told[4 * i + 1] = (float)future.sum;
    told[4 * i + 2] = (float)future.discount;
    weights[i] = 1;
    if (l.isRanked) {
      double share = product(1 - l.uniformShare, l.nodes[l.width + leaves[i]]) / l.nodes[1];
      weights[i] = raised(share + l.uniformShare / l.counts[0], -given[0]);
    }
    most = fmax(most, weights[i]);
  }
  most = largestOf(all, most);
  for (int i = threadIdx.x; i < draws.count; i += 256)
    told[4 * i + 3] = (float)(weights[i] / most);
}

// Sums above some leaves, `step` integers from one to the next, when all of them have been written.
DEV void climb(const KernelLedger& l, const int* leaves, int step, int count) {
  for (int level = 1; l.width >> level > 0; level++) {
    SYNC();
    for (int i = threadIdx.x; i < count; i += 256) {
      int node = (l.width + leaves[i * step]) >> level;
      l.nodes[node] = l.nodes[2 * node] + l.nodes[2 * node + 1];
    }
  }
}

// Steps as they are now, each once; a step has the largest chance that any ever had, other rows none.
// `heads`: [transitions, rows of the longest lane, steps that have changed, of no meaning].
KERNEL BOUNDS(256) noteSteps(
    KernelLedger l, const int* heads, const long long* written, const KernelNews* news) {
  int count = heads[2];
  if (threadIdx.x < 2) l.counts[threadIdx.x] = heads[threadIdx.x];
  for (int lane = threadIdx.x; lane < l.lanes; lane += 256) l.written[lane] = written[lane];
  for (int i = threadIdx.x; i < count; i += 256) {
    KernelNews step = news[i];
    l.rewards[step.leaf] = step.reward;
    l.actions[step.leaf] = step.action;
    l.marks[step.leaf] = (unsigned char)step.mark;
    if (l.isRanked)
      l.nodes[l.width + step.leaf] = (step.mark & kindMask) == isStep ? l.largest[0] : 0;
  }
  if (l.isRanked) climb(l, &news->leaf, sizeof(KernelNews) / sizeof(int), count);
}

// What is no number would spoil every sum.
DEV bool isPriority(double v) { return v > 0 && v < INFINITY; }

DEV double priorityOf(const KernelLedger& l, float loss) {
  return raised((double)loss + l.slack, l.exponent);
}

// New priorities of samples, from losses that are `apart` floats from each other; of a step that was
// drawn twice the last one's.
KERNEL BOUNDS(256) rankSteps(
    KernelLedger l, const int* leaves, const float* losses, int apart, int count) {
  SHARED(double, all, 256);
  double most = l.largest[0];
  for (int i = threadIdx.x; i < count; i += 256) {
    double mine = priorityOf(l, losses[i * apart]);
    if (!isPriority(mine)) continue;
    most = fmax(most, mine);
    bool isNewest = true;
    for (int other = i + 1; other < count && isNewest; other++)
      isNewest = leaves[other] != leaves[i] || !isPriority(priorityOf(l, losses[other * apart]));
    if (isNewest) l.nodes[l.width + leaves[i]] = mine;
  }
  most = largestOf(all, most);
  if (threadIdx.x == 0) l.largest[0] = most;
  climb(l, leaves, 1, count);
}
