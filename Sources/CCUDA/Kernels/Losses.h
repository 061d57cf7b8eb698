// Losses of rows, and the slopes of the outputs. Sums of a row are in double, as the agents' own.

// ln of the square root of 2 pi.
#define HALF_LOG_TWO_PI 0.918938533f

// Of a choice among `count`: the logarithm of the sum of exponentials, and the entropy.
struct Chances { double total, entropy; };

DEV double logSumExp(Source logits, int count) {
  double most = logits[0], total = 0;
  for (int i = 1; i < count; i++) most = fmax(most, (double)logits[i]);
  for (int i = 0; i < count; i++) total += exp((double)logits[i] - most);
  return most + log(total);
}

DEV Chances chances(Source logits, int count) {
  Chances made = {logSumExp(logits, count), 0};
  for (int i = 0; i < count; i++) {
    double logarithm = (double)logits[i] - made.total;
    made.entropy -= exp(logarithm) * logarithm;
  }
  return made;
}

// In deviations, of a policy's row [means, logarithms of deviations].
DEV float distance(Source row, const float* action, int width, int i) {
  return (action[i] - row[i]) * expf(-row[width + i]);
}

DEV float logChance(
    Source row, const float* action, KernelPolicyLoss loss, float& entropy) {
  if (loss.isGaussian) {
    float sum = 0;
    entropy = 0;
    for (int i = 0; i < loss.width; i++) {
      float far = distance(row, action, loss.width, i);
      sum -= 0.5f * far * far + row[loss.width + i] + HALF_LOG_TWO_PI;
      entropy += 0.5f + HALF_LOG_TWO_PI + row[loss.width + i];
    }
    return sum;
  }
  double sum = 0, all = 0;
  int first = 0;
  for (int part = 0; part < loss.width; part++) {
    Chances mine = chances(row + first, loss.counts[part]);
    sum += (double)row[first + (int)action[part]] - mine.total;
    all += mine.entropy;
    first += loss.counts[part];
  }
  entropy = (float)all;
  return (float)sum;
}

// Slopes of a log p + b entropy.
DEV void chanceSlopes(
    Source row, const float* action, Target slopes, KernelPolicyLoss loss, float a, float b) {
  if (loss.isGaussian) {
    for (int i = 0; i < loss.width; i++) {
      float far = distance(row, action, loss.width, i);
      slopes[i] = a * far * expf(-row[loss.width + i]);
      slopes[loss.width + i] = a * (far * far - 1) + b;
    }
    return;
  }
  int first = 0;
  for (int part = 0; part < loss.width; part++) {
    Chances mine = chances(row + first, loss.counts[part]);
    for (int i = 0; i < loss.counts[part]; i++) {
      double logarithm = (double)row[first + i] - mine.total, mass = exp(logarithm);
      slopes[first + i] = a * (float)((i == (int)action[part]) - mass) -
                          b * (float)(mass * (logarithm + mine.entropy));
    }
    first += loss.counts[part];
  }
}

