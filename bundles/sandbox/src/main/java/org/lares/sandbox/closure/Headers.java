package org.lares.sandbox.closure;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;

/** The headers of a manifest that say what a bundle needs and gives. Any thread. */
final class Headers {
    static final String MULTI_RELEASE = "Multi-Release";
    static final String CLASS_PATH = "Class-Path";
    static final String SERVICE_COMPONENT = "Service-Component";

    private static final Set<String> KEPT = Set.of(
            Constants.BUNDLE_MANIFESTVERSION,
            Constants.BUNDLE_SYMBOLICNAME,
            Constants.BUNDLE_VERSION,
            Constants.BUNDLE_CLASSPATH,
            Constants.BUNDLE_NATIVECODE,
            Constants.BUNDLE_REQUIREDEXECUTIONENVIRONMENT,
            Constants.IMPORT_PACKAGE,
            Constants.EXPORT_PACKAGE,
            Constants.DYNAMICIMPORT_PACKAGE,
            Constants.REQUIRE_BUNDLE,
            Constants.REQUIRE_CAPABILITY,
            Constants.PROVIDE_CAPABILITY,
            Constants.FRAGMENT_HOST,
            "Import-Service",
            "Export-Service",
            SERVICE_COMPONENT,
            MULTI_RELEASE,
            CLASS_PATH);

    /** What a release of a multi-release jar may say anew: OSGi Core 8, 3.2.1.2. */
    private static final Set<String> SUPPLEMENTED = Set.of(Constants.IMPORT_PACKAGE, Constants.REQUIRE_CAPABILITY);

    private static final int FIRST_RELEASE = 9;

    private Headers() {}

    /** @return empty for a jar that is no bundle */
    static Map<String, String> of(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            return read(name -> {
                ZipEntry entry = file.getEntry(name);
                return entry == null ? null : file.getInputStream(entry);
            });
        }
    }

    /** Of the bundle's newest revision; its framework need not have resolved it. */
    static Map<String, String> of(Bundle bundle) throws IOException {
        Map<String, String> headers = new TreeMap<>();
        Enumeration<String> keys = bundle.getHeaders("").keys();
        for (String key : Collections.list(keys)) {
            if (KEPT.contains(key)) {
                headers.put(key, bundle.getHeaders("").get(key));
            }
        }
        try {
            supplement(headers, name -> {
                URL entry = bundle.getEntry(name);
                return entry == null ? null : entry.openStream();
            });
        } catch (IllegalStateException e) {
            throw new IOException(
                    bundle.getSymbolicName() + " was uninstalled while it was read; start the job again", e);
        }
        return isBundle(headers) ? headers : Map.of();
    }

    static boolean isBundle(Map<String, String> headers) {
        return headers.containsKey(Constants.BUNDLE_SYMBOLICNAME);
    }

    static boolean isFragment(Map<String, String> headers) {
        return headers.containsKey(Constants.FRAGMENT_HOST);
    }

    static boolean isMultiRelease(Map<String, String> headers) {
        return Boolean.parseBoolean(headers.getOrDefault(MULTI_RELEASE, "").strip());
    }

    private static Map<String, String> read(Entries entries) throws IOException {
        Map<String, String> headers = new TreeMap<>();
        collect(entries, JarFile.MANIFEST_NAME, KEPT, headers);
        supplement(headers, entries);
        return isBundle(headers) ? headers : Map.of();
    }

    private static void supplement(Map<String, String> headers, Entries entries) throws IOException {
        if (!isMultiRelease(headers)) {
            return;
        }
        for (int release = Runtime.version().feature(); release >= FIRST_RELEASE; release--) {
            if (collect(entries, "META-INF/versions/" + release + "/OSGI-INF/MANIFEST.MF", SUPPLEMENTED, headers)) {
                return;
            }
        }
    }

    private static boolean collect(Entries entries, String name, Set<String> kept, Map<String, String> into)
            throws IOException {
        try (InputStream in = entries.open(name)) {
            if (in == null) {
                return false;
            }
            for (Map.Entry<Object, Object> each :
                    new Manifest(in).getMainAttributes().entrySet()) {
                String key = ((Attributes.Name) each.getKey()).toString();
                // Names of headers are case-insensitive, those of the set are not.
                kept.stream()
                        .filter(key::equalsIgnoreCase)
                        .findFirst()
                        .ifPresent(it -> into.put(it, (String) each.getValue()));
            }
            return true;
        }
    }

    /** Null for what is not there. */
    private interface Entries {
        InputStream open(String name) throws IOException;
    }
}
