/// What factors of products are rounded to; sums, weights and moments are float32. On a card, activations
/// and their slopes are kept in bfloat16, too.
public enum Precision: String, CaseIterable, Sendable { case float32, tf32, bfloat16 }
