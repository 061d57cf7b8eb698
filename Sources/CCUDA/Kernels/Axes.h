// Sums, softmax and norms along an axis.

// A thread has a line of the axis.
KERNEL reduceAxis(Source input, Target output, int count, float scale, KernelAxis axis) {
  int i = thread();
  if (i >= count) return;
  Source from = input + (long long)(i / axis.inner) * axis.count * axis.inner + i % axis.inner;
  float sum = 0;
  for (int line = 0; line < axis.count; line++) sum += from[(long long)line * axis.inner];
  output[i] = sum * scale;
}

KERNEL spreadAxis(Source input, Target output, int count, float scale, KernelAxis axis) {
  int i = thread();
  if (i >= count) return;
  int inner = i % axis.inner, outer = i / axis.inner / axis.count;
  output[i] = input[outer * axis.inner + inner] * scale;
}

KERNEL softmaxAxis(Source input, Target output, int count, int isLogarithm, KernelAxis axis) {
  int i = thread();
  if (i >= count) return;
  long long first = (long long)(i / axis.inner) * axis.count * axis.inner + i % axis.inner;
  Source from = input + first;
  Target to = output + first;
  float largest = from[0], total = 0;
  for (int line = 1; line < axis.count; line++) {
    float number = from[(long long)line * axis.inner];
    largest = number > largest ? number : largest;
  }
  for (int line = 0; line < axis.count; line++)
    total += expf(from[(long long)line * axis.inner] - largest);
  float rest = isLogarithm ? largest + logf(total) : 1 / total;
  for (int line = 0; line < axis.count; line++) {
    long long place = (long long)line * axis.inner;
    to[place] = isLogarithm ? from[place] - rest : expf(from[place] - largest) * rest;
  }
}

KERNEL softmaxSlopes(
    Source output, Source slopeOfOutput, Target slopes, int count, int isLogarithm,
    KernelAxis axis) {
  int i = thread();
  if (i >= count) return;
  long long first = (long long)(i / axis.inner) * axis.count * axis.inner + i % axis.inner;
  float total = 0;
  for (int line = 0; line < axis.count; line++) {
    long long place = first + (long long)line * axis.inner;
    total += isLogarithm ? slopeOfOutput[place] : slopeOfOutput[place] * output[place];
  }
  for (int line = 0; line < axis.count; line++) {
    long long place = first + (long long)line * axis.inner;
    float y = output[place], slope = slopeOfOutput[place];
    slopes[place] = isLogarithm ? slope - expf(y) * total : y * (slope - total);
  }
}

// ---- Sums of columns

// partial[block x][column]: sums of `chunk` rows, or, where there is but one such block, target[column]
// += its sum. Before, where `output` is not 0, rows are multiplied by the derivative of the activation
// whose output that is. Blocks z have groups: of so many `lines` in turn, where there are several. 256
// threads: 8 rows of 32 columns.
KERNEL BOUNDS(256) columnSums(
    Target rows, Source output, float* partial, float* target, int count, int columns, int chunk,
    int lines, KernelBend bend) {
  SHARED(float, sums, 256);
  int column = blockIdx.y * 32 + threadIdx.x % 32, first = blockIdx.x * chunk;
  int last = least(first + chunk, count);
  float sum = 0;
  if (column < columns)
    for (int row = first + threadIdx.x / 32; row < last; row += 8) {
      int line = row;
      if (gridDim.z > 1)
        line = (row / lines * (int)gridDim.z + (int)blockIdx.z) * lines + row % lines;
      long long place = (long long)line * columns + column;
      float v = rows[place];
      if (bend.kind != bendNone) {
        float y = output[place];
        v = rows[place] = bentSlope(v, y, y, bend);
      }
      sum += v;
    }
  sums[threadIdx.x] = sum;
  SYNC();
  if (threadIdx.x >= 32 || column >= columns) return;
  for (int part = 1; part < 8; part++) sum += sums[part * 32 + threadIdx.x];
  long long place = (long long)blockIdx.z * columns + column;
  if (gridDim.x > 1) partial[(long long)blockIdx.x * gridDim.z * columns + place] = sum;
  else target[place] += sum;
}

