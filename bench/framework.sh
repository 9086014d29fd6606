#!/bin/sh
# From the start of the process to the job's bundle started: a host's framework with one example, plain and by OSGi
# Connect, without and with a class archive, beside a JVM that only says a word, in the same run. Without a container:
# what the check-in adds is not in it. Needs a build.
#
#   bench/host.sh [RUNS]    of each kind, in turn; median and least, in ms; default 15. JAVA_HOME chooses the JDK
set -eu
cd "$(dirname "$0")/.."
runs=${1:-15}
system=${LARES_SYSTEM:-$PWD/karaf-assembly/target/assembly/system}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
flags='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss512k -Xmx64m'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkfifo "$work/said"

# The class path that the host's own list names.
host=$(find "$system/org/lares/org.lares.host" -name '*.jar')
classpath=$work/start.jar
for coordinate in $(unzip -p "$host" org/lares/host/platform.properties | sed -n '/^classpath/,/[^\\]$/p' |
    sed 's/^classpath *=//; s/[,\\ ]//g'); do
    artifact=${coordinate#*:}
    path=$(echo "${coordinate%%:*}" | tr . /)/${artifact%%:*}/${artifact#*:}
    classpath=$classpath:$system/$path/${artifact%%:*}-${artifact#*:}.jar
done
job=$(find "$system/org/lares/org.lares.example.clock" -name '*.jar')
mkdir "$work/classes"
javac -XDstringConcat=inline -cp "$classpath" -d "$work/classes" bench/HostStart.java 2>"$work/javac" ||
    { cat "$work/javac" >&2; exit 1; }
jar --create --file "$work/start.jar" -C "$work/classes" .

# kind, then flags: adds the time to the kind's file.
start() {
    kind=$1
    shift
    rm -rf "$work/folder"
    mkdir "$work/folder"
    path=$classpath
    mode=${kind%%-*}
    [ "$mode" != connect ] || path=$classpath:$job
    begin=$(date +%s%N)
    if [ "$mode" = bare ]; then
        "$java" $flags -cp "$work/start.jar" HostStart >"$work/said" 2>/dev/null &
    else
        "$java" $flags "$@" -cp "$path" HostStart "$work/folder" "$mode" "$job" >"$work/said" 2>/dev/null &
    fi
    { read -r word && end=$(date +%s%N) && cat >/dev/null; } <"$work/said"
    wait $!
    [ "$word" = active ]
    echo $(((end - begin) / 1000000)) >>"$work/$kind"
}

for mode in plain connect; do
    start $mode -XX:ArchiveClassesAtExit="$work/$mode.jsa"
    rm "$work/$mode"
done
run=0
while [ "$run" -lt "$runs" ]; do
    run=$((run + 1))
    start bare
    for mode in plain connect; do
        start $mode
        start $mode-archive -XX:SharedArchiveFile="$work/$mode.jsa"
    done
done
for kind in bare plain plain-archive connect connect-archive; do
    sort -n "$work/$kind" | awk -v kind=$kind '{ ms[NR] = $1 } END { printf "%-16s median %5d  least %5d\n", kind, ms[int((NR + 1) / 2)], ms[1] }'
done
