#!/bin/sh
# From the spawn of a process to its component active, the CPU time until then, and its memory 3 s later: a bare JVM, a naive Felix host, a host of
# Lares, and stock Karaf 4.4.10, one after the other on this machine, with the flags of Lares's host for all. Cold is the
# first start of a job's bundles: no cache, no class archive; warm are the later ones. Stock Karaf is ready when its ssh
# port answers. Needs a build (./run --detach) and Maven Central once, for the stock Karaf.
#
#   bench/host.sh [RUNS]    warm and cold starts each, the median counts; default 9. A third of them for stock Karaf
#   JDKS='/path /path'      homes of the JDKs; default: that of java, and Java 25 if it is found
#
# Memory is private (smaps_rollup: Private_Clean and Private_Dirty; the latter alone as "dirty"), with another JVM of the
# same JDK alive all the time: what two processes share counts for neither.
set -eu
cd "$(dirname "$0")/.."
runs=${1:-9}
home=$PWD/karaf-assembly/target/assembly
stock=4.4.10
label=org.lares.bench.probe
if [ -z "${JDKS:-}" ]; then
    JDKS=$(readlink -f "$(command -v java)")
    JDKS=${JDKS%/bin/java}
    for jdk in /usr/lib/jvm/*-25-*; do
        [ ! -x "$jdk/bin/java" ] || JDKS="$JDKS $jdk"
    done
fi
mkdir -p target/bench
[ -e "target/bench/apache-karaf-$stock.tar.gz" ] ||
    mvn -B -ntp -q org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy -DoutputDirectory="$PWD/target/bench" \
        -Dartifact="org.apache.karaf:apache-karaf:$stock:tar.gz"

work=$(mktemp -d)
export LARES_BASE="$work/base"
pid=
companion=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
    [ -z "$companion" ] || kill -9 "$companion" 2>/dev/null || true
    "$home/bin/lares-container" stop >/dev/null 2>&1 || true
    rm -rf "$work"' EXIT

# The newest file of the distribution with this name: artifact.
bundle() {
    find "$home/system" -name "$1-[0-9]*.jar" | sort | tail -n 1
}

framework=$(bundle org.apache.felix.framework)
bundles="$(bundle org.osgi.util.function) $(bundle org.osgi.util.promise) $(bundle org.osgi.service.component)"
bundles="$bundles $(bundle org.apache.felix.scr) $work/probe.jar"

mkdir -p "$work/bundle/OSGI-INF"
javac --release 17 -cp "$framework" -d "$work/classes" bench/Probe.java bench/Naive.java
javac --release 17 -d "$work/bundle" bench/Probe.java
javac --release 17 -d "$work" bench/Banner.java
cat >"$work/bundle/OSGI-INF/probe.xml" <<END
<scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="probe" immediate="true" activate="activate">
    <implementation class="org.lares.bench.Probe"/>
</scr:component>
END
cat >"$work/manifest" <<END
Bundle-ManifestVersion: 2
Bundle-SymbolicName: $label
Bundle-Version: 1.0.0
Service-Component: OSGI-INF/probe.xml
END
jar cfm "$work/probe.jar" "$work/manifest" -C "$work/bundle" .
cat >"$work/probe.plist" <<END
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0">
<dict>
    <key>Label</key><string>$label</string>
    <key>Bundle</key><string>$work/probe.jar</string>
    <key>Isolation</key><string>Process</string>
</dict>
</plist>
END
chmod 755 "$work"
chmod 644 "$work/probe.jar" "$work/probe.plist"

# Waits for a line of a command that never ends by itself, 60 s at most: pattern, count, command.
await() {
    pattern=$1
    count=$2
    shift 2
    for _ in $(seq 300); do
        [ "$("$@" 2>/dev/null | grep -c "$pattern")" -lt "$count" ] || return 0
        sleep 0.2
    done
    return 1
}

# Adds a line "ms cpu-ms private dirty" (MB) to a file: file, ms and cpu-ms, pid.
record() {
    sleep 3
    awk -v ms="$2" '/^Private_/ { all += $2 } /^Private_Dirty/ { dirty = $2 } END { print ms, all / 1024, dirty / 1024 }' \
        "/proc/$3/smaps_rollup" >>"$1"
}

# The last numbers that a probe said, from its output on standard input.
said() {
    sed -n 's/.*active \([0-9][0-9]* [0-9][0-9]*\).*/\1/p' | tail -n 1
}

# Runs a probe as a process of ours: file, command.
measure() {
    file=$1
    shift
    "$@" >"$work/out" 2>&1 &
    pid=$!
    if ! await "active [0-9]" 1 cat "$work/out"; then
        cat "$work/out" >&2
        exit 1
    fi
    record "$file" "$(said <"$work/out")" "$pid"
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || true
    pid=
}

# The process of the job, by the environment that Lares gives it.
host() {
    for process in /proc/[0-9]*; do
        if tr '\0' '\n' 2>/dev/null <"$process/environ" | grep -qx "LARES_LABEL=$label"; then
            echo "${process#/proc/}"
            return
        fi
    done
}

