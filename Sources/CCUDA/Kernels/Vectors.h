// Products of matrices of bfloat16 whose numbers come in lines of eight, 16 bytes each, past the registers
// into shared memory while the tile before is multiplied; convolutions, dense layers and groups of them
// whose sizes are multiples of eight. `pitch` and the pitches of tiles across k leave no two rows of a
// fragment in one bank.
//
// Every block has 128 threads, each warp 16 * blocks rows by 32 columns of c, or by 16 where a block has
// no more: `pieces` of eight.
#if PRECISION == 2

enum { eight = 8, across = 8 };

// Where one is in k: `along` numbers into a run of neighbours; so many `columns` of runs make a row.
struct Walk {
  int along, column, row, run, columns;
  DEV_MEMBER void advance(int by) {
    along += by;
    while (along >= run) {
      along -= run;
      if (++column == columns) {
        column = 0;
        row++;
      }
    }
  }
};

DEV Walk walk(int k, int run, int columns) {
  Walk made = {k % run, k / run % columns, k / run / columns, run, columns};
  return made;
}

// A matrix whose lines have neighbours in k: [rows, line].
struct VectorMatrix {
  const Half* data;
  int height, width, rows;
  Spacing lines;
  DEV_MEMBER Place row(int i) const { return place(lines(i), i < rows ? 0 : outside, 0); }
  DEV_MEMBER Walk start(int k) const { return walk(k, 1 << 30, 1); }
  DEV_MEMBER Place column(Walk at) const { return place(at.along, 0, 0); }
};

DEV VectorMatrix vectorMatrix(const Half* data, int rows, Spacing lines) {
  VectorMatrix made = {data, 1, 1, rows, lines};
  return made;
}

// Patches of pictures, [positions, patch]. Where no window leaves its picture, a line of the kernel is one
// run; else each of its pixels is one.
struct VectorPatches {
  const Half* data;
  int height, width, rows, isInside;
  KernelWindow window;
  DEV_MEMBER int run() const { return isInside ? window.kernel * window.channels : window.channels; }
  DEV_MEMBER Place row(int i) const {
    return i < rows ? cornerPlace(window, i) : place(0, outside, 0);
  }
  DEV_MEMBER Walk start(int k) const { return walk(k, run(), isInside ? 1 : window.kernel); }
  DEV_MEMBER Place column(Walk at) const {
    int pixel = at.row * window.width + at.column;
    return place(pixel * window.channels + at.along, at.row, at.column);
  }
};

DEV VectorPatches vectorPatches(Source input, KernelWindow window, int rows, int isInside) {
  VectorPatches made = {halves(input.at), window.height, window.width, rows, isInside, window};
  return made;
}

// As `Met` and `Taps`.
struct VectorMet {
  const Half* data;
  int height, width;
  Met met;
  DEV_MEMBER Place row(int i) const { return met.row(i); }
  DEV_MEMBER Walk start(int k) const { return walk(k, met.window.filters, most(met.x.taps, 1)); }
  DEV_MEMBER Place column(Walk at) const {
    int pixel = at.row * met.window.outputWidth + at.column;
    return place(at.along - pixel * met.window.filters, -at.row, -at.column);
  }
};

struct VectorTaps {
  const Half* data;
  int height, width;
  Taps taps;
  DEV_MEMBER Place row(int channel) const { return taps.row(channel); }
  DEV_MEMBER Walk start(int k) const { return walk(k, taps.window.filters, most(taps.x.taps, 1)); }
  DEV_MEMBER Place column(Walk at) const {
    int column = taps.x.phase + at.column * taps.window.stride;
    int row = taps.y.phase + at.row * taps.window.stride;
    int line = (row * taps.window.kernel + column) * taps.window.channels;
    return place(line * taps.window.filters + at.along, 0, 0);
  }
};

template <class From>
DEV void copyFrom(Half* to, const From& from, Place row, Place column) {
  int y = row.y + column.y, x = row.x + column.x;
  bool is = (unsigned)y < (unsigned)from.height && (unsigned)x < (unsigned)from.width;
  copyLine(to, from.data + (is ? row.offset + column.offset : 0), is);
}

// ---- Where products go, two neighbours of a row at a time

