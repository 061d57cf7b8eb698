// Layers that remember, routing, and the optimisers' steps.

// before[sample, step]: the memory before it.
KERNEL recallStates(
    Source begins, Source memory, Source states, Target before, int count,
    KernelRecall shape) {
  int i = thread();
  if (i >= count) return;
  int place = i % shape.width, row = i / shape.width;
  int sample = row / shape.steps, step = row % shape.steps + shape.first;
  long long line = (long long)sample * shape.all + step;
  before[i] = begins[line] != 0 ? 0
            : step == 0         ? memory[(long long)sample * shape.width + place]
                                : states[(line - 1) * shape.width + place];
}

KERNEL forgetStates(Source begins, Target memories, int count, int width, int spacing) {
  int i = thread();
  if (i < count && begins[(long long)(i / width) * spacing] != 0) memories[i] = 0;
}

// Gates as PyTorch's: input, forget, cell, output; reset, update, new.
KERNEL rememberCells(
    Source gates, Source echoes, Source before, Target output,
    KernelCells shape) {
  int i = thread();
  if (i >= shape.rows * shape.units) return;
  int row = i / shape.units, unit = i % shape.units, units = shape.units;
  Source gate = gates + (long long)row * shape.gates + unit;
  Source echo = echoes + (long long)row * shape.echoes + unit;
  Source old = before + (long long)row * shape.before + unit;
  Target state = output + (long long)row * shape.states + unit;
  if (shape.isGRU) {
    float reset = sigmoid(gate[0] + echo[0]), update = sigmoid(gate[units] + echo[units]);
    float fresh = tanhf(gate[2 * units] + reset * echo[2 * units]);
    state[0] = fresh + update * (old[0] - fresh);
    return;
  }
  float input = sigmoid(gate[0] + echo[0]), forget = sigmoid(gate[units] + echo[units]);
  float fresh = tanhf(gate[2 * units] + echo[2 * units]);
  float out = sigmoid(gate[3 * units] + echo[3 * units]);
  float cell = forget * old[units] + input * fresh;
  state[units] = cell;
  state[0] = out * tanhf(cell);
}

KERNEL rememberSlopes(
    Source gates, Target echoes, Source before, Source output,
    Source slopeOfOutput, Target slopes, Target memory, KernelCells shape) {
  int i = thread();
  if (i >= shape.rows * shape.units) return;
  int row = i / shape.units, unit = i % shape.units, units = shape.units;
  Source gate = gates + (long long)row * shape.gates + unit;
  Target echo = echoes + (long long)row * shape.echoes + unit;
  Target to = slopes + (long long)row * shape.gates + unit;
  Source old = before + (long long)row * shape.before + unit;
  Source state = output + (long long)row * shape.states + unit;
  Source slope = slopeOfOutput + (long long)row * shape.states + unit;
  Target carried = memory + (long long)row * units * (shape.isGRU ? 1 : 2) + unit;
  if (shape.isGRU) {
    float reset = sigmoid(gate[0] + echo[0]), update = sigmoid(gate[units] + echo[units]);
    float said = echo[2 * units], fresh = tanhf(gate[2 * units] + reset * said);
    float change = slope[0] * (1 - update) * (1 - fresh * fresh);
    to[0] = echo[0] = change * said * reset * (1 - reset);
    to[units] = echo[units] = slope[0] * (old[0] - fresh) * update * (1 - update);
    to[2 * units] = change;
    echo[2 * units] = change * reset;
    carried[0] = slope[0] * update;
    return;
  }
  float input = sigmoid(gate[0] + echo[0]), forget = sigmoid(gate[units] + echo[units]);
  float fresh = tanhf(gate[2 * units] + echo[2 * units]);
  float out = sigmoid(gate[3 * units] + echo[3 * units]), cell = tanhf(state[units]);
  float change = slope[units] + slope[0] * out * (1 - cell * cell);
  to[0] = echo[0] = change * fresh * input * (1 - input);
  to[units] = echo[units] = change * old[units] * forget * (1 - forget);
  to[2 * units] = echo[2 * units] = change * input * (1 - fresh * fresh);
  to[3 * units] = echo[3 * units] = slope[0] * cell * out * (1 - out);
  carried[0] = 0;
  carried[units] = change * forget;
}

// ---- Routing

// The likeliest expert of each token.
KERNEL bestExperts(Source gates, int* best, int count, int experts) {
  int i = thread();
  if (i >= count) return;
  Source gate = gates + (long long)i * experts;
  int place = 0;
  for (int expert = 1; expert < experts; expert++)
    if (gate[expert] > gate[place]) place = expert;
  best[i] = place;
}

