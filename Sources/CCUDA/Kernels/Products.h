// Products of matrices by tiles, of which convolutions are made too.
//
// A block makes `rows` x `columns` numbers of c, each warp 32 x 32 of them, or, where there are but 16
// columns, 32 x 16; k goes by in tiles of 32, the next one on its way from memory while one is
// multiplied. PRECISION: 0 float32, 1 tf32, 2 bfloat16; sums are float32 always.

#if PRECISION == 2
typedef Half Word;
enum { pitch = 40 };
#else
typedef float Word;
enum { pitch = 36 };
#endif
enum { depth = 32, outside = -16384 };

// Where a line of a matrix lies: the place of a number is the sum of its row's and its column's. What
// lies outside 0 ..< height, 0 ..< width is 0.
struct Place { int offset; short y, x; };

DEV Place place(int offset, int y, int x) {
  Place place;
  place.offset = offset;
  place.y = (short)y;
  place.x = (short)x;
  return place;
}

struct Numbers {
  Source data;
  int height, width;
};

DEV bool isInside(Numbers from, Place row, Place column) {
  int y = row.y + column.y, x = row.x + column.x;
  return (unsigned)y < (unsigned)from.height && (unsigned)x < (unsigned)from.width;
}

// Numbers as tiles hold them, from arrays of either kind.
struct OfFloats {
  const float* data;
  DEV_MEMBER Word operator[](int place) const {
#if PRECISION == 2
    return halfOfFloat(data[place]);
#elif PRECISION == 1
    return tensorFloat(data[place]);
#else
    return data[place];
#endif
  }
};

#if PRECISION == 2
struct OfHalves {
  const Half* data;
  DEV_MEMBER Word operator[](int place) const { return data[place]; }
};
#endif

// Lines of a matrix: each `step` behind the one before, but for the first of a block, which is `far`
// behind the one of the block before.
struct Spacing {
  int step, block, far;
  DEV_MEMBER int operator()(int i) const {
    return block == 0 ? i * step : i / block * far + i % block * step;
  }
};

DEV Spacing spacing(int step, int block = 0, int far = 0) {
  Spacing made = {step, far == 0 ? 0 : block, far};
  return made;
}

// A plain matrix: `isAlong`: neighbours in k are neighbours in memory.
template <bool isAlong>
struct Matrix {
  static const bool along = isAlong;
  Numbers numbers;
  int rows;
  Spacing rowStep;
  int columns;
  Spacing columnStep;
  DEV_MEMBER Place row(int i) const { return place(rowStep(i), i < rows ? 0 : outside, 0); }
  DEV_MEMBER Place column(int k) const {
    return place(columnStep(k), k < columns ? 0 : outside, 0);
  }
};

template <bool isAlong>
DEV Matrix<isAlong> matrix(
    Source data, int rows, Spacing rowStep, int columns, Spacing columnStep) {
  Matrix<isAlong> made;
  made.numbers.data = data;
  made.numbers.height = made.numbers.width = 1;
  made.rows = rows;
  made.rowStep = rowStep;
  made.columns = columns;
  made.columnStep = columnStep;
  return made;
}

// One of a thread's numbers: rows of the tile, or columns of k, are neighbours among threads.
template <int rows, bool isAlong>
DEV void split(int index, int& row, int& k) {
  row = isAlong ? index / depth : index % rows;
  k = isAlong ? index % depth : index / rows;
}

// A thread's numbers of the next tile.
template <int rows, bool isAlong, int count, int threads, class Words>
DEV void fetchWords(
    Word* next, Words words, Numbers from, const Place* lines, const Place* columns) {
#pragma unroll
  for (int i = 0; i < count; i++) {
    int row, k;
    split<rows, isAlong>(threadIdx.x + i * threads, row, k);
    bool is = isInside(from, lines[row], columns[k]);
    next[i] = is ? words[lines[row].offset + columns[k].offset] : (Word)0;
  }
}

