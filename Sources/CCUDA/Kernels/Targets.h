// What outputs of actions are to become after a step, as the agents' own `Backup` has it.

enum Forms { formProjected, formTwoHot, formNormal };

// The atom below a number that is cut to the range, and how far it is from there to the next.
struct Between {
  int lower;
  double rest;
};

DEV Between between(const KernelTarget& rule, double number) {
  double position = (fmin(fmax(number, rule.low), rule.high) - rule.low) / rule.spacing;
  // What is not a number stays none.
  if (number != number) position = number;
  int count = rule.outputs.numbers;
  Between made = {position < (double)(count - 1) ? (int)position : count - 2, 0};
  made.rest = position - (double)made.lower;
  return made;
}

DEV double atomOf(const KernelTarget& rule, int index) {
  return rule.low + product((double)index, rule.spacing);
}

// What moved masses leave at an atom.
DEV float projectedAt(
    const KernelTarget& rule, const float* masses, float reward, float discount, int atom) {
  double sum = 0;
  for (int index = 0; index < rule.outputs.numbers; index++) {
    Between at = between(rule, (double)reward + product((double)discount, atomOf(rule, index)));
    if (at.lower == atom - 1) sum += product(at.rest, (double)masses[index]);
    if (at.lower == atom) sum += product(1 - at.rest, (double)masses[index]);
  }
  return (float)sum;
}

// Of the standard normal distribution, between two numbers; exact in both tails.
DEV double normalMass(double low, double high) {
  double a = low > 0 ? -high : low, b = low > 0 ? -low : high, root = sqrt(2.0);
  return 0.5 * (erfc(-b / root) - erfc(-a / root));
}

DEV float normalAt(const KernelTarget& rule, double number, int atom) {
  double spread = rule.deviation, half = rule.spacing / 2;
  double first = rule.low - half, last = rule.high + half;
  double mean = fmin(fmax(number, first - 30 * spread), last + 30 * spread);
  double total = normalMass((first - mean) / spread, (last - mean) / spread);
  double middle = atomOf(rule, atom);
  return (float)(
      normalMass((middle - half - mean) / spread, (middle + half - mean) / spread) / total);
}

// A number as one of the target's numbers.
DEV float numberAt(const KernelTarget& rule, float number, int index) {
  if (rule.outputs.kind != valueMasses) return number;
  if (rule.form == formNormal) return normalAt(rule, number, index);
  Between at = between(rule, number);
  return index == at.lower ? (float)(1 - at.rest) : index == at.lower + 1 ? (float)at.rest : 0;
}

// Of values: the logarithm of the sum of exp(x / temperature).
DEV double softSum(const float* values, int count, double temperature) {
  double most = values[0], sum = 0;
  for (int i = 1; i < count; i++) most = fmax(most, (double)values[i]);
  most /= temperature;
  for (int i = 0; i < count; i++) sum += exp((double)values[i] / temperature - most);
  return most + log(sum);
}

// The first of the largest values among actions that may be taken; where none may, all may.
DEV int bestOf(const float* values, int actions, const u8* allowed) {
  bool isAny = false;
  for (int action = 0; allowed && action < actions; action++) isAny |= allowed[action] != 0;
  int best = -1;
  for (int action = 0; action < actions; action++) {
    if (isAny && !allowed[action]) continue;
    if (best < 0 || values[action] > values[best]) best = action;
  }
  return best;
}

// A block has a row. Outputs of the target network in the next state and, where they count, in the one
// before, and of the learned network in the next one, [rows, outputs]; `told` as `drawSteps` writes it;
// `given` becomes action, weight, targets and fractions, as `actionLoss` reads it.
KERNEL BOUNDS(128) aimSteps(
    const float* next, const float* before, const float* chosen, const float* told,
    const u8* allowed, const int* numbers, const float* fractions, float* given,
    KernelTarget rule) {
  SHARED(float, values, mostActions);
  SHARED(float, old, mostActions);
  SHARED(float, masses, mostNumbers);
  KernelActionLoss outputs = rule.outputs;
  int row = blockIdx.x, actions = outputs.actions, count = outputs.numbers;
  long long first = (long long)row * actions * count;
  const float* step = told + 4 * row;
  float* mine = given + (long long)row * (2 + 2 * count);
  float reward = step[1], discount = step[2];
  double total;
  for (int action = threadIdx.x; action < actions; action += 128) {
    values[action] = worthOf(outputs, source(rule.isDouble ? chosen : next), first, action, total);
    if (rule.isSoft) old[action] = worthOf(outputs, source(before), first, action, total);
  }
  SYNC();
  const u8* mask = allowed ? allowed + (long long)numbers[row] * actions : 0;
  int best = bestOf(values, actions, mask), action = (int)step[0];
  double soft = 0;
  float number = 0;
  if (rule.isSoft) {
    double heat = rule.temperature, likely = softSum(old, actions, heat);
    float bonus = (float)((double)old[action] - product(heat, likely));
    soft = (float)product(heat, softSum(values, actions, heat));
    reward += rule.share * fminf(fmaxf(bonus, rule.floor), 0);
    number = (float)soft;
  } else {
    number = worthOf(outputs, source(next), first, best, total);
  }
  bool isMoved = outputs.kind == valueMasses && rule.form == formProjected;
  for (int index = threadIdx.x; isMoved && index < count; index += 128)
    masses[index] = (float)exp((double)next[first + outputPlace(outputs, best, index)] - total);
  SYNC();
  for (int index = threadIdx.x; index < count; index += 128) {
    float made = reward + discount * number;
    if (isMoved) {
      made = projectedAt(rule, masses, reward, discount, index);
    } else if (outputs.kind != valueQuantiles) {
      made = numberAt(rule, made, index);
    } else if (rule.isSoft) {
      double sum = soft;
      for (int other = 0; other < actions; other++) {
        double chance = exp(((double)values[other] - soft) / (double)rule.temperature);
        sum += product(
            chance, (double)next[first + outputPlace(outputs, other, index)] - values[other]);
      }
      made = reward + discount * (float)sum;
    } else {
      made = reward + discount * next[first + outputPlace(outputs, best, index)];
    }
    mine[2 + index] = made;
    mine[2 + count + index] = fractions[(long long)row * count + index];
  }
  if (threadIdx.x > 0) return;
  mine[0] = step[0];
  mine[1] = step[3] / gridDim.x;
}
