package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * An annotation file in the format of PASCAL VOC, which ImageNet's bounding boxes share: the objects of one image.
 *
 * @param width width of the image; 0 if the file does not state it
 * @param height height of the image; 0 if the file does not state it
 * @param objects objects in the file's order
 */
record Annotation(int width, int height, List<Box> objects) {
    private static final long MOST_BYTES = 8L << 20;
    /** Bound of coordinates in pixels; no image is larger. */
    private static final double FARTHEST = 1 << 24;

    /**
     * One object. Coordinates count pixels from 1, both ends inclusive; fractions, which a few files hold, are cut off.
     *
     * @param name name of the class
     * @param difficult whether the annotators marked it as hard to recognise
     * @param truncated whether a part lies outside the image
     */
    record Box(String name, boolean difficult, boolean truncated, int xMin, int yMin, int xMax, int yMax) {
        /** Tells whether a part lies beyond an image. A coordinate of 0, as ImageNet has it, stands for 1. */
        boolean reachesBeyond(int width, int height) {
            return xMin < 0 || yMin < 0 || xMax > width || yMax > height;
        }
    }

    /**
     * Reads a file. Document types are refused, so that no entity can refer to other files.
     *
     * @throws InputException if the file cannot be read or is not an annotation
     */
    static Annotation read(Path file) {
        InputFiles.requireReadable(file);
        try (InputStream in = Files.newInputStream(file)) {
            if (Files.size(file) > MOST_BYTES) {
                throw broken(file, "it has " + (Files.size(file) >> 20) + " MB");
            }
            Element root = parser().parse(in).getDocumentElement();
            if (!root.getTagName().equals("annotation")) {
                throw broken(file, "the root element is <" + root.getTagName() + ">, not <annotation>");
            }
            return of(file, root);
        } catch (IOException | SAXException e) {
            throw broken(file, Reasons.of(e));
        }
    }

    /** Returns the number of boxes of which a part lies beyond the image. */
    static int clipped(List<Box> boxes, int width, int height) {
        return (int) boxes.stream().filter(box -> box.reachesBeyond(width, height)).count();
    }

    private static DocumentBuilder parser() {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(new Throwing());
            return builder;
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("the XML parser of this Java runtime cannot refuse document types", e);
        }
    }

    private static Annotation of(Path file, Element root) {
        Element size = child(root, "size");
        List<Box> boxes = new ArrayList<>();
        for (Element object : children(root, "object")) {
            boxes.add(box(file, object));
        }
        return new Annotation(size == null ? 0 : number(file, size, "width", 0), size == null ? 0
                : number(file, size, "height", 0),
                List.copyOf(boxes));
    }

    private static Box box(Path file, Element object) {
        String name = text(object, "name");
        Element bounds = child(object, "bndbox");
        if (name.isEmpty() || bounds == null) {
            throw broken(file, "an object has no " + (name.isEmpty() ? "<name>" : "<bndbox>"));
        }
        Box box = new Box(name, flag(file, object, "difficult"), flag(file, object, "truncated"),
                number(file, bounds, "xmin", null),
                number(file, bounds, "ymin", null), number(file, bounds, "xmax", null), number(file, bounds, "ymax",
                        null));
        if (box.xMax < box.xMin || box.yMax < box.yMin) {
            throw broken(file, "the box of a " + name + " ends before it starts");
        }
        return box;
    }

    /** Reads a flag; a missing or empty tag, as in older files, is false. */
    private static boolean flag(Path file, Element element, String tag) {
        return number(file, element, tag, 0) != 0;
    }

    /** @param missing value of a missing or empty tag; null if the tag is required */
    private static int number(Path file, Element element, String tag, Integer missing) {
        String text = text(element, tag);
        if (text.isEmpty() && missing != null) {
            return missing;
        }
        double value = Double.NaN;
        try {
            value = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            // refused below
        }
        if (Double.isNaN(value)) {
            throw broken(file, "<" + tag + "> holds '" + text + "', not a number");
        }
        if (Math.abs(value) >= FARTHEST) {
            throw broken(file, "<" + tag + "> holds '" + text + "', more pixels than an image has");
        }
        return (int) value;
    }

    private static String text(Element element, String tag) {
        Element child = child(element, tag);
        return child == null ? "" : child.getTextContent().strip();
    }

    private static Element child(Element element, String tag) {
        List<Element> children = children(element, tag);
        return children.isEmpty() ? null : children.get(0);
    }

    /** Returns the direct children only: parts of an object have boxes too. */
    private static List<Element> children(Element element, String tag) {
        List<Element> children = new ArrayList<>();
        for (Node node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element child && child.getTagName().equals(tag)) {
                children.add(child);
            }
        }
        return children;
    }

    private static InputException broken(Path file, String what) {
        return new InputException(file + ": " + what + "; provide an annotation in the format of PASCAL VOC");
    }

    /** Throws errors; without a handler the parser prints them. */
    private static final class Throwing implements ErrorHandler {
        @Override
        public void warning(SAXParseException e) {
            // A warning does not change how an annotation is read.
        }

        @Override
        public void error(SAXParseException e) throws SAXException {
            throw e;
        }

        @Override
        public void fatalError(SAXParseException e) throws SAXException {
            throw e;
        }
    }
}
