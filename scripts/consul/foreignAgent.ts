import { hasTypes, property } from "../system/json.ts";

/** What an agent says of itself that was made by somebody else. */
export interface ForeignAgent {
    readonly nodeName: string;
    readonly nodeId: string;
    readonly datacenter: string;
    readonly role: "server" | "client";
    /** The address that it advertises. */
    readonly address: string;
    /** Consul's version, such as `1.22.2`; empty where it does not say. */
    readonly version: string;
    /** Folder of its data, in its container. */
    readonly dataDirectory: string;
    /** Whether it leaves the cluster when it is told to stop. */
    readonly leavesOnStop: boolean;
    /** How it is secured, in words; empty where it is not. */
    readonly security: readonly string[];
}

/** What an agent is to be for a node that takes its place. */
export interface ExpectedAgent {
    readonly nodeName: string;
    readonly datacenter: string;
    readonly role: "server" | "client";
    readonly address: string;
}

/**
 * Reads what `/v1/agent/self` answers.
 *
 * @throws Error where it is no agent's account of itself.
 */
export function readForeignAgent(self: unknown): ForeignAgent {
    const [config, debug, member] = ["Config", "DebugConfig", "Member"].map((key) =>
        property(self, key),
    );
    if (
        !hasTypes(config, { NodeName: "string", NodeID: "string", Datacenter: "string" }) ||
        !hasTypes(debug, { DataDir: "string" })
    ) {
        throw new Error("it does not say of itself what an agent of Consul says");
    }
    const text = (value: unknown) => (typeof value === "string" ? value : "");
    const serf = property(property(self, "Stats"), "serf_lan");
    const tls = property(property(debug, "TLS"), "InternalRPC");
    const security = [
        [property(serf, "encrypted") === "true", "its gossip is encrypted"] as const,
        [property(debug, "ACLsEnabled") === true, "its ACLs are on"] as const,
        [
            property(tls, "VerifyIncoming") === true ||
                property(tls, "VerifyOutgoing") === true ||
                property(debug, "VerifyIncomingRPC") === true,
            "its servers demand TLS",
        ] as const,
    ];
    return {
        nodeName: text(property(config, "NodeName")),
        nodeId: text(property(config, "NodeID")),
        datacenter: text(property(config, "Datacenter")),
        role: property(config, "Server") === true ? "server" : "client",
        address: text(property(member, "Addr")),
        version: text(property(config, "Version")),
        dataDirectory: text(property(debug, "DataDir")),
        leavesOnStop: property(debug, "LeaveOnTerm") === true,
        security: security.flatMap(([holds, what]) => (holds ? [what] : [])),
    };
}

/** Why an agent cannot be adopted. */
export interface AdoptionProblem {
    readonly seen: string;
    /** What to do. */
    readonly way: string;
}

/** Why an agent's place cannot be taken by a node of ours. */
export function adoptionProblems(agent: ForeignAgent, expected: ExpectedAgent): AdoptionProblem[] {
    const differs = (what: string, is: string, wanted: string, way: string) =>
        is === wanted
            ? []
            : [{ seen: `its agent's ${what} is "${is}", and the node's "${wanted}"`, way }];
    const { nodeName, datacenter, role, address, security, leavesOnStop } = agent;
    return [
        ...differs(
            "name",
            nodeName,
            expected.nodeName,
            `A node keeps its name with its identity: call it "${nodeName}" in the settings.`,
        ),
        ...differs(
            "datacenter",
            datacenter,
            expected.datacenter,
            `Set "datacenter" to "${datacenter}".`,
        ),
        ...differs("role", role, expected.role, `List it among the ${role}s, with its data.`),
        ...differs(
            "address",
            address,
            expected.address,
            "The others know it there: give the node that address, or have the agent advertise the node's (-advertise) first.",
        ),
        ...security.map((seen) => ({
            seen,
            way:
                "That takes keys or tokens that this stack does not have. Only an open cluster is adopted; it is secured " +
                "afterwards, by `security: full`.",
        })),
        ...(role === "server" && leavesOnStop
            ? [
                  {
                      seen: "its agent leaves the cluster when it is stopped (leave_on_terminate), which costs a vote",
                      way: "Set that to false there, and restart it.",
                  },
              ]
            : []),
    ];
}

/** Why an agent's data are too new for an image; undefined where they are not, or one of the two does not say. */
export function newerDataProblem(
    { version }: Pick<ForeignAgent, "version">,
    image: string,
): AdoptionProblem | undefined {
    const [theirs, ours] = [version, /:v?([^:/]+)$/.exec(image)?.[1] ?? ""].map(minorOf);
    return theirs === undefined || ours === undefined || theirs <= ours
        ? undefined
        : {
              seen: `its Consul is ${version}, and the image ${image} has an earlier one, which may not read its data`,
              way: 'Set "image" to the same version or a later one.',
          };
}

/** Number by which versions are compared, such as 1022 for 1.22.2. */
function minorOf(version: string): number | undefined {
    const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
    return major === undefined || minor === undefined
        ? undefined
        : Number(major) * 1000 + Number(minor);
}
