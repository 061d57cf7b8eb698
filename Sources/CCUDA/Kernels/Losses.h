// Losses of rows, and the slopes of the outputs. Sums of a row are in double, as the agents' own.

KERNEL policyLoss(
    Source outputs, const float* given, Target slopes, float* figures, int count,
    KernelPolicyLoss loss) {
  int i = thread();
  if (i >= count) return;
  long long first = (long long)i * (1 + loss.choices), logits = first + 1;
  const float* row = given + (long long)i * 6;
  float* told = figures + (long long)i * 5;
  float advantage = row[2], old = row[3], target = row[4], weight = row[5];
  int action = (int)row[0];
  if (weight == 0) {
    for (int place = 0; place <= loss.choices; place++) slopes[first + place] = 0;
    for (int figure = 0; figure < 5; figure++) told[figure] = 0;
    return;
  }
  double most = outputs[logits], total = 0, entropy = 0;
  for (int choice = 1; choice < loss.choices; choice++)
    most = fmax(most, (double)outputs[logits + choice]);
  for (int choice = 0; choice < loss.choices; choice++)
    total += exp((double)outputs[logits + choice] - most);
  total = most + log(total);
  for (int choice = 0; choice < loss.choices; choice++) {
    double logarithm = (double)outputs[logits + choice] - total;
    entropy -= exp(logarithm) * logarithm;
  }
  float logRatio = (float)((double)outputs[logits + action] - total) - row[1];
  float ratio = expf(logRatio);
  float free = -advantage * ratio;
  float bounded = -advantage * fminf(fmaxf(ratio, 1 - loss.clip), 1 + loss.clip);
  float slope = free >= bounded ? weight * free : 0;
  for (int choice = 0; choice < loss.choices; choice++) {
    double logarithm = (double)outputs[logits + choice] - total, mass = exp(logarithm);
    slopes[logits + choice] = slope * (float)((choice == action) - mass) +
                              weight * loss.entropy * (float)(mass * (logarithm + entropy));
  }
  float value = outputs[first], error = value - target, gradient = error;
  if (loss.clipsValue) {
    float cut = old + fminf(fmaxf(value - old, -loss.clip), loss.clip) - target;
    if (error * error < cut * cut) {
      gradient = fabsf(value - old) < loss.clip ? cut : 0;
      error = cut;
    }
  }
  slopes[first] = weight * loss.value * gradient;
  told[0] = fmaxf(free, bounded);
  told[1] = 0.5f * error * error;
  told[2] = (float)entropy;
  told[3] = ratio - 1 - logRatio;
  told[4] = fabsf(ratio - 1) > loss.clip ? 1 : 0;
}

DEV long long outputPlace(KernelActionLoss loss, int action, int number) {
  return loss.isTurned ? number * loss.actions + action : action * loss.numbers + number;
}

// Huber's loss of an error, and its slope.
DEV float huber(float error, float threshold, float& slope) {
  bool isSmall = fabsf(error) <= threshold;
  slope = isSmall ? error : error < 0 ? -threshold : threshold;
  return isSmall ? 0.5f * error * error : threshold * (fabsf(error) - 0.5f * threshold);
}

enum Values { valueNumber, valueMasses, valueQuantiles };

// The part of a row's loss that one of its action's numbers has, its slope, and its share of the value.
// `total`: of masses: the logarithm of the sum of exponentials.
DEV double numberLoss(
    KernelActionLoss loss, float output, int number, const float* targets, double total,
    double whole, double& slope, double& value) {
  const float* fractions = targets + loss.numbers;
  if (loss.kind == valueNumber) {
    float error = output - targets[0], bent = 2 * error;
    float sum = loss.threshold < 0 ? error * error : huber(error, loss.threshold, bent);
    slope = bent;
    value = output;
    return sum;
  }
  if (loss.kind == valueMasses) {
    double mass = exp((double)output - total), target = targets[number];
    slope = whole * mass - target;
    value = mass * ((double)loss.low + number * (double)loss.spacing);
    return target * (total - (double)output);
  }
  double sum = 0, fraction = fractions[number];
  slope = 0;
  for (int other = 0; other < loss.numbers; other++) {
    float bent, part = huber(output - targets[other], 1, bent);
    double share = targets[other] < output ? 1 - fraction : fraction;
    sum += share * part;
    slope += share * bent;
  }
  slope /= loss.numbers;
  value = (double)output / loss.numbers;
  return sum / loss.numbers;
}

// A block has a row.
KERNEL BOUNDS(128) actionLoss(
    Source outputs, const float* given, Target slopes, float* figures, KernelActionLoss loss) {
  SHARED(double, sums, 256);
  int row = blockIdx.x, all = loss.actions * loss.numbers;
  const float* mine = given + (long long)row * (2 + 2 * loss.numbers);
  const float* targets = mine + 2;
  long long first = (long long)row * all;
  int action = (int)mine[0];
  double most = -INFINITY, total = 0, whole = 0, sum = 0, worth = 0;
  if (loss.kind == valueMasses) {
    for (int number = 0; number < loss.numbers; number++)
      most = fmax(most, (double)outputs[first + outputPlace(loss, action, number)]);
    for (int number = 0; number < loss.numbers; number++) {
      total += exp((double)outputs[first + outputPlace(loss, action, number)] - most);
      whole += targets[number];
    }
    total = most + log(total);
  }
  for (int i = threadIdx.x; i < all; i += 128) {
    int number = i % loss.numbers;
    long long place = first + outputPlace(loss, i / loss.numbers, number);
    if (i / loss.numbers != action) {
      slopes[place] = 0;
      continue;
    }
    double slope, value;
    sum += numberLoss(loss, outputs[place], number, targets, total, whole, slope, value);
    worth += value;
    slopes[place] = mine[1] * (float)slope;
  }
  sums[threadIdx.x] = sum;
  sums[128 + threadIdx.x] = worth;
  SYNC();
  if (threadIdx.x != 0) return;
  for (int other = 1; other < 128; other++) {
    sum += sums[other];
    worth += sums[128 + other];
  }
  figures[2 * row] = (float)sum;
  figures[2 * row + 1] = (float)worth;
}
