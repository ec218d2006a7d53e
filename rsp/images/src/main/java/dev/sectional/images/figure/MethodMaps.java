package dev.sectional.images.figure;

import dev.sectional.attribution.Attribution;
import java.util.ArrayList;
import java.util.List;

/**
 * The maps of one method for one image.
 *
 * @param method name and settings
 * @param targets one map for each class explained, at least one
 * @param scale absolute value that is drawn at full strength; 0 draws white
 * @param scaleText origin of the scale, such as {@code 99.5th percentile of this image}
 * @param unit what the values mean, a sentence without a full stop as {@link Units} gives it; empty for none
 */
public record MethodMaps(String method, List<TargetMap> targets, double scale, String scaleText, String unit) {
    /**
     *
     * @param method the component {@code method}
     * @param targets the component {@code targets}
     * @param scale the component {@code scale}
     * @param scaleText the component {@code scaleText}
     * @param unit the component {@code unit}
     * @throws IllegalArgumentException without targets, or if the scale is negative or not finite
     */
    public MethodMaps {
        targets = List.copyOf(targets);
        if (targets.isEmpty() || !(scale >= 0) || Double.isInfinite(scale)) {
            throw new IllegalArgumentException("wanted at least one map and a finite scale of at least 0, got "
                    + targets.size() + " and " + scale);
        }
    }

    /**
     * {@return the maps of a method's results}
     *
     * @param method name of the method
     * @param results one for each target
     * @param maps of the results, in their order
     * @param scale the relevance that is drawn at full strength
     * @param scaleText the scale in words
     */
    public static MethodMaps of(String method, List<Attribution> results, List<RelevanceMap> maps, double scale,
                                String scaleText) {
        List<TargetMap> targets = new ArrayList<>();
        for (int i = 0; i < maps.size(); i++) {
            Attribution result = results.get(i);
            targets.add(new TargetMap(name(result), result.probability(), result.logit(), maps.get(i)));
        }
        return new MethodMaps(method, targets, scale, scaleText, Units.of(method, results));
    }

    /** Returns the class's label; "class 8" where it has none. */
    static String name(Attribution result) {
        return result.label().equals(String.valueOf(result.target())) ? "class " + result.target() : result.label();
    }

    /**
     * The map of one class.
     *
     * @param label name of the class
     */
    public record TargetMap(String label, float probability, float logit, RelevanceMap map) {
    }

    RelevanceMap first() {
        return targets.get(0).map();
    }
}
