import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type {
    ConsulClusterArgs,
    NodeArgs,
    NodeLists,
} from "../../components/cluster/clusterArgs.ts";
import {
    clientNames,
    clusterArgs,
    declareCluster,
    nodeNames,
    plainCluster,
    requestOf,
    securedCluster,
    serverNames,
} from "../support/cluster.ts";
import { isSecret, type Declared } from "../support/declare.ts";

const path = "/consul-machines/files/a";
const hidden = "hunter2-of-the-operator";

/** What tries client agents has all that they are started with. */
const checks = clientNames.map((name) => `Command consul-${name}-agent-check`);

type Find = (key: string) => Declared;

/** The nodes that the tests' cluster has. */
function nodesOf(): Required<NodeLists<NodeArgs>> {
    const args = clusterArgs("generic");
    if (args.machine !== undefined) {
        throw new Error("each node has a machine of its own");
    }
    const { servers, clients = [] } = args;
    return { servers, clients };
}

const agentOf = (find: Find, node: string) => find(`Container consul-${node}-agent`);
const digestOf = (find: Find, node: string) =>
    /config","value":"([0-9a-f]+)/.exec(JSON.stringify(agentOf(find, node).inputs.labels))?.[1];

/** Where a text is in clear, in whatever is registered. */
function placesInClear(value: unknown, text: string, place: string): string[] {
    if (typeof value === "string") {
        return value.includes(text) ? [place] : [];
    }
    return typeof value !== "object" || value === null || isSecret(value)
        ? []
        : Object.entries(value).flatMap(([key, inner]) =>
              placesInClear(inner, text, `${place}.${key}`),
          );
}

/** What has a text, and whether it is in clear somewhere. */
function holders(declared: readonly Declared[], text: string) {
    return {
        clear: declared.flatMap(({ key, wire }) => placesInClear(wire, text, key)),
        all: declared
            .filter(({ inputs }) => JSON.stringify(inputs).includes(text))
            .map(({ key }) => key)
            .sort(),
    };
}

describe("files", () => {
    test("are uploaded into an open cluster's containers, for the agent's user", async () => {
        const { find } = await declareCluster("generic", {
            files: { [path]: { content: "text" } },
        });
        for (const node of nodeNames) {
            const [, ...uploads] = agentOf(find, node).inputs.uploads as object[];
            expect(uploads).toEqual([
                { file: path, content: "text", permissions: "0600", owner: "100", group: "1000" },
            ]);
        }
    });

    test("are in the request for a secured agent's files, and another one is another container", async () => {
        const files = (content: string) => ({ files: { [path]: { content, mode: "0644" } } });
        const secured = (over: Partial<ConsulClusterArgs>) =>
            declareCluster("generic", { security: "full", ...over });
        const plain = await securedCluster("generic");
        const one = await secured(files("one"));
        const other = await secured(files("other"));
        for (const node of nodeNames) {
            const command = one.find(`Command consul-${node}-files`);
            const { files: sent, digest } = requestOf(command) as {
                readonly files: unknown;
                readonly digest: string;
            };
            expect(sent).toEqual([{ path, text: "one", mode: 0o644 }]);
            expect(digest).toBe(digestOf(one.find, node));
            expect(isSecret(Reflect.get(Object(command.wire), "stdin"))).toBe(false);
            const digests = [plain, one, other].map(({ find }) => digestOf(find, node));
            expect(new Set(digests).size).toBe(3);
            expect(agentOf(one.find, node).inputs).not.toHaveProperty("uploads");
        }
    });

    test("of a role and of a node are in those containers alone", async () => {
        const { servers, clients } = nodesOf();
        const [first, ...others] = clients;
        const own = { [path]: { content: "own" } };
        const { find } = await declareCluster("generic", {
            servers,
            serverFiles: { [path]: { content: "of servers" } },
            clients: first === undefined ? [] : [{ ...first, files: own }, ...others],
        });
        const texts = nodeNames.map((node) => {
            const uploads = agentOf(find, node).inputs.uploads as { readonly content: string }[];
            return uploads.slice(1).map(({ content }) => content);
        });
        expect(texts).toEqual([...serverNames.map(() => ["of servers"]), ["own"], []]);
    });

    test.each(["open", "full"] as const)(
        "that are secret are in clear nowhere (%s)",
        async (security) => {
            const files = { [path]: { content: pulumi.secret(hidden) } };
            const { declared, find } = await declareCluster("generic", { security, files });
            const holder =
                security === "open" ? "Container consul-NODE-agent" : "Command consul-NODE-files";
            expect(holders(declared, hidden)).toEqual({
                clear: [],
                all: [...nodeNames.map((node) => holder.replace("NODE", node)), ...checks].sort(),
            });
            // What tells one from another is seen, and is the same for the same file.
            expect(digestOf(find, "client-1")).toBe(digestOf(find, "client-2"));
        },
    );

    test("may be named by the configuration", async () => {
        const files = { [path]: { content: "#!/bin/sh", mode: "0755" } };
        const checks = [{ name: "disk", args: [path], interval: "1m" }];
        const agentConfig = { checks, enable_local_script_checks: true };
        const { find } = await declareCluster("generic", { files, agentConfig });
        expect(requestOf(find("Command consul-server-1-ready"))).toMatchObject({
            reloadable: { config: { checks } },
        });
    });

    test.each<[Partial<ConsulClusterArgs>, string]>([
        [
            { files: { "/etc/a": { content: "" } } },
            'files["/etc/a"]: got "/etc/a"; a path below /consul-machines/files',
        ],
        [
            { agentConfig: { license_path: path } },
            `agentConfig.license_path: got "${path}"; no such file is among "files".`,
        ],
    ])("are refused by the library too: %j", async (over, message) => {
        await expect(declareCluster("generic", over)).rejects.toThrow(message);
    });
});

