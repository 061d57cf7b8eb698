// Losses of actors and of twin critics.

// Squared errors of one output of each of two networks; `given`: which output, target, weight.
KERNEL twinLoss(
    Source first, Source second, const float* given, Target slopesOfFirst, Target slopesOfSecond,
    float* figures, int count, int outputs) {
  int i = thread();
  if (i >= count) return;
  const float* row = given + 3 * i;
  float* told = figures + 3 * i;
  long long start = (long long)i * outputs;
  for (int place = 0; place < outputs; place++)
    slopesOfFirst[start + place] = slopesOfSecond[start + place] = 0;
  long long place = start + (int)row[0];
  float value = first[place], error = value - row[1], other = second[place] - row[1];
  slopesOfFirst[place] = 2 * error * row[2];
  slopesOfSecond[place] = 2 * other * row[2];
  told[0] = error * error;
  told[1] = other * other;
  told[2] = value;
}

// Less the smaller of two values.
KERNEL lessLoss(
    Source first, Source second, Target slopesOfFirst, Target slopesOfSecond, int count) {
  int i = thread();
  if (i >= count) return;
  bool isSecond = second[i] < first[i];
  slopesOfFirst[i] = isSecond ? 0 : -1;
  slopesOfSecond[i] = isSecond ? -1 : 0;
}

// The path through a squashed Gaussian: slopes of a log p(action) + slopes of the action times the
// action; outputs are [means, numbers of which deviations are made]. `given`: a, then noise, the
// action's slopes and both ends of its range, [width] each.
KERNEL squashedLoss(
    Source outputs, const float* given, Target slopes, int count, int width, int isCut) {
  int i = thread();
  if (i >= count) return;
  const float* row = given + (long long)i * (1 + 4 * width);
  const float* noises = row + 1;
  Source policy = outputs + (long long)i * 2 * width;
  Target target = slopes + (long long)i * 2 * width;
  double a = row[0];
  for (int place = 0; place < width; place++) {
    double raw = policy[width + place], noise = noises[place];
    double low = noises[2 * width + place], high = noises[3 * width + place];
    double share = tanh(raw);
    double logDeviation = isCut ? fmin(fmax(raw, -20), 2) : -5 + 3.5 * (share + 1);
    double bend = isCut ? (raw > -20 && raw < 2 ? 1 : 0) : 3.5 * (1 - share * share);
    double deviation = exp(logDeviation);
    double tangent = tanh((double)policy[place] + deviation * noise);
    double moved = (high - low) / 2 * ((1 - tangent) * (1 + tangent));
    double slope = a * 2 * tangent * moved / (moved + 1e-6) + (double)noises[width + place] * moved;
    target[place] = (float)slope;
    target[width + place] = (float)((slope * deviation * noise - a) * bend);
  }
}

// temperature log pi - the smaller value
DEV double bracket(double logarithm, float temperature, float first, float second) {
  return (double)temperature * fmax(logarithm, -1e30) - (double)fminf(first, second);
}

// The sum of pi times that; `given`: weight, temperature, and the values of both critics, [actions] each.
KERNEL softLoss(
    Source outputs, const float* given, Target slopes, float* figures, int count, int actions) {
  int i = thread();
  if (i >= count) return;
  const float* row = given + (long long)i * (2 + 2 * actions);
  const float* first = row + 2;
  const float* second = first + actions;
  long long start = (long long)i * actions;
  double total = logSumExp(outputs + start, actions), sum = 0;
  for (int action = 0; action < actions; action++) {
    double logarithm = (double)outputs[start + action] - total;
    sum += exp(logarithm) * bracket(logarithm, row[1], first[action], second[action]);
  }
  float loss = (float)sum;
  for (int action = 0; action < actions; action++) {
    double logarithm = (double)outputs[start + action] - total;
    double lead = bracket(logarithm, row[1], first[action], second[action]) - (double)loss;
    slopes[start + action] = row[0] * (float)(exp(logarithm) * lead);
  }
  figures[i] = loss;
}