template <int rows, bool isAlong, int count, int threads>
DEV void fetch(Word* next, Numbers from, const Place* lines, const Place* columns) {
#if PRECISION == 2
  if (isHalf(from.data.at)) {
    OfHalves words = {halves(from.data.at)};
    fetchWords<rows, isAlong, count, threads>(next, words, from, lines, columns);
    return;
  }
  OfFloats words = {(const float*)from.data.at};
#else
  OfFloats words = {from.data};
#endif
  fetchWords<rows, isAlong, count, threads>(next, words, from, lines, columns);
}

template <int rows, bool isAlong, int count, int threads>
DEV void store(Word* tile, const Word* next) {
#pragma unroll
  for (int i = 0; i < count; i++) {
    int row, k;
    split<rows, isAlong>(threadIdx.x + i * threads, row, k);
    tile[row * pitch + k] = next[i];
  }
}

// c of a warp, 32 x 8 `pieces`: 2 x `pieces` of 16 x 8, in the order of `mma`; or, in float32, 8 rows of
// so many.
#if PRECISION == 0
template <int pieces>
DEV void multiplyTile(float* sums, const Word* a, const Word* b) {
  int lane = threadIdx.x % 32;
#pragma unroll
  for (int k = 0; k < depth; k += 4) {
    float4 left[8], right[pieces];
#pragma unroll
    for (int i = 0; i < 8; i++) left[i] = *(const float4*)(a + (lane / 8 + 4 * i) * pitch + k);
#pragma unroll
    for (int j = 0; j < pieces; j++) right[j] = *(const float4*)(b + (lane % 8 + 8 * j) * pitch + k);
#pragma unroll
    for (int i = 0; i < 8; i++)
#pragma unroll
      for (int j = 0; j < pieces; j++) {
        float sum = sums[i * pieces + j];
        sum = fmaf(left[i].x, right[j].x, sum);
        sum = fmaf(left[i].y, right[j].y, sum);
        sum = fmaf(left[i].z, right[j].z, sum);
        sums[i * pieces + j] = fmaf(left[i].w, right[j].w, sum);
      }
  }
}
template <int pieces>
DEV int tileRow(int index) {
  return threadIdx.x % 32 / 8 + index / pieces * 4;
}
template <int pieces>
DEV int tileColumn(int index) {
  return threadIdx.x % 8 + index % pieces * 8;
}
#else
DEV unsigned pairAt(const Word* from) { return *(const unsigned*)from; }

template <int pieces>
DEV void multiplyTile(float* sums, const Word* a, const Word* b) {
  int group = threadIdx.x % 32 / 4, member = threadIdx.x % 4;
#if PRECISION == 2
  const int step = 16, wide = 2, half = 8;
#else
  const int step = 8, wide = 1, half = 4;
#endif
#pragma unroll
  for (int k = 0; k < depth; k += step) {
    unsigned left[2][4], right[pieces][2];
#pragma unroll
    for (int i = 0; i < 2; i++) {
      const Word* from = a + (i * 16 + group) * pitch + k + member * wide;
      left[i][0] = pairAt(from);
      left[i][1] = pairAt(from + 8 * pitch);
      left[i][2] = pairAt(from + half);
      left[i][3] = pairAt(from + 8 * pitch + half);
    }
#pragma unroll
    for (int j = 0; j < pieces; j++) {
      const Word* from = b + (j * 8 + group) * pitch + k + member * wide;
      right[j][0] = pairAt(from);
      right[j][1] = pairAt(from + half);
    }
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
      for (int j = 0; j < pieces; j++) {
#if PRECISION == 2
        mmaHalf(sums + (i * pieces + j) * 4, left[i], right[j]);
#else
        mmaTensorFloat(sums + (i * pieces + j) * 4, left[i], right[j]);
#endif
      }
  }
}
template <int pieces>
DEV int tileRow(int index) {
  return index / (4 * pieces) * 16 + index / 2 % 2 * 8 + threadIdx.x % 32 / 4;
}
template <int pieces>
DEV int tileColumn(int index) {
  return index / 4 % pieces * 8 + threadIdx.x % 4 * 2 + index % 2;
}
#endif

