import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeRegistry, type FakeRegistry } from "../support/fakeRegistry.ts";
import { get, put, servers, untilWhole } from "./support/cluster.ts";
import { containerIds, docker, hostOf, onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { lostWrites, OutsideClient } from "./support/outsideClient.ts";
import { labImage, noBinary } from "./support/pieces.ts";

const name = "lab-engines";
const nodes = ["server-1", "server-2", "server-3"];

/** The lab's own network, whose gateway is this computer. */
const subnet = "10.98.41.0/24";
const gateway = "10.98.41.1";

/** What an engine says of itself. */
interface EngineInfo {
    readonly Labels: readonly string[];
    readonly LoggingDriver: string;
    readonly HttpsProxy?: string;
    readonly NoProxy?: string;
    readonly RegistryConfig: {
        readonly Mirrors: readonly string[] | null;
        readonly IndexConfigs: Readonly<Record<string, { readonly Secure: boolean }>>;
    };
}

/** What an engine says of an agent's container. */
interface AgentInfo {
    readonly HostConfig: {
        readonly Memory: number;
        readonly MemoryReservation: number;
        readonly ExtraHosts: readonly string[];
        readonly Ulimits: readonly { readonly Name: string; readonly Soft: number }[];
        readonly LogConfig: { readonly Type: string; readonly Config: object };
    };
    readonly Mounts: readonly { readonly Destination: string; readonly Name: string }[];
}

describe.skipIf(noBinary !== undefined)("engines and containers that are told more", () => {
    const stack = new LabStack(name);
    let registry: FakeRegistry;
    let outputs: Outputs;

    const info = async (node: string) =>
        JSON.parse(
            await onMachine(name, node, "docker", "info", "--format={{json .}}"),
        ) as EngineInfo;
    const agent = async (node: string) => {
        const [found] = JSON.parse(
            await onMachine(name, node, "docker", "inspect", "consul"),
        ) as AgentInfo[];
        return found;
    };
    const registryAddress = () => `${gateway}:${registry.port}`;

    /** Settings of three servers; what they have in the beginning, and more. */
    function configure(more: Readonly<Record<string, unknown>> = {}): void {
        stack.configure({
            servers: nodes.map((node) => ({ name: node })),
            driverOptions: { subnet },
            ...more,
        });
    }

    const engine = () => ({
        mirrors: ["https://mirror.example"],
        insecureRegistries: [registryAddress()],
        proxy: { https: "http://proxy.example:3128", no: [".example"] },
        labels: { zone: "a" },
        options: { "max-concurrent-downloads": 2 },
    });
    const container = {
        memory: "512m",
        memoryReservation: 256,
        fileLimit: 16_384,
        logOpts: { "max-size": "5m" },
        extraHosts: { "vault.example": "10.0.0.9" },
        data: { hostPath: "/srv/consul" },
    };

    /** Sets the password of the registry, as an operator does. */
    async function setPassword(password: string): Promise<void> {
        const path = `registries["${registryAddress()}"]`;
        const set = (...words: string[]) =>
            stack.must(stack.words("config", "set", "--path", ...words));
        await set(`${path}.username`, "puller");
        await set("--secret", `${path}.password`, "--", password);
    }

    beforeAll(async () => {
        registry = await fakeRegistry({
            archive: labImage,
            name: "hashicorp/consul",
            login: { username: "puller", password: "hunter2" },
            host: "0.0.0.0",
        });
        await stack.init();
        configure({ container });
        await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
        await registry.close();
    });

    it("agents have their limits, their bounded log and their names", async () => {
        for (const node of nodes) {
            const { HostConfig: host, Mounts: mounts } = (await agent(node)) ?? {};
            expect(host).toMatchObject({
                Memory: 512 * 1024 * 1024,
                MemoryReservation: 256 * 1024 * 1024,
                ExtraHosts: ["vault.example:10.0.0.9"],
                LogConfig: { Type: "json-file", Config: { "max-size": "5m", "max-file": "3" } },
            });
            expect(host?.Ulimits).toContainEqual({ Name: "nofile", Soft: 16_384, Hard: 16_384 });
            expect(mounts?.find(({ Destination }) => Destination === "/consul/data")?.Name).toBe(
                "consul-data",
            );
        }
        await stack.up("--expect-no-changes");
        await stack.must(stack.words("refresh", "--yes", "--skip-preview"));
        await stack.up("--expect-no-changes");
    });

    it("data are in the folder of the machine, and a rolling change keeps them", async () => {
        await put(outputs.httpAddress, "kept", "here");
        const before = await servers(outputs);
        const files = await onMachine(name, "server-2", "ls", "/srv/consul/consul-data");
        expect(files.split("\n")).toEqual(expect.arrayContaining(["node-id", "raft"]));
        expect(await onMachine(name, "server-2", "cat", "/srv/consul/consul-data.owner")).toBe(
            `consul-machines/${name} server-2`,
        );
        configure({ container: { ...container, memory: "640m" } });
        const output = await stack.up();
        expect(output.match(/-agent created replacement/g)).toHaveLength(3);
        await untilWhole(outputs);
        expect((await servers(outputs)).map(({ ID }) => ID)).toEqual(before.map(({ ID }) => ID));
        expect(await get(outputs.httpAddress, "kept")).toBe("here");
    });

    it("another place for data changes nothing of those that are there, and says so", async () => {
        const ids = await containerIds(name, nodes);
        const other = { ...container, memory: "640m", data: { hostPath: "/srv/other" } };
        configure({ container: other });
        const output = await stack.up("--expect-no-changes");
        expect(output).toContain(
            "server-1: its data stay where they are, in /srv/consul/consul-data",
        );
        expect(await containerIds(name, nodes)).toEqual(ids);
    });

    it("engines are told something while they run, one server after another, and no write is lost", async () => {
        configure({ container: { ...container, memory: "640m" }, engine: engine() });
        const said = await stack.must(stack.words("preview"));
        expect(said).toContain("server-2: its engine gets other settings (");
        const ids = await containerIds(name, nodes);
        const client = new OutsideClient(
            nodes.map((node) => outputs.nodes[node]?.httpAddress ?? ""),
        );
        await stack.up();
        const seen = await client.stop();
        await untilWhole(outputs);
        expect(seen.fewestAnswering).toBeGreaterThanOrEqual(2);
        expect(await lostWrites(outputs.httpAddress, seen.acknowledged)).toEqual([]);
        expect(await containerIds(name, nodes)).toEqual(ids);
        for (const node of nodes) {
            const { RegistryConfig: registries, ...told } = await info(node);
            expect(registries.Mirrors).toEqual(["https://mirror.example/"]);
            expect(registries.IndexConfigs[registryAddress()]?.Secure).toBe(false);
            expect(told.HttpsProxy).toBe("http://proxy.example:3128");
            expect(told.NoProxy).toContain("10.0.0.0/8");
            expect(told.NoProxy).toContain(".example");
            expect(told.Labels).toEqual(
                expect.arrayContaining([
                    "zone=a",
                    expect.stringMatching(/^consul-machines\.engine=[0-9a-f]{16}$/),
                ]),
            );
        }
        await stack.up("--expect-no-changes");
    });

    it("an option that no daemon has is found before any engine is touched", async () => {
        const started = () =>
            Promise.all(
                nodes.map((node) =>
                    onMachine(
                        name,
                        node,
                        "systemctl",
                        "show",
                        "-p",
                        "ActiveEnterTimestamp",
                        "docker",
                    ),
                ),
            );
        const before = await started();
        const options = { "no-such-option": true };
        configure({
            container: { ...container, memory: "640m" },
            engine: { ...engine(), options },
        });
        const { exitCode, output } = await stack.run(stack.upWords());
        expect(exitCode).not.toBe(0);
        expect(output).toContain("unknown flag: --no-such-option");
        expect(output).toContain("Nothing was touched");
        expect(await started()).toEqual(before);
    });

    it("images are pulled from a registry with a login, which another password does not replace", async () => {
        const image = `${registryAddress()}/hashicorp/consul:lab`;
        const settings = { container: { ...container, memory: "640m" }, engine: engine(), image };
        configure(settings);
        await setPassword("wrong");
        const refused = await stack.run(stack.upWords());
        expect(refused.exitCode).not.toBe(0);
        expect(refused.output).not.toContain("wrong:");
        await untilWhole(outputs);

        configure(settings);
        await setPassword("hunter2");
        await stack.up();
        await untilWhole(outputs);
        for (const node of nodes) {
            expect(
                await onMachine(
                    name,
                    node,
                    "docker",
                    "inspect",
                    "--format={{.Config.Image}}",
                    "consul",
                ),
            ).toBe(image);
        }
        expect(registry.asked).toContainEqual(expect.stringMatching(/manifests\/lab 200$/));
        expect(await stack.state()).not.toContain("hunter2");

        const ids = await containerIds(name, nodes);
        registry.changePassword("correct horse");
        configure(settings);
        await setPassword("correct horse");
        await stack.up();
        expect(await containerIds(name, nodes)).toEqual(ids);
    });

    it("without the setting engines are as docker-machine made them", async () => {
        configure({ container: { ...container, memory: "640m" } });
        await stack.up();
        await untilWhole(outputs);
        for (const node of nodes) {
            const {
                RegistryConfig: registries,
                Labels: labels,
                HttpsProxy: proxy,
            } = await info(node);
            expect([registries.Mirrors ?? [], proxy ?? ""]).toEqual([[], ""]);
            expect(labels.filter((label) => label.startsWith("consul-machines.engine="))).toEqual(
                [],
            );
        }
    });

    it("data are moved by taking a node out of the settings and back", async () => {
        const moved = { ...container, memory: "640m", data: { hostPath: "/srv/moved" } };
        const two = nodes.slice(0, 2).map((node) => ({ name: node }));
        configure({ container: moved, servers: two });
        await stack.up();
        expect(await docker("ps", "-aq", "--filter", `name=${hostOf(name, "server-3")}`)).toBe("");
        configure({ container: moved });
        await stack.up();
        await untilWhole(outputs);
        expect(await onMachine(name, "server-3", "ls", "/srv/moved/consul-data")).toContain("raft");
        expect(await get(outputs.httpAddress, "kept")).toBe("here");
    });
});
