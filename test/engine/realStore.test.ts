import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, type EngineEvent, type Stack } from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { DockerMachine } from "../../components/machine/dockerMachine.ts";
import { MachineStore } from "../../components/machine/machineStore.ts";
import { startProviders } from "../../providers/index.ts";
import { Store } from "../../scripts/machine/store.ts";
import { certificates } from "../support/certificates.ts";
import { fakeDockerMachine, type FakeDockerMachine } from "../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../support/fakeEngine.ts";
import { suppliedCli, without } from "./support/cli.ts";

const owner = "real-store/test";
const machine = "test-a";
const folder = mkdtempSync(join(tmpdir(), "consul-machines-real-"));
const here = process.cwd();

/** The folder of one computer: with the state and the passphrase alone. */
function computer(name: string): string {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
}

describe.skipIf(without !== "")(
    `a machine by our own scripts, from several computers${without}`,
    () => {
        let binary: FakeDockerMachine;
        const said: string[] = [];

        beforeAll(async () => {
            for (const name of ["work", "home", "backend"]) {
                mkdirSync(join(folder, name));
            }
            binary = await fakeDockerMachine(computer("tools"));
        });

        afterAll(() => {
            process.chdir(here);
            rmSync(folder, { recursive: true, force: true });
        });

        /** Does something with the stack in one computer's folder, where its Commands run. */
        async function on<T>(computerName: string, work: (stack: Stack) => Promise<T>): Promise<T> {
            const place = computer(computerName);
            process.chdir(place);
            const base = {
                PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
                PULUMI_CONFIG_PASSPHRASE: "no secret",
                PULUMI_SKIP_UPDATE_CHECK: "true",
                PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
                PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            };
            const providers = await startProviders({ folder: place, env: base });
            try {
                const stack = await LocalWorkspace.createOrSelectStack(
                    {
                        projectName: "real-store",
                        stackName: "test",
                        program: () => Promise.resolve(program()),
                    },
                    {
                        workDir: join(folder, "work"),
                        pulumiHome: join(folder, "home"),
                        pulumiCommand: suppliedCli(),
                        envVars: { ...base, ...providers.environment },
                    },
                );
                return await work(stack);
            } finally {
                await providers.close();
                process.chdir(here);
            }
        }

        function program() {
            const store = new MachineStore("store", {
                path: "store",
                dockerMachine: binary.binary,
                machines: [machine],
            });
            const made = new DockerMachine("a", {
                machineName: machine,
                machine: { driver: "cloud", options: {} },
                hostRemains: true,
                store,
            });
            return { endpoint: made.endpoint };
        }

        const note = {
            onOutput: (text: string) => void said.push(text),
            // Events that `--debug` alone shows repeat every answer, by Pulumi's SDK.
            onEvent: (event: EngineEvent) => {
                const text = JSON.stringify(event);
                if (!text.includes('"severity":"debug"')) {
                    said.push(text);
                }
            },
        };

        test("it is made on one, unchanged on another, and removed from a third without the program", async () => {
            const filters = `filters={"label":["consul-machines.owner=${owner}"]}`;
            let runs = false;
            const engine = await fakeEngine((asked, body, type) => {
                switch (asked) {
                    case `GET /containers/json?all=true&${filters}`:
                        return { body: [{ Id: "c1" }] };
                    case `GET /volumes?${filters}`:
                        return { body: { Volumes: runs ? [{ Name: "consul-data" }] : [] } };
                    case `GET /networks?${filters}`:
                        return { body: [] };
                    default:
                        return asked.startsWith("GET")
                            ? healthy(asked, body, type)
                            : { status: 204 };
                }
            });
            onTestFinished(() => engine.stop());
            await binary.behave({ enginePort: engine.port });

            const { summary } = await on("first", (stack) => stack.up(note));
            expect(summary.result).toBe("succeeded");
            const calls = (await binary.calls()).length;
            runs = true;

            await on("second", async (stack) => {
                expect((await stack.preview(note)).changeSummary).toEqual({ same: 5 });
                const second = new Store(join(folder, "second", "store"));
                expect(await second.machine(machine).engineAnswers()).toBe(true);
                await stack.up({ ...note, expectNoChanges: true });
            });
            expect(await binary.calls()).toHaveLength(calls);

            const file = join(folder, "backend", ".pulumi", "stacks", "real-store", "test.json");
            const { key, caKey } = await certificates();
            for (const text of [readFileSync(file, "utf8"), said.join("\n")]) {
                expect(text.length).toBeGreaterThan(1000);
                for (const line of [key, caKey].flatMap((pem) => pem.split("\n").slice(1, 3))) {
                    expect(text.includes(line)).toBe(false);
                }
            }

            await on("third", (stack) => stack.destroy(note));
            expect(engine.asked).toContain("DELETE /volumes/consul-data");
            // Behind what takes its unit from the host.
            expect((await binary.calls()).slice(calls + 1)).toEqual([`rm -y ${machine}`]);
            expect(await new Store(join(folder, "third", "store")).machineNames()).toEqual([]);
        });
    },
);
