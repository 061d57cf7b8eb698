// Convolutions as products whose matrices are never written down.

DEV Place patchPlace(KernelWindow w, int i) {
  int channel = i % w.channels, column = i / w.channels % w.kernel;
  int row = i / w.channels / w.kernel;
  return place((row * w.width + column) * w.channels + channel, row, column);
}

DEV Place cornerPlace(KernelWindow w, int i) {
  int x = i % w.outputWidth, y = i / w.outputWidth % w.outputHeight;
  int picture = i / w.outputWidth / w.outputHeight;
  int top = y * w.stride - w.top, left = x * w.stride - w.left;
  return place(((picture * w.height + top) * w.width + left) * w.channels, top, left);
}

// Patches of pictures: [positions of all pictures, patch]; not along, [patch, positions].
template <bool isAlong>
struct Patches {
  static const bool along = isAlong;
  Numbers numbers;
  KernelWindow window;
  int rows;
  DEV_MEMBER Place row(int i) const {
    if (i >= rows) return place(0, outside, 0);
    return isAlong ? cornerPlace(window, i) : patchPlace(window, i);
  }
  DEV_MEMBER Place column(int k) const {
    return isAlong ? patchPlace(window, k) : cornerPlace(window, k);
  }
};

template <bool isAlong>
DEV Patches<isAlong> patches(Source input, KernelWindow window, int rows) {
  Patches<isAlong> made;
  made.numbers.data = input;
  made.numbers.height = window.height;
  made.numbers.width = window.width;
  made.window = window;
  made.rows = rows;
  return made;
}

template <int rows, int columns>
DEV void convolveTiles(
    Source input, const float* weights, const float* bias, Target output, int pictures,
    KernelWindow window, KernelBend bend) {
  int positions = pictures * window.outputHeight * window.outputWidth;
  int patch = window.kernel * window.kernel * window.channels;
  multiplyTiles<rows, columns>(
      patches<true>(input, window, positions),
      matrix<false>(source(weights), window.filters, spacing(1), patch, spacing(window.filters)),
      lines(output, bias, positions, window.filters, window.filters, 0, bend), blockIdx.x * rows,
      blockIdx.y * columns, 0, patch);
}

KERNEL BOUNDS(128) convolve64x64(
    Source input, const float* weights, const float* bias, Target output, int pictures,
    KernelWindow window, KernelBend bend) {
  convolveTiles<64, 64>(input, weights, bias, output, pictures, window, bend);
}

KERNEL BOUNDS(128) convolve128x32(
    Source input, const float* weights, const float* bias, Target output, int pictures,
    KernelWindow window, KernelBend bend) {
  convolveTiles<128, 32>(input, weights, bias, output, pictures, window, bend);
}

KERNEL BOUNDS(128) convolve128x16(
    Source input, const float* weights, const float* bias, Target output, int pictures,
    KernelWindow window, KernelBend bend) {
  convolveTiles<128, 16>(input, weights, bias, output, pictures, window, bend);
}

// Gradients of weights in parts of all positions, [parts, patch, filters].
template <int rows, int columns>
DEV void convolveWeightTiles(
    Source input, Source slopes, float* parts, int pictures, int splits,
    KernelWindow window) {
  int positions = pictures * window.outputHeight * window.outputWidth;
  int patch = window.kernel * window.kernel * window.channels;
  multiplyTiles<rows, columns>(
      patches<false>(input, window, patch),
      matrix<false>(slopes, window.filters, spacing(1), positions, spacing(window.filters)),
      partial(parts, blockIdx.z, patch, window.filters), blockIdx.x * rows, blockIdx.y * columns,
      partOf(positions, blockIdx.z, splits), partOf(positions, blockIdx.z + 1, splits));
}

KERNEL BOUNDS(128) convolveWeights64x64(
    Source input, Source slopes, float* parts, int pictures, int splits,
    KernelWindow window) {
  convolveWeightTiles<64, 64>(input, slopes, parts, pictures, splits, window);
}

KERNEL BOUNDS(128) convolveWeights128x32(
    Source input, Source slopes, float* parts, int pictures, int splits,
    KernelWindow window) {
  convolveWeightTiles<128, 32>(input, slopes, parts, pictures, splits, window);
}

KERNEL BOUNDS(128) convolveWeights128x16(
    Source input, Source slopes, float* parts, int pictures, int splits,
    KernelWindow window) {
  convolveWeightTiles<128, 16>(input, slopes, parts, pictures, splits, window);
}

