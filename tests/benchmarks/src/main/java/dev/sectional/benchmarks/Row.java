package dev.sectional.benchmarks;

import java.util.EnumSet;
import java.util.Set;

/** What {@link Compare} can measure, by the names of the command line. */
enum Row {
    /** The forward pass. */
    forward,
    /** Forward and the map of the top target. */
    explain,
    /** Each further target of the same image. */
    targets,
    /** The forward pass of several images together, for each of them; alone with --networks, beside ONNX Runtime. */
    batch,
    /** A matrix product beside the peak of fused multiply-adds. */
    product,
    /** The forward pass of the scalar provider. */
    scalar,
    /** What a warmed-up explanation allocates. */
    allocation,
    /** Whether an explanation gets by with a small heap. */
    heap,
    /** Whole processes, from nothing to the image. */
    cold,
    /** Each layer's time beside its limit. */
    layers,
    /** How time grows with pixels and with targets. */
    growth,
    /** How much faster several threads are than one. */
    threads;

    /** The rows that have goals. */
    static final Set<Row> GOALS = EnumSet.range(forward, cold);
    /** Those that are measured in turns by one process. */
    static final Set<Row> IN_TURNS = EnumSet.range(forward, allocation);
    /** Those that start processes of their own. */
    static final Set<Row> OF_PROCESSES = EnumSet.of(heap, cold);
}
