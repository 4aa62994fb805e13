import { refused, said, type Finding } from "../facts/finding.ts";
import type { FirewallFacts, HostAddress } from "../facts/hostFacts.ts";
import { defaultEnginePort, type HostPlan } from "../facts/hostPlan.ts";
import type { Looked } from "./context.ts";

/** Interfaces whose addresses no other machine reaches. */
const inner = /^(lo|docker\d|br-|veth|virbr|cni|flannel|podman)/;

/** Whether the node can have its address there, and this computer reaches its engine. */
export function networkFindings(looked: Looked): Finding[] {
    const { plan, facts } = looked;
    return [...addressFindings(plan, facts.addresses), ...firewallFindings(looked)];
}

function addressFindings(
    { address, reachedAt }: HostPlan,
    addresses: readonly HostAddress[],
): readonly Finding[] {
    if (addresses.length === 0 || addresses.some((one) => one.address === address)) {
        return [];
    }
    const outer = addresses.filter(
        ({ address: one, device = "" }) => !one.startsWith("127.") && !inner.test(device),
    );
    const has = outer.map(({ address: one, device }) =>
        device === undefined ? one : `${one} (${device})`,
    );
    return [
        refused(
            "address",
            `its address ${address} is on none of its interfaces; ` +
                (has.length === 0
                    ? "it has no other than its loopback"
                    : `it has ${has.join(", ")}`),
            "The node binds its ports to that address, and tells it to the others: name one that the host has and that " +
                "the other machines reach." +
                (reachedAt === undefined
                    ? ` If this computer reaches the host at ${address} alone, as behind NAT, make that its "reach".`
                    : ""),
        ),
    ];
}

function firewallFindings({ plan, facts, enginePort: seen }: Looked): Finding[] {
    const port = plan.enginePort ?? defaultEnginePort;
    const firewall = activeFirewall(facts.firewall, port);
    const open = firewall?.open ?? `Have its firewall let this computer in to port ${port}/tcp.`;
    const whose = firewall === undefined ? "" : `; ${firewall.name} is active there`;
    if (seen === "silent" || seen === "unreachable") {
        return [
            refused(
                "firewall",
                `port ${port}/tcp ${seen === "silent" ? "swallows packets" : "is forbidden"} from this ` +
                    `computer, and the machine's Docker will listen there${whose}`,
                open,
            ),
        ];
    }
    // A firewall can refuse like a port at which nothing listens.
    return firewall === undefined || seen === "open" || firewall.allows
        ? []
        : [
              said(
                  "firewall",
                  `${firewall.name} is active there, and has no rule for port ${port}/tcp, where the machine's Docker ` +
                      "will listen",
                  `if this computer does not get through: ${open}`,
              ),
          ];
}

/** A firewall that may keep this computer out. */
interface ActiveFirewall {
    readonly name: string;
    /** Whether one of its rules names the port. */
    readonly allows: boolean;
    /** How it is opened. */
    readonly open: string;
}

function activeFirewall(
    { ufw, firewalld, input }: FirewallFacts,
    port: number,
): ActiveFirewall | undefined {
    const names = (lines: readonly string[]) =>
        lines.some((line) => new RegExp(`\\b${port}\\b`).test(line));
    if (ufw.some((line) => line.startsWith("Status: active"))) {
        const open = `\`sudo ufw allow ${port}/tcp\`, from this computer's address alone if you can.`;
        return { name: "ufw", allows: names(ufw), open };
    }
    if (firewalld[0] === "running") {
        const open = `\`sudo firewall-cmd --permanent --add-port=${port}/tcp && sudo firewall-cmd --reload\`.`;
        return { name: "firewalld", allows: names(firewalld), open };
    }
    const isShut = input.some((line) =>
        /^-P INPUT (DROP|REJECT)|^-A INPUT -j (DROP|REJECT)/.test(line),
    );
    const open = `\`sudo iptables -I INPUT -p tcp --dport ${port} -j ACCEPT\`.`;
    return isShut ? { name: "iptables", allows: names(input), open } : undefined;
}