// ---- Slopes of the input
//
// Only every stride-th row of a kernel meets a row of the picture; so rows, and columns, are taken by
// their phase, (y + top) mod stride, and each phase has a dense product.

// Rows or columns of one phase.
struct Phase {
  int phase;  // of the kernel's first row that meets them
  int first;  // of the picture; the others follow every `stride`
  int count;
  int taps;   // rows of the kernel that meet them
  int output; // the output's row that the first one meets with the first tap
};

DEV Phase phaseOf(int phase, int size, int kernel, int stride, int before) {
  Phase made;
  made.phase = phase;
  made.first = ((phase - before) % stride + stride) % stride;
  made.count = made.first < size ? (size - made.first + stride - 1) / stride : 0;
  made.taps = phase < kernel ? (kernel - phase + stride - 1) / stride : 0;
  made.output = (made.first + before - phase) / stride;
  return made;
}

// Slopes of outputs that meet a pixel: [pixels of the phase, taps and filters].
struct Met {
  static const bool along = true;
  Numbers numbers;
  KernelWindow window;
  Phase y, x;
  int rows;
  DEV_MEMBER Place row(int i) const {
    if (i >= rows) return place(0, outside, 0);
    int column = i % x.count + x.output, row = i / x.count % y.count + y.output;
    int picture = i / x.count / y.count;
    int line = picture * window.outputHeight + row;
    return place((line * window.outputWidth + column) * window.filters, row, column);
  }
  DEV_MEMBER Place column(int k) const {
    int filter = k % window.filters, tap = k / window.filters;
    int column = tap % x.taps, row = tap / x.taps;
    return place(
        filter - (row * window.outputWidth + column) * window.filters, -row, -column);
  }
};

// Weights of those taps: [channels, taps and filters].
struct Taps {
  static const bool along = true;
  Numbers numbers;
  KernelWindow window;
  Phase y, x;
  DEV_MEMBER Place row(int channel) const {
    return place(channel * window.filters, channel < window.channels ? 0 : outside, 0);
  }
  DEV_MEMBER Place column(int k) const {
    int filter = k % window.filters, tap = k / window.filters;
    int column = x.phase + tap % x.taps * window.stride;
    int row = y.phase + tap / x.taps * window.stride;
    return place(
        (row * window.kernel + column) * window.channels * window.filters + filter, 0, 0);
  }
};

struct Pixels {
  Target data;
  KernelWindow window;
  Phase y, x;
  int rows;
  // Place of a pixel's first channel.
  DEV_MEMBER long long first(int i) const {
    int column = x.first + i % x.count * window.stride;
    int row = y.first + i / x.count % y.count * window.stride;
    long long picture = i / x.count / y.count;
    return ((picture * window.height + row) * window.width + column) * window.channels;
  }
  DEV_MEMBER void put(int i, int channel, float v) const {
    if (i >= rows || channel >= window.channels) return;
    data[first(i) + channel] = v;
  }
};

// What a block makes of the input's slopes: pixels of its phase.
struct Phases {
  Phase y, x;
  int count;
};

DEV Phases phases(KernelWindow w, int pictures) {
  Phases made;
  made.y = phaseOf(blockIdx.z / w.stride, w.height, w.kernel, w.stride, w.top);
  made.x = phaseOf(blockIdx.z % w.stride, w.width, w.kernel, w.stride, w.left);
  made.count = pictures * made.y.count * made.x.count;
  return made;
}

DEV Met metBy(Phases phases, Source slopes, KernelWindow w) {
  Met met;
  met.numbers.data = slopes;
  met.numbers.height = w.outputHeight;
  met.numbers.width = w.outputWidth;
  met.window = w;
  met.y = phases.y;
  met.x = phases.x;
  met.rows = phases.count;
  return met;
}

DEV Taps tapsOf(Phases phases, Source weights, KernelWindow w) {
  Taps taps;
  taps.numbers.data = weights;
  taps.numbers.height = taps.numbers.width = 1;
  taps.window = w;
  taps.y = phases.y;
  taps.x = phases.x;
  return taps;
}

DEV Pixels pixelsOf(Phases phases, Target pictured, KernelWindow w) {
  Pixels pixels;
  pixels.data = pictured;
  pixels.window = w;
  pixels.y = phases.y;
  pixels.x = phases.x;
  pixels.rows = phases.count;
  return pixels;
}