describe("secrets", () => {
    const secretConfig = { retry_interval_wan: hidden, node_meta: { a: hidden } };

    test.each(["open", "full"] as const)(
        "in the configuration are in clear nowhere (%s)",
        async (security) => {
            const args = {
                security,
                agentConfig: secretConfig,
                secretArgs: ["agentConfig"],
            } as const;
            const { declared } = await declareCluster("generic", args);
            const started =
                security === "open" ? "Container consul-NODE-agent" : "Command consul-NODE-files";
            const expected = nodeNames.flatMap((node) =>
                [started, "Command consul-NODE-ready"].map((key) => key.replace("NODE", node)),
            );
            const { clear, all } = holders(declared, hidden);
            expect(clear).toEqual([]);
            expect(all.sort()).toEqual([...expected, ...checks].sort());
        },
    );

    test.each(["open", "full"] as const)(
        "in the environment are in no container's (%s)",
        async (security) => {
            const secretEnvironment = { CONSUL_LICENSE: `${hidden}-license`, OTHER: hidden };
            const { declared, find } = await declareCluster("generic", {
                security,
                environment: { GOGC: "50" },
                secretEnvironment,
            });
            expect(holders(declared, hidden).clear).toEqual([]);
            const { envs, entrypoints } = agentOf(find, "server-1").inputs;
            expect(envs).toContain("CONSUL_LICENSE_PATH=/consul-machines/secret/license");
            expect(envs).toContain("GOGC=50");
            expect(JSON.stringify(envs)).not.toContain(hidden);
            expect(entrypoints).toEqual(["/bin/sh", "-c", expect.any(String), "consul"]);
        },
    );

    test("in services are in clear nowhere", async () => {
        const services = [{ name: "web", port: 80, meta: { a: hidden } }];
        const { servers } = nodesOf();
        const args = { servers: servers.map((node) => ({ ...node, services })) };
        const { declared } = await declareCluster("generic", { ...args, secretArgs: ["services"] });
        expect(holders(declared, hidden)).toEqual({
            clear: [],
            all: serverNames.map((node) => `Command consul-${node}-services`),
        });
        const open = await declareCluster("generic", args);
        expect(holders(open.declared, hidden).clear).toHaveLength(serverNames.length);
    });

    test("where there are none, nothing is another than before", async () => {
        const none = { files: {}, serverFiles: {}, secretEnvironment: {}, secretArgs: [] };
        const { declared } = await declareCluster("generic", none);
        const before = await plainCluster("generic");
        expect(declared.map(({ wire }) => wire)).toEqual(before.declared.map(({ wire }) => wire));
    });
});
