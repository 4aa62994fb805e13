import type { Finding } from "../../scripts/hosts/facts/finding.ts";
import type { HostFacts } from "../../scripts/hosts/facts/hostFacts.ts";
import type { HostPlan } from "../../scripts/hosts/facts/hostPlan.ts";
import { readFacts } from "../../scripts/hosts/facts/readFacts.ts";
import { describeFinding, judge } from "../../scripts/hosts/judge.ts";
import type { Looked } from "../../scripts/hosts/rules/context.ts";

/** When the host was asked: the clock of a sound one shows the same. */
export const now = 1_795_000_000;

/** What a look prints of a Debian with Docker, on which nothing is wrong and nothing runs. */
export const soundHost = `fact look begin
fact clock ${now}
fact kernel Linux
fact machine x86_64
fact hostname dev-server-1
fact uid 1000
fact user deploy
fact sudo yes
fact rights sudo
fact os PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
fact os VERSION_ID="12"
fact os ID=debian
fact init systemd
fact tool apt-get
fact tool curl
fact tool dockerd
fact tool ip
fact tool ss
fact tool systemctl
fact etc writable
fact memory.total 4028104
fact memory.available 3528104
fact address 127.0.0.1\tlo
fact address 10.0.0.11\teth0
fact address 172.17.0.1\tdocker0
fact listening ss
fact listen.ss Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
fact listen.ss udp   UNCONN 0      0      127.0.0.53%lo:53         0.0.0.0:*    users:(("systemd-resolve",pid=9,fd=13))
fact listen.ss tcp   LISTEN 0      128          0.0.0.0:22         0.0.0.0:*    users:(("sshd",pid=700,fd=3))
fact listen.ss tcp   LISTEN 0      128             [::]:22            [::]:*    users:(("sshd",pid=700,fd=4))
fact docker.path /usr/bin/docker
fact docker.file /usr/bin/docker
fact docker.version Docker version 28.5.2, build ecc6942
fact dockerd.path /usr/bin/dockerd
fact unit LoadState=loaded
fact unit ActiveState=active
fact unit Result=success
fact unit FragmentPath=/lib/systemd/system/docker.service
fact unit MainPID=800
fact socket LoadState=loaded
fact socket ActiveState=active
fact dockerd.word /usr/bin/dockerd
fact dockerd.word -H
fact dockerd.word fd://
fact dockerd.word --containerd=/run/containerd/containerd.sock
fact engine version 28.5.2
fact engine driver overlay2
fact engine root /var/lib/docker
fact engine live false
fact engine swarm inactive
fact engine security [name=seccomp,profile=builtin]
fact containers known
fact volumes known
fact networks known
fact disk 20000000\t40000000\t/
fact inodes 2000000\t2500000\t/
fact iptables -P INPUT ACCEPT
fact look end
`;

/** Lines of a look that take the place of those with the same key; \`undefined\` removes them. */
export type Changes = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a look prints of a host that is another in this. */
export function printedWith(changes: Changes, base = soundHost): string {
    const keyOf = (line: string) => line.split(" ")[1] ?? "";
    const kept = base.split("\n").filter((line) => !(keyOf(line) in changes));
    const added = Object.entries(changes).flatMap(([key, values]) =>
        [values ?? []].flat().map((value) => `fact ${key} ${value}`),
    );
    return [kept[0] ?? "", ...added, ...kept.slice(1)].join("\n");
}

/** The facts of a host that is another in this. */
export function factsWith(changes: Changes): HostFacts {
    const facts = readFacts(printedWith(changes));
    if (facts === undefined) {
        throw new Error("no facts");
    }
    return facts;
}

/** What is planned for it. */
export const soundPlan: HostPlan = {
    name: "server-1",
    machineName: "dev-server-1",
    owner: "consul-machines/dev",
    address: "10.0.0.11",
    sshUser: "deploy",
    ports: [
        { port: 8300, protocol: "tcp", purpose: "server RPC and Raft" },
        { port: 8301, protocol: "tcp", purpose: "LAN gossip" },
        { port: 8301, protocol: "udp", purpose: "LAN gossip" },
        { port: 8501, protocol: "tcp", purpose: "HTTPS API" },
    ],
    bridgePorts: [],
    containers: ["consul"],
    volumes: ["consul-data", "consul-config"],
    networks: [],
    adoptsData: false,
};

/** What surrounds the facts of one look. */
export interface Surroundings {
    readonly plan?: Partial<HostPlan>;
    readonly enginePort?: Looked["enginePort"];
    readonly dockerMachine?: string;
}

/** What is found on a host that is another in this. */
export function findingsWith(
    changes: Changes,
    { plan, enginePort = "refused", dockerMachine }: Surroundings = {},
): Finding[] {
    const asked = { from: now * 1000, to: now * 1000 + 900 };
    return judge({
        plan: { ...soundPlan, ...plan },
        facts: factsWith(changes),
        asked,
        enginePort,
        dockerMachine,
    });
}

/** The same as lines for an operator. */
export function linesWith(changes: Changes, around: Surroundings = {}): string[] {
    const plan = { ...soundPlan, ...around.plan };
    return findingsWith(changes, around).map((finding) => describeFinding(plan, finding));
}
