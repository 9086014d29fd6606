#!/bin/sh
# From the start of the process to ready, and memory 3 s later: Lares with all examples, profiles server and small,
# beside stock Karaf 4.4.10 (which has no examples to start), in the same run. Cold is the first boot of a fresh base,
# warm the ones after it. Needs a build (./run --detach) and Maven Central once, for the stock Karaf.
#
#   bench/boot.sh [RUNS]    warm and cold boots each, the median counts; default 3
set -eu
cd "$(dirname "$0")/.."
runs=${1:-3}
home=$PWD/karaf-assembly/target/assembly
stock=4.4.10
mkdir -p target/bench
[ -e "target/bench/apache-karaf-$stock.tar.gz" ] ||
    mvn -B -ntp -q org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy -DoutputDirectory="$PWD/target/bench" \
        -Dartifact="org.apache.karaf:apache-karaf:$stock:tar.gz"

work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
javac -d "$work" bench/Banner.java

now() {
    echo $(($(date +%s%N) / 1000000))
}

# Adds a line "boot resident anonymous" (ms, MB, MB) to a file: file, ms, pid.
record() {
    sleep 3
    awk -v ms="$2" '/^VmRSS/ { rss = $2 / 1024 } /^RssAnon/ { anon = $2 / 1024 } END { print ms, rss, anon }' \
        "/proc/$3/status" >>"$1"
}

# Boots Lares on the base of the loop below, records it, stops it: file.
boot_lares() {
    begin=$(now)
    "$home/bin/lares-container" start >/dev/null
    end=$(now)
    pid=$(cat "$LARES_BASE/lock")
    record "$1" $((end - begin)) "$pid"
    "$home/bin/lares-container" stop >/dev/null
    pid=
}

# The same for the stock Karaf. It is ready when its ssh port answers: the first thing a client can see.
boot_stock() {
    java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$work" Banner 8101 >"$work/ready" &
    banner=$!
    begin=$(now)
    # Of the shell that becomes the JVM: stock bin/karaf execs it in this mode only.
    "$work/stock/bin/karaf" daemon >/dev/null 2>&1 &
    pid=$!
    wait "$banner"
    record "$1" $(($(cat "$work/ready") - begin)) "$pid"
    kill "$pid"
    wait "$pid" || true
    pid=
}

# Puts the examples of this build into the boot of a base, as ./run does.
new_base() {
    rm -rf "${LARES_BASE:?}/etc" "$LARES_BASE/data/cache"
    mkdir -p "$LARES_BASE"
    cp -R "$home/etc" "$LARES_BASE/etc"
    sed -n 's/.*<feature name="\(lares-example-[^"]*\)".*/    \1, \\/p' \
        "$home"/system/org/lares/features/*/features-*-features.xml >"$work/examples"
    sed -i "/^featuresBoot = /r $work/examples" "$LARES_BASE/etc/org.apache.karaf.features.cfg"
    for list in examples/plists/*.plist; do
        [ ! -e "$list" ] || cp "$list" "$LARES_BASE/etc/launchd/daemons/"
    done
}

new_stock() {
    rm -rf "$work/stock"
    mkdir "$work/stock"
    tar -xzf "target/bench/apache-karaf-$stock.tar.gz" -C "$work/stock" --strip-components=1
}

# Prints the median of every column of a file.
medians() {
    for column in 1 2 3; do
        sort -n -k "$column,$column" "$1" | awk -v c="$column" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'
    done | paste -s -d ' '
}

# Prints a line of the table: name, file, file of the stock.
line() {
    medians "$2" >"$work/a"
    medians "$3" >"$work/b"
    paste -d ' ' "$work/a" "$work/b" | awk -v n="$1" \
        '{ printf "%-20s %7d %7.0f %7.0f %9.2f %9.2f\n", n, $1, $2, $3, $1 / $4, $2 / $5 }'
}

unset JAVA_OPTS KARAF_OPTS EXTRA_JAVA_OPTS
for _ in $(seq "$runs"); do
    new_stock
    boot_stock "$work/stock-cold"
    boot_stock "$work/stock-warm"
done
for profile in server small; do
    export LARES_PROFILE=$profile LARES_BASE="$work/$profile"
    new_base
    "$home/bin/lares-container" train >/dev/null
    for _ in $(seq "$runs"); do
        new_base
        boot_lares "$work/$profile-cold"
        boot_lares "$work/$profile-warm"
    done
done

printf '%-20s %7s %7s %7s %9s %9s\n' boot ms rss-MB anon-MB "x time" "x rss"
for kind in cold warm; do
    line "stock Karaf $kind" "$work/stock-$kind" "$work/stock-$kind"
    line "lares server $kind" "$work/server-$kind" "$work/stock-$kind"
    line "lares small $kind" "$work/small-$kind" "$work/stock-$kind"
done
