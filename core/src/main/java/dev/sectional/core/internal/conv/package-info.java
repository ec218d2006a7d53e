/**
 * Algorithms for convolutions, their gradients, and the products of relevance rules, on feature maps with the
 * channels last.
 *
 * <p>{@code dev.sectional.nn.plan.AlgorithmPlanner} chooses among them. In the table, a convolution has P input and P'
 * output positions, C input and O output channels, a kernel of k = kh kw offsets, and T = ceil(H'/4) ceil(W'/4) tiles;
 * nnz is the number of nonzeros of the relevance at its output; u = 2^-24. Memory counts float32 elements beside inputs
 * and outputs. Rules of filter gradients are those of {@code RuleFamily.FILTER_GRADIENT}.
 *
 * <table>
 * <caption>Algorithms</caption>
 * <tr><th>class</th><th>chosen</th><th>multiply-adds</th><th>memory</th><th>rounding</th></tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.DirectConvolution}</td>
 *   <td>for every shape that the others do not fit or are slower for; groups of many channels</td>
 *   <td>k C O P' for each of the three operations</td>
 *   <td>the padded input; for the filter gradient the padded input by channel and the packed output gradient</td>
 *   <td>at most n u times the sum of the absolute values of an element's n products</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.SmallChannelConvolution}</td>
 *   <td>for at most 8 channels, such as images: kh &gt; 1, column dilation 1, SIMD kernels; input gradients always</td>
 *   <td>k C O P'</td>
 *   <td>for each thread the input of some output rows, 32,000 elements; for the input gradient k C P'</td>
 *   <td>as direct</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.SmallChannelShares}</td>
 *   <td>for rules whose convolution reads two terms of an image, at most 8 channels in all</td>
 *   <td>k C O P'</td>
 *   <td>65,000 products for each thread, and the input for each 8 output rows</td>
 *   <td>as direct</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.DepthwiseConvolution}</td>
 *   <td>for several groups of at most 8 channels, or 8 filters for the input gradient; depthwise convolutions are
 *       groups of one channel</td>
 *   <td>k C O P' / groups for each of the three operations</td>
 *   <td>none for one channel and filter per group; else the input repeated, P C O / groups, and for the filter gradient
 *       the filters for every 16 output rows</td>
 *   <td>as direct</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.Winograd}</td>
 *   <td>for 3x3 kernels of stride and dilation 1, and kernels of up to 6x6 as several of them
 *       ({@link dev.sectional.core.internal.conv.SplitKernel}), if that costs less, transforms included, and the
 *       direct products are at least 5 10^6, for rules 10^8; not where a rule divides by outputs of both signs</td>
 *   <td>36 T C O, a fourth of direct, and the transforms; 144 T C O for a 5x5 kernel, 36 % of direct</td>
 *   <td>for each thread the transformed inputs of a block (130,000 elements, at least 40 tiles; at most 100 tiles of
 *       many channels) and the transformed filters of one
 *       panel; the transformed filters of all panels if the channels are few</td>
 *   <td>relative to the greatest values of a tile, not to each output; outputs of windows of zeros are exact</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.SignSplitFilterGradient}</td>
 *   <td>with Winograd's two products, for rules of filter gradients, for the shapes that fit Winograd</td>
 *   <td>72 T C O for both signs, and the transforms</td>
 *   <td>at most 3.6 million, and 18 C O for the filters</td>
 *   <td>as Winograd</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.SparseFilterGradient} of
 *       {@link dev.sectional.core.internal.conv.BlockedNonzeros}</td>
 *   <td>for rules of filter gradients, for 3x3 kernels of stride and dilation 1, if nnz is small, as below max
 *       pooling</td>
 *   <td>27 C nnz for all three products and both signs</td>
 *   <td>18 C O for the filters, 2 O P' for the nonzeros, and for each thread one block of inputs and sums</td>
 *   <td>as direct</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.SignSplitPointwise}</td>
 *   <td>for rules of filter gradients, for 1x1 kernels without padding, of at least mr channels</td>
 *   <td>6 C O P' for all three products and both signs</td>
 *   <td>4 C O for the filters, and for each thread blocks of 120 positions</td>
 *   <td>as direct</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.SparsePointwise}</td>
 *   <td>for rules of filter gradients, for 1x1 kernels without padding, if nnz is small and channels are many</td>
 *   <td>3 C nnz for all three products and both signs</td>
 *   <td>C P' for the input, 2 C O for the filters, and for each thread the nonzeros of a block of positions</td>
 *   <td>as direct</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.PointwiseRatio}</td>
 *   <td>for rules of layer weights, for 1x1 kernels without padding, of at least 400 positions</td>
 *   <td>2 C O P' for both products, twice that where the weights differ by the sign of the input</td>
 *   <td>for each thread blocks of up to 120 positions</td>
 *   <td>as direct</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.SignSplitDepthwise}</td>
 *   <td>for rules of filter gradients, for depthwise kernels</td>
 *   <td>4 k C P' for all three products and both signs</td>
 *   <td>one map of ratios, and 2 k C for each 16 output rows</td>
 *   <td>as direct</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.RowBands}</td>
 *   <td>without a tape, for depthwise convolutions and the 1x1 convolutions around them, for first convolutions and
 *       the max pooling or depthwise convolution after them, and for 1x1 convolutions of normalised concatenations;
 *       for gradients of the former; if a map between them has at least 2^17 values</td>
 *   <td>as one after the other; rows at the border of two threads twice</td>
 *   <td>for each thread 65,000 values</td>
 *   <td>as direct</td>
 * </tr>
 * <tr>
 *   <td>{@link dev.sectional.core.internal.conv.MaxPooling}</td>
 *   <td>for max pooling, its gradient and its relevance rule</td>
 *   <td>none</td>
 *   <td>none</td>
 *   <td>exact; sums of overlapping windows round</td>
 * </tr>
 * </table>
 *
 * <p>Shared parts: {@link dev.sectional.core.internal.conv.Gemm} is the matrix product below the dense algorithms,
 * {@link dev.sectional.core.internal.conv.PackedMatrix} its right-hand factor, {@code RowOffsets} the rows of its
 * left-hand one, {@code GemmTasks} its division, and
 * {@link dev.sectional.core.internal.conv.Epilogue} the bias and activation that follow,
 * {@link dev.sectional.core.internal.conv.GradientEpilogue} what follows an input gradient; {@code OffsetRuns} and
 * {@code RepeatedChannels} belong to depthwise convolutions, {@code InputGradient} to direct ones;
 * {@link dev.sectional.core.internal.conv.PreparedFilters} keeps packed filters between calls;
 * {@code WinogradBlocking}, {@code WinogradBatchItem}, {@link dev.sectional.core.internal.conv.WinogradInput},
 * {@code WinogradFilters} and
 * {@code PaddedWindow} belong to the Winograd algorithms.
 *
 * <p>Every element is summed in one order, so that bits depend neither on the number of threads nor on other calls.
 * Results belong to the caller. Temporary buffers are pooled; the method that acquires one releases it, except for
 * objects that say that they hold pooled memory until {@code release}.
 *
 * <p>What belongs here: loops over blocks, tiles and tasks. What does not: innermost loops
 * ({@code core.internal.kernel}), the choice of an algorithm ({@code nn.plan}), and relevance rules
 * ({@code nn.rule}).
 */
package dev.sectional.core.internal.conv;
