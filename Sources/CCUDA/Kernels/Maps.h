// Functions of each number, of two, and copies.

enum Bends {
  bendNone, bendRelu, bendTanh, bendSigmoid, bendSoftplus, bendElu, bendSilu, bendExp, bendLog,
  bendReciprocal, bendSquare, bendAbsolute, bendLeaky, bendClip, bendAffine
};

// Comparisons are such that what is not a number stays so.
DEV float bent(float x, KernelBend bend) {
  switch (bend.kind) {
    case bendRelu: return x < 0 ? 0 : x;
    case bendTanh: return tanhf(x);
    case bendSigmoid: return sigmoid(x);
    case bendSoftplus: return softplus(x);
    case bendElu: return x < 0 ? expm1f(x) : x;
    case bendSilu: return x * sigmoid(x);
    case bendExp: return expf(x);
    case bendLog: return logf(x);
    case bendReciprocal: return 1 / x;
    case bendSquare: return x * x;
    case bendAbsolute: return fabsf(x);
    case bendLeaky: return x < 0 ? bend.p * x : x;
    case bendClip: return x < bend.p ? bend.p : x > bend.q ? bend.q : x;
    case bendAffine: return bend.p * x + bend.q;
    default: return x;
  }
}

// The slope times the derivative at x, where the function is y.
DEV float bentSlope(float slope, float x, float y, KernelBend bend) {
  switch (bend.kind) {
    case bendRelu: return y > 0 ? slope : 0;
    case bendTanh: return slope * (1 - y * y);
    case bendSigmoid: return slope * (y * (1 - y));
    case bendSoftplus: return slope * sigmoid(x);
    case bendElu: return y < 0 ? slope * (y + 1) : slope;
    case bendSilu: {
      float gate = sigmoid(x);
      return slope * gate * (1 + x * (1 - gate));
    }
    case bendExp: return slope * y;
    case bendLog: return slope / x;
    case bendReciprocal: return -slope * y * y;
    case bendSquare: return slope * 2 * x;
    case bendAbsolute: return x > 0 ? slope : x < 0 ? -slope : 0;
    case bendLeaky: return x < 0 ? bend.p * slope : slope;
    case bendClip: return x < bend.p || x > bend.q ? 0 : slope;
    case bendAffine: return bend.p * slope;
    default: return slope;
  }
}

KERNEL mapBend(Source input, Target output, int count, KernelBend bend) {
  int i = thread();
  if (i < count) output[i] = bent(input[i], bend);
}

KERNEL mapSlopes(
    Source input, Source output, Source slopeOfOutput, Target slopes, int count,
    KernelBend bend) {
  int i = thread();
  if (i < count) slopes[i] = bentSlope(slopeOfOutput[i], input[i], output[i], bend);
}

// bias may be 0.
KERNEL finishRows(Target rows, const float* bias, int count, int columns, KernelBend bend) {
  int i = thread();
  if (i < count) rows[i] = bent(bias ? rows[i] + bias[i % columns] : rows[i], bend);
}

enum Rules { ruleSum, ruleDifference, ruleProduct };

KERNEL combineTwo(
    Source a, Source b, Target output, int count, int rule, KernelBroadcast shape) {
  int i = thread();
  if (i >= count) return;
  int row = i / shape.count, rest = i % shape.count;
  int placeA = row * shape.countA, placeB = row * shape.countB;
  for (int axis = 3; axis >= 0; axis--) {
    int place = rest % shape.shape[axis];
    rest /= shape.shape[axis];
    placeA += place * shape.stepsA[axis];
    placeB += place * shape.stepsB[axis];
  }
  float x = a[placeA], y = b[placeB];
  output[i] = rule == ruleSum ? x + y : rule == ruleDifference ? x - y : x * y;
}

// Slopes of the value whose steps are stepsA: each sums over what it was repeated for.
KERNEL combineSlopes(
    Source other, Source slopeOfOutput, Target slopes, int count, int rule, int isFirst,
    KernelBroadcast shape) {
  int i = thread();
  if (i >= count) return;
  int row = i / shape.countA, rest = i % shape.countA, repeats = 1;
  int place = row * shape.count, placeB = row * shape.countB;
  int steps[4];
  for (int axis = 3, step = 1; axis >= 0; axis--) {
    steps[axis] = step;
    step *= shape.shape[axis];
    if (shape.stepsA[axis] == 0) {
      repeats *= shape.shape[axis];
      continue;
    }
    int along = rest % shape.shape[axis];
    rest /= shape.shape[axis];
    place += along * steps[axis];
    placeB += along * shape.stepsB[axis];
  }
  float sum = 0;
  for (int repeat = 0; repeat < repeats; repeat++) {
    int from = place, with = placeB, left = repeat;
    for (int axis = 3; axis >= 0; axis--) {
      if (shape.stepsA[axis] != 0) continue;
      int along = left % shape.shape[axis];
      left /= shape.shape[axis];
      from += along * steps[axis];
      with += along * shape.stepsB[axis];
    }
    float slope = slopeOfOutput[from];
    sum += rule == ruleProduct ? slope * other[with]
         : rule == ruleDifference && !isFirst ? -slope : slope;
  }
  slopes[i] = sum;
}

KERNEL permuteRows(Source input, Target output, int count, KernelPermutation order) {
  int i = thread();
  if (i >= count) return;
  int row = i / order.count, rest = i % order.count, place = row * order.count;
  for (int axis = 5; axis >= 0; axis--) {
    place += rest % order.shape[axis] * order.steps[axis];
    rest /= order.shape[axis];
  }
  output[i] = input[place];
}

