/**
 * Benchmarks: JMH for single kernels, and comparisons of whole networks with native engines.
 *
 * <ul>
 * <li>{@code Compare} is the program behind {@code run compare}: it times each {@code Row} in turns on every engine,
 *     checks that the logits agree, and prints {@code GoalTable}s. Each engine is a {@code Contender}; {@code Child}
 * and
 *     {@code CompareFork} run it in a process of its own.
 * <li>{@code Layers} and {@code LayerWork} set each layer beside its limit; {@code Peak} measures the machine.
 * <li>{@code ConvolutionBenchmark}, {@code LinearBenchmark}, {@code MatrixProductBenchmark},
 *     {@code PoolingBenchmark} and {@code NetworkBenchmark} are JMH benchmarks.
 * </ul>
 *
 * <p>Speed is measured here and nowhere else: no test asserts a time.
 */
package dev.sectional.benchmarks;
