package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.cli.internal.option.FigureOptions;
import dev.sectional.cli.internal.option.FitOption;
import dev.sectional.cli.internal.option.ImageSource;
import dev.sectional.cli.internal.output.ResultNames;
import dev.sectional.core.InputException;
import dev.sectional.images.InputImage;
import dev.sectional.images.figure.Canvas;
import dev.sectional.images.figure.Figures;
import dev.sectional.images.figure.MethodMaps;
import dev.sectional.images.figure.RelevanceMap;
import dev.sectional.images.figure.Subject;
import dev.sectional.images.files.Npy;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.nn.ModelCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes the figures and arrays of one image, all of them or none. */
final class ExplanationWriter {
    /** Threads that compress a figure; more would wait for each other. */
    static final int THREADS = Math.min(4, Runtime.getRuntime().availableProcessors());

    private final FigureOptions figures;
    private final FitOption fit;
    private final Path folder;
    private final String relevanceFile;
    private final String logitsFile;
    private final ModelCard card;
    private final Set<Path> inputs = new HashSet<>();

    /**
     * @param relevanceFile pattern of the name of a relevance file; null for none
     * @param logitsFile pattern of the name of a logits file; null for none
     * @param card of the network: names of classes, and what was assumed
     * @param images of the run, which no result may replace
     */
    ExplanationWriter(FigureOptions figures, FitOption fit, Path folder, String relevanceFile, String logitsFile,
            ModelCard card, List<ImageSource> images) {
        images.forEach(image -> real(image.file()).ifPresent(inputs::add));
        this.figures = figures;
        this.fit = fit;
        this.folder = folder;
        this.relevanceFile = relevanceFile;
        this.logitsFile = logitsFile;
        this.card = card;
    }

    /**
     * Writes the files of one image.
     *
     * @param scales for each run, the relevance that is drawn at full strength
     * @return for each run and each class, the files that show it
     */
    List<List<List<Path>>> write(ImageSource source, InputImage image, List<MethodRun> runs, double[] scales) {
        List<List<List<Path>>> written = new ArrayList<>();
        try (OutputFiles outputs = new OutputFiles()) {
            List<Path> shared = new ArrayList<>();
            if (figures.figure() == FigureOptions.Figure.FIGURE) {
                shared.add(folder.resolve(source.folder()).resolve(source.name() + "." + figureName(runs) + ".png"));
                add(outputs, shared.get(0), draw(source, image, runs, scales));
            }
            if (logitsFile != null) {
                Path logits = Path.of(ResultNames.fill(logitsFile, below(source), "", ""));
                add(outputs, logits, out -> Npy.write(out, runs.get(0).attributions().get(0).logits()));
                shared.add(logits);
            }
            for (int i = 0; i < runs.size(); i++) {
                written.add(ofMethod(outputs, source, image, runs.get(i), scales[i], shared));
            }
            outputs.keep();
        }
        return written;
    }

    private static String figureName(List<MethodRun> runs) {
        return runs.size() > 1 ? "sheet" : ResultNames.ofMethod(runs.get(0).chosen().text());
    }

    /** Returns the panel of one method or the contact sheet of several. */
    Canvas draw(ImageSource source, InputImage image, List<MethodRun> runs, double[] scales) {
        List<MethodMaps> methods = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            methods.add(runs.get(i).figure(scales[i], figures.scaleText()));
        }
        Subject subject = subject(source, image);
        return methods.size() == 1 ? Figures.panel(subject, methods.get(0), figures.look())
                : Figures.sheet(subject, methods, figures.look());
    }

    /** Returns the image's name with the folders that results keep. */
    private static String below(ImageSource source) {
        return source.folder().resolve(source.name()).toString();
    }

    private Subject subject(ImageSource source, InputImage image) {
        return Subject.of(image, source.file().getFileName().toString(), fit.describe(image), card);
    }

    private List<List<Path>> ofMethod(OutputFiles outputs, ImageSource source, InputImage image, MethodRun run,
            double scale, List<Path> shared) {
        String method = ResultNames.ofMethod(run.chosen().text());
        List<RelevanceMap> maps = run.maps();
        List<List<Path>> written = new ArrayList<>();
        for (int i = 0; i < maps.size(); i++) {
            Attribution attribution = run.attributions().get(i);
            String target = ResultNames.of(attribution, card.labels());
            List<Path> files = new ArrayList<>(shared);
            if (figures.figure() == FigureOptions.Figure.SEPARATE) {
                String name = source.name() + "." + target + "." + method;
                Path heatmap = folder.resolve(source.folder()).resolve(name + ".heatmap.png");
                Path overlay = folder.resolve(source.folder()).resolve(name + ".overlay.png");
                add(outputs, heatmap, Figures.heatmap(subject(source, image), maps.get(i), scale, figures.look()));
                add(outputs, overlay, Figures.overlay(subject(source, image), maps.get(i), scale, figures.look()));
                files.addAll(List.of(heatmap, overlay));
            }
            if (relevanceFile != null) {
                Path relevance = Path.of(ResultNames.fill(relevanceFile, below(source), target, method));
                add(outputs, relevance, out -> Npy.write(out, attribution.relevance()));
                files.add(relevance);
            }
            written.add(files);
        }
        return written;
    }

    private void add(OutputFiles outputs, Path file, Canvas canvas) {
        add(outputs, file, out -> PngWriter.write(out, canvas.width(), canvas.height(), canvas.pixels(), THREADS));
    }

    private void add(OutputFiles outputs, Path file, OutputFiles.Content content) {
        if (real(file).filter(inputs::contains).isPresent()) {
            throw new InputException(file + " is an image of this run, which its result would replace: give results"
                    + " another name or folder");
        }
        outputs.add(file, content);
    }

    /** Returns the one name of a file that exists. */
    private static Optional<Path> real(Path file) {
        try {
            return Files.exists(file) ? Optional.of(file.toRealPath()) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();   // Reading or writing it says why.
        }
    }
}
