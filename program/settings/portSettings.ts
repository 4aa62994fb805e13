import { z } from "zod";
import {
    peerPortRule,
    portProblems,
    type PortCluster,
} from "../../components/agent/portProblems.ts";
import type { PortSettings } from "../../components/agent/portSettings.ts";
import { dnsPort, httpPort, httpsPort } from "../../components/agent/ports.ts";
import { objectRule } from "../../components/node/objectRule.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import { problem } from "./problems.ts";
import { mapOf } from "./schemaParts.ts";

const portRule = "a port, a whole number from 1 to 65535";
const portOf = (rule: string) => z.int(rule).min(1, rule).max(65535, rule);
const port = portOf(portRule);

const offRule = "a port, a whole number from 1 to 65535, or false to have none";

/** A port that may be off: Consul writes -1 for it. */
const portOrOff = z.union(
    [portOf(offRule), z.literal(false), z.literal(-1).transform((): false => false)],
    offRule,
);

const numbers = {
    http: portOrOff.exactOptional().meta({
        description:
            "The API and the UI of an open cluster. Of a secured one the API without TLS, which is at the bridge alone " +
            "(`httpOnBridge`).",
        default: httpPort,
    }),
    https: portOrOff
        .exactOptional()
        .meta({ description: "The API and the UI of a secured cluster.", default: httpsPort }),
    dns: port.exactOptional().meta({ description: "DNS, by tcp and udp.", default: dnsPort }),
    grpc: portOrOff.exactOptional().meta({
        description: "gRPC without TLS, of an open cluster; Consul calls it 8502. At least 1024.",
        default: "no port",
    }),
    grpcTls: portOrOff.exactOptional().meta({
        description:
            "gRPC over TLS: of all agents of a secured cluster, of the servers of an open one; Consul calls it 8503. At " +
            "least 1024.",
        default: "none is published",
    }),
};

/** Keys that Consul has, and that are refused with a reason of their own. */
const refused: Readonly<Record<string, string>> = {
    grpc_tls: 'it is called "grpcTls" here',
    server: peerPortRule,
    serf_lan: peerPortRule,
    serf_wan: peerPortRule,
    serfLan: peerPortRule,
    serfWan: peerPortRule,
};

const mapRule = objectRule("a map from names of ports to numbers", Object.keys(numbers));

/** The setting `ports`. */
export const portNumbersSchema = z.strictObject(numbers, {
    error: (issue) => {
        const [key = ""] = issue.code === "unrecognized_keys" ? issue.keys : [];
        return refused[key] ?? mapRule.error(issue);
    },
});

const extra = mapOf(
    {
        port: port.describe("Number on the machine."),
        internal: port.exactOptional().meta({
            description: "Number inside of the container.",
            default: "the same",
        }),
        protocol: z
            .enum(["tcp", "udp"], "tcp or udp")
            .exactOptional()
            .meta({ description: "Transport protocol.", default: "tcp" }),
        at: z
            .enum(
                ["address", "bridge"],
                "address, the machine's own, or bridge, that of its docker0",
            )
            .exactOptional()
            .meta({
                description:
                    "Where it is bound: at the machine's own address, or at that of docker0.",
                default: "address",
            }),
        roles: z
            .array(z.enum(["server", "client"], "server or client"), "a list of server and client")
            .min(1, "server, client or both; leave it out for both")
            .exactOptional()
            .meta({ description: "The nodes that publish it.", default: ["server", "client"] }),
        purpose: z
            .string("what it is for")
            .min(1, "what it is for")
            .describe("What it is for, in messages."),
    },
    "a port to publish",
);

/** The setting `publish`. */
export const publishSchema = z.array(extra, "a list of ports to publish");

/** What is wrong with the ports, each of which is of the right form. */
export function portSettingProblems(
    raw: PortSettings & Pick<PortCluster, "imageFlavour" | "oneMachine">,
    security: Security,
): string[] {
    // The two do not go together, which is reported by itself.
    const checked = raw.imageFlavour === "progrium" ? "open" : security;
    return portProblems(raw, { ...raw, security: checked }).map(({ path, value, rule }) =>
        problem(path, value, rule),
    );
}
