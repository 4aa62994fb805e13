import { describe, expect, test } from "vitest";
import { findingIds, type FindingId } from "../../../../scripts/hosts/facts/finding.ts";
import {
    findingsWith,
    linesWith,
    now,
    soundPlan,
    type Changes,
    type Surroundings,
} from "../../../support/soundHost.ts";

/** One thing that is wrong with a host, and what its operator is told. */
interface Fault extends Surroundings {
    readonly what: string;
    readonly id: FindingId;
    readonly changes: Changes;
    readonly seen: string;
    readonly advice: string;
}

const container = (name: string, over: Partial<Record<ContainerField, string>> = {}) =>
    [
        `/${name}`,
        over.state ?? "running",
        over.restart ?? "always",
        over.owner ?? "",
        "shop:1",
        over.volumes ?? "",
        over.ports ?? "",
        over.removed ?? "false",
    ].join("\t");
type ContainerField = "state" | "restart" | "owner" | "volumes" | "ports" | "removed";

const machineUnit = (label: string) => [
    "[Service]",
    "ExecStart=",
    `ExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2376 --tlsverify ${label} --label provider=generic`,
];

const listens = (protocol: string, at: string, users = "") =>
    `${protocol}   LISTEN 0   128   ${at}   0.0.0.0:*   ${users}`;

const consulRuns = 'users:(("consul",pid=812,fd=5))';

