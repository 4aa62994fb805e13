import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeHosts } from "../../cli/bench/hosts.ts";
import { alive } from "../../scripts/consul/answers.ts";
import { agentAt } from "./support/access.ts";
import { servers } from "./support/cluster.ts";
import { prepareLabHosts } from "./support/labHosts.ts";
import { LabStack } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const clusters = [
    { security: "open", subnet: "10.77.92.0/24" },
    { security: "full", subnet: "10.77.93.0/24" },
] as const;

describe.skipIf(missing !== undefined).each(clusters)(
    "a stack that joins another's $security cluster",
    ({ security, subnet }) => {
        const prefix = `lab-joining-${security}-host`;
        const core = new LabStack(`lab-core-${security}`);
        const workers = new LabStack(`lab-workers-${security}`, core.backend);
        const folder = mkdtempSync(join(tmpdir(), "lab-joining-key-"));
        let addresses: readonly string[] = [];
        let configureCore: (rotate?: Readonly<Record<string, number>>) => void = () => undefined;

        beforeAll(async () => {
            await removeHosts(prefix);
            const place = { prefix, subnet, folder, count: 3 };
            const { hosts, keyFile, start } = await prepareLabHosts(place);
            for (const host of hosts) {
                await start(host);
            }
            addresses = hosts.map(({ address }) => address);
            const driver = {
                driver: "generic",
                driverOptions: { sshUser: "root", sshKey: keyFile },
                security,
            };
            const [first = "", second, third] = addresses;
            configureCore = (rotate) => {
                const given = rotate === undefined ? {} : { rotate };
                core.configure({
                    ...driver,
                    ...given,
                    servers: [{ name: "server-1", address: first }],
                });
            };
            await core.init();
            configureCore();
            await core.up();
            await workers.init();
            workers.configure({
                ...driver,
                servers: [{ name: "server-2", address: second }],
                clients: [{ name: "worker-1", address: third }],
                ...(security === "open" ? { join: [first] } : { joinStack: core.name }),
            });
            await workers.up();
        });

        afterAll(async () => {
            const ended: PromiseSettledResult<void>[] = [];
            for (const stack of [workers, core]) {
                ended.push(...(await Promise.allSettled([stack.end()])));
            }
            await removeHosts(prefix);
            rmSync(folder, { recursive: true, force: true });
            expect(ended.filter(({ status }) => status === "rejected")).toEqual([]);
        });

        it("has its nodes in that cluster, a server as a voter, and held no election for it", async () => {
            const outputs = await core.outputs();
            expect((await servers(outputs)).map(({ Name, Voter }) => [Name, Voter])).toEqual([
                ["server-1", true],
                ["server-2", true],
            ]);
            const members = await agentAt(outputs.httpAddress).members();
            expect(members.map(({ Name }) => Name).sort()).toEqual([
                "server-1",
                "server-2",
                "worker-1",
            ]);
            await workers.up("--expect-no-changes");
            await core.up("--expect-no-changes");
        });

        // Not registered elsewhere at all: what is registered and skipped counts as a test that could have run.
        if (security === "full") {
            it("takes over another CA, tokens and gossip key, and those of before are deleted then", async () => {
                const api = agentAt((await core.outputs()).httpAddress);
                const before = (await api.get<readonly Known[]>("/v1/acl/tokens")).map(idOf);
                configureCore({ ca: 2, tokens: 2, gossip: 2 });
                const first = await core.run(core.upWords());
                expect(first.exitCode).not.toBe(0);
                expect(first.output).toMatch(
                    /server-2.* of another stack have still what that stack/,
                );
                await workers.up();
                await core.up();
                await workers.up("--expect-no-changes");
                await core.up("--expect-no-changes");
                const now = agentAt((await core.outputs()).httpAddress);
                const left = (await now.get<readonly Known[]>("/v1/acl/tokens")).map(idOf);
                // The management token, and the anonymous one.
                expect(before.filter((id) => left.includes(id))).toHaveLength(2);
                const living = (await now.members()).filter(({ Status }) => Status === alive);
                expect(living).toHaveLength(3);
                expect((await servers(await core.outputs())).every(({ Healthy }) => Healthy)).toBe(
                    true,
                );
            });
        }

        it("leaves it in good order when it is destroyed, and the cluster goes on", async () => {
            await workers.destroy();
            const api = agentAt((await core.outputs()).httpAddress);
            expect((await api.raftPeers()).map(({ Node }) => Node)).toEqual(["server-1"]);
            expect((await api.members()).map(({ Name }) => Name)).toEqual(["server-1"]);
            for (const node of ["server-2", "worker-1"]) {
                expect(await api.registeredId(node)).toBeUndefined();
            }
            expect(await api.leader()).toBe(`${addresses[0] ?? ""}:8300`);
        });
    },
);

/** A token as the list has it. */
interface Known {
    readonly AccessorID: string;
}

const idOf = ({ AccessorID }: Known): string => AccessorID;