KERNEL policyLoss(
    Source outputs, const float* given, Target slopes, float* figures, int count,
    KernelPolicyLoss loss) {
  int i = thread();
  if (i >= count) return;
  long long first = (long long)i * (1 + loss.outputs);
  const float* row = given + (long long)i * (5 + loss.width);
  const float* action = row + 5;
  float* told = figures + (long long)i * 5;
  float advantage = row[1], old = row[2], target = row[3], weight = row[4];
  if (weight == 0) {
    for (int place = 0; place <= loss.outputs; place++) slopes[first + place] = 0;
    for (int figure = 0; figure < 5; figure++) told[figure] = 0;
    return;
  }
  float entropy;
  float logRatio = logChance(outputs + (first + 1), action, loss, entropy) - row[0];
  float ratio = expf(logRatio);
  float free = -advantage * ratio;
  float bounded = -advantage * fminf(fmaxf(ratio, 1 - loss.clip), 1 + loss.clip);
  chanceSlopes(
      outputs + (first + 1), action, slopes + (first + 1), loss,
      free >= bounded ? weight * free : 0, -weight * loss.entropy);
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
  told[2] = entropy;
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

// What an action's outputs say it is worth; of masses, `total` becomes the logarithm of the sum of
// exponentials.
DEV float worthOf(
    KernelActionLoss loss, Source outputs, long long first, int action, double& total) {
  double most = -INFINITY, sum = 0, whole = 0;
  if (loss.kind == valueNumber) return outputs[first + outputPlace(loss, action, 0)];
  if (loss.kind == valueMasses)
    for (int number = 0; number < loss.numbers; number++)
      most = fmax(most, (double)outputs[first + outputPlace(loss, action, number)]);
  for (int number = 0; number < loss.numbers; number++) {
    double output = outputs[first + outputPlace(loss, action, number)], mass = 1;
    if (loss.kind == valueMasses) {
      mass = exp(output - most);
      output = (double)loss.low + number * (double)loss.spacing;
    }
    sum += mass * output;
    whole += mass;
  }
  total = most + log(whole);
  return (float)(sum / whole);
}

// The slope of an action's value, as one of its numbers' has it.
DEV float worthSlope(
    KernelActionLoss loss, float output, int number, float worth, double total, float slope) {
  if (loss.kind == valueNumber) return slope;
  if (loss.kind == valueQuantiles) return slope / loss.numbers;
  double lead = (double)loss.low + number * (double)loss.spacing - (double)worth;
  return slope * (float)(exp((double)output - total) * lead);
}

// A block has a row; `given`: action, weight, targets, fractions.
KERNEL BOUNDS(128) actionLoss(
    Source outputs, const float* given, Target slopes, float* figures, KernelActionLoss loss) {
  SHARED(double, sums, 256);
  SHARED(float, worths, mostActions);
  SHARED(double, totals, mostActions);
  int row = blockIdx.x, all = loss.actions * loss.numbers;
  const float* mine = given + (long long)row * (2 + 2 * loss.numbers);
  const float* targets = mine + 2;
  long long first = (long long)row * all;
  int action = (int)mine[0];
  double total = 0, whole = 0, sum = 0, worth = 0, soft = 0;
  if (loss.kind == valueMasses) {
    worthOf(loss, outputs, first, action, total);
    for (int number = 0; number < loss.numbers; number++) whole += targets[number];
  }
  if (loss.conservatism > 0) {
    for (int other = threadIdx.x; other < loss.actions; other += 128)
      worths[other] = worthOf(loss, outputs, first, other, totals[other]);
    SYNC();
    soft = logSumExp(source(worths), loss.actions);
  }
  for (int i = threadIdx.x; i < all; i += 128) {
    int number = i % loss.numbers, other = i / loss.numbers;
    long long place = first + outputPlace(loss, other, number);
    float output = outputs[place], made = 0;
    if (other == action) {
      double slope, value;
      sum += numberLoss(loss, output, number, targets, total, whole, slope, value);
      worth += value;
      made = mine[1] * (float)slope;
    }
    if (loss.conservatism > 0) {
      float mass = (float)exp((double)worths[other] - soft);
      float slope = loss.conservatism * mine[1] * (mass - (other == action ? 1 : 0));
      made += worthSlope(loss, output, number, worths[other], totals[other], slope);
    }
    slopes[place] = made;
  }
  sums[threadIdx.x] = sum;
  sums[128 + threadIdx.x] = worth;
  SYNC();
  if (threadIdx.x != 0) return;
  for (int other = 1; other < 128; other++) {
    sum += sums[other];
    worth += sums[128 + other];
  }
  figures[3 * row] = (float)sum;
  figures[3 * row + 1] = (float)worth;
  figures[3 * row + 2] = loss.conservatism > 0 ? (float)(soft - (double)worths[action]) : 0;
}
