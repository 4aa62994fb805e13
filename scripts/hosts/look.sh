# Prints what there is to know about a host before it is made a machine: "fact KEY VALUE", a line for each.
# It is read by `sh` on the host, needs no more than coreutils or busybox, changes nothing, and leaves out what
# it cannot find out. In braces, so that a connection that breaks runs no part of it.
{
    rootless=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/docker.sock
    unset DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_TLS DOCKER_CERT_PATH DOCKER_API_VERSION
    LC_ALL=C
    PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
    export LC_ALL PATH
    tab=$(printf '\t')

    say() { printf 'fact %s %s\n' "$1" "$2"; }
    each() {
        while IFS= read -r line || [ -n "$line" ]; do printf 'fact %s %s\n' "$1" "$line"; done
    }
    has() { command -v "$1" >/dev/null 2>&1; }
    limit=
    if has timeout && timeout 5 true >/dev/null 2>&1; then limit='timeout 5'; fi

    say look begin
    say clock "$(date +%s)"
    say kernel "$(uname -s)"
    say machine "$(uname -m)"
    say hostname "$(uname -n)"
    uid=$(id -u)
    say uid "$uid"
    say user "$(id -un 2>/dev/null)"

    rights=no
    if ! has sudo; then
        say sudo absent
    elif answer=$($limit sudo -n true 2>&1); then
        rights=sudo
        say sudo yes
    else
        say sudo no
        printf '%s\n' "$answer" | each sudo.says
    fi
    if [ "$uid" = 0 ]; then rights=own; fi
    say rights "$rights"
    # As root where this user may be, else as this user. No word is a function: timeout runs programs.
    as_root() {
        # shellcheck disable=SC2086 # a list of words
        if [ "$rights" = sudo ]; then sudo -n $limit "$@"; else $limit "$@"; fi
    }

    if [ -r /etc/os-release ]; then
        while IFS= read -r line; do
            case $line in
            ID=* | ID_LIKE=* | VERSION_ID=* | VARIANT_ID=* | PRETTY_NAME=*) say os "$line" ;;
            esac
        done </etc/os-release
    fi
    if [ -d /run/systemd/system ]; then say init systemd; else say init "$(cat /proc/1/comm 2>/dev/null)"; fi
    for tool in apt-get curl dockerd ip netstat ss systemctl; do
        if has "$tool"; then say tool "$tool"; fi
    done
    if [ "$rights" != no ]; then
        if as_root sh -c 'test -w /etc'; then say etc writable; else say etc read-only; fi
    fi
    if [ -r /proc/meminfo ]; then
        while read -r key size _; do
            case $key in
            MemTotal:) say memory.total "$size" ;;
            MemAvailable:) say memory.available "$size" ;;
            esac
        done </proc/meminfo
    fi

    # Addresses, and what listens.
    if has ip; then
        ip -4 -o addr show 2>/dev/null | while read -r _ device _ address _; do
            say address "${address%%/*}$tab$device"
        done
    elif has ifconfig; then
        ifconfig 2>/dev/null | while read -r word address _; do
            if [ "$word" = inet ]; then say address "${address#addr:}"; fi
        done
    else
        for address in $(hostname -I 2>/dev/null); do say address "$address"; done
    fi
    lister=
    if has ss; then lister=ss; elif has netstat; then lister=netstat; fi
    if [ -n "$lister" ]; then
        # Both print a heading where nothing listens. What was cut off, or prints nothing, is no answer.
        found=$(as_root "$lister" -lntup 2>/dev/null)
        code=$?
        if [ "$code" -le 1 ] && [ -n "$found" ]; then
            say listening "$lister"
            printf '%s\n' "$found" | each "listen.$lister"
        fi
    else
        say listening proc
        for table in tcp tcp6 udp udp6; do
            if [ -r "/proc/net/$table" ]; then
                while read -r _ at _ state _; do
                    case $table$state in tcp0A | tcp60A | udp07 | udp607) say listen.proc "$table $at" ;; esac
                done <"/proc/net/$table"
            fi
        done
    fi

    # Docker, as far as files and systemd tell.
    if has docker; then
        say docker.path "$(command -v docker)"
        say docker.file "$(readlink -f "$(command -v docker)" 2>/dev/null)"
        $limit docker --version 2>/dev/null | each docker.version
    fi
    if [ -x /usr/bin/dockerd ]; then say dockerd.path /usr/bin/dockerd; else
        if has dockerd; then say dockerd.path "$(command -v dockerd)"; fi
    fi
    for place in /snap/docker /var/snap/docker; do
        if [ -d "$place" ]; then say docker.snap "$place"; fi
    done
    if [ -S "$rootless" ]; then say docker.rootless "$rootless"; fi
    config=/etc/docker/daemon.json
    if has systemctl; then
        properties=LoadState,ActiveState,Result,FragmentPath,MainPID
        $limit systemctl show docker.service -p "$properties" 2>/dev/null | each unit
        $limit systemctl show docker.socket -p LoadState,ActiveState 2>/dev/null | each socket
        paths=$($limit systemctl show docker.service -p DropInPaths 2>/dev/null)
        for path in ${paths#DropInPaths=}; do
            starts=
            while IFS= read -r line || [ -n "$line" ]; do
                case $line in ExecStart=?*) starts=starts ;; esac
            done <"$path"
            say dropin "$path$tab$starts"
        done
        process=$($limit systemctl show docker.service -p MainPID 2>/dev/null)
        process=${process#MainPID=}
        if [ -n "$process" ] && [ "$process" != 0 ]; then
            as_root cat "/proc/$process/cmdline" 2>/dev/null | tr '\0' '\n' | each dockerd.word
            other=$(as_root cat "/proc/$process/cmdline" 2>/dev/null | tr '\0' '\n' |
                while IFS= read -r word; do case $word in --config-file=*) echo "${word#*=}" ;; esac; done)
            if [ -n "$other" ]; then config=$other; fi
        fi
    fi
    if [ -e "$config" ]; then
        say daemon.path "$config"
        as_root cat "$config" 2>/dev/null | each daemon.line
    fi
    for file in ca server server-key; do
        if [ -e "/etc/docker/$file.pem" ]; then say certificate "/etc/docker/$file.pem"; fi
    done
    if [ -e /etc/docker/ca.pem ]; then as_root cat /etc/docker/ca.pem 2>/dev/null | each ca; fi
    unit=/etc/systemd/system/docker.service.d/10-machine.conf
    if [ -e "$unit" ]; then as_root cat "$unit" 2>/dev/null | each machine.unit; fi

    # Docker, as its engine tells.
    engine() { as_root docker -H unix:///var/run/docker.sock "$@"; }
    # Tells of containers, and fails where one of them may be left out. One that is gone by now is none.
    containers() {
        found=$(engine inspect --type container --format "$format" "$@" 2>&1)
        code=$?
        printf '%s\n' "$found" | {
            other=0
            gone=0
            while IFS= read -r line; do
                case $line in
                'fact container '*) printf '%s\n' "$line" ;;
                '' | sudo:* | WARNING:*) ;;
                *[Nn]'o such container'* | *[Nn]'o such object'*) gone=1 ;;
                *) other=1 ;;
                esac
            done
            [ "$code" = 0 ] || { [ "$code" = 1 ] && [ "$gone" = 1 ] && [ "$other" = 0 ]; }
        }
    }
    root=/var/lib/docker
    if has docker && [ -S /var/run/docker.sock ]; then
        format='{{println "version" .ServerVersion}}{{println "driver" .Driver}}{{println "root" .DockerRootDir}}'
        format=$format'{{println "live" .LiveRestoreEnabled}}{{println "swarm" .Swarm.LocalNodeState}}'
        format=$format'{{println "security" .SecurityOptions}}{{println "labels" .Labels}}'
        if answer=$(engine info --format "$format" 2>&1); then
            printf '%s\n' "$answer" | each engine
            root=$(printf '%s\n' "$answer" |
                while read -r key path; do if [ "$key" = root ]; then echo "$path"; fi; done)
            if ids=$(engine ps --all --quiet --no-trunc 2>/dev/null); then
                format='fact container {{.Name}}{{"\t"}}{{.State.Status}}{{"\t"}}{{.HostConfig.RestartPolicy.Name}}{{"\t"}}'
                format=$format'{{index .Config.Labels "consul-machines.owner"}}{{"\t"}}{{.Config.Image}}{{"\t"}}'
                format=$format'{{range .Mounts}}{{.Name}} {{end}}{{"\t"}}'
                format=$format'{{range $port, $all := .HostConfig.PortBindings}}{{range $all}}'
                format=$format'{{.HostPort}}/{{$port}} {{end}}{{end}}{{"\t"}}{{.HostConfig.AutoRemove}}'
                # In parts, each with a time of its own; after one that fails no other is waited for.
                known=known
                # shellcheck disable=SC2086 # a list of ids
                set -- $ids
                while [ $# -gt 0 ] && [ -n "$known" ]; do
                    part=
                    size=0
                    while [ $# -gt 0 ] && [ "$size" -lt 50 ]; do
                        part="$part $1"
                        size=$((size + 1))
                        shift
                    done
                    # shellcheck disable=SC2086 # a list of ids
                    containers $part || known=
                done
                if [ -n "$known" ]; then say containers known; fi
            fi
            format='{{.Name}}{{"\t"}}{{.Label "consul-machines.owner"}}'
            for kind in volume network; do
                if found=$(engine "$kind" ls --filter name=consul --format "$format" 2>/dev/null); then
                    if [ -n "$found" ]; then printf '%s\n' "$found" | each "$kind"; fi
                    say "${kind}s" known
                fi
            done
        else
            printf '%s\n' "$answer" | each engine.error
        fi
    fi

    # Where its images and data will be.
    place=${root:-/var/lib/docker}
    while [ ! -d "$place" ] && [ "$place" != / ]; do
        place=${place%/*}
        if [ -z "$place" ]; then place=/; fi
    done
    df -Pk "$place" 2>/dev/null | {
        read -r _
        read -r _ total _ free _ mount
        say disk "$free$tab$total$tab$mount"
    }
    df -Pi "$place" 2>/dev/null | {
        read -r _
        read -r _ total _ free _ mount
        say inodes "$free$tab$total$tab$mount"
    }

    # What may keep this computer from the engine's port.
    if has ufw; then as_root ufw status 2>/dev/null | each ufw; fi
    if has firewall-cmd; then
        as_root firewall-cmd --state 2>&1 | each firewalld
        as_root firewall-cmd --list-ports 2>/dev/null | each firewalld.ports
    fi
    if has iptables && [ "$rights" != no ]; then
        as_root iptables -S INPUT 2>/dev/null | head -n 100 | each iptables
    fi
    say look end
} </dev/null