// c[firstRow..., firstColumn...] = sum over k in first ..< last of a's row and b's row.
template <int rows, int columns, class A, class B, class C>
DEV void multiplyTiles(A a, B b, C c, int firstRow, int firstColumn, int first, int last) {
  enum { pieces = columns < 32 ? columns / 8 : 4, sumsOfThread = 8 * pieces };
  enum { threads = rows * columns / sumsOfThread };
  enum { ofA = rows * depth / threads, ofB = columns * depth / threads };
  SHARED(Word, tilesA, 2 * rows * pitch);
  SHARED(Word, tilesB, 2 * columns * pitch);
  SHARED(Place, rowsA, rows);
  SHARED(Place, rowsB, columns);
  SHARED(Place, columnsA, 2 * depth);
  SHARED(Place, columnsB, 2 * depth);
  int id = threadIdx.x, warp = id / 32;
  int warpRow = warp % (rows / 32) * 32, warpColumn = warp / (rows / 32) * 8 * pieces;
  for (int i = id; i < rows; i += threads) rowsA[i] = a.row(firstRow + i);
  for (int i = id; i < columns; i += threads) rowsB[i] = b.row(firstColumn + i);
  float sums[sumsOfThread];
  Word nextA[ofA], nextB[ofB];
#pragma unroll
  for (int i = 0; i < sumsOfThread; i++) sums[i] = 0;
  int tiles = (last - first + depth - 1) / depth;
  // The step before the first has nothing to multiply; it has the first tile to fetch.
  for (int i = id; i < depth; i += threads) {
    columnsA[i] = first + i < last ? a.column(first + i) : place(0, outside, 0);
    columnsB[i] = first + i < last ? b.column(first + i) : place(0, outside, 0);
  }
  SYNC();
  for (int tile = -1; tile < tiles; tile++) {
    int next = (tile + 1) & 1;
    if (tile + 1 < tiles) {
      fetch<rows, A::along, ofA, threads>(nextA, a.numbers, rowsA, columnsA + next * depth);
      fetch<columns, B::along, ofB, threads>(nextB, b.numbers, rowsB, columnsB + next * depth);
    }
    if (tile >= 0) {
      int now = tile & 1;
      multiplyTile<pieces>(
          sums, tilesA + (now * rows + warpRow) * pitch,
          tilesB + (now * columns + warpColumn) * pitch);
    }
    if (tile + 1 < tiles) {
      store<rows, A::along, ofA, threads>(tilesA + next * rows * pitch, nextA);
      store<columns, B::along, ofB, threads>(tilesB + next * columns * pitch, nextB);
      int start = first + (tile + 2) * depth, other = next ^ 1;
      for (int i = id; i < depth; i += threads) {
        bool isThere = start + i < last;
        columnsA[other * depth + i] = isThere ? a.column(start + i) : place(0, outside, 0);
        columnsB[other * depth + i] = isThere ? b.column(start + i) : place(0, outside, 0);
      }
    }
    SYNC();
  }
#pragma unroll
  for (int i = 0; i < sumsOfThread; i++)
    c.put(
        firstRow + warpRow + tileRow<pieces>(i), firstColumn + warpColumn + tileColumn<pieces>(i),
        sums[i]);
}

DEV_CALL float bentElsewhere(float x, KernelBend bend) { return bent(x, bend); }

// Where a product goes: with a bias, where there is one, and bent; or added to beta c.
struct Lines {
  Target data;
  const float* bias;
  int rows, columns, line, block, far;
  float beta;
  KernelBend bend;
  DEV_MEMBER long long start(int row) const {
    if (block == 0) return (long long)row * line;
    return (long long)(row / block) * far + row % block * line;
  }
  DEV_MEMBER void put(int row, int column, float v) const {
    if (row >= rows || column >= columns) return;
    long long to = start(row) + column;
    if (bias) v += bias[column];
    if (bend.kind == bendRelu) v = v < 0 ? 0 : v;
    else if (bend.kind != bendNone) v = bentElsewhere(v, bend);
    data[to] = beta == 0 ? v : v + beta * data[to];
  }
};

DEV Lines lines(
    Target data, const float* bias, int rows, int columns, int line, float beta, KernelBend bend) {
  Lines made;
  made.data = data;
  made.bias = bias;
  made.rows = rows;
  made.columns = columns;
  made.line = line;
  made.block = made.far = 0;
  made.beta = beta;
  made.bend = bend;
  return made;
}