struct PairLines {
  Lines lines;
  DEV_MEMBER long long row(int i) const { return i < lines.rows ? lines.start(i) : -1; }
  DEV_MEMBER void put(long long row, int column, float a, float b) const {
    if (row < 0 || column >= lines.columns) return;
    long long to = row + column;
    Target data = lines.data;
    if (lines.bias) {
      a += lines.bias[column];
      b += lines.bias[column + 1];
    }
    if (lines.bend.kind == bendRelu) {
      a = a < 0 ? 0 : a;
      b = b < 0 ? 0 : b;
    } else if (lines.bend.kind != bendNone) {
      a = bentElsewhere(a, lines.bend);
      b = bentElsewhere(b, lines.bend);
    }
    if (lines.beta != 0) {
      a += lines.beta * data[to];
      b += lines.beta * data[to + 1];
    }
    if (isHalf(data.at)) {
      *(unsigned*)(halves(data.at) + to) = pack(a, b);
      return;
    }
    data[to] = a;
    data[to + 1] = b;
  }
};

DEV PairLines pairs(Lines lines) {
  PairLines made = {lines};
  return made;
}

struct PairPixels {
  Half* data;
  Pixels pixels;
  DEV_MEMBER long long row(int i) const { return i < pixels.rows ? pixels.first(i) : -1; }
  DEV_MEMBER void put(long long row, int channel, float a, float b) const {
    if (row < 0 || channel >= pixels.window.channels) return;
    *(unsigned*)(data + row + channel) = pack(a, b);
  }
};

// A warp's sums, in the order of `mma`.
template <int blocks, int pieces, class C>
DEV void putSums(const C& c, const float* sums, int firstRow, int firstColumn) {
  int lane = threadIdx.x % 32;
#pragma unroll
  for (int i = 0; i < blocks; i++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      long long row = c.row(firstRow + i * 16 + half * 8 + lane / 4);
#pragma unroll
      for (int j = 0; j < pieces; j++) {
        const float* two = sums + (i * pieces + j) * 4 + half * 2;
        c.put(row, firstColumn + j * 8 + lane % 4 * 2, two[0], two[1]);
      }
    }
}

// c += 16 * blocks rows of a tile by 8 * pieces of the other; `a`: fragments of 16 x 16, `b`: two of
// 16 x 8 each.
template <int blocks, int pieces>
DEV void addProducts(float* sums, unsigned a[blocks][4], unsigned b[pieces / 2][4]) {
#pragma unroll
  for (int i = 0; i < blocks; i++)
#pragma unroll
    for (int j = 0; j < pieces; j++)
      mmaHalf(sums + (i * pieces + j) * 4, a[i], b[j / 2] + j % 2 * 2);
}

// ---- Neighbours along k

template <int blocks, int pieces>
DEV void multiplyAlongTile(float* sums, const Half* a, const Half* b) {
  int lane = threadIdx.x % 32;
#pragma unroll
  for (int k = 0; k < depth; k += 16) {
    unsigned left[blocks][4], right[pieces / 2][4];
#pragma unroll
    for (int i = 0; i < blocks; i++)
      loadFragment(left[i], a + (i * 16 + lane % 16) * pitch + k + lane / 16 * 8);
#pragma unroll
    for (int j = 0; j < pieces / 2; j++)
      loadFragment(
          right[j], b + (j * 16 + lane % 8 + lane / 16 * 8) * pitch + k + lane / 8 % 2 * 8);
    addProducts<blocks, pieces>(sums, left, right);
  }
}

