package org.lares.sandbox.closure;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.osgi.framework.Bundle;

/**
 * An installed bundle written as a jar: all entries of its newest revision, sorted, stored, of one date, so that the
 * same revision always gives the same bytes, whatever compressor the JVM has.
 */
final class Repacked {
    private static final LocalDateTime DATE = LocalDateTime.of(1980, 2, 1, 0, 0);
    private static final int BUFFER = 1 << 16;
    private static final int MOST_ENTRIES = 500_000;

    private Repacked() {}

    /** @throws IOException also if the bundle is updated or uninstalled meanwhile */
    static void write(Bundle bundle, OutputStream out) throws IOException {
        long modified = bundle.getLastModified();
        SortedSet<String> names = new TreeSet<>();
        try {
            collect(bundle, "/", names);
            ZipOutputStream zip = new ZipOutputStream(out);
            zip.setMethod(ZipOutputStream.STORED);
            // Where JarInputStream looks for it.
            if (names.remove(JarFile.MANIFEST_NAME)) {
                put(bundle, JarFile.MANIFEST_NAME, zip);
            }
            for (String name : names) {
                put(bundle, name, zip);
            }
            zip.finish();
        } catch (IllegalStateException e) {
            throw new IOException(bundle.getSymbolicName() + " was uninstalled while it was read", e);
        }
        if (bundle.getLastModified() != modified) {
            throw new IOException(bundle.getSymbolicName() + " was updated while it was read; start the job again");
        }
    }

    private static void collect(Bundle bundle, String folder, SortedSet<String> names) throws IOException {
        // Not findEntries, which shows those of attached fragments too.
        Enumeration<String> paths = bundle.getEntryPaths(folder);
        List<String> found = paths == null ? List.of() : Collections.list(paths);
        for (String path : found) {
            String name = path.startsWith("/") ? path.substring(1) : path;
            if (!names.add(name)) {
                continue;
            }
            if (names.size() > MOST_ENTRIES) {
                throw new IOException(bundle.getSymbolicName() + " has more than " + MOST_ENTRIES + " entries");
            }
            if (name.endsWith("/")) {
                collect(bundle, name, names);
            }
        }
    }

    private static void put(Bundle bundle, String name, ZipOutputStream zip) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(DATE);
        entry.setMethod(ZipEntry.STORED);
        if (name.endsWith("/")) {
            entry.setSize(0);
            entry.setCrc(0);
            zip.putNextEntry(entry);
        } else {
            URL url = bundle.getEntry(name);
            if (url == null) {
                throw new IOException(bundle.getSymbolicName() + " lists " + name + ", but has it not");
            }
            // A stored entry's header says its sum and size: read twice rather than held in memory.
            CRC32 sum = new CRC32();
            long size;
            try (InputStream in = url.openStream()) {
                size = copy(new CheckedInputStream(in, sum), OutputStream.nullOutputStream());
            }
            entry.setSize(size);
            entry.setCrc(sum.getValue());
            zip.putNextEntry(entry);
            try (InputStream in = url.openStream()) {
                copy(in, zip);
            }
        }
        zip.closeEntry();
    }

    private static long copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long size = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            out.write(buffer, 0, read);
            size += read;
        }
        return size;
    }
}