/** For which nothing is made. */
const refusals: readonly Fault[] = [
    {
        what: "sudo that asks for a password",
        id: "sudo",
        changes: { sudo: "no", rights: "no", "sudo.says": "sudo: a password is required" },
        seen: 'sudo asks the user "deploy" for a password: a password is required',
        advice: "Add the line `deploy ALL=(ALL) NOPASSWD:ALL` there",
    },
    {
        what: "a user whom sudo does not know",
        id: "sudo",
        changes: {
            sudo: "no",
            rights: "no",
            "sudo.says": "deploy is not in the sudoers file.",
        },
        seen: 'sudo does not let the user "deploy" become root: deploy is not in the sudoers file',
        advice: "or log in as root",
    },
    {
        what: "sudo that wants a terminal",
        id: "sudo",
        changes: {
            sudo: "no",
            rights: "no",
            "sudo.says": "sudo: sorry, you must have a tty to run sudo",
        },
        seen: "you must have a tty to run sudo",
        advice: 'Take "requiretty" out of its sudoers',
    },
    {
        what: "no sudo for a plain user",
        id: "sudo",
        changes: { sudo: "absent", rights: "no" },
        seen: 'it has no sudo, and the user "deploy" is not root',
        advice: "Install sudo there",
    },
    {
        what: "no sudo for root where docker-machine does not install it",
        id: "sudo",
        changes: { sudo: "absent", rights: "own", os: ["ID=ubuntu", 'VERSION_ID="24.04"'] },
        seen: "it has no sudo, by which docker-machine does everything",
        advice: 'Install the package "sudo" there',
    },
    {
        what: "Alpine",
        id: "os",
        changes: { os: ["ID=alpine", 'PRETTY_NAME="Alpine Linux v3.22"'] },
        seen: "it runs Alpine Linux v3.22, which this docker-machine does not know",
        advice: "Use a host with Debian, Ubuntu,",
    },
    {
        what: "a Linux of which nothing tells the name",
        id: "os",
        changes: { os: undefined },
        seen: "it runs a Linux without /etc/os-release",
        advice: "Use a host with Debian",
    },
    {
        what: "a system that another docker-machine knows",
        id: "os",
        changes: { os: ["ID=rocky", 'PRETTY_NAME="Rocky Linux 9.5"'] },
        dockerMachine: "docker-machine version 0.16.2-gitlab.23, build x",
        seen: "it runs Rocky Linux 9.5",
        advice: "Use rancher-machine (the setting dockerMachine)",
    },
    {
        what: "no Linux",
        id: "os",
        changes: { kernel: "FreeBSD" },
        seen: "it runs FreeBSD",
        advice: "docker-machine needs a host with Linux",
    },
    {
        what: "no systemd",
        id: "init",
        changes: { init: "runit" },
        seen: "its first process is runit, not systemd",
        advice: "use a host with systemd",
    },
    {
        what: "neither ss nor netstat",
        id: "tools",
        changes: { tool: ["curl", "ip"] },
        seen: "it has neither ss nor netstat",
        advice: 'Install the package "iproute2" or "net-tools"',
    },
    {
        what: "a file system that cannot be written",
        id: "read-only",
        changes: { etc: "read-only" },
        seen: "/etc cannot be written there",
        advice: "mount it read-write",
    },
    {
        what: "another CPU than the image's",
        id: "architecture",
        changes: { machine: "aarch64" },
        plan: { architecture: "amd64" },
        seen: "its CPU is arm64 (aarch64), and the image is for amd64",
        advice: "Name an image for arm64",
    },
    {
        what: "a full disk",
        id: "disk",
        changes: { disk: "102400\t40000000\t/var" },
        seen: "/var has 100 MB free",
        advice: "make room on /var",
    },
    {
        what: "a disk without room for files",
        id: "disk",
        changes: { inodes: "12\t2500000\t/" },
        seen: "/ has room for 12 more files",
        advice: "make room on /",
    },
    {
        what: "a clock that is behind",
        id: "clock",
        changes: { clock: String(now - 3600) },
        seen: "its clock is 60 minutes behind this computer's",
        advice: "set it by `sudo timedatectl set-ntp true`",
    },
    {
        what: "a clock that is years ahead",
        id: "clock",
        changes: { clock: String(now + 400 * 86_400) },
        seen: "its clock is 400 days ahead of this computer's",
        advice: "Certificates that are made now would not be valid there",
    },
    {
        what: "an address that it does not have",
        id: "address",
        changes: {},
        plan: { address: "203.0.113.5" },
        seen: "its address 203.0.113.5 is on none of its interfaces; it has 10.0.0.11 (eth0)",
        advice: "name one that the host has",
    },
    {
        what: "a port that a program has",
        id: "port",
        changes: {
            "listen.ss": [
                listens("tcp", "0.0.0.0:8300", consulRuns),
                listens("tcp", "*:8301", consulRuns),
            ],
        },
        seen:
            "ports 8300/tcp (server RPC and Raft), 8301/tcp (LAN gossip) are taken by the program " +
            '"consul" (process 812)',
        advice: "Stop it there, or use another host",
    },
    {
        what: "a port that a container has",
        id: "port",
        changes: { container: container("web", { ports: "8501/tcp" }) },
        seen: 'port 8501/tcp (HTTPS API) is taken by the container "web"',
        advice: "`sudo docker stop web`",
    },
    {
        what: "a port that nobody tells the holder of",
        id: "port",
        changes: { listening: "proc", "listen.proc": "udp 0B00000A:206D" },
        seen: "port 8301/udp (LAN gossip) is taken by a program of its own",
        advice: "`sudo ss -lnp 'sport = :8301'`",
    },
    {
        what: "a port that a program has by a socket for both kinds of addresses",
        id: "port",
        changes: {
            "listen.ss": listens("tcp", "[::ffff:10.0.0.11]:8501", 'users:(("java",pid=9,fd=5))'),
        },
        seen: 'port 8501/tcp (HTTPS API) is taken by the program "java" (process 9)',
        advice: "Stop it there",
    },
    {
        what: "the engine's port taken",
        id: "port",
        changes: { "listen.ss": listens("tcp", "10.0.0.11:2376", 'users:(("nginx",pid=7,fd=5))') },
        seen: 'port 2376/tcp (the machine\'s Docker) is taken by the program "nginx" (process 7)',
        advice: "Stop it there",
    },
    {
        what: "a resolver on the bridge",
        id: "dns-port",
        changes: {
            "listen.ss": listens("udp", "172.17.0.1:53", 'users:(("dnsmasq",pid=5,fd=4))'),
        },
        plan: {
            bridgePorts: (["tcp", "udp"] as const).map((protocol) => {
                return { port: 53, protocol, purpose: "DNS", from: "dnsOnBridge" };
            }),
        },
        seen: 'dnsOnBridge: port 53/udp of its bridge is taken by the program "dnsmasq" (process 5)',
        advice: "or set dnsOnBridge to false",
    },
    {
        what: "a firewall that swallows packets",
        id: "firewall",
        changes: { ufw: ["Status: active", "22/tcp   ALLOW   Anywhere"] },
        enginePort: "silent",
        seen: "port 2376/tcp swallows packets from this computer, and the machine's Docker will listen there; ufw is active",
        advice: "`sudo ufw allow 2376/tcp`",
    },
    {
        what: "a firewall that forbids a port",
        id: "firewall",
        changes: { firewalld: "running" },
        enginePort: "unreachable",
        plan: { enginePort: 2400 },
        seen: "port 2400/tcp is forbidden from this computer",
        advice: "--add-port=2400/tcp",
    },
    {
        what: "Docker as a snap",
        id: "snap",
        changes: { "docker.path": "/snap/bin/docker", "docker.snap": "/snap/docker" },
        seen: "its Docker is a snap (/snap/bin/docker), which has no docker.service",
        advice: "`sudo snap remove docker`",
    },
    {
        what: "Podman in Docker's place",
        id: "podman",
        changes: { "docker.version": "podman version 5.2.1" },
        seen: "its command docker is Podman's (podman version 5.2.1)",
        advice: "install Docker's own packages",
    },
    {
        what: "a Docker without root",
        id: "rootless",
        changes: {
            "docker.rootless": "/run/user/1000/docker.sock",
            unit: "LoadState=not-found",
            engine: undefined,
        },
        seen: "its Docker runs without root (/run/user/1000/docker.sock)",
        advice: "Install the usual one beside it",
    },
    {
        what: "a client without a daemon",
        id: "no-docker",
        changes: { "dockerd.path": undefined, engine: undefined, unit: "LoadState=not-found" },
        seen: "it has the command docker (/usr/bin/docker) and no daemon",
        advice: "Install Docker there, or remove the command",
    },
    {
        what: "a Docker that has failed",
        id: "engine",
        changes: {
            engine: undefined,
            unit: ["LoadState=loaded", "ActiveState=failed", "Result=exit-code"],
            "engine.error": "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",
        },
        seen: "its Docker does not answer: docker.service is failed; its last start: exit-code; Cannot connect",
        advice: "`sudo journalctl -u docker -n 20`",
    },
    {
        what: "a Docker that is masked",
        id: "engine",
        changes: { engine: undefined, unit: ["LoadState=masked", "ActiveState=inactive"] },
        seen: "its docker.service is masked",
        advice: "`sudo systemctl unmask docker",
    },
    {
        what: "a Docker without a unit",
        id: "engine",
        changes: { engine: undefined, unit: "LoadState=not-found" },
        seen: "it has Docker and no docker.service",
        advice: "Install Docker's own packages",
    },
    {
        what: "a daemon in another place",
        id: "daemon-path",
        changes: { "dockerd.path": "/usr/sbin/dockerd" },
        seen: "its daemon is /usr/sbin/dockerd, and docker-machine's unit starts /usr/bin/dockerd",
        advice: "`sudo ln -s /usr/sbin/dockerd /usr/bin/dockerd`",
    },
    {
        what: "a storage driver in daemon.json",
        id: "daemon-config",
        changes: {
            "daemon.path": "/etc/docker/daemon.json",
            "daemon.line": ["{", '"storage-driver": "vfs"', "}"],
            engine: ["version 28.5.2", "driver vfs", "root /var/lib/docker"],
        },
        seen: '/etc/docker/daemon.json sets "storage-driver", which docker-machine sets by flags',
        advice: "Take it out of that file. The storage driver stays vfs",
    },
    {
        what: "addresses and certificates in daemon.json",
        id: "daemon-config",
        changes: {
            "daemon.path": "/etc/docker/daemon.json",
            "daemon.line": '{"hosts": ["fd://"], "tlsverify": true, "bip": "10.1.0.1/24"}',
        },
        seen: '/etc/docker/daemon.json sets "hosts" and "tlsverify"',
        advice: "Take them out of that file.",
    },
    {
        what: "labels in daemon.json",
        id: "daemon-config",
        changes: {
            "daemon.path": "/etc/docker/daemon.json",
            "daemon.line": '{"labels": ["rack=a7"]}',
        },
        seen: '/etc/docker/daemon.json sets "labels"',
        advice: "give them as --label in a drop-in such as 05-own.conf",
    },
    {
        what: "a daemon.json that is none",
        id: "daemon-config",
        changes: { "daemon.path": "/etc/docker/daemon.json", "daemon.line": "{ bip: 10.1.0.1 }" },
        seen: "/etc/docker/daemon.json is not a JSON object",
        advice: "the next start of Docker fails with it",
    },
    {
        what: "a drop-in that comes after docker-machine's",
        id: "drop-in",
        changes: {
            dropin: [
                "/etc/systemd/system/docker.service.d/05-own.conf\tstarts",
                "/etc/systemd/system/docker.service.d/override.conf\tstarts",
                "/etc/systemd/system/docker.service.d/zz-limits.conf\t",
            ],
        },
        seen: "/etc/systemd/system/docker.service.d/override.conf sets ExecStart, and comes after",
        advice: "Give it a name that comes before, such as 05-override.conf",
    },
    {
        what: "a flag that docker-machine cannot write",
        id: "daemon-flags",
        changes: { "dockerd.word": ["/usr/bin/dockerd", "--data-root", "/srv/my docker"] },
        seen: 'its Docker is started with "data-root=/srv/my docker", which docker-machine cannot write',
        advice: "Put that into /etc/docker/daemon.json",
    },
    {
        what: "a label that docker-machine cannot write",
        id: "daemon-flags",
        changes: { "dockerd.word": ["/usr/bin/dockerd", "--label", "room=the attic"] },
        seen: 'its Docker is started with "label=room=the attic", which docker-machine cannot write',
        advice: "Write the label without blanks and quotes",
    },
    {
        what: "a foreign volume",
        id: "volume",
        changes: {
            volume: "consul-data\t",
            container: container("shop", { volumes: "consul-data" }),
        },
        seen: 'it has a volume "consul-data" that no stack of this program made, used by "shop"',
        advice: "`docker volume rm consul-data`",
    },
    {
        what: "a foreign container",
        id: "container",
        changes: { container: container("consul", { state: "exited", restart: "no" }) },
        seen: 'it has a container "consul" (shop:1, exited) that no stack of this program made',
        advice: "`docker rename consul consul-old`",
    },
    {
        what: "a foreign network",
        id: "network",
        changes: { network: "consul\t" },
        plan: { networks: ["consul"] },
        seen: 'it has a network "consul" that no stack of this program made',
        advice: "`docker network rm consul`",
    },
    {
        what: "another stack's node",
        id: "manager",
        changes: { volume: "consul-data\tconsul-machines/prod" },
        seen: 'it is a machine of "consul-machines/prod", another stack than "consul-machines/dev"',
        advice: "docker ps -a --filter label=consul-machines.owner=consul-machines/prod",
    },
    {
        what: "a node of Kubernetes",
        id: "manager",
        changes: { container: container("k8s_pause_web-0_default") },
        seen: "its Docker is Kubernetes'",
        advice: "Use another host",
    },
    {
        what: "a machine of another docker-machine",
        id: "certificates",
        changes: {
            certificate: ["/etc/docker/ca.pem", "/etc/docker/server.pem"],
            "machine.unit": machineUnit(""),
        },
        seen: "another docker-machine has made it a machine already (/etc/docker/ca.pem, /etc/docker/server.pem, 10-machine.conf)",
        advice: "`docker-machine rm`",
    },
    {
        what: "data of this very stack",
        id: "earlier-data",
        changes: {
            volume: ["consul-config\tconsul-machines/dev", "consul-data\tconsul-machines/dev"],
        },
        seen: "its host still has data of consul-machines/dev from an earlier machine: consul-config consul-data",
        advice: "docker volume rm consul-config consul-data",
    },
    {
        what: "a container of this very stack",
        id: "earlier-data",
        changes: { container: container("consul", { owner: "consul-machines/dev" }) },
        seen: "its host still has containers of consul-machines/dev from an earlier machine: consul",
        advice: "`docker rm --force consul`",
    },
    {
        what: "nothing to adopt",
        id: "adopt",
        changes: { container: container("shop") },
        plan: { adopts: "consul-by-hand" },
        seen: 'adopt: it has no container "consul-by-hand" that somebody made by hand',
        advice: 'It has "shop". Name the one that runs Consul',
    },
    {
        what: "something to adopt that is stopped",
        id: "adopt",
        changes: { container: container("mine", { state: "exited" }) },
        plan: { adopts: "mine" },
        seen: 'adopt: its container "mine" is exited',
        advice: "`docker start mine`",
    },
    {
        what: "something to adopt that goes when it stops",
        id: "adopt",
        changes: { container: container("mine", { removed: "true" }) },
        plan: { adopts: "mine" },
        seen: 'adopt: its container "mine" is removed when it stops (--rm), and with it what has no name',
        advice: "run it on that, without --rm",
    },
    {
        what: "something to adopt whose data others use",
        id: "adopt",
        changes: {
            container: [
                container("mine", { volumes: "data" }),
                container("backup", { volumes: "data" }),
            ],
        },
        plan: { adopts: "mine" },
        seen: 'adopt: "backup" has a volume of the container "mine", too',
        advice: "stop and remove what else uses them",
    },
    {
        what: "an engine that does not list its volumes",
        id: "look",
        changes: { volumes: undefined },
        seen: "its Docker did not list its volumes",
        advice: "`sudo docker volume ls`",
    },
    {
        what: "an engine that does not list all its containers",
        id: "look",
        changes: { containers: undefined, container: container("shop") },
        seen: "its Docker did not list its containers",
        advice: "`sudo docker ps -aq | xargs -r sudo docker inspect >/dev/null`",
    },
    {
        what: "a look that was cut off",
        id: "look",
        changes: { look: "begin" },
        seen: "it did not tell everything within the time of a look",
        advice: "`sudo docker info`",
    },
];

