import type { ConsulClusterArgs, NodeArgs } from "../../components/cluster/clusterArgs.ts";
import { ConsulCluster } from "../../components/cluster/consulCluster.ts";
import { ClusterSecrets } from "../../scripts/security/secrets.ts";
import { declare, type Declared, type DeclareOptions, type Outputs } from "./declare.ts";

/** Every node of the cluster that the graph tests declare, with its machine's address. */
export const addresses: Readonly<Record<string, string>> = {
    "server-1": "10.0.0.11",
    "server-2": "10.0.0.12",
    "server-3": "10.0.0.13",
    "client-1": "10.0.0.101",
    "client-2": "10.0.0.102",
};

export const nodeNames = Object.keys(addresses);
export const serverNames = nodeNames.filter((name) => name.startsWith("server"));
export const clientNames = nodeNames.filter((name) => name.startsWith("client"));

/** The private key that each machine answers with; nowhere may it be seen in clear. */
export const privateKey = "-----BEGIN RSA PRIVATE KEY-----";

/** The secrets of a secured cluster, as scripts answer with them. */
export const seed = "c2VlZCBvZiB0aGUgY2x1c3Rlcg==";
export const authority = { certificate: "certificate of the CA", key: "private key of the CA" };
export const client = { certificate: "certificate of a caller", key: `${privateKey} of a caller` };
const secrets = new ClusterSecrets(seed, { gossip: 1, tokens: 1, management: 1 });
export const tokens = {
    managementToken: secrets.token("management").secretId,
    servicesToken: secrets.token("services").secretId,
    metricsToken: secrets.token("metrics").secretId,
};

/** What the machine below a node answers. */
export function endpointOf(nodeName: string) {
    const address = addresses[nodeName] ?? "10.0.0.99";
    return {
        address,
        endpoint: `tcp://${address}:2376`,
        bridgeAddress: `172.17.${address.split(".")[3] ?? ""}.1`,
        dockerVersion: "29.1.0",
        ca: `ca of ${nodeName}`,
        cert: `certificate of ${nodeName}`,
        key: `${privateKey} of ${nodeName}`,
    };
}

/** The authorities that stacks which join are given. */
export const joinAuthorities = {
    clientCertificate: "certificate of the clients' authority",
    clientKey: `${privateKey} of the clients' authority`,
    serverCertificate: "certificate of the servers' authority",
    serverKey: `${privateKey} of the servers' authority`,
};

/** Answers as the scripts do. */
export const scriptOutputs: Outputs = ({ name, inputs }) => {
    switch (inputs.create) {
        case "machine up":
            return { stdout: JSON.stringify(endpointOf(name.replace(/^consul-|-machine$/g, ""))) };
        case "formation record":
            return { stdout: inputs.stdin };
        case "secret seed":
            return { stdout: seed };
        case "secret ca":
            return { stdout: JSON.stringify(authority) };
        case "secret client":
            return { stdout: JSON.stringify(client) };
        case "secret joining":
            return { stdout: JSON.stringify(joinAuthorities) };
        case "lab key":
            return { stdout: "ssh-ed25519 AAAA consul-machines lab" };
        default:
            return { stdout: "done" };
    }
};

/** The machine of a node, by driver. */
export const machines = {
    generic: (name: string): NodeArgs["machine"] => ({
        driver: "generic",
        address: addresses[name] ?? "",
    }),
    lab: (name: string): NodeArgs["machine"] => ({ driver: "lab", address: addresses[name] ?? "" }),
    virtualbox: (): NodeArgs["machine"] => ({ driver: "virtualbox" }),
} as const;

/** The arguments of a cluster of three servers and two clients, an open one unless stated otherwise. */
export function clusterArgs(
    driver: keyof typeof machines,
    over: Partial<ConsulClusterArgs> = {},
): ConsulClusterArgs {
    const nodes = (names: readonly string[]) =>
        names.map((name): NodeArgs => ({ name, machine: machines[driver](name) }));
    return {
        servers: nodes(serverNames),
        clients: nodes(clientNames),
        datacenter: "dc1",
        image: { kind: "pulled", reference: "hashicorp/consul:1.22.2" },
        store: { path: ".state/machines/mocked" },
        security: "open",
        ...(driver === "lab" ? { lab: { subnet: "10.0.0.0/24" } } : {}),
        ...over,
    };
}

const plain = new Map<keyof typeof machines, ReturnType<typeof declareCluster>>();

/** The cluster with nothing special about it, declared once for all tests of a file. */
export function plainCluster(driver: keyof typeof machines) {
    const made = plain.get(driver) ?? declareCluster(driver);
    plain.set(driver, made);
    return made;
}

/** The same cluster with full security, declared once for all tests of a file. */
export function securedCluster(driver: keyof typeof machines) {
    const made = securedOnes.get(driver) ?? declareCluster(driver, { security: "full" });
    securedOnes.set(driver, made);
    return made;
}

const securedOnes: typeof plain = new Map();

/** Declares a cluster of three servers and two clients; finds what it declared by its key. */
export async function declareCluster(
    driver: keyof typeof machines,
    over: Partial<ConsulClusterArgs> = {},
    options: DeclareOptions = {},
) {
    const { declared, result } = await declare(
        () => new ConsulCluster("consul", clusterArgs(driver, over)),
        { outputs: scriptOutputs, ...options },
    );
    const find = (key: string): Declared => {
        const found = declared.find((one) => one.key === key);
        if (found === undefined) {
            throw new Error(`"${key}" was not declared; there are\n${keysOf(declared).join("\n")}`);
        }
        return found;
    };
    return { declared, find, cluster: result };
}

/** The keys of resources, sorted. */
export function keysOf(declared: readonly Declared[]): string[] {
    return declared.map(({ key }) => key);
}

/** What a Command gives its script. */
export function requestOf({ inputs }: Declared): unknown {
    return JSON.parse(String(inputs.stdin));
}

/** The words of a container's command that begin like this. */
export function words({ inputs }: Declared, start: string): string[] {
    return (inputs.command as readonly string[]).filter((word) => word.startsWith(start));
}

/** The value of a container's label. */
export function labelOf({ inputs }: Declared, name: string): string | undefined {
    const labels = inputs.labels as readonly { readonly label: string; readonly value: string }[];
    return labels.find(({ label }) => label === name)?.value;
}
