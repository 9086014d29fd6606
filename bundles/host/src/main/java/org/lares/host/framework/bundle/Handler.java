package org.lares.host.framework.bundle;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/**
 * Opens URLs of the framework's protocol {@code bundle:} that were made from a string, as others do with the text of a
 * resource's URL. Found by its name, when such a URL is first made (java.net.URL, java.protocol.handler.pkgs): the
 * framework's own URL handlers service, which does the same, is a tenth of a host's start. Any thread.
 */
public final class Handler extends URLStreamHandler {
    private static final String PROPERTY = "java.protocol.handler.pkgs";
    private static final String PACKAGES = "org.lares.host.framework";

    private static volatile BundleContext framework;

    /** @param context the system bundle's */
    public static void serve(BundleContext context) {
        framework = context;
        String others = System.getProperty(PROPERTY, "");
        if (others.isEmpty()) {
            System.setProperty(PROPERTY, PACKAGES);
        } else if (!others.contains(PACKAGES)) {
            System.setProperty(PROPERTY, others + "|" + PACKAGES);
        }
    }

    @Override
    protected URLConnection openConnection(URL url) throws IOException {
        BundleContext context = framework;
        Bundle bundle = context == null ? null : context.getBundle(id(url.getHost()));
        URL resource = null;
        if (bundle != null) {
            resource = bundle.getEntry(url.getPath());
            if (resource == null) {
                // Of a fragment of it.
                resource = bundle.getResource(url.getPath());
            }
        }
        if (resource == null) {
            throw new FileNotFoundException(url + ": no bundle of this host has it");
        }
        return resource.openConnection();
    }

    /** Felix names a revision: framework_bundle.revision. */
    private static long id(String host) throws IOException {
        String revision = host.substring(host.indexOf('_') + 1);
        int dot = revision.indexOf('.');
        try {
            return Long.parseLong(dot < 0 ? revision : revision.substring(0, dot));
        } catch (NumberFormatException e) {
            throw new IOException("bundle://" + host + ": names no bundle", e);
        }
    }
}
