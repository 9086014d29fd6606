package org.lares.supervisor.definition;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * An XML property list, read with the JDK's StAX so that every value knows its line. The only document type taken is
 * Apple's, without an internal subset, and it is not fetched: so there are no entities to expand.
 */
final class XmlList {
    private static final Pattern DOCTYPE =
            Pattern.compile("<!DOCTYPE\\s+plist(\\s+(PUBLIC\\s+\"-//Apple( Computer)?//DTD"
                    + " PLIST 1\\.0//EN\"|SYSTEM)\\s+\"[^\"<>\\[]*PropertyList-1\\.0\\.dtd\")?\\s*>");
    private static final Pattern INTEGER = Pattern.compile("[+-]?(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,30})");
    private static final Pattern REAL = Pattern.compile("[+-]?[0-9]{1,300}(\\.[0-9]{0,300})?([eE][+-]?[0-9]{1,3})?");
    private static final String CONVERT = "convert it: plutil -convert xml1 FILE";

    private final XMLStreamReader reader;
    private final String where;
    private int values;

    private XmlList(XMLStreamReader reader, String where) {
        this.reader = reader;
        this.where = where;
    }

    static Value read(byte[] content, String where) throws Unreadable {
        String text = decode(content, where);
        checkProlog(text, where);
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("external entities are not read");
        });
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(text));
            try {
                return new XmlList(reader, where).document();
            } finally {
                reader.close();
            }
        } catch (XMLStreamException e) {
            int line = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getLineNumber());
            throw new Unreadable(new Place(where, line), "the XML is broken: " + reason(e), "mend it (xmllint FILE)");
        }
    }

    private static String decode(byte[] content, String where) throws Unreadable {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new Unreadable(
                    new Place(where, 0),
                    "neither a binary property list nor UTF-8 text",
                    "save it as UTF-8 or " + CONVERT);
        }
    }

    /** Looks at the document type before a parser does. */
    private static void checkProlog(String text, String where) throws Unreadable {
        int at = 0;
        while (at < text.length()) {
            if (Character.isWhitespace(text.charAt(at))) {
                at++;
            } else if (text.startsWith("<?", at)) {
                at = after(text, "?>", at);
            } else if (text.startsWith("<!--", at)) {
                at = after(text, "-->", at + 4);
            } else {
                break;
            }
        }
        Place here = new Place(where, lineOf(text, at));
        if (text.startsWith("<!", at)) {
            if (!DOCTYPE.matcher(text).region(at, text.length()).lookingAt()) {
                throw new Unreadable(
                        here,
                        "the document type is not Apple's plain one; entities and other types are not read",
                        "remove the DOCTYPE");
            }
        } else if (at < text.length() && text.charAt(at) != '<') {
            throw new Unreadable(
                    here, "neither an XML nor a binary property list", CONVERT + ", or write one (docs/job-file.md)");
        }
    }

    private static int after(String text, String end, int from) {
        int found = text.indexOf(end, from);
        return found < 0 ? text.length() : found + end.length();
    }

    private static int lineOf(String text, int at) {
        return 1 + (int) text.substring(0, at).chars().filter(c -> c == '\n').count();
    }

    private static String reason(XMLStreamException e) {
        String message = String.valueOf(e.getMessage());
        int start = message.indexOf("Message: ");
        return message.substring(start < 0 ? 0 : start + "Message: ".length())
                .replaceAll("\\s+", " ")
                .strip();
    }

    private Value document() throws XMLStreamException, Unreadable {
        Value top = null;
        while (reader.hasNext()) {
            int event = reader.next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                if (reader.getLocalName().equals("plist") && top == null) {
                    top = plist();
                } else {
                    throw new Unreadable(
                            here(), "the root is <" + reader.getLocalName() + ">, not <plist>", "wrap it in <plist>");
                }
            }
        }
        if (top == null) {
            throw new Unreadable(here(), "there is no <plist>", "write a property list (see docs/job-file.md)");
        }
        return top;
    }

    private Value plist() throws XMLStreamException, Unreadable {
        Value top = null;
        Place start = here();
        while (nextChild()) {
            if (top != null) {
                throw new Unreadable(here(), "<plist> holds more than one value", "put all into one <dict>");
            }
            top = value(1);
        }
        return top == null ? new Value.Garbled(start, "<plist> is empty", "put the job's <dict> into it") : top;
    }

    /** The value whose start element was just read; ends on its end element. */
    private Value value(int depth) throws XMLStreamException, Unreadable {
        Place at = here();
        if (depth > PropertyList.MAX_DEPTH) {
            throw PropertyList.tooDeep(at);
        }
        if (++values > PropertyList.MAX_VALUES) {
            throw PropertyList.tooMany(at);
        }
        String element = reader.getLocalName();
        return switch (element) {
            case "dict" -> dict(at, depth);
            case "array" -> array(at, depth);
            case "string" -> new Value.Text(at, text());
            case "integer" -> integer(at, text().strip());
            case "real" -> real(at, text().strip());
            case "true", "false" -> truth(at, element, text());
            case "date" -> opaque(at, Type.DATE);
            case "data" -> opaque(at, Type.DATA);
            default -> unknown(at, element, depth);
        };
    }

    private Value array(Place at, int depth) throws XMLStreamException, Unreadable {
        List<Value> items = new ArrayList<>();
        while (nextChild()) {
            items.add(value(depth + 1));
        }
        return new Value.Items(at, items);
    }

    private Value opaque(Place at, Type type) throws XMLStreamException, Unreadable {
        text();
        return new Value.Opaque(at, type);
    }

    private Value unknown(Place at, String element, int depth) throws XMLStreamException, Unreadable {
        skip(depth);
        return new Value.Garbled(
                at,
                "<" + shorten(element) + "> is no element of a property list",
                "use dict, array, string, integer, real, true, false, date or data");
    }

    private static Value truth(Place at, String element, String inside) {
        return inside.isBlank()
                ? new Value.Truth(at, element.equals("true"))
                : new Value.Garbled(
                        at, "<" + element + "> holds \"" + shorten(inside) + "\"", "write <" + element + "/>");
    }

    private Value dict(Place at, int depth) throws XMLStreamException, Unreadable {
        List<Value.Entry> entries = new ArrayList<>();
        String key = null;
        Place keyAt = at;
        while (nextChild()) {
            boolean isKey = reader.getLocalName().equals("key");
            if (isKey) {
                if (key != null) {
                    entries.add(withoutValue(key, keyAt));
                }
                keyAt = here();
                if (++values > PropertyList.MAX_VALUES) {
                    throw PropertyList.tooMany(keyAt);
                }
                key = text().strip();
            } else if (key == null) {
                Place stray = here();
                String element = reader.getLocalName();
                value(depth + 1);
                entries.add(new Value.Entry(
                        "",
                        stray,
                        new Value.Garbled(
                                stray,
                                "<" + shorten(element) + "> stands where a <key> belongs",
                                "name it or remove it")));
            } else {
                entries.add(new Value.Entry(key, keyAt, value(depth + 1)));
                key = null;
            }
        }
        if (key != null) {
            entries.add(withoutValue(key, keyAt));
        }
        return new Value.Dict(at, entries);
    }

    private static Value.Entry withoutValue(String key, Place at) {
        return new Value.Entry(key, at, new Value.Garbled(at, "has no value", "give it one or remove it"));
    }

    private static Value integer(Place at, String text) {
        if (INTEGER.matcher(text).matches()) {
            try {
                return new Value.Whole(at, parse(text));
            } catch (NumberFormatException e) {
                return new Value.Garbled(at, "\"" + shorten(text) + "\" is beyond 64 bits", "write a smaller number");
            }
        }
        return new Value.Garbled(
                at, "\"" + shorten(text) + "\" is no integer", "write digits only, such as <integer>10</integer>");
    }

    private static long parse(String text) {
        boolean negative = text.startsWith("-");
        String digits = text.startsWith("+") || negative ? text.substring(1) : text;
        String sign = negative ? "-" : "";
        return digits.startsWith("0x") || digits.startsWith("0X")
                ? Long.parseLong(sign + digits.substring(2), 16)
                : Long.parseLong(sign + digits);
    }

    private static Value real(Place at, String text) {
        return REAL.matcher(text).matches()
                ? new Value.Real(at, Double.parseDouble(text))
                : new Value.Garbled(at, "\"" + shorten(text) + "\" is no number", "write one such as <real>1.5</real>");
    }

    /** To the next child's start, or to the end of this element: then false. */
    private boolean nextChild() throws XMLStreamException, Unreadable {
        while (true) {
            int event = reader.next();
            switch (event) {
                case XMLStreamConstants.START_ELEMENT -> {
                    return true;
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    return false;
                }
                case XMLStreamConstants.ENTITY_REFERENCE -> throw entity();
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    if (!reader.isWhiteSpace()) {
                        throw new Unreadable(
                                here(),
                                "text \"" + shorten(reader.getText()) + "\" outside of an element",
                                "remove it");
                    }
                }
                default -> {}
            }
        }
    }

    /** The text of a leaf. */
    private String text() throws XMLStreamException, Unreadable {
        StringBuilder text = new StringBuilder();
        while (true) {
            int event = reader.next();
            switch (event) {
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
                    text.append(reader.getText());
                case XMLStreamConstants.END_ELEMENT -> {
                    return text.toString();
                }
                case XMLStreamConstants.ENTITY_REFERENCE -> throw entity();
                case XMLStreamConstants.START_ELEMENT ->
                    throw new Unreadable(
                            here(),
                            "<" + shorten(reader.getLocalName()) + "> inside of a simple value",
                            "close that first");
                default -> {}
            }
        }
    }

    private void skip(int depth) throws XMLStreamException, Unreadable {
        int open = 1;
        while (open > 0) {
            int event = reader.next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                open++;
                if (depth + open > PropertyList.MAX_DEPTH) {
                    throw PropertyList.tooDeep(here());
                }
            } else if (event == XMLStreamConstants.END_ELEMENT) {
                open--;
            }
        }
    }

    private Unreadable entity() {
        return new Unreadable(
                here(),
                "the entity &" + shorten(reader.getLocalName()) + "; is not known",
                "write the text itself; only &amp; &lt; &gt; &quot; &apos; and &#...; are read");
    }

    private Place here() {
        return new Place(where, Math.max(0, reader.getLocation().getLineNumber()));
    }

    private static String shorten(String text) {
        return Quote.shorten(text);
    }
}