// target += the parts, in order.
DEV void addPartsOf(const float* partial, float* target, int count, int parts, int i) {
  float sum = 0;
  for (int part = 0; part < parts; part++) sum += partial[(long long)part * count + i];
  target[i] += sum;
}

KERNEL addParts(const float* partial, float* target, int count, int parts) {
  int i = thread();
  if (i < count) addPartsOf(partial, target, count, parts, i);
}

// Of two arrays at once.
KERNEL addTwoParts(
    const float* partial, float* target, int count, int parts, const float* others, float* other,
    int countOfOther, int partsOfOther) {
  int i = thread();
  if (i < count) addPartsOf(partial, target, count, parts, i);
  else if (i < count + countOfOther)
    addPartsOf(others, other, countOfOther, partsOfOther, i - count);
}

// ---- Layer norm: 128 threads, 4 rows of 32 threads.

// The sum over the 32 threads of a row, the same in each. `sums`: [128], free again after the next.
DEV float rowSum(float* sums, float mine) {
  SYNC();
  sums[threadIdx.x] = mine;
  SYNC();
  float sum = 0;
  for (int other = 0; other < 32; other++) sum += sums[threadIdx.x / 32 * 32 + other];
  return sum;
}

// moments[row]: mean and 1 / deviation.
KERNEL BOUNDS(128) normMoments(
    Source input, float* moments, int count, int columns, float epsilon) {
  SHARED(float, sums, 128);
  int row = blockIdx.x * 4 + threadIdx.x / 32, lane = threadIdx.x % 32;
  Source from = input + (long long)row * columns;
  float part = 0;
  if (row < count)
    for (int column = lane; column < columns; column += 32) part += from[column];
  float mean = rowSum(sums, part) / columns;
  part = 0;
  if (row < count)
    for (int column = lane; column < columns; column += 32)
      part += (from[column] - mean) * (from[column] - mean);
  float variance = rowSum(sums, part) / columns;
  if (row >= count || lane != 0) return;
  moments[2 * row] = mean;
  moments[2 * row + 1] = 1 / sqrtf(variance + epsilon);
}

KERNEL normRows(
    Source input, const float* moments, const float* gain, const float* bias, Target output,
    int count, int columns) {
  int i = thread();
  if (i >= count) return;
  int row = i / columns, column = i % columns;
  output[i] = (input[i] - moments[2 * row]) * moments[2 * row + 1] * gain[column] + bias[column];
}

KERNEL BOUNDS(128) normSlopes(
    Source input, const float* moments, const float* gain, Source slopeOfOutput,
    Target slopes, int count, int columns) {
  SHARED(float, sums, 128);
  int row = blockIdx.x * 4 + threadIdx.x / 32, lane = threadIdx.x % 32;
  long long first = (long long)row * columns;
  float mean = 0, scale = 0, part = 0, along = 0;
  if (row < count) {
    mean = moments[2 * row];
    scale = moments[2 * row + 1];
    for (int column = lane; column < columns; column += 32) {
      float slope = slopeOfOutput[first + column] * gain[column];
      part += slope;
      along += slope * (input[first + column] - mean) * scale;
    }
  }
  part = rowSum(sums, part) / columns;
  along = rowSum(sums, along) / columns;
  if (row >= count) return;
  for (int column = lane; column < columns; column += 32) {
    float z = (input[first + column] - mean) * scale;
    slopes[first + column] =
        (slopeOfOutput[first + column] * gain[column] - part - z * along) * scale;
  }
}

// partial[block x]: slopes of gains, then of biases, of `chunk` rows.
KERNEL normGradients(
    Source input, const float* moments, Source slopeOfOutput, float* partial, int count,
    int columns, int chunk) {
  int column = blockIdx.y * blockDim.x + threadIdx.x, first = blockIdx.x * chunk;
  if (column >= columns) return;
  float gain = 0, bias = 0;
  for (int row = first; row < least(first + chunk, count); row++) {
    long long place = (long long)row * columns + column;
    gain += slopeOfOutput[place] * (input[place] - moments[2 * row]) * moments[2 * row + 1];
    bias += slopeOfOutput[place];
  }
  partial[(long long)blockIdx.x * 2 * columns + column] = gain;
  partial[(long long)blockIdx.x * 2 * columns + columns + column] = bias;
}