// A thread has line id % 4 of row id / 4 and of every 32nd behind it.
template <int rows, int columns, int blocks, class A, class B, class C>
DEV void multiplyAlong(A a, B b, C c, int firstRow, int firstColumn, int first, int last) {
  enum { ofA = rows / 32, ofB = (columns + 31) / 32, size = (rows + columns) * pitch };
  enum { pieces = columns < 32 ? columns / 8 : 4 };
  SHARED(Half, tiles, 2 * size);
  int row = threadIdx.x / 4, line = threadIdx.x % 4 * eight, warp = threadIdx.x / 32;
  int warpRow = warp % (rows / (16 * blocks)) * (16 * blocks);
  int warpColumn = warp / (rows / (16 * blocks)) * 32;
  Place rowsA[ofA], rowsB[ofB];
#pragma unroll
  for (int i = 0; i < ofA; i++) rowsA[i] = a.row(firstRow + row + 32 * i);
#pragma unroll
  for (int i = 0; i < ofB; i++) rowsB[i] = b.row(firstColumn + row + 32 * i);
  float sums[blocks * pieces * 4];
#pragma unroll
  for (int i = 0; i < blocks * pieces * 4; i++) sums[i] = 0;
  Walk atA = a.start(first + line), atB = b.start(first + line);
  int count = (last - first + depth - 1) / depth;
  // The step before the first has nothing to multiply; it has the first tile to ask for.
  for (int tile = -1; tile < count; tile++) {
    if (tile >= 0) awaitCopies();
    SYNC();
    if (tile + 1 < count) {
      Half* to = tiles + (tile + 1) % 2 * size + row * pitch + line;
      bool isThere = first + (tile + 1) * depth + line < last;
      Place columnA = isThere ? a.column(atA) : place(0, outside, 0);
      Place columnB = isThere ? b.column(atB) : place(0, outside, 0);
#pragma unroll
      for (int i = 0; i < ofA; i++) copyFrom(to + 32 * i * pitch, a, rowsA[i], columnA);
#pragma unroll
      for (int i = 0; i < ofB; i++)
        if (columns >= 32 || row < columns)
          copyFrom(to + (rows + 32 * i) * pitch, b, rowsB[i], columnB);
      atA.advance(depth);
      atB.advance(depth);
    }
    if (tile < 0) continue;
    const Half* now = tiles + tile % 2 * size;
    multiplyAlongTile<blocks, pieces>(
        sums, now + warpRow * pitch, now + (rows + warpColumn) * pitch);
  }
  putSums<blocks, pieces>(c, sums, firstRow + warpRow, firstColumn + warpColumn);
}

// ---- Neighbours across k: tiles are [depth, rows] and [depth, columns]

template <int blocks, int pieces>
DEV void multiplyAcrossTile(float* sums, const Half* a, const Half* b, int pitchA, int pitchB) {
  int lane = threadIdx.x % 32;
#pragma unroll
  for (int k = 0; k < depth; k += 16) {
    unsigned left[blocks][4], right[pieces / 2][4];
#pragma unroll
    for (int i = 0; i < blocks; i++)
      loadTurned(
          left[i], a + (k + lane % 8 + lane / 16 * 8) * pitchA + i * 16 + lane / 8 % 2 * 8);
#pragma unroll
    for (int j = 0; j < pieces / 2; j++)
      loadTurned(right[j], b + (k + lane % 16) * pitchB + j * 16 + lane / 16 * 8);
    addProducts<blocks, pieces>(sums, left, right);
  }
}

// Lines of a tile [depth, width], of which a thread has the same one of every few k.
template <int width, class From>
DEV void copyAcross(Half* tile, const From& from, Place line, const Place* rows) {
  enum { lines = width / eight, step = 128 / lines };
  int k = threadIdx.x / lines;
#pragma unroll
  for (int i = 0; i < (depth + step - 1) / step; i++)
    if (step <= depth || k < depth)
      copyFrom(
          tile + (k + i * step) * (width + across) + threadIdx.x % lines * eight, from,
          rows[k + i * step], line);
}