/** What will happen. */
const effects: readonly Fault[] = [
    {
        what: "a Consul that is adopted",
        id: "adopted",
        changes: {
            container: container("consul", {
                volumes: "consul-data",
                ports: "8300/tcp 8301/tcp 8301/udp 8500/tcp",
            }),
            volume: "consul-data\t",
        },
        plan: { adopts: "consul" },
        seen: 'its container "consul" (shop:1) runs Consul on the volume "consul-data"',
        advice: "server-1 takes its place, with its data, identity and address: hosts are made machines one after another",
    },
    {
        what: "a root without sudo on Debian",
        id: "install",
        changes: { sudo: "absent", rights: "own" },
        seen: "it has no sudo",
        advice: "docker-machine installs it",
    },
    {
        what: "no Docker yet",
        id: "install",
        changes: {
            "docker.path": undefined,
            "docker.file": undefined,
            "docker.version": undefined,
            "dockerd.path": undefined,
            engine: undefined,
            unit: undefined,
        },
        seen: "it has no Docker",
        advice: "for which the host needs the Internet",
    },
    {
        what: "another name",
        id: "rename",
        changes: { hostname: "shop-db" },
        seen: 'its host name is "shop-db"',
        advice: 'it is renamed to "dev-server-1"',
    },
    {
        what: "containers that restart",
        id: "restart",
        changes: { container: [container("shop"), container("db")] },
        seen: 'it runs the containers "shop" and "db"',
        advice: "Docker is restarted, and they with it",
    },
    {
        what: "a container that does not come back",
        id: "restart",
        changes: { container: container("job", { restart: "no" }) },
        seen: 'it runs "job" without a restart policy',
        advice: "they stay stopped",
    },
    {
        what: "another storage driver",
        id: "storage-driver",
        changes: { engine: ["version 29.0.1", "driver overlayfs", "root /var/lib/docker"] },
        seen: "its Docker has the storage driver overlayfs",
        advice: "the machine's Docker keeps it",
    },
    {
        what: "a data folder of its own",
        id: "daemon-flags",
        changes: { "dockerd.word": ["dockerd", "-H", "fd://", "-g", "/srv/docker"] },
        seen: 'its Docker is started with "data-root=/srv/docker"',
        advice: "it keeps that",
    },
    {
        what: "a label of its own",
        id: "daemon-flags",
        changes: { "dockerd.word": ["dockerd", "-H", "fd://", "--label", "rack=a7"] },
        seen: 'its Docker is started with "label=rack=a7"',
        advice: "it keeps that",
    },
    {
        what: "a label that is docker-machine's",
        id: "daemon-flags",
        changes: { "dockerd.word": ["dockerd", "-H", "fd://", "--label=provider=acme"] },
        seen: 'its Docker has the label "provider=acme"',
        advice: "provider=generic, takes its place",
    },
    {
        what: "an open port of Docker",
        id: "daemon-flags",
        changes: { "dockerd.word": ["dockerd", "-H", "fd://", "-H=tcp://0.0.0.0:2375"] },
        seen: 'its Docker listens on "tcp://0.0.0.0:2375"',
        advice: "it does not any more",
    },
    {
        what: "a host that does not tell what listens",
        id: "port",
        changes: { listening: undefined, "listen.ss": undefined },
        seen: "it did not tell what listens there",
        advice: "see `sudo ss -lntup` there",
    },
    {
        what: "a swarm",
        id: "swarm",
        changes: {
            engine: ["version 28.5.2", "driver overlay2", "root /var/lib/docker", "swarm active"],
        },
        seen: "its Docker is part of a swarm",
        advice: "Docker is restarted",
    },
    {
        what: "little memory",
        id: "memory",
        changes: { "memory.total": "262144", "memory.available": "200000" },
        seen: "its memory is 256 MB",
        advice: "some 200 MB",
    },
    {
        what: "a disk that is nearly full",
        id: "disk",
        changes: { disk: "1024000\t40000000\t/" },
        seen: "/ has 1000 MB free",
        advice: "not for many upgrades",
    },
    {
        what: "a clock that is a little off",
        id: "clock",
        changes: { clock: String(now + 100) },
        seen: "its clock is 99 seconds ahead of this computer's",
        advice: "`sudo timedatectl set-ntp true`",
    },
    {
        what: "a firewall that may be in the way",
        id: "firewall",
        changes: { iptables: ["-P INPUT DROP", "-A INPUT -p tcp --dport 22 -j ACCEPT"] },
        seen: "iptables is active there, and has no rule for port 2376/tcp",
        advice: "`sudo iptables -I INPUT -p tcp --dport 2376 -j ACCEPT`",
    },
    {
        what: "certificates that nothing uses",
        id: "certificates",
        changes: { certificate: "/etc/docker/ca.pem" },
        seen: "it has certificates of another docker-machine (/etc/docker/ca.pem)",
        advice: "its certificates are replaced",
    },
    {
        what: "a machine that another stack has given up",
        id: "certificates",
        changes: {
            certificate: "/etc/docker/ca.pem",
            "machine.unit": machineUnit("--label consul-machines.owner=shop/prod"),
        },
        seen: 'it was a machine of "shop/prod", which has nothing on it any more',
        advice: "its certificates are replaced",
    },
];

