import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, removeHosts, type Hosts } from "../../cli/bench/hosts.ts";
import { projectRoot } from "../../cli/tools/paths.ts";
import { Store } from "../../scripts/machine/store.ts";
import { defaultStoreFolder } from "../../scripts/protocol/names.ts";
import { cloneProject } from "./support/clone.ts";
import { get, put, servers, untilWhole } from "./support/cluster.ts";
import { prepareLabHosts } from "./support/labHosts.ts";
import { LabStack } from "./support/labStack.ts";
import { writeOtherBuild } from "./support/otherBuild.ts";
import { labImage, noBinary } from "./support/pieces.ts";
import { textsBelow } from "./support/secretSearch.ts";

const prefix = "lab-second-host";
const subnet = "10.77.96.0/24";
const noChange = /(\d+) unchanged/;

/** The lines of all private keys of a store that are in no certificate. */
async function keysIn(store: string): Promise<string[]> {
    const entries = await readdir(store, { recursive: true, withFileTypes: true });
    const texts = entries
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8"));
    const found = (await Promise.all(texts)).flatMap((text) =>
        [...text.matchAll(/BEGIN [A-Z ]*PRIVATE KEY-----\s([^-]+)-----END/g)].flatMap(
            ([, body = ""]) => body.trim().split(/\s+/).slice(1, -1),
        ),
    );
    return [...new Set(found)].filter((line) => line.length > 40);
}

