package org.lares.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The same in the unified hierarchy alone; where its controllers are elsewhere, without limits. */
class UnifiedCgroupTest extends CgroupTest {
    @Override
    CgroupMounts mounts(String name) throws IOException {
        return unified(folder, name);
    }

    /** What this machine would have if nothing but the unified hierarchy were mounted. */
    static CgroupMounts unified(Path folder, String name) throws IOException {
        List<String> mounts;
        try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            mounts = lines.filter(line -> line.contains(" - cgroup2 ")).toList();
        }
        Path self = Files.createDirectories(folder.resolve("self"));
        Files.write(self.resolve("mountinfo"), mounts);
        Files.copy(
                Path.of("/proc/self/cgroup"),
                self.resolve("cgroup"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        return CgroupMounts.of(new CgroupMounts.Machine(self, false, group -> true), name);
    }
}
