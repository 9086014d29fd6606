package org.lares.sandbox.host;

import java.util.List;
import java.util.Optional;
import org.lares.sandbox.archive.Archives;
import org.lares.sandbox.archive.Key;

/** Lets hosts start from archives of their classes. */
public final class ArchiveFlags implements JvmFlags {
    private final Archives archives;

    /** @param archives closed by the caller */
    public ArchiveFlags(Archives archives) {
        this.archives = archives;
    }

    private static Key key(Jvm jvm) {
        return new Key(jvm.closure(), jvm.classPath(), jvm.flags(), jvm.java());
    }

    @Override
    public List<String> of(Jvm jvm) {
        return archives.flags(key(jvm), jvm.folder());
    }

    @Override
    public void ready(Jvm jvm, long pid) {
        archives.ready(key(jvm), jvm.folder(), pid);
    }

    @Override
    public void ended(Jvm jvm) {
        archives.ended(key(jvm), jvm.folder());
    }

    @Override
    public void unused(Jvm jvm) {
        archives.unused(jvm.folder());
    }

    @Override
    public Optional<String> note(Jvm jvm) {
        return Optional.of(archives.note(key(jvm)));
    }
}