KERNEL copyBlocks(
    Source from, Target numbers, int count, int size, long long spacing,
    long long targetSpacing, int adds) {
  int i = thread();
  if (i >= count) return;
  int block = i / size, place = i % size;
  float number = from[block * spacing + place];
  long long to = block * targetSpacing + place;
  numbers[to] = adds ? numbers[to] + number : number;
}

DEV int nearest(float number, int lines) {
  return number > 0 ? (int)fminf(number, (float)(lines - 1)) : 0;
}

// `apart`: floats from one row's table to the next, 0 where all have the same.
KERNEL gatherLines(
    Source table, Source numbers, Target output, int count, int lines, int width,
    int apart) {
  int i = thread();
  if (i >= count) return;
  int row = i / width;
  long long from = (long long)row * apart + (long long)nearest(numbers[row], lines) * width;
  output[i] = table[from + i % width];
}

// A thread owns a number of the table and adds rows in their order.
KERNEL scatterLines(
    Source rows, Source numbers, Target table, int count, int lines, int width) {
  int i = thread();
  if (i >= lines * width) return;
  float sum = table[i];
  for (int row = 0; row < count; row++)
    if (nearest(numbers[row], lines) == i / width)
      sum += rows[(long long)row * width + i % width];
  table[i] = sum;
}

KERNEL pickSlopes(
    Source slopeOfOutput, Source numbers, Target tables, int count, int lines,
    int width) {
  int i = thread();
  if (i >= count) return;
  int row = i / (lines * width), rest = i % (lines * width);
  bool isPicked = rest / width == nearest(numbers[row], lines);
  tables[i] = isPicked ? slopeOfOutput[row * width + rest % width] : 0;
}

KERNEL cosinesOf(Source numbers, Target output, int count, int terms) {
  int i = thread();
  if (i >= count) return;
  double angle = (double)numbers[i / terms] * 3.14159265358979323846;
  output[i] = (float)cos(angle * (double)(i % terms + 1));
}

KERNEL perturbWeights(
    const float* rows, const float* columns, const float* means, const float* deviations,
    float* noise, float* output, int count, int width) {
  int i = thread();
  if (i >= count) return;
  float both = rows[i / width] * columns[i % width];
  noise[i] = both;
  output[i] = means[i] + deviations[i] * both;
}

// ---- Inputs

// Element i of networks' rows, [positions, outer, inner] each.
struct InputPlace {
  int row, plane, position, inner;
};

DEV InputPlace inputPlace(int i, KernelInput input) {
  int size = input.outer * input.positions * input.inner, rest = i % size;
  InputPlace at = {
      i / size, rest / input.inner % input.outer, rest / (input.inner * input.outer),
      rest % input.inner};
  return at;
}

// Where it lies in memory, by rows of [outer, positions, inner]; `numbers` may be 0.
DEV long long inputIndex(InputPlace at, const int* numbers, KernelInput input) {
  int planes = input.outer / input.pictures;
  int picture = at.row * input.pictures + at.plane / planes;
  long long number = numbers ? numbers[picture] : picture;
  long long line = (number * planes + at.plane % planes) * input.positions + at.position;
  return line * input.inner + at.inner;
}

template <class Number>
DEV void readRows(
    const Number* base, const int* numbers, Target output, int count, KernelInput input) {
  int i = thread();
  if (i >= count) return;
  output[i] = (float)base[inputIndex(inputPlace(i, input), numbers, input)] * input.scale;
}

KERNEL readBytes(const u8* base, const int* numbers, Target output, int count, KernelInput input) {
  readRows(base, numbers, output, count, input);
}
KERNEL readWhole(const int* base, const int* numbers, Target output, int count, KernelInput input) {
  readRows(base, numbers, output, count, input);
}
KERNEL readFloats(
    const float* base, const int* numbers, Target output, int count, KernelInput input) {
  readRows(base, numbers, output, count, input);
}
KERNEL readDoubles(
    const double* base, const int* numbers, Target output, int count, KernelInput input) {
  readRows(base, numbers, output, count, input);
}

// The same of pictures each of which is moved.
KERNEL readMoved(
    const u8* base, const int* numbers, const KernelMove* moves, Target output, int count,
    KernelInput input, KernelPlaces places) {
  int i = thread();
  if (i >= count) return;
  InputPlace at = inputPlace(i, input);
  KernelMove move = moves[at.row];
  int y = most(0, least(places.height - 1, at.position / places.width + move.down));
  int x = most(0, least(places.width - 1, at.position % places.width + move.right));
  at.position = y * places.width + x;
  output[i] = (float)base[inputIndex(at, numbers, input)] * move.factor * input.scale;
}

// ---- Rows that the program has written

// A stack from the one before: what follows its first picture, `step` words on.
template <class Word>
DEV void shiftStacks(
    const Word* before, Word* rows, int count, int older, int row, int step) {
  int i = thread();
  if (i >= count) return;
  long long first = (long long)(i / older) * row + i % older;
  rows[first] = before[first + step];
}

KERNEL shiftLines(const uint4* before, uint4* rows, int count, int older, int row, int step) {
  shiftStacks(before, rows, count, older, row, step);
}
KERNEL shiftWords(const int* before, int* rows, int count, int older, int row, int step) {
  shiftStacks(before, rows, count, older, row, step);
}
KERNEL shiftBytes(const u8* before, u8* rows, int count, int older, int row, int step) {
  shiftStacks(before, rows, count, older, row, step);
}

// Block y has row y of those packed, which belongs to row numbers[y].
KERNEL spreadBytes(const u8* packed, const int* numbers, u8* rows, int bytes) {
  int i = thread();
  if (i < bytes)
    rows[(long long)numbers[blockIdx.y] * bytes + i] = packed[(long long)blockIdx.y * bytes + i];
}