test("a sound host is not spoken of", () => {
    expect(findingsWith({})).toEqual([]);
});

describe.each([
    ["refused", refusals, "."],
    ["said", effects, ";"],
] as const)("what is %s", (kind, faults, end) => {
    test.each(faults)("$what", ({ id, changes, seen, advice, ...around }) => {
        const at = findingsWith(changes, around).findIndex(
            (one) => one.id === id && one.seen.includes(seen),
        );
        expect(at, linesWith(changes, around).join("\n")).toBeGreaterThanOrEqual(0);
        const finding = findingsWith(changes, around)[at];
        expect(finding).toMatchObject({ id, kind });
        expect(finding?.advice).toContain(advice);
        const line = linesWith(changes, around)[at] ?? "";
        expect(line).toBe(
            `server-1 (deploy@${around.plan?.address ?? soundPlan.address}:22): ` +
                `${finding?.seen ?? ""}${end} ${finding?.advice ?? ""}`,
        );
    });
});

test("a host that this stack had is known by its label, its CA, or its data", () => {
    const made = (label: string) => ({
        certificate: "/etc/docker/ca.pem",
        "machine.unit": machineUnit(label),
        ca: ["-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"],
    });
    const ids = (...of: Parameters<typeof findingsWith>) => findingsWith(...of).map(({ id }) => id);
    expect(ids(made(""))).toEqual(["certificates"]);
    expect(ids(made("--label consul-machines.owner=consul-machines/dev"))).toEqual([]);
    const authority = `${made("").ca.join("\n")}\n`;
    expect(ids(made(""), { plan: { authority } })).toEqual([]);
    const volume = "consul-data\tconsul-machines/dev";
    expect(ids({ ...made(""), volume })).toEqual(["earlier-data"]);
    // Its data are used where the operator says so.
    expect(ids({ ...made(""), volume }, { plan: { adoptsData: true } })).toEqual([]);
});