template <int rows, int columns>
DEV void convolveInputTiles(
    Source slopes, const float* weights, Target pictured, int pictures, KernelWindow w) {
  Phases all = phases(w, pictures);
  int first = blockIdx.x * rows;
  if (first >= all.count) return;
  multiplyTiles<rows, columns>(
      metBy(all, slopes, w), tapsOf(all, source(weights), w), pixelsOf(all, pictured, w), first,
      blockIdx.y * columns, 0, all.y.taps * all.x.taps * w.filters);
}

KERNEL BOUNDS(128) convolveInput64x64(
    Source slopes, const float* weights, Target pictured, int pictures, KernelWindow window) {
  convolveInputTiles<64, 64>(slopes, weights, pictured, pictures, window);
}

KERNEL BOUNDS(128) convolveInput128x32(
    Source slopes, const float* weights, Target pictured, int pictures, KernelWindow window) {
  convolveInputTiles<128, 32>(slopes, weights, pictured, pictures, window);
}

KERNEL BOUNDS(128) convolveInput128x16(
    Source slopes, const float* weights, Target pictured, int pictures, KernelWindow window) {
  convolveInputTiles<128, 16>(slopes, weights, pictured, pictures, window);
}

// ---- Pooling

struct Range { int first, last; };

// The part of a window that lies in the picture.
DEV Range under(int output, int size, int kernel, int stride, int before) {
  Range range;
  range.first = most(0, output * stride - before);
  range.last = least(size, output * stride - before + kernel);
  return range;
}

KERNEL poolRows(
    Source input, Target output, int count, int isMean, KernelWindow w) {
  int i = thread();
  if (i >= count) return;
  int channel = i % w.channels, x = i / w.channels % w.outputWidth;
  int y = i / w.channels / w.outputWidth % w.outputHeight;
  int picture = i / w.channels / w.outputWidth / w.outputHeight;
  Range rows = under(y, w.height, w.kernel, w.stride, w.top);
  Range columns = under(x, w.width, w.kernel, w.stride, w.left);
  float share = 1.0f / most((rows.last - rows.first) * (columns.last - columns.first), 1);
  float result = isMean ? 0 : -INFINITY;
  for (int row = rows.first; row < rows.last; row++)
    for (int column = columns.first; column < columns.last; column++) {
      long long line = (long long)picture * w.height + row;
      float v = input[(line * w.width + column) * w.channels + channel];
      if (isMean) result += v * share;
      else result = v > result || v != v ? v : result;
    }
  output[i] = result;
}

// A pixel sums what the windows over it say; a maximum's slope goes to the first of the largest.
KERNEL poolSlopes(
    Source input, Source output, Source slopeOfOutput, Target slopes, int count,
    int isMean, KernelWindow w) {
  int i = thread();
  if (i >= count) return;
  int channel = i % w.channels, x = i / w.channels % w.width;
  int y = i / w.channels / w.width % w.height;
  int picture = i / w.channels / w.width / w.height;
  Source image = input + (long long)picture * w.height * w.width * w.channels + channel;
  long long outputs = (long long)picture * w.outputHeight * w.outputWidth;
  int firstY = most(0, (y + w.top - w.kernel + w.stride) / w.stride);
  int firstX = most(0, (x + w.left - w.kernel + w.stride) / w.stride);
  float sum = 0;
  for (int oy = firstY; oy < w.outputHeight && oy * w.stride - w.top <= y; oy++)
    for (int ox = firstX; ox < w.outputWidth && ox * w.stride - w.left <= x; ox++) {
      Range rows = under(oy, w.height, w.kernel, w.stride, w.top);
      Range columns = under(ox, w.width, w.kernel, w.stride, w.left);
      long long place = (outputs + oy * w.outputWidth + ox) * w.channels + channel;
      if (y >= rows.last || x >= columns.last) continue;
      if (isMean) {
        sum += slopeOfOutput[place] /
               most((rows.last - rows.first) * (columns.last - columns.first), 1);
        continue;
      }
      float largest = output[place];
      bool isFirst = keptIn(output, image[(y * w.width + x) * w.channels]) == largest;
      for (int row = rows.first; row <= y && isFirst; row++)
        for (int column = columns.first; column < columns.last && isFirst; column++) {
          if (row == y && column >= x) break;
          isFirst = keptIn(output, image[(row * w.width + column) * w.channels]) != largest;
        }
      if (isFirst) sum += slopeOfOutput[place];
    }
  slopes[i] = sum;
}