// A token's place is the number of earlier ones of its row that want the same expert.
DEV int placeOf(const int* best, int token, int tokens) {
  int place = 0;
  for (int other = token / tokens * tokens; other < token; other++)
    place += best[other] == best[token];
  return place;
}

// A thread has a token and an expert; all is written.
KERNEL routeTokens(
    Source gates, const int* best, Target output, int count, KernelRouting shape) {
  int i = thread();
  if (i >= count) return;
  int token = i / shape.experts, expert = i % shape.experts;
  int sent = best[token] == expert ? placeOf(best, token, shape.tokens) : shape.places;
  for (int place = 0; place < shape.places; place++)
    output[(long long)i * shape.places + place] =
        place == sent ? shape.isWeighted ? gates[i] : 1 : 0;
}

KERNEL routeSlopes(
    const int* best, Source slopeOfOutput, Target slopes, int count, KernelRouting shape) {
  int i = thread();
  if (i >= count) return;
  int token = i / shape.experts, expert = i % shape.experts;
  int sent = best[token] == expert ? placeOf(best, token, shape.tokens) : shape.places;
  slopes[i] = sent < shape.places ? slopeOfOutput[(long long)i * shape.places + sent] : 0;
}

// ---- Optimisers

// Numbers of a step lie in memory, for they change from one to the next. `factor` multiplies gradients;
// 0: nothing moves.

KERNEL stepAdam(
    float* weights, const float* gradients, float* first, float* second, int count,
    const KernelAdam* given, const float* factor) {
  int i = thread();
  KernelAdam step = *given;
  if (i >= count || *factor == 0) return;
  float gradient = gradients[i] * (*factor * step.scale) + step.added * weights[i];
  float m = step.beta1 * first[i] + (1 - step.beta1) * gradient;
  float v = step.beta2 * second[i] + (1 - step.beta2) * gradient * gradient;
  first[i] = m;
  second[i] = v;
  weights[i] = step.kept * weights[i] -
               step.rate * m / (sqrtf(v) * step.rootCorrection + step.epsilon);
}

KERNEL stepRMSProp(
    float* weights, const float* gradients, float* squares, float* means, float* kept, int count,
    const KernelRMSProp* given, const float* factor) {
  int i = thread();
  KernelRMSProp step = *given;
  if (i >= count || *factor == 0) return;
  float gradient = gradients[i] * (*factor * step.scale);
  float square = step.decay * squares[i] + (1 - step.decay) * gradient * gradient;
  squares[i] = square;
  float variance = square;
  if (step.isCentred) {
    float mean = step.decay * means[i] + (1 - step.decay) * gradient;
    means[i] = mean;
    variance -= mean * mean;
  }
  float move = gradient / (sqrtf(fmaxf(variance, 0) + step.inside) + step.behind);
  if (step.momentum > 0) {
    move += step.momentum * kept[i];
    kept[i] = move;
  }
  weights[i] -= step.rate * move;
}

KERNEL stepSGD(
    float* weights, const float* gradients, float* kept, int count, const KernelSGD* given,
    const float* factor) {
  int i = thread();
  KernelSGD step = *given;
  if (i >= count || *factor == 0) return;
  float gradient = gradients[i] * (*factor * step.scale);
  if (step.momentum > 0) {
    gradient += step.momentum * kept[i];
    kept[i] = gradient;
  }
  weights[i] -= step.rate * gradient;
}

KERNEL mixNumbers(float* a, const float* b, int count, float share) {
  int i = thread();
  if (i < count) a[i] += share * (b[i] - a[i]);
}

// figures: the length whose squares have these sums, and the factor that cuts it to `most`, or 0; most
// < 0: it is as long as it is. One thread.
KERNEL cutLength(const double* sums, int count, float most, float* figures) {
  double sum = 0;
  for (int i = 0; i < count; i++) sum += sums[i];
  float length = (float)sqrt(sum);
  figures[0] = length;
  figures[1] = !(length < INFINITY) ? 0 : most < 0 ? 1 : fminf(1, most / (length + 1e-6f));
}

// sums[block]: of squares; of numbers times 0, which is 0 for finite ones alone. 256 blocks of 256.
KERNEL BOUNDS(256) sumSquares(const float* numbers, double* sums, int count, int onlyFinite) {
  SHARED(double, parts, 256);
  double sum = 0;
  for (int i = thread(); i < count; i += gridDim.x * blockDim.x) {
    double v = numbers[i];
    sum += onlyFinite ? v * 0 : v * v;
  }
  parts[threadIdx.x] = sum;
  SYNC();
  if (threadIdx.x != 0) return;
  for (int other = 1; other < 256; other++) sum += parts[other];
  sums[blockIdx.x] = sum;
}