describe.skipIf(noBinary !== undefined)(
    "a stack of hosts, from a second clone of the project",
    () => {
        const stack = new LabStack("lab-second");
        const folder = mkdtempSync(join(tmpdir(), "lab-second-key-"));
        const path = defaultStoreFolder(stack.name);
        let prepared: Hosts;
        let hosts: Hosts["hosts"] = [];
        let clone = "";
        /** What is declared of the stack beside its servers, once it has lived for a while. */
        let settled = {};
        let declare: (count: number, more?: object) => void = () => undefined;

        /** What of Consul the hosts have. */
        const left = async () => {
            const all = hosts.map(async ({ name }) => {
                const containers = await docker(["exec", name, "docker", "ps", "-aq"]);
                const volumes = await docker(["exec", name, "docker", "volume", "ls", "-q"]);
                return `${containers}\n${volumes}`.split("\n").filter(Boolean);
            });
            return (await Promise.all(all)).flat();
        };

        /** The image that each of the first three hosts runs. */
        const images = () =>
            Promise.all(
                hosts
                    .slice(0, 3)
                    .map(({ name }) =>
                        docker([
                            "exec",
                            name,
                            "docker",
                            "inspect",
                            "--format={{.Image}}",
                            "consul",
                        ]),
                    ),
            );

        beforeAll(async () => {
            await removeHosts(prefix);
            const place = { prefix, subnet, folder, count: 5 };
            prepared = await prepareLabHosts(place);
            ({ hosts } = prepared);
            for (const host of hosts) {
                await prepared.start(host);
            }
            declare = (count, more = {}) => {
                stack.configure({
                    driver: "generic",
                    driverOptions: { sshUser: "root", sshKey: prepared.keyFile },
                    servers: hosts
                        .slice(0, count)
                        .map(({ address }, index) => ({ name: `server-${index + 1}`, address })),
                    ...more,
                });
            };
            await stack.init();
            declare(3);
            await stack.up();
            clone = await cloneProject();
            stack.project = clone;
        });

        afterAll(async () => {
            const ended = await Promise.allSettled([stack.end()]);
            await removeHosts(prefix);
            for (const made of [folder, clone].filter(Boolean)) {
                rmSync(made, { recursive: true, force: true });
            }
            rmSync(join(projectRoot, path), { recursive: true, force: true });
            expect(ended.filter(({ status }) => status === "rejected")).toEqual([]);
        });

        it("previews no change, calls nothing foreign, and has the store then, for its user alone", async () => {
            const preview = await stack.must(stack.words("preview", "--expect-no-changes"));
            expect(preview).toMatch(noChange);
            expect(preview).not.toMatch(/did not make|Stop it/);
            const store = join(clone, path);
            expect(await new Store(store).machineNames()).toHaveLength(3);
            for (const file of ["certs/ca-key.pem", "machines/lab-second-server-1/key.pem"]) {
                expect([file, (await stat(join(store, file))).mode & 0o777]).toEqual([file, 0o600]);
            }
        });

        it("keeps no key in clear in its state, its history and its events", async () => {
            const keys = await keysIn(join(clone, path));
            expect(keys.length).toBeGreaterThan(30);
            const places = {
                state: await stack.state(),
                "Pulumi's files": await textsBelow(dirname(stack.snapshots)),
                "output of preview": await stack.must(stack.words("preview", "--diff")),
                outputs: await stack.must(["stack", "output", "--json", "--stack", stack.name]),
            };
            for (const [place, text] of Object.entries(places)) {
                expect([place, keys.filter((key) => text.includes(key))]).toEqual([place, []]);
            }
        });

        it("is unchanged by an up whose store was deleted, whole or in part", async () => {
            const { layout } = new Store(join(clone, path));
            const { root, certs, records, machines } = layout;
            const entry = join(machines, "lab-second-server-1");
            for (const lost of [root, certs, records, machines, entry, join(entry, "key.pem")]) {
                await rm(lost, { recursive: true });
                await stack.up("--expect-no-changes");
            }
        });

        it("is completed by the next run where laying down the store was killed", async () => {
            const { root, machines } = new Store(join(clone, path)).layout;
            await rm(root, { recursive: true });
            const running = stack.start(stack.words("preview"));
            while (!existsSync(machines)) {
                await new Promise((again) => setTimeout(again, 1));
            }
            running.kill("SIGKILL");
            await running.ended;
            await stack.unlock();
            await stack.up("--expect-no-changes");
        });

        it("takes another image, grows to five and shrinks to three", async () => {
            await rm(join(clone, path), { recursive: true });
            const image = join(folder, "other.tar");
            await writeOtherBuild(labImage, image);
            const before = await images();
            settled = { image };
            declare(3, settled);
            await stack.up();
            const now = await images();
            expect(new Set([...before, ...now]).size).toBe(2);
            expect(now).not.toContain(before[0]);
            declare(5, settled);
            await stack.up();
            await untilWhole(await stack.outputs());
            await rm(join(clone, path), { recursive: true });
            declare(3, settled);
            await stack.up();
            expect((await servers(await stack.outputs())).map(({ Name }) => Name)).toEqual([
                "server-1",
                "server-2",
                "server-3",
            ]);
        });

        it("replaces a machine that works, and one whose host was installed anew, and loses nothing", async () => {
            expect(await put((await stack.outputs()).httpAddress, "kept", "safe")).toBe(true);
            await rm(join(clone, path), { recursive: true });
            const replaced = ["--replace", "**Command::consul-server-3-machine"];
            expect(await stack.up(...replaced)).toContain(
                "consul-server-3-machine created replacement",
            );
            await untilWhole(await stack.outputs());

            const [, host] = prepared.hosts;
            if (host === undefined) {
                throw new Error("no second host");
            }
            await docker(["rm", "--force", "--volumes", host.name]);
            await prepared.start(host);
            await rm(join(clone, path), { recursive: true });
            settled = { ...settled, generations: { "server-2": 2 } };
            declare(3, settled);
            await stack.up();
            const outputs = await stack.outputs();
            await untilWhole(outputs);
            expect(await get(outputs.httpAddress, "kept")).toBe("safe");
        });

        it("is unchanged in the first clone afterwards", async () => {
            stack.project = projectRoot;
            // What it knew of the machines is older than what the state has. A node that left removes its provider.
            await stack.up();
            await stack.up("--expect-no-changes");
            stack.project = clone;
        });

        it("is refused where the state may not have the store, with what to copy from where", async () => {
            declare(3, { ...settled, storeInState: false });
            await stack.up();
            const other = await cloneProject();
            stack.project = other;
            const preview = await stack.run(stack.words("preview"));
            expect(preview.exitCode).not.toBe(0);
            expect(preview.output).toContain(
                "keeps it out of the state: copy the folder from where the stack was brought up last",
            );
            expect(preview.output).not.toContain("Stop it");
            const before = await left();
            expect(before).not.toEqual([]);
            const destroy = await stack.run(stack.words("destroy", "--yes", "--skip-preview"));
            expect(destroy.exitCode).not.toBe(0);
            expect(destroy.output).toContain("cannot be removed from here; nothing was removed");
            expect(await left()).toEqual(before);
            await rm(other, { recursive: true });
            stack.project = clone;
            declare(3, settled);
            await stack.up();
        });

        it("is destroyed from a third clone, which has never seen it, and nothing is left on any host", async () => {
            const third = await cloneProject();
            stack.project = third;
            await stack.destroy();
            expect(await left()).toEqual([]);
            expect(existsSync(join(third, path))).toBe(false);
            await rm(third, { recursive: true });
            stack.project = clone;
        });
    },
);