test("of a host whose Consul is adopted nothing is refused that belongs to it, and all else is", () => {
    const own = container("mine", { volumes: "consul-data", ports: "8300/tcp 8301/tcp" });
    const changes = { container: own, volume: "consul-data\t" };
    const kinds = (more: object, adopts: string | undefined) =>
        findingsWith({ ...changes, ...more }, { plan: { adopts } }).map(
            ({ id, kind }) => `${kind} ${id}`,
        );
    expect(kinds({}, "mine")).toEqual(["said adopted", "said restart"]);
    expect(kinds({}, undefined)).toEqual(["refused volume", "refused port", "said restart"]);
    expect(kinds({ container: [own, container("consul")] }, "mine")).toContain("refused container");
    expect(kinds({ volume: ["consul-data\t", "consul-config\t"] }, "mine")).toContain(
        "refused volume",
    );
    // On the network of the host its program has the ports itself.
    const listener = 'tcp LISTEN 0 128 10.0.0.11:8300 0.0.0.0:* users:(("consul",pid=7,fd=3))';
    const ofHost = { container: container("mine", { volumes: "consul-data" }) };
    expect(kinds({ ...ofHost, "listen.ss": listener }, "mine")).not.toContain("refused port");
    expect(kinds({ ...ofHost, "listen.ss": listener }, undefined)).toContain("refused port");
});