// `a.row` and `b.row` are about k here, `a.column` about rows and `b.column` about columns of c.
template <int rows, int columns, int blocks, class A, class B, class C>
DEV void multiplyAcross(
    A a, B b, C c, int firstRow, int firstColumn, int lastRow, int lastColumn, int first, int last) {
  enum { pitchA = rows + across, pitchB = columns + across, size = depth * (pitchA + pitchB) };
  enum { pieces = columns < 32 ? columns / 8 : 4 };
  SHARED(Half, tiles, 2 * size);
  SHARED(Place, places, 4 * depth);
  int id = threadIdx.x, warp = id / 32;
  int warpRow = warp % (rows / (16 * blocks)) * (16 * blocks);
  int warpColumn = warp / (rows / (16 * blocks)) * 32;
  int row = firstRow + id % (rows / eight) * eight;
  int column = firstColumn + id % (columns / eight) * eight;
  Place lineA = row < lastRow ? a.column(a.start(row)) : place(0, outside, 0);
  Place lineB = column < lastColumn ? b.column(b.start(column)) : place(0, outside, 0);
  float sums[blocks * pieces * 4];
#pragma unroll
  for (int i = 0; i < blocks * pieces * 4; i++) sums[i] = 0;
  int count = (last - first + depth - 1) / depth;
  for (int tile = -2; tile < count; tile++) {
    if (tile >= 0) awaitCopies();
    SYNC();
    // Where k lies is known a tile before its lines are asked for.
    if (tile + 2 < count && id < 2 * depth) {
      int k = first + (tile + 2) * depth + id % depth;
      Place at = k >= last ? place(0, outside, 0) : id < depth ? a.row(k) : b.row(k);
      places[(tile + 2) % 2 * 2 * depth + id] = at;
    }
    if (tile + 1 >= 0 && tile + 1 < count) {
      const Place* at = places + (tile + 1) % 2 * 2 * depth;
      Half* to = tiles + (tile + 1) % 2 * size;
      copyAcross<rows>(to, a, lineA, at);
      copyAcross<columns>(to + depth * pitchA, b, lineB, at + depth);
    }
    if (tile < 0) continue;
    const Half* now = tiles + tile % 2 * size;
    multiplyAcrossTile<blocks, pieces>(
        sums, now + warpRow, now + depth * pitchA + warpColumn, pitchA, pitchB);
  }
  putSums<blocks, pieces>(c, sums, firstRow + warpRow, firstColumn + warpColumn);
}

// ---- Kernels

// Matrices, [rows, columns], as bfloat16; turned: [columns, rows]. Blocks of 32 x 32, 256 threads.
KERNEL BOUNDS(256) narrowMatrix(Source from, Half* to, int rows, int columns, int isTurned) {
  SHARED(Half, tile, 32 * 33);
  long long first = (long long)blockIdx.z * rows * columns;
  from = from + first;
  to += first;
  int x = threadIdx.x % 32, y = threadIdx.x / 32, row = blockIdx.x * 32, column = blockIdx.y * 32;
  for (int i = y; i < 32; i += 8)
    if (row + i < rows && column + x < columns)
      tile[i * 33 + x] = halfOfFloat(from[(long long)(row + i) * columns + column + x]);
  SYNC();
  for (int i = y; i < 32; i += 8) {
    if (isTurned && row + x < rows && column + i < columns)
      to[(long long)(column + i) * rows + row + x] = tile[x * 33 + i];
    if (!isTurned && row + i < rows && column + x < columns)
      to[(long long)(row + i) * columns + column + x] = tile[i * 33 + x];
  }
}

template <int rows, int columns, int blocks>
DEV void vectorProduct(
    const Half* a, const Half* b, Target c, const float* bias, float* parts,
    KernelProduct product, KernelBend bend) {
  int pair = blockIdx.z / product.splits, part = blockIdx.z % product.splits;
  Lines made = product.splits > 1 ? partial(parts, blockIdx.z, product.m, product.n)
                                  : linesOf(c, bias, pair, product, bend);
  multiplyAlong<rows, columns, blocks>(
      vectorMatrix(
          a + pair * product.stepA, product.m, spacing(product.aRow, product.block, product.farA)),
      vectorMatrix(b + pair * product.stepB, product.n, spacing(product.bColumn)), pairs(made),
      blockIdx.x * rows, blockIdx.y * columns,
      partOf(product.k, part, product.splits), partOf(product.k, part + 1, product.splits));
}

// a is [k, m], b [k, n].
template <int rows, int columns, int blocks>
DEV void vectorProductAcross(
    const Half* a, const Half* b, Target c, float* parts, KernelProduct product) {
  int pair = blockIdx.z / product.splits, part = blockIdx.z % product.splits;
  KernelBend none = {bendNone, 0, 0};
  Lines made = product.splits > 1 ? partial(parts, blockIdx.z, product.m, product.n)
                                  : linesOf(c, 0, pair, product, none);
  multiplyAcross<rows, columns, blocks>(
      vectorMatrix(
          a + pair * product.stepA, product.k,
          spacing(product.aColumn, product.block, product.farA)),
      vectorMatrix(
          b + pair * product.stepB, product.k, spacing(product.bRow, product.block, product.farB)),
      pairs(made), blockIdx.x * rows, blockIdx.y * columns, product.m, product.n,
      partOf(product.k, part, product.splits), partOf(product.k, part + 1, product.splits));
}