# Starts the job's next run: file.
measure_lares() {
    starts=$((starts + 1))
    "$home/bin/lares" kickstart -k "$label" >/dev/null
    await "active [0-9]" "$starts" "$home/bin/lares" log "$label" || return 1
    record "$1" "$("$home/bin/lares" log "$label" | said)" "$(host)"
}

archives() {
    find "$LARES_BASE/data/lares/archives" -name '*.jsa' 2>/dev/null
}

# Fills the files of Lares, and sets the flags that all others get, too.
lares() {
    starts=0
    rm -rf "$LARES_BASE"
    "$home/bin/lares-container" start >/dev/null
    "$home/bin/lares" bootstrap system "$work/probe.plist" >/dev/null || return 1
    for _ in $(seq "$runs"); do
        archives | xargs -r rm -f
        measure_lares "$work/lares-cold" || return 1
        await . 1 archives || echo "no class archive: $("$home/bin/lares" print "$label")" >&2
        measure_lares "$work/lares-warm" || return 1
    done
    grep -q '\.jsa' "/proc/$(host)/maps" || echo "the last host has no class archive mapped" >&2
    flags=$(tr '\0' '\n' <"/proc/$(host)/cmdline" | sed -n '2,/^-cp$/p' |
        grep '^-X' | grep -v -e SharedArchiveFile -e DumpLoadedClassList -e ErrorFile -e ArchiveRelocationMode)
}

# The stock Karaf: file.
measure_stock() {
    "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$work" Banner 8101 >"$work/ready" &
    banner=$!
    begin=$(($(date +%s%N) / 1000000))
    # Of the shell that becomes the JVM: stock bin/karaf execs it in this mode only.
    JAVA_OPTS=$(echo "$flags" | paste -s -d ' ') "$work/stock/bin/karaf" daemon >/dev/null 2>&1 &
    pid=$!
    wait "$banner"
    record "$1" "$(($(cat "$work/ready") - begin)) $(sed 's/.*) //' "/proc/$pid/stat" | awk '{ print ($12 + $13) * 10 }')" "$pid"
    kill "$pid"
    wait "$pid" || true
    pid=
}

# Prints a line of the table: name, file. The first one is what the others are compared with.
line() {
    [ -s "$2" ] || { printf '%-22s %s\n' "$1" "not measured"; return; }
    medians=$(for column in 1 2 3 4; do
        sort -n -k "$column,$column" "$2" | awk -v c="$column" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'
    done | paste -s -d ' ')
    floor=${floor:-$medians}
    echo "$medians $floor" | awk -v n="$1" \
        '{ printf "%-22s %7d %7d %10.1f %8.1f %7.2f %7.2f %9.2f\n", n, $1, $2, $3, $4, $1 / $5, $2 / $6, $3 / $7 }'
}

unset JAVA_OPTS KARAF_OPTS EXTRA_JAVA_OPTS JDK_JAVA_OPTIONS JAVA_TOOL_OPTIONS
for JAVA_HOME in $JDKS; do
    export JAVA_HOME
    java=$JAVA_HOME/bin/java
    version=$("$java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
    rm -f "$work"/*-cold "$work"/*-warm
    floor=
    "$java" -XX:+UseSerialGC -cp "$work/classes" org.lares.bench.Probe >/dev/null 2>&1 &
    companion=$!
    if ! lares; then
        flags=$(printf '%s\n' -XX:+UseSerialGC -Xms16m -XX:-UsePerfData -Xshare:auto)
        echo "host: Lares does not run $label in a process: $("$home/bin/lares" explain "$label" 2>&1 | head -n 3)" >&2
    fi
    "$home/bin/lares-container" stop >/dev/null || true
    for _ in $(seq "$runs"); do
        # shellcheck disable=SC2086
        measure "$work/bare-warm" "$java" $flags -cp "$work/classes" org.lares.bench.Probe
        rm -rf "$work/storage"
        for kind in cold warm; do
            # shellcheck disable=SC2086
            measure "$work/naive-$kind" "$java" $flags -cp "$work/classes:$framework" org.lares.bench.Naive \
                "$work/storage" $bundles
        done
    done
    # Stock bin/karaf asks for a security manager, which newer JVMs refuse.
    if [ "${version%%.*}" -lt 24 ]; then
        for _ in $(seq $(((runs + 2) / 3))); do
            rm -rf "$work/stock"
            mkdir "$work/stock"
            tar -xzf "target/bench/apache-karaf-$stock.tar.gz" -C "$work/stock" --strip-components=1
            measure_stock "$work/stock-cold"
            measure_stock "$work/stock-warm"
        done
    fi
    kill -9 "$companion"
    wait "$companion" 2>/dev/null || true
    companion=
    printf '%-22s %7s %7s %10s %8s %7s %7s %9s\n' "JDK $version" ms cpu-ms private-MB dirty-MB "x time" "x cpu" "x private"
    line "bare JVM" "$work/bare-warm"
    for kind in cold warm; do
        line "naive Felix $kind" "$work/naive-$kind"
        line "lares host $kind" "$work/lares-$kind"
        line "stock Karaf $kind" "$work/stock-$kind"
    done
done
