package org.lares.host.framework;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.osgi.framework.connect.ConnectContent;
import org.osgi.framework.connect.ConnectModule;

/** A bundle on the class path: its entries are read from its own file, its classes are the JVM's. Any thread. */
final class ClassPathModule implements ConnectModule, ConnectContent {
    private final Path file;
    private final ClassLoader view;
    private ZipFile zip;

    ClassPathModule(Path file, String location, ClassPathConnector connector) {
        this.file = file;
        this.view = new BundleView(ClassPathModule.class.getClassLoader(), location, connector);
    }

    @Override
    public ConnectContent getContent() {
        return this;
    }

    @Override
    public synchronized void open() throws IOException {
        if (zip == null) {
            zip = new ZipFile(file.toFile());
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (zip != null) {
            zip.close();
            zip = null;
        }
    }

    private synchronized ZipFile zip() {
        if (zip == null) {
            throw new IllegalStateException(file + ": not open; the framework has ended");
        }
        return zip;
    }

    @Override
    public Optional<Map<String, String>> getHeaders() {
        // The framework reads the manifest better than java.util.jar.
        return Optional.empty();
    }

    @Override
    public Iterable<String> getEntries() {
        List<String> names = new ArrayList<>();
        Enumeration<? extends ZipEntry> entries = zip().entries();
        while (entries.hasMoreElements()) {
            names.add(entries.nextElement().getName());
        }
        return names;
    }

    @Override
    public Optional<ConnectEntry> getEntry(String path) {
        ZipFile opened = zip();
        ZipEntry entry = opened.getEntry(path);
        return entry == null ? Optional.empty() : Optional.of(new Entry(opened, entry));
    }

    @Override
    public Optional<ClassLoader> getClassLoader() {
        return Optional.of(view);
    }

    private record Entry(ZipFile zip, ZipEntry entry) implements ConnectEntry {
        @Override
        public String getName() {
            return entry.getName();
        }

        @Override
        public long getContentLength() {
            return entry.getSize();
        }

        @Override
        public long getLastModified() {
            return entry.getTime();
        }

        @Override
        public byte[] getBytes() throws IOException {
            try (InputStream in = getInputStream()) {
                return in.readAllBytes();
            }
        }

        @Override
        public InputStream getInputStream() throws IOException {
            InputStream in = zip.getInputStream(entry);
            if (in == null) {
                throw new IOException(zip.getName() + ": " + entry.getName() + " is no longer there");
            }
            return in;
        }
    }
}
