package dev.sectional.attribution.method;

import dev.sectional.attribution.Interest;
import dev.sectional.attribution.Method;
import dev.sectional.core.InputException;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Rules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The methods by name. Some take settings, as in {@code smooth-grad:samples=50,seed=1}; whatever is not given has the default
 * that {@link Entry#settings()} shows.
 */
public final class Methods {
    private static final String KOHLBRENNER = "Kohlbrenner et al. 2020, arXiv 1910.09840";
    private static final String MONTAVON = "Montavon et al. 2019, Layer-Wise Relevance Propagation: An Overview";
    private static final String BACH = "Bach et al. 2015, PLOS ONE 10(7)";
    private static final String ZHANG = "Zhang et al. 2016, arXiv 1608.00507";

    private static final Map<String, Offer> ALL = new LinkedHashMap<>();

    static {
        relevance();
        gradients();
    }

    /**
     * A method as users find it.
     *
     * @param name by which it is asked for
     * @param summary one line
     * @param source the publication
     * @param settings with their defaults, such as {@code samples=25,seed=0}; empty when there are none
     */
    public record Entry(String name, String summary, String source, String settings) {
        /** The method with its defaults. */
        public Method method() {
            return named(name);
        }
    }

    private record Offer(Entry entry, Function<Settings, Method> maker) {
    }

    private Methods() {
    }

    private static void relevance() {
        add("rsp", "evidence for the class and against it, from the last map down; convolutions by the relevance's own filter gradient",
                "Nam, Choi, Lee 2021, arXiv 2012.03434", "start=target,purge=false,layer=", Methods::rsp);
        add("rap", "influence of both signs, shifted so that the sum stays; from the logit", "Nam et al. 2020, arXiv 1904.00605", "",
                s -> Lrp.of(Composite.rap()));
        add(Composite.epsilonPlus(), "LRP: z+ in convolutions, epsilon in linear layers", KOHLBRENNER);
        add(Composite.epsilonPlusFlat(), "epsilon-plus, flat at the first convolution", KOHLBRENNER);
        add(Composite.epsilonAlpha2Beta1(), "LRP: alpha 2, beta 1 in convolutions, epsilon in linear layers", KOHLBRENNER);
        add(Composite.epsilonAlpha2Beta1Flat(), "epsilon-alpha2-beta1, flat at the first convolution", KOHLBRENNER);
        add(Composite.epsilonGammaBox(), "LRP: gamma in convolutions, epsilon in linear layers, z^B at the first convolution", MONTAVON);
        add("alpha-beta-box", "LRP: alpha-beta without biases everywhere, z^B first: what RSP and RAP compare themselves with",
                "Bach et al. 2015; Nam et al. 2020", "alpha=2,beta=1", s -> Lrp.of(Composite.alphaBetaBox(s.alpha())));
        add("lrp-0", "LRP-0 in every layer with weights", BACH, "", s -> Lrp.of(Composite.uniform("lrp-0", Rules.zero())));
        add("lrp-epsilon", "LRP-epsilon in every layer with weights", BACH, "epsilon=1e-6",
                s -> Lrp.of(Composite.uniform("lrp-epsilon", Rules.epsilon(s.number("epsilon")))));
        add("lrp-gamma", "LRP-gamma in every layer with weights", MONTAVON, "gamma=0.25",
                s -> Lrp.of(Composite.uniform("lrp-gamma", Rules.gamma(s.number("gamma")))));
        add("lrp-alpha-beta", "LRP-alpha-beta in every layer with weights", BACH, "alpha=2,beta=1",
                s -> Lrp.of(Composite.uniform("lrp-alpha-beta", Rules.alphaBeta(s.alpha()))));
        add("excitation-backprop", "what excites the class: LRP-z+ in every layer with weights, from 1 (MWP)", ZHANG, "", s -> Lrp.of(Composite.excitation()).fromOne());
        add("contrastive-excitation-backprop", "excitation backpropagation, the class against its opposite (contrastive MWP)", ZHANG, "",
                s -> Lrp.of(Composite.contrastiveExcitation()).fromOne());
    }

    private static void gradients() {
        add("gradient", "the gradient of the logit", "Simonyan et al. 2014, arXiv 1312.6034", "", s -> Gradients.plain());
        add("gradient-x-input", "the gradient times the image", "Shrikumar et al. 2016, arXiv 1605.01713", "", s -> Gradients.timesInput());
        add("integrated-gradients", "the mean gradient on the way from the mean colour to the image, times the image",
                "Sundararajan et al. 2017, arXiv 1703.01365", "steps=20", s -> Gradients.integrated(s.whole("steps")));
        add("smooth-grad", "the mean gradient over images with noise", "Smilkov et al. 2017, arXiv 1706.03825", "samples=25,noise=0.15,seed=0",
                s -> Gradients.smooth(s.whole("samples"), s.number("noise"), s.whole("seed")));
        add("guided-backprop", "the gradient, through ReLUs where both it and the output are above 0", "Springenberg et al. 2015, arXiv 1412.6806", "",
                s -> ReluGradient.guided());
        add("deconvnet", "the gradient, through ReLUs where it is above 0", "Zeiler, Fergus 2014, arXiv 1311.2901", "", s -> ReluGradient.deconvnet());
        add("grad-cam", "the last map's channels, weighted by their mean gradient, enlarged", "Selvaraju et al. 2017, arXiv 1610.02391", "layer=",
                s -> s.text("layer").map(GradCam::at).orElseGet(GradCam::atLastMap));
    }

    private static void add(Composite composite, String summary, String source) {
        add(composite.name(), summary, source, "", s -> Lrp.of(composite));
    }

    private static void add(String name, String summary, String source, String settings, Function<Settings, Method> maker) {
        ALL.put(name, new Offer(new Entry(name, summary, source, settings), maker));
    }

    private static Method rsp(Settings settings) {
        Rsp rsp = Rsp.reference().purging(settings.flag("purge")).startLayer(settings.text("layer").orElse(null));
        String start = settings.text("start").orElse("target");
        if (!start.equals("target") && !start.equals("relative")) {
            throw new InputException("method rsp: start=" + start + " is unknown: use target or relative");
        }
        return start.equals("target") ? rsp : rsp.relative(Interest.top(3));
    }

    /** All methods, RSP first. */
    public static List<Entry> all() {
        return ALL.values().stream().map(Offer::entry).toList();
    }

    /**
     * The method of that name, with settings after a colon.
     *
     * @param text such as {@code grad-cam} or {@code integrated-gradients:steps=50}; case does not count in the name
     * @throws InputException if there is no such method or setting, or a setting's value cannot be used
     */
    public static Method named(String text) {
        int colon = text.indexOf(':');
        String name = (colon < 0 ? text : text.substring(0, colon)).strip();
        Offer offer = ALL.get(name.toLowerCase(Locale.ROOT));
        if (offer == null) {
            throw new InputException("method '" + name + "' is unknown: use " + String.join(", ", ALL.keySet()));
        }
        Settings settings = new Settings(offer.entry(), colon < 0 ? "" : text.substring(colon + 1));
        try {
            return offer.maker().apply(settings);
        } catch (IllegalArgumentException e) {
            throw new InputException("method " + offer.entry().name() + ": " + e.getMessage(), e);
        }
    }

    /** The settings of one method: what was given, and the defaults of the rest. */
    private static final class Settings {
        private final String method;
        private final Map<String, String> values = new LinkedHashMap<>();
        private final List<String> given = new ArrayList<>();

        private Settings(Entry entry, String text) {
            method = entry.name();
            pairs(entry.settings()).forEach(pair -> values.put(pair[0], pair[1]));
            for (String[] pair : pairs(text)) {
                if (!values.containsKey(pair[0])) {
                    throw new InputException("method " + method + " has no setting '" + pair[0] + "': "
                            + (values.isEmpty() ? "it has none" : "it has " + entry.settings()));
                }
                values.put(pair[0], pair[1]);
                given.add(pair[0]);
            }
        }

        private List<String[]> pairs(String text) {
            List<String[]> pairs = new ArrayList<>();
            for (String pair : text.isBlank() ? new String[0] : text.split(",")) {
                int equals = pair.indexOf('=');
                if (equals < 0) {
                    throw new InputException("method " + method + ": '" + pair + "' is no setting: write NAME=VALUE, with commas between them");
                }
                pairs.add(new String[] {pair.substring(0, equals).strip(), pair.substring(equals + 1).strip()});
            }
            return pairs;
        }

        private Optional<String> text(String name) {
            return Optional.of(values.get(name)).filter(value -> !value.isEmpty());
        }

        private double number(String name) {
            try {
                return Double.parseDouble(values.get(name));
            } catch (NumberFormatException e) {
                throw new InputException("method " + method + ": " + name + "=" + values.get(name) + " is not a number", e);
            }
        }

        private int whole(String name) {
            try {
                return Integer.parseInt(values.get(name));
            } catch (NumberFormatException e) {
                throw new InputException("method " + method + ": " + name + "=" + values.get(name) + " is not a whole number", e);
            }
        }

        private boolean flag(String name) {
            String value = values.get(name);
            if (!value.equals("true") && !value.equals("false")) {
                throw new InputException("method " + method + ": " + name + "=" + value + " is neither true nor false");
            }
            return value.equals("true");
        }

        /** Alpha; a beta that was given must fit it. */
        private double alpha() {
            double alpha = number("alpha");
            if (given.contains("beta")) {
                Rules.alphaBeta(alpha, number("beta"));
            }
            return alpha;
        }
    }
}
