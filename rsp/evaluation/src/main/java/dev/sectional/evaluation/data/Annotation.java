package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.images.ImageFile;
import dev.sectional.images.Reasons;
import java.io.IOException;
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
 * An annotation file of PASCAL VOC, whose form ImageNet's bounding boxes share: the objects of one image.
 *
 * @param width of the image; 0 where the file does not say
 * @param height of the image; 0 where the file does not say
 * @param objects in the file's order
 */
record Annotation(int width, int height, List<Box> objects) {
    private static final long MOST_BYTES = 8L << 20;
    /** No image is larger; what is beyond it is no coordinate. */
    private static final double FARTHEST = 1 << 24;

    /**
     * One object. Coordinates count pixels from 1 and belong to the box; fractions, which a few files hold, are cut off.
     *
     * @param name of its class
     * @param difficult whether the annotators call it hard to recognise
     * @param truncated whether a part lies outside the image
     */
    record Box(String name, boolean difficult, boolean truncated, int xMin, int yMin, int xMax, int yMax) {
    }

    /**
     * Reads a file. Document types are refused, so that no entity can reach for other files.
     *
     * @throws InputException if it is none or broken
     */
    static Annotation read(Path file) {
        ImageFile.requireFile(file);
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw broken(file, "it has " + (Files.size(file) >> 20) + " MB");
            }
            Element root = parser().parse(file.toFile()).getDocumentElement();
            if (!root.getTagName().equals("annotation")) {
                throw broken(file, "its outermost tag is <" + root.getTagName() + ">, not <annotation>");
            }
            return of(file, root);
        } catch (IOException | SAXException e) {
            throw broken(file, Reasons.of(e));
        }
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
            throw new IllegalStateException("this Java's XML parser cannot refuse document types", e);
        }
    }

    private static Annotation of(Path file, Element root) {
        Element size = child(root, "size");
        List<Box> boxes = new ArrayList<>();
        for (Element object : children(root, "object")) {
            boxes.add(box(file, object));
        }
        return new Annotation(size == null ? 0 : number(file, size, "width", 0), size == null ? 0 : number(file, size, "height", 0),
                List.copyOf(boxes));
    }

    private static Box box(Path file, Element object) {
        String name = text(object, "name");
        Element bounds = child(object, "bndbox");
        if (name.isEmpty() || bounds == null) {
            throw broken(file, "an object has no " + (name.isEmpty() ? "<name>" : "<bndbox>"));
        }
        Box box = new Box(name, flag(file, object, "difficult"), flag(file, object, "truncated"), number(file, bounds, "xmin", null),
                number(file, bounds, "ymin", null), number(file, bounds, "xmax", null), number(file, bounds, "ymax", null));
        if (box.xMax < box.xMin || box.yMax < box.yMin) {
            throw broken(file, "the box of a " + name + " ends before it begins");
        }
        return box;
    }

    /** 0 where the tag is missing or empty, as older files leave it. */
    private static boolean flag(Path file, Element element, String tag) {
        return number(file, element, tag, 0) != 0;
    }

    /** @param missing what a missing or empty tag stands for; null if there must be a number */
    private static int number(Path file, Element element, String tag, Integer missing) {
        String text = text(element, tag);
        if (text.isEmpty() && missing != null) {
            return missing;
        }
        try {
            double value = Double.parseDouble(text);
            if (Math.abs(value) < FARTHEST) {
                return (int) value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw broken(file, "<" + tag + "> holds '" + text + "', not a number");
    }

    private static String text(Element element, String tag) {
        Element child = child(element, tag);
        return child == null ? "" : child.getTextContent().strip();
    }

    private static Element child(Element element, String tag) {
        List<Element> children = children(element, tag);
        return children.isEmpty() ? null : children.get(0);
    }

    /** Direct children alone: an object's parts have boxes too. */
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
        return new InputException(file + ": " + what + "; give an annotation as PASCAL VOC writes it");
    }

    /** Without one, the parser prints. */
    private static final class Throwing implements ErrorHandler {
        @Override
        public void warning(SAXParseException e) {
            // nothing that an annotation could be misread by
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