test("what is adopted is not said to be missing or foreign where containers are not known", () => {
    const changes = { containers: undefined, volume: "consul-data\t" };
    const ids = findingsWith(changes, { plan: { adopts: "mine" } }).map(({ id }) => id);
    expect(ids).toEqual(["look"]);
});

test("a host that an earlier version left destroyed is freed by the line that is shown", () => {
    const left = {
        certificate: ["ca", "server", "server-key"].map((file) => `/etc/docker/${file}.pem`),
        dropin: ["/etc/systemd/system/docker.service.d/10-machine.conf\tstarts"],
        "machine.unit": machineUnit(""),
        ca: ["-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"],
    };
    const [finding, ...more] = findingsWith(left);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ id: "certificates", kind: "refused" });
    const [, line = ""] = /Run there: `([^`]+)`\.$/.exec(finding?.advice ?? "") ?? [];
    const [removal = "", ...after] = line.split(" && ");
    expect(after).toEqual(["sudo systemctl daemon-reload", "sudo systemctl restart docker"]);
    const removed = removal.replace("sudo rm -f ", "").split(" ");
    // Nothing that led to the finding is left, and nothing else is removed.
    const files = [...left.certificate, ...left.dropin.map((one) => one.split("\t")[0])];
    expect(removed.toSorted()).toEqual(files.toSorted());
    expect(findingsWith({})).toEqual([]);
});

test("whose CA it is, is told by the name in it", async () => {
    const { generate } = await import("selfsigned");
    const { cert } = await generate([{ name: "organizationName", value: "alice" }]);
    const lines = linesWith({
        certificate: "/etc/docker/ca.pem",
        "machine.unit": machineUnit(""),
        ca: cert.trim().split(/\r?\n/),
    });
    expect(lines.join()).toContain('another docker-machine (of "alice") has made it a machine');
});

test("every kind of finding that facts lead to has a case here", () => {
    const bySession: readonly FindingId[] = ["ssh", "shell", "same-host"];
    const covered = new Set([...refusals, ...effects].map(({ id }) => id));
    expect(findingIds.filter((id) => !covered.has(id))).toEqual(bySession);
});
