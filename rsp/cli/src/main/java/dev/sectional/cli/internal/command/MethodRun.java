package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.method.Methods;
import dev.sectional.cli.internal.option.MethodOptions;
import dev.sectional.images.figure.MethodMaps;
import dev.sectional.images.figure.RelevanceMap;
import java.util.ArrayList;
import java.util.List;

/**
 * The results of one method for one image.
 *
 * @param chosen the method
 * @param attributions one for each class
 * @param seconds time for all of them
 */
record MethodRun(MethodOptions.Chosen chosen, List<Attribution> attributions, double seconds) {
    private static final String COARSE = "-cam";

    /** Returns the map that is drawn for each class: without a sign where the method's sign says nothing. */
    List<RelevanceMap> maps() {
        String name = chosen.choice().name();
        return attributions.stream().map(attribution -> Methods.signed(name)
                ? RelevanceMap.sum(attribution.relevance(), name.endsWith(COARSE))
                : RelevanceMap.greatestAbsolute(attribution.relevance())).toList();
    }

    /** Returns the maps as a figure shows them. */
    MethodMaps figure(List<RelevanceMap> maps, double scale, String scaleText) {
        List<MethodMaps.TargetMap> targets = new ArrayList<>();
        for (int i = 0; i < maps.size(); i++) {
            Attribution attribution = attributions.get(i);
            targets.add(new MethodMaps.TargetMap(attribution.label(), attribution.probability(), attribution.logit(),
                    maps.get(i)));
        }
        return new MethodMaps(chosen.choice().text(), targets, scale, scaleText);
    }
}
