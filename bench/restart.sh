#!/bin/sh
# From SIGKILL of a service to its next process: Lares beside a bare JDK loop, runit, s6 and supervisord, as whole
# processes, one after the other on this machine. As root it installs what is missing. Needs a build (./run --detach).
#
#   bench/restart.sh [KILLS]   default 15
#   LIFE=1500                  ms that a process lives before its kill; each of them brakes a process of under 1 s
#   CHAIN='setpriv ... --'     wrappers before the service in the bare loop: what Lares needs for the same definition.
#                              None by default, as Lares needs none for this one
set -eu
cd "$(dirname "$0")/.."
kills=${1:-15}
life=${LIFE:-1500}
home=$PWD/karaf-assembly/target/assembly

missing=
for need in runsvdir:runit s6-svscan:s6 supervisord:supervisor; do
    command -v "${need%%:*}" >/dev/null || missing="$missing ${need#*:}"
done
if [ -n "$missing" ]; then
    [ "$(id -u)" -eq 0 ] || { echo "restart: as root: apt-get install$missing" >&2; exit 1; }
    # shellcheck disable=SC2086
    (apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing) >&2
fi

work=$(mktemp -d)
export LARES_BASE="$work/base"
trap '"$home/bin/lares-container" stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
javac -d "$work" bench/Loop.java bench/Restart.java

# The service: says its pid, then becomes a program that does nothing.
mkdir -p "$work/runit/it" "$work/s6/it"
cat >"$work/service" <<END
#!/bin/sh
echo \$\$ >"$work/pids"
exec sleep 1000000
END
chmod 755 "$work/service"
printf '#!/bin/sh\nexec %s\n' "$work/service" | tee "$work/runit/it/run" >"$work/s6/it/run"
chmod 755 "$work/runit/it/run" "$work/s6/it/run"
cat >"$work/supervisord.conf" <<END
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=$work/supervisord.pid
[program:it]
command=$work/service
autorestart=true
END
cat >"$work/it.plist" <<END
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0">
<dict>
    <key>Label</key><string>org.lares.bench.it</string>
    <key>Program</key><string>$work/service</string>
    <key>KeepAlive</key><true/>
    <key>ThrottleInterval</key><integer>1</integer>
</dict>
</plist>
END
chmod 644 "$work/it.plist"

# Kills the service that the command begins, prints its line of the table, ends what was begun:
# name, signal that ends the supervisor, command.
measure() {
    name=$1
    end=$2
    shift 2
    rm -f "$work/pids"
    mkfifo "$work/pids"
    java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$work" Restart "$work/pids" "$kills" "$life" \
        >"$work/result" 2>"$work/last" &
    killer=$!
    "$@" >"$work/log" 2>&1 &
    supervisor=$!
    if ! wait "$killer"; then
        cat "$work/last" "$work/log" >&2
        printf '%-14s failed\n' "$name"
        kill "-$end" "$supervisor" 2>/dev/null || true
        return
    fi
    kill "-$end" "$supervisor" 2>/dev/null || true
    wait "$supervisor" || true
    # Not all of these end their services when they are ended.
    kill -9 "$(tail -n 1 "$work/last")" 2>/dev/null || true
    read -r median least most <"$work/result"
    [ "$name" != loop ] || floor=$median
    awk -v n="$name" -v m="$median" -v l="$least" -v h="$most" -v f="$floor" \
        'BEGIN { printf "%-14s %9.2f %9.2f %9.2f %9.2f\n", n, m, l, h, m / f }'
}

printf '%-14s %9s %9s %9s %9s\n' "SIGKILL->new" median least most "x loop"
# shellcheck disable=SC2086
measure loop TERM java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx64m -cp "$work" Loop ${CHAIN:-} "$work/service"

for profile in server small; do
    export LARES_PROFILE=$profile
    "$home/bin/lares-container" train >/dev/null
    "$home/bin/lares-container" start >/dev/null
    measure "lares $profile" TERM "$home/bin/lares" bootstrap system "$work/it.plist"
    "$home/bin/lares" bootout system/org.lares.bench.it >/dev/null || true
    "$home/bin/lares-container" stop >/dev/null
done

# runsvdir ends its runsv only on SIGHUP.
measure runit HUP runsvdir "$work/runit"
measure s6 TERM s6-svscan "$work/s6"
measure supervisord TERM supervisord -c "$work/supervisord.conf"