template <int columns, int blocks>
DEV void vectorConvolve(
    Source input, const Half* weights, const float* bias, Target output, int pictures, int isInside,
    KernelWindow window, KernelBend bend) {
  int positions = pictures * window.outputHeight * window.outputWidth;
  int patch = window.kernel * window.kernel * window.channels;
  multiplyAlong<128, columns, blocks>(
      vectorPatches(input, window, positions, isInside),
      vectorMatrix(weights, window.filters, spacing(patch)),
      pairs(lines(output, bias, positions, window.filters, window.filters, 0, bend)),
      blockIdx.x * 128, blockIdx.y * columns, 0, patch);
}

template <int columns, int blocks>
DEV void vectorWeights(
    Source input, Source slopes, float* parts, int pictures, int isInside, int splits,
    KernelWindow window) {
  int positions = pictures * window.outputHeight * window.outputWidth;
  int patch = window.kernel * window.kernel * window.channels;
  multiplyAcross<128, columns, blocks>(
      vectorPatches(input, window, positions, isInside),
      vectorMatrix(halves(slopes.at), positions, spacing(window.filters)),
      pairs(partial(parts, blockIdx.z, patch, window.filters)), blockIdx.x * 128,
      blockIdx.y * columns, patch, window.filters, partOf(positions, blockIdx.z, splits),
      partOf(positions, blockIdx.z + 1, splits));
}

template <int columns, int blocks>
DEV void vectorInput(
    Source slopes, const Half* weights, Target pictured, int pictures, KernelWindow w) {
  Phases all = phases(w, pictures);
  int first = blockIdx.x * 128;
  if (first >= all.count) return;
  VectorMet met = {halves(slopes.at), w.outputHeight, w.outputWidth, metBy(all, slopes, w)};
  VectorTaps taps = {weights, 1, 1, tapsOf(all, slopes, w)};
  PairPixels pixels = {halves(pictured.at), pixelsOf(all, pictured, w)};
  multiplyAlong<128, columns, blocks>(
      met, taps, pixels, first, blockIdx.y * columns, 0, all.y.taps * all.x.taps * w.filters);
}

#define VECTOR_PRODUCT(size, rows, columns, blocks) \
  KERNEL BOUNDS(128) vectorProduct##size( \
      const Half* a, const Half* b, Target c, const float* bias, float* parts, \
      KernelProduct product, KernelBend bend) { \
    vectorProduct<rows, columns, blocks>(a, b, c, bias, parts, product, bend); \
  } \
  KERNEL BOUNDS(128) vectorAcross##size( \
      const Half* a, const Half* b, Target c, float* parts, KernelProduct product) { \
    vectorProductAcross<rows, columns, blocks>(a, b, c, parts, product); \
  }
VECTOR_PRODUCT(64x64, 64, 64, 2)
VECTOR_PRODUCT(128x64, 128, 64, 4)

#define VECTOR_CONVOLUTION(columns, blocks) \
  KERNEL BOUNDS(128) vectorConvolve##columns( \
      Source input, const Half* weights, const float* bias, Target output, int pictures, \
      int isInside, KernelWindow window, KernelBend bend) { \
    vectorConvolve<columns, blocks>( \
        input, weights, bias, output, pictures, isInside, window, bend); \
  } \
  KERNEL BOUNDS(128) vectorWeights##columns( \
      Source input, Source slopes, float* parts, int pictures, int isInside, int splits, \
      KernelWindow window) { \
    vectorWeights<columns, blocks>(input, slopes, parts, pictures, isInside, splits, window); \
  } \
  KERNEL BOUNDS(128) vectorInput##columns( \
      Source slopes, const Half* weights, Target pictured, int pictures, KernelWindow window) { \
    vectorInput<columns, blocks>(slopes, weights, pictured, pictures, window); \
  }
VECTOR_CONVOLUTION(16, 2)
VECTOR_CONVOLUTION(32, 2)
VECTOR_CONVOLUTION(64, 4)
#endif
