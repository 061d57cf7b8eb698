/// Pieces of memory that the calling thread has asked for so far. The functions that give memory
/// are replaced by ones that count, but for builds with a sanitizer, which replaces them itself.
long test_allocations(void);
/// 0: nothing is counted.
int test_counts_allocations(void);
/// The testing library keeps where each error was thrown, in memory that nobody else asks for: from now
/// on it is not told of errors of a known type.
void test_forget_throws(void);
