package dev.sectional.attribution.method;

import dev.sectional.attribution.Interest;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.internal.text.Spelling;
import dev.sectional.core.InputException;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The methods by name. Some have settings, as in {@code smooth-grad:samples=50,seed=1}; settings that are not given
 * keep the defaults of {@link Entry#settings()}.
 */
public final class Methods {
    private static final String KOHLBRENNER = "Kohlbrenner et al. 2020, arXiv 1910.09840";
    private static final String MONTAVON = "Montavon et al. 2019, Layer-Wise Relevance Propagation: An Overview";
    private static final String BACH = "Bach et al. 2015, PLOS ONE 10(7)";
    private static final String ZHANG = "Zhang et al. 2016, arXiv 1608.00507";

    /** The setting of methods that hold gates constant: signal by default, or uniform. */
    private static final String PRODUCTS = "products=";

    private static final Set<String> UNSIGNED = Set.of("gradient", "smooth-grad", "guided-backprop", "deconvnet");

    private static final Map<String, Registration> ALL = new LinkedHashMap<>();

    static {
        addRelevanceMethods();
        addGradientMethods();
    }

    /**
     * A method as users find it.
     *
     * @param name by which users ask for it
     * @param summary one line
     * @param source the publication
     * @param settings with their defaults, such as {@code samples=25,seed=0}; empty if there are none
     */
    public record Entry(String name, String summary, String source, String settings) {
        /** {@return the method with the default settings} */
        public Method method() {
            return named(name);
        }
    }

    private record Registration(Entry entry, Function<Settings, Method> factory) {
    }

    private Methods() {
    }

    private static void addRelevanceMethods() {
        add("rsp", "evidence for and against the class; convolutions by the filter gradient of the relevance",
                "Nam, Choi, Lee 2021, arXiv 2012.03434", "start=target,classes=,purge=false,layer=", Methods::rsp);
        add("rap", "influence of both signs, shifted so that the sum is kept; from the logit",
                "Nam et al. 2020, arXiv 1904.00605", PRODUCTS, s -> Lrp.of(shared(s, Composite.rap())));
        add(Composite.epsilonPlus(), "LRP: z+ in convolutions, epsilon in linear layers", KOHLBRENNER);
        add(Composite.epsilonPlusFlat(), "epsilon-plus, flat at the first convolution", KOHLBRENNER);
        add(Composite.epsilonAlpha2Beta1(), "LRP: alpha 2, beta 1 in convolutions, epsilon in linear layers",
                KOHLBRENNER);
        add(Composite.epsilonAlpha2Beta1Flat(), "epsilon-alpha2-beta1, flat at the first convolution", KOHLBRENNER);
        add(Composite.epsilonGammaBox(),
                "LRP: gamma in convolutions, epsilon in linear layers, z^B at the first convolution", MONTAVON);
        add("alpha-beta-box",
                "LRP: alpha-beta without biases, z^B at the first convolution; the baseline of RSP and RAP",
                "Bach et al. 2015; Nam et al. 2020", "alpha=2,beta=1," + PRODUCTS,
                s -> Lrp.of(shared(s, Composite.alphaBetaBox(s.alpha()))));
        addUniform("lrp-0", "LRP-0", BACH, "", s -> Rules.zero());
        addUniform("lrp-epsilon", "LRP-epsilon", BACH, "epsilon=1e-6,", s -> Rules.epsilon(s.number("epsilon")));
        addUniform("lrp-gamma", "LRP-gamma", MONTAVON, "gamma=0.25,", s -> Rules.gamma(s.number("gamma")));
        addUniform("lrp-alpha-beta", "LRP-alpha-beta", BACH, "alpha=2,beta=1,", s -> Rules.alphaBeta(s.alpha()));
        add("attn-lrp", "LRP for transformers: epsilon, half to both inputs of a product, softmax expanded",
                "Achtibat et al. 2024, arXiv 2402.05602", "", s -> Lrp.of(Composite.attnLrp()));
        add("excitation-backprop",
                "positive contributions to the class: LRP-z+ in every layer with weights, from 1 (MWP)", ZHANG,
                        PRODUCTS,
                s -> Lrp.of(shared(s, Composite.excitation())).fromOne());
        add("contrastive-excitation-backprop",
                "excitation backpropagation of the class minus that of its opposite (contrastive MWP)",
                ZHANG, PRODUCTS, s -> Lrp.of(shared(s, Composite.contrastiveExcitation())).fromOne());
    }

    private static void addGradientMethods() {
        add("gradient", "the gradient of the logit", "Simonyan et al. 2014, arXiv 1312.6034", "",
                s -> Gradients.plain());
        add("gradient-x-input", "the gradient times the image", "Shrikumar et al. 2016, arXiv 1605.01713", "",
                s -> Gradients.timesInput());
        add("integrated-gradients", "the mean gradient between the mean colour and the image, times the image",
                "Sundararajan et al. 2017, arXiv 1703.01365", "steps=50,rule=gauss",
                s -> Gradients.integrated(s.whole("steps"), Quadrature.named(s.text("rule").orElse(""))));
        add("smooth-grad", "the mean gradient over images with noise", "Smilkov et al. 2017, arXiv 1706.03825",
                "samples=25,noise=0.15,seed=0",
                s -> Gradients.smooth(s.whole("samples"), s.number("noise"), s.whole("seed")));
        add("guided-backprop", "the gradient; ReLUs pass it where it and their output are positive",
                "Springenberg et al. 2015, arXiv 1412.6806", "", s -> ReluGradient.guided());
        add("deconvnet", "the gradient; ReLUs pass it where it is positive", "Zeiler, Fergus 2014, arXiv 1311.2901", "",
                s -> ReluGradient.deconvnet());
        add("grad-cam", "the last feature map's channels, weighted with their mean gradient, enlarged",
                "Selvaraju et al. 2017, arXiv 1610.02391", "layer=",
                s -> s.text("layer").map(GradCam::at).orElseGet(GradCam::atLastFeatureMap));
    }

    private static void add(Composite composite, String summary, String source) {
        add(composite.name(), summary, source, PRODUCTS, s -> Lrp.of(shared(s, composite)));
    }

    private static void addUniform(String name, String rule, String source, String settings,
                                   Function<Settings, Rule> factory) {
        add(name, rule + " in every layer with weights", source, settings + PRODUCTS,
                s -> Lrp.of(shared(s, Composite.uniform(name, factory.apply(s)))));
    }

    /** Returns a composite with the shares of a product's inputs that the user asks for. */
    private static Composite shared(Settings settings, Composite composite) {
        String products = settings.text("products").orElse("signal");
        if (!products.equals("signal") && !products.equals("uniform")) {
            throw new InputException("method " + composite.name() + ": products=" + products
                    + " is unknown: use signal or uniform");
        }
        return products.equals("signal") ? composite : composite.uniformProducts();
    }

    private static void add(String name, String summary, String source, String settings,
                            Function<Settings, Method> factory) {
        ALL.put(name, new Registration(new Entry(name, summary, source, settings), factory));
    }

    private static Method rsp(Settings settings) {
        Rsp purging = Rsp.reference().purging(settings.flag("purge"));
        Rsp rsp = settings.text("layer").map(purging::startLayer).orElse(purging);
        String start = settings.text("start").orElse("target");
        if (!start.equals("target") && !start.equals("relative")) {
            throw new InputException("method rsp: start=" + start + " is unknown: use target or relative");
        }
        if (start.equals("target") && settings.text("classes").isPresent()) {
            throw new InputException("method rsp: classes needs start=relative: the target start uses no other class");
        }
        return start.equals("target") ? rsp : rsp.relative(settings.text("classes").map(Interest::parse)
                .orElse(Interest.upTo(3)));
    }

    /** {@return all methods, RSP first} */
    public static List<Entry> all() {
        return ALL.values().stream().map(Registration::entry).toList();
    }

    /**
     * Tells whether the sign of a method's relevance speaks for or against the class. The sign of a gradient says
     * nothing, so its absolute value is shown; a gradient times the image has a sign that counts.
     *
     * @param name without settings
     * @return true for a method whose relevance can be negative
     */
    public static boolean signed(String name) {
        return !UNSIGNED.contains(name);
    }

    /**
     * {@return the method of a name, with settings after a colon}
     *
     * @param text such as {@code grad-cam} or {@code integrated-gradients:steps=50}; upper and lower case are the same
     *     in the name
     * @throws InputException if there is no such method or setting, or a value is not usable
     */
    public static Method named(String text) {
        return choose(text).method();
    }

    /**
     * {@return the method of a name with all its settings}
     *
     * @param text as {@link #named} takes it
     * @throws InputException as {@link #named}
     */
    public static Choice choose(String text) {
        int colon = text.indexOf(':');
        String name = (colon < 0 ? text : text.substring(0, colon)).strip();
        Registration registration = ALL.get(name.toLowerCase(Locale.ROOT));
        if (registration == null) {
            throw new InputException("method '" + name + "' is unknown: use " + String.join(", ", ALL.keySet())
                    + Spelling.suggestion(name, ALL.keySet()));
        }
        Settings settings = new Settings(registration.entry(), colon < 0 ? "" : text.substring(colon + 1));
        try {
            return new Choice(registration.entry().name(), settings.all(), registration.factory().apply(settings));
        } catch (InputException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new InputException("method " + registration.entry().name() + ": " + e.getMessage(), e);
        }
    }

    /**
     * A method with its settings.
     *
     * @param name by which users ask for it
     * @param settings given ones and defaults by name, in the method's order; empty ones are left out
     */
    public record Choice(String name, Map<String, String> settings, Method method) {
        /** {@return the text that chooses the same: the name, a colon and all settings} */
        public String text() {
            return settings.isEmpty() ? name : name + ":" + settings.entrySet().stream()
                    .map(setting -> setting.getKey() + "=" + setting.getValue()).collect(Collectors.joining(","));
        }
    }
}
