package org.lares.sandbox.archive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What an archive is for: equal keys start JVMs that can map the same one.
 *
 * @param closureDigest of the job's closure
 * @param classPath absolute, in the order of the command line; files, as the JVM archives nothing of folders
 * @param jvmFlags of the command line, in order, less those that differ from run to run
 * @param java the launcher, absolute
 */
public record Key(String closureDigest, List<Path> classPath, List<String> jvmFlags, Path java) {

    /** Of the rules by which archives are made. */
    private static final String FORMAT = "1";

    public Key {
        classPath = List.copyOf(classPath);
        jvmFlags = List.copyOf(jvmFlags);
    }

    /** As -cp takes it. */
    String joinedClassPath() {
        return classPath.stream().map(Path::toString).collect(Collectors.joining(":"));
    }

    /**
     * Changes with what the JVM checks before it maps an archive: its own build and the time and size of each jar. So an
     * archive of another JDK or jar is never even tried.
     */
    String digest() {
        MessageDigest digest = Digests.sha256();
        add(digest, FORMAT);
        add(digest, closureDigest);
        add(digest, Integer.toString(classPath.size()));
        for (Path jar : classPath) {
            add(digest, jar.toString());
            add(digest, stamp(jar));
        }
        jvmFlags.forEach(it -> add(digest, it));
        Jdk jdk = Jdk.of(java);
        add(digest, jdk.home().toString());
        add(digest, jdk.release());
        add(digest, stamp(jdk.home().resolve("lib/modules")));
        add(digest, stamp(jdk.home().resolve("lib/server/libjvm.so")));
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(Integer.toString(bytes.length).getBytes(StandardCharsets.US_ASCII));
        digest.update((byte) ' ');
        digest.update(bytes);
    }

    private static String stamp(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.size() + " " + attributes.lastModifiedTime().toMillis();
        } catch (IOException e) {
            // Whoever starts the JVM tells of it; here it is only another key than with the file.
            return "absent";
        }
    }
}