DEV Lines partial(float* parts, int part, int rows, int columns) {
  KernelBend none = {bendNone, 0, 0};
  return lines(target(parts + (long long)part * rows * columns), 0, rows, columns, columns, 0, none);
}

// Where the pair's product goes.
DEV Lines linesOf(
    Target c, const float* bias, int pair, const KernelProduct& product, KernelBend bend) {
  Lines made = lines(
      c + pair * product.stepC, bias ? bias + pair * product.stepBias : 0, product.m, product.n,
      product.lineC, product.beta, bend);
  if (product.farC != 0) made.block = product.block;
  made.far = product.farC;
  return made;
}

// Parts of k are whole tiles.
DEV int partOf(int k, int part, int parts) {
  int tiles = (k + depth - 1) / depth;
  return least(k, (int)((long long)tiles * part / parts) * depth);
}

template <int rows, int columns, bool alongA, bool alongB>
DEV void multiplyMatrices(
    Source a, Source b, Target c, const float* bias, float* parts, KernelProduct product,
    KernelBend bend) {
  int pair = blockIdx.z / product.splits, part = blockIdx.z % product.splits;
  // Of a turned a, lines are columns.
  Spacing ofA = spacing(alongA ? product.aRow : product.aColumn, product.block, product.farA);
  Matrix<alongA> left = matrix<alongA>(
      a + pair * product.stepA, product.m, alongA ? ofA : spacing(product.aRow), product.k,
      alongA ? spacing(product.aColumn) : ofA);
  Matrix<alongB> right = matrix<alongB>(
      b + pair * product.stepB, product.n, spacing(product.bColumn), product.k,
      spacing(product.bRow, product.block, product.farB));
  Lines made = product.splits > 1 ? partial(parts, blockIdx.z, product.m, product.n)
                                  : linesOf(c, bias, pair, product, bend);
  multiplyTiles<rows, columns>(
      left, right, made, blockIdx.x * rows, blockIdx.y * columns,
      partOf(product.k, part, product.splits), partOf(product.k, part + 1, product.splits));
}

// Names say the tile, then whether neighbours of a and of b in k are neighbours in memory.
#define MULTIPLY(name, rows, columns, alongA, alongB) \
  KERNEL BOUNDS(128) name( \
      Source a, Source b, Target c, const float* bias, float* parts, \
      KernelProduct product, KernelBend bend) { \
    multiplyMatrices<rows, columns, alongA, alongB>(a, b, c, bias, parts, product, bend); \
  }
MULTIPLY(multiply64x64ff, 64, 64, false, false)
MULTIPLY(multiply64x64ft, 64, 64, false, true)
MULTIPLY(multiply64x64tf, 64, 64, true, false)
MULTIPLY(multiply64x64tt, 64, 64, true, true)
MULTIPLY(multiply128x32ff, 128, 32, false, false)
MULTIPLY(multiply128x32ft, 128, 32, false, true)
MULTIPLY(multiply128x32tf, 128, 32, true, false)
MULTIPLY(multiply128x32tt, 128, 32, true, true)
MULTIPLY(multiply128x16ff, 128, 16, false, false)
MULTIPLY(multiply128x16ft, 128, 16, false, true)
MULTIPLY(multiply128x16tf, 128, 16, true, false)
MULTIPLY(multiply128x16tt, 128, 16, true, true)

// c = the parts of k, summed in order, with bias, bend and beta; [pairs, m, n] threads.
KERNEL sumSplits(
    const float* parts, Target c, const float* bias, int count, KernelProduct product,
    KernelBend bend) {
  int i = thread();
  if (i >= count) return;
  int size = product.m * product.n, pair = i / size, rest = i % size;
  const float* from = parts + (long long)pair * product.splits * size + rest;
  float sum = 0;
  for (int part = 0; part < product.splits; part++) sum += from[(long long)part * size];
  int row = rest / product.n, column = rest % product.n;
  linesOf(c, bias, pair, product, bend).put(row, column, sum);
}
