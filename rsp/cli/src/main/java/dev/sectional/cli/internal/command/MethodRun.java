package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.cli.internal.option.MethodOptions;
import dev.sectional.images.figure.MethodMaps;
import dev.sectional.images.figure.RelevanceMap;
import java.util.List;

/**
 * The results of one method for one image.
 *
 * @param chosen the method
 * @param attributions one for each class
 * @param seconds time for all of them
 */
record MethodRun(MethodOptions.Chosen chosen, List<Attribution> attributions, double seconds) {
    /** Returns the map that is drawn for each class. */
    List<RelevanceMap> maps() {
        return RelevanceMap.of(chosen.choice().name(), attributions);
    }

    /** Returns the maps as a figure shows them. */
    MethodMaps figure(double scale, String scaleText) {
        return MethodMaps.of(chosen.choice().text(), attributions, maps(), scale, scaleText);
    }
}
