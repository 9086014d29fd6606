package org.lares.sandbox.closure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** What the component descriptions of bundles say (OSGi Compendium, 112.4). Any thread. */
final class Components {
    private static final String NAMESPACE = "http://www.osgi.org/xmlns/scr/";
    private static final int LARGEST = 4 << 20;

    private Components() {}

    /**
     * A component.
     *
     * @param pids of its configurations
     * @param provides names of the interfaces under which it is a service
     * @param needs references without which it is not active
     * @param enabled from the beginning, and made without being asked for
     */
    record Component(String name, Set<String> pids, Set<String> provides, List<Reference> needs, boolean enabled) {}

    /** @param target a filter, empty if none */
    record Reference(String service, String target) {}

    /**
     * Those of a bundle.
     *
     * @param headers its manifest's
     * @param jars its own, then its fragments'
     */
    static List<Component> of(Map<String, String> headers, List<Path> jars) throws IOException {
        List<Component> found = new ArrayList<>();
        for (String pattern :
                headers.getOrDefault(Headers.SERVICE_COMPONENT, "").split(",", -1)) {
            String path = pattern.split(";", 2)[0].strip();
            if (path.isEmpty()) {
                continue;
            }
            Pattern matching = matching(path.startsWith("/") ? path.substring(1) : path);
            for (Path jar : jars) {
                try (JarFile file = new JarFile(jar.toFile(), false)) {
                    for (JarEntry entry : file.stream()
                            .filter(it -> !it.isDirectory()
                                    && matching.matcher(it.getName()).matches())
                            .sorted(java.util.Comparator.comparing(JarEntry::getName))
                            .toList()) {
                        found.addAll(read(file, entry));
                    }
                }
            }
        }
        return found;
    }

    /** The last part of a path may have wildcards. */
    private static Pattern matching(String path) {
        int slash = path.lastIndexOf('/') + 1;
        String last = Arrays.stream(path.substring(slash).split("\\*", -1))
                .map(Pattern::quote)
                .reduce((left, right) -> left + "[^/]*" + right)
                .orElse("");
        return Pattern.compile(Pattern.quote(path.substring(0, slash)) + last);
    }

    private static List<Component> read(JarFile jar, JarEntry entry) throws IOException {
        if (entry.getSize() > LARGEST) {
            throw new IOException(entry.getName() + " of " + jar.getName() + " is larger than " + LARGEST + " bytes");
        }
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try (InputStream in = jar.getInputStream(entry)) {
            XMLStreamReader xml = factory.createXMLStreamReader(in);
            List<Component> found = new ArrayList<>();
            boolean root = true;
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamConstants.START_ELEMENT) {
                    if (xml.getLocalName().equals("component") && (root && unnamed(xml) || ours(xml))) {
                        found.add(component(xml));
                    }
                    root = false;
                }
            }
            return found;
        } catch (XMLStreamException e) {
            throw new IOException(
                    entry.getName() + " of " + jar.getName() + " is no component description: " + e.getMessage(), e);
        }
    }

    private static boolean ours(XMLStreamReader xml) {
        return xml.getNamespaceURI() != null && xml.getNamespaceURI().startsWith(NAMESPACE);
    }

    private static boolean unnamed(XMLStreamReader xml) {
        return xml.getNamespaceURI() == null || xml.getNamespaceURI().isEmpty();
    }

    private static Component component(XMLStreamReader xml) throws XMLStreamException {
        String name = attribute(xml, "name", "");
        String pid = attribute(xml, "configuration-pid", "$");
        boolean configured = !attribute(xml, "configuration-policy", "optional").equals("ignore");
        boolean enabled = Boolean.parseBoolean(attribute(xml, "enabled", "true"))
                && attribute(xml, "factory", "").isEmpty();
        String implementation = "";
        Set<String> provides = new TreeSet<>();
        List<Reference> needs = new ArrayList<>();
        int depth = 1;
        while (depth > 0) {
            int event = xml.next();
            if (event == XMLStreamConstants.END_ELEMENT) {
                depth--;
            } else if (event == XMLStreamConstants.START_ELEMENT) {
                depth++;
                switch (xml.getLocalName()) {
                    case "implementation" -> implementation = attribute(xml, "class", "");
                    case "provide" -> provides.add(attribute(xml, "interface", ""));
                    case "reference" -> {
                        if (attribute(xml, "cardinality", "1..1").startsWith("1")) {
                            needs.add(new Reference(attribute(xml, "interface", ""), attribute(xml, "target", "")));
                        }
                    }
                    default -> {
                        // What else a component has is not about what it needs.
                    }
                }
            }
        }
        String named = name.isEmpty() ? implementation : name;
        Set<String> pids = new LinkedHashSet<>();
        if (configured) {
            Arrays.stream(pid.strip().split("\\s+"))
                    .map(it -> it.equals("$") ? named : it)
                    .forEach(pids::add);
        }
        return new Component(named, pids, provides, needs, enabled);
    }

    private static String attribute(XMLStreamReader xml, String name, String otherwise) {
        String value = xml.getAttributeValue(null, name);
        return value == null ? otherwise : value.strip();
    }
}
