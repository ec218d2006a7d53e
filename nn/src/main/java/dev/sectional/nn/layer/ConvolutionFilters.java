package dev.sectional.nn.layer;

import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.conv.DirectConvolution;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.conv.PreparedFilters;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.ops.FilterLayout;
import java.lang.ref.SoftReference;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The filters of a convolution as the kernels read them, kept from call to call. They do not depend on the padding, so
 * that a convolution shares them with those of other paddings. Safe for use by several threads.
 */
final class ConvolutionFilters {
    private volatile PackedMatrix[] packed;
    private volatile Tensor plain;
    /** Own and modified filters by key, which rules and gradients read again for each image. */
    private volatile SoftReference<Map<Object, PreparedFilters>> modified = new SoftReference<>(null);

    /** Returns the filters of each group in packed form. They are packed once per provider. */
    PackedMatrix[] packed(Execution execution, TensorSource oihw, ChannelGroups groups) {
        PackedMatrix[] current = packed;
        if (current == null || !current[0].fits(execution)) {
            Tensor weights = FilterLayout.fromOihw(oihw);
            current = new PackedMatrix[groups.count()];
            Arrays.setAll(current, group -> DirectConvolution.pack(execution, groups.part(weights, group)));
            packed = current;
        }
        return current;
    }

    /** Returns the filters {@code (kh, kw, C / groups, O)}, which are copied once. */
    Tensor plain(TensorSource oihw) {
        Tensor current = plain;
        if (current == null) {
            current = FilterLayout.fromOihw(oihw);
            plain = current;
        }
        return current;
    }

    /**
     * Returns modified filters, which are softly reachable.
     *
     * @param key equal keys stand for the same filters
     * @param filters computes them if they are not kept
     */
    PreparedFilters modified(Object key, Supplier<TensorSource> filters) {
        Map<Object, PreparedFilters> all = modified.get();
        if (all == null) {
            all = new ConcurrentHashMap<>();
            modified = new SoftReference<>(all);
        }
        return all.computeIfAbsent(key, each -> new PreparedFilters(filters.get().tensor()));
    }
}
