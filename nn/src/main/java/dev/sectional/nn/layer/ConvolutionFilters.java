package dev.sectional.nn.layer;

import dev.sectional.core.HalfTensor;
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
    private volatile Kept<PackedMatrix[]> packed = new Kept<>(null, false);
    private volatile Kept<Tensor> plain = new Kept<>(null, false);
    /** Own and modified filters by key, which rules and gradients read again for each image. */
    private volatile SoftReference<Map<Object, PreparedFilters>> modified = new SoftReference<>(null);

    /** A form of the filters. That of half-precision filters, twice their size, is softly reachable. */
    private record Kept<T>(T strong, SoftReference<T> soft) {
        Kept(T form, boolean softly) {
            this(softly ? null : form, softly ? new SoftReference<>(form) : null);
        }

        T get() {
            return soft == null ? strong : soft.get();
        }
    }

    /** Returns the least bytes of a form that is kept while the convolution lives. */
    static long keptBytes(TensorSource oihw) {
        return oihw instanceof HalfTensor ? 0 : (long) Float.BYTES * oihw.shape().size();
    }

    /** Returns the filters of each group in packed form. They are packed once per provider, while memory suffices. */
    PackedMatrix[] packed(Execution execution, TensorSource oihw, ChannelGroups groups) {
        PackedMatrix[] current = packed.get();
        if (current == null || !current[0].fits(execution)) {
            Tensor weights = FilterLayout.fromOihw(oihw);
            PackedMatrix[] made = new PackedMatrix[groups.count()];
            Arrays.setAll(made, group -> DirectConvolution.pack(execution, groups.part(weights, group)));
            packed = new Kept<>(made, oihw instanceof HalfTensor);
            return made;
        }
        return current;
    }

    /** Returns the filters {@code (kh, kw, C / groups, O)}, which are copied once, while memory suffices. */
    Tensor plain(TensorSource oihw) {
        Tensor current = plain.get();
        if (current == null) {
            current = FilterLayout.fromOihw(oihw);
            plain = new Kept<>(current, oihw instanceof HalfTensor);
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
