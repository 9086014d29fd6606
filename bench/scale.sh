#!/bin/sh
# What many jobs in processes of their own cost their container: its memory, threads and CPU while nothing happens, without
# jobs and with them. Needs a build (./run --detach), and for bundles some 50 MB of memory a job.
#
#   bench/scale.sh [JOBS] [bundle|program]    default: 200 isolated jobs of the example clock's bundle
#   IDLE=30                                   seconds over which the CPU time is taken
set -eu
cd "$(dirname "$0")/.."
jobs=${1:-200}
kind=${2:-bundle}
idle=${IDLE:-30}
home=$PWD/karaf-assembly/target/assembly
work=$(mktemp -d)
export LARES_BASE="$work/base"
trap '"$home/bin/lares-container" stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

case $kind in
    bundle) what="<key>Bundle</key><string>$(find "$home/system" -name 'org.lares.example.clock-*.jar')</string>
    <key>Isolation</key><string>Process</string>" ;;
    program) what='<key>ProgramArguments</key><array><string>/bin/sleep</string><string>1000000</string></array>' ;;
    *) echo "usage: bench/scale.sh [JOBS] [bundle|program]" >&2; exit 2 ;;
esac

# The processes of our jobs that live, by the environment that Lares gives them.
live() {
    for process in /proc/[0-9]*; do
        tr '\0' '\n' 2>/dev/null <"$process/environ" | grep -x 'LARES_LABEL=org\.lares\.bench\.scale[0-9]*' || true
    done | sort -u | wc -l
}

# CPU time of the container, in ms.
cpu() {
    sed 's/.*) //' "/proc/$container/stat" | awk -v hz="$(getconf CLK_TCK)" '{ print ($12 + $13) * 1000 / hz }'
}

# Prints a line of the table: name.
line() {
    before=$(cpu)
    sleep "$idle"
    after=$(cpu)
    awk -v n="$1" -v ms="$(echo "$before $after" | awk '{ print $2 - $1 }')" -v s="$idle" \
        '/^VmRSS/ { rss = $2 / 1024 } /^RssAnon/ { anon = $2 / 1024 } /^Threads/ { threads = $2 }
         END { printf "%-14s %8.1f %8.1f %8d %12.2f\n", n, rss, anon, threads, ms / s }' "/proc/$container/status"
}

unset JAVA_OPTS JDK_JAVA_OPTIONS JAVA_TOOL_OPTIONS
printf '%-14s %8s %8s %8s %12s\n' container rss-MB anon-MB threads "idle-CPU-ms/s"
"$home/bin/lares-container" start >/dev/null
container=$(cat "$LARES_BASE/lock")
sleep 5
line "no jobs"

for i in $(seq "$jobs"); do
    cat >"$work/org.lares.bench.scale$i.plist" <<END
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0">
<dict>
    <key>Label</key><string>org.lares.bench.scale$i</string>
    $what
    <key>KeepAlive</key><true/>
</dict>
</plist>
END
done
chmod 644 "$work"/*.plist
begin=$(date +%s)
"$home/bin/lares" bootstrap system "$work"/*.plist >/dev/null
until [ "$(live)" -ge "$jobs" ]; do
    if [ $(($(date +%s) - begin)) -gt 900 ]; then
        echo "scale: only $(live) of $jobs jobs live after 900 s; see bin/lares list" >&2
        exit 1
    fi
    sleep 2
done
echo "# $jobs jobs were begun in $(($(date +%s) - begin)) s"
# Archives are dumped, and what starting cost is collected.
sleep 30
line "$jobs ${kind}s"
[ "$(live)" -eq "$jobs" ] || echo "scale: $(live) of $jobs jobs live at the end" >&2
