// What the program tells kernels of arrays: one declaration for Swift, NVRTC and the stand-in.
// Sizes are of one row unless they say otherwise; steps and lines count floats.
#pragma once

typedef struct { int kind; float p, q; } KernelBend;  // an activation; `kind` as `Bends` counts

// c = a b + beta c for each of some pairs; row i and column j of a lie at i * aRow + j * aColumn. Lines
// of samples, which are m or, of a turned a, k, come in blocks: block i begins at i * farA.
typedef struct {
  int m, n, k, aRow, aColumn, bRow, bColumn, lineC;
  long long stepA, stepB, stepC, stepBias;
  int block, farA, farB, farC;
  float beta;
  int splits;  // parts of k, summed afterwards in order; 1: written at once
} KernelProduct;

typedef struct {
  int height, width, channels, kernel, stride, filters, top, left, outputHeight, outputWidth;
} KernelWindow;

typedef struct { int shape[4], stepsA[4], stepsB[4], count, countA, countB; } KernelBroadcast;
typedef struct { int shape[6], steps[6], count; } KernelPermutation;
typedef struct { int outer, count, inner; } KernelAxis;
// `pictures`: rows that are named one by one and make one of the network's.
typedef struct { int outer, positions, inner; float scale; int pictures; } KernelInput;
// How a picture is moved; `height` and `width` of all of them.
typedef struct { int down, right; float factor; } KernelMove;
typedef struct { int height, width; } KernelPlaces;
typedef struct { int tokens, experts, places, isWeighted; } KernelRouting;
typedef struct { int width, samples, first, steps, all; } KernelRecall;
typedef struct { int isGRU, units, rows, gates, echoes, before, states; } KernelCells;
typedef struct { float beta1, beta2, epsilon, added, kept, rate, rootCorrection, scale; } KernelAdam;
typedef struct { float rate, momentum, scale; } KernelSGD;
// Of choices in one action, and of actions of which one is chosen, that losses take.
enum { mostChoices = 16, mostActions = 256 };
// Of `width` choices among so many each, or of as many normal numbers.
typedef struct {
  int isGaussian, width, outputs, counts[mostChoices], clipsValue;
  float clip, value, entropy;
} KernelPolicyLoss;
// `kind` as `Values` counts; threshold < 0: squares.
typedef struct {
  int kind, actions, numbers, isTurned;
  float threshold, low, spacing, conservatism;
} KernelActionLoss;
typedef struct {
  float decay, inside, behind, momentum, rate, scale;
  int isCentred;
} KernelRMSProp;
// A replay's steps, [lanes, window], each at its leaf; `rows` of a lane where its pictures lie, `history`
// of them beside a step's own.
typedef struct {
  double *nodes;  // [2 * width] of a tree, its leaves last; of no meaning where nothing is ranked
  double *rewards, *largest;
  int *actions, *counts;  // [lanes, window]; [2]: transitions, and rows of the longest lane
  unsigned char *marks;   // a `RowKind`, 4: terminated, 8: truncated
  long long *written;     // [lanes]: rows ever
  int lanes, window, rows, history, width, isRanked;
  double exponent, slack, uniformShare;
} KernelLedger;
// A step as it is now.
typedef struct { double reward; int leaf, action, mark; } KernelNews;
// Fields of an observation that samples name rows for.
enum { mostFields = 8 };
typedef struct { int count, steps, fields, stacks[mostFields]; double discount; } KernelDraws;
// Of a target's outputs.
enum { mostNumbers = 4096 };
// What an action's outputs are to become; `form` of masses: projected, two-hot, a normal distribution's.
typedef struct {
  KernelActionLoss outputs;
  int form, isDouble, isSoft;
  float deviation, temperature, share, floor;
  double low, high, spacing;
} KernelTarget;
