import { afterEach, expect, it } from "vitest";
import { dockerPackage } from "../../../providers/docker/dockerPackage.ts";
import { ProviderServer } from "../../../providers/protocol/providerServer.ts";
import { FakeEngineLog } from "../../conformance/support/fakeEngineLog.ts";
import { ProviderClient, urnOf } from "../../conformance/support/providerClient.ts";

const volume = { type: "docker:index/volume:Volume", name: "it" };
const config = { host: "unix:///nowhere/docker.sock" };
const opened: { close(): void }[] = [];

afterEach(() => {
    opened.splice(0).forEach((one) => {
        one.close();
    });
});

async function connect(port: number, engine = "127.0.0.1:1"): Promise<ProviderClient> {
    const client = new ProviderClient(port);
    opened.push(client);
    await client.attach(engine);
    return client;
}

it("tells provider resources apart by their connections", async () => {
    const server = new ProviderServer(dockerPackage);
    opened.push(server);
    const port = await server.listen();
    const [one, other] = [await connect(port), await connect(port)];
    await one.configure(config);
    await other.configure({ host: "unix:///elsewhere/docker.sock" });
    expect(await one.create(volume, { name: "it" })).toHaveProperty(
        "error",
        expect.stringContaining("unix:///nowhere/docker.sock does not answer"),
    );
    expect(await other.create({ ...volume, name: "other" }, { name: "it" })).toHaveProperty(
        "error",
        expect.stringContaining("unix:///elsewhere/docker.sock does not answer"),
    );
});

it("knows a resource's provider on a connection that the engine opened in place of an idle one", async () => {
    const server = new ProviderServer(dockerPackage);
    opened.push(server);
    const port = await server.listen();
    const first = await connect(port);
    await first.configure(config);
    await first.check(volume, { name: "it" });
    const second = await connect(port);
    expect(await second.create(volume, { name: "it" })).toHaveProperty(
        "error",
        expect.stringContaining("unix:///nowhere/docker.sock does not answer"),
    );
    const third = await connect(port);
    expect(await third.create({ ...volume, name: "new" }, { name: "it" })).toHaveProperty(
        "error",
        expect.stringContaining("Run it again"),
    );
});

it.each(["unix:///nowhere/docker.sock", "ssh://server-2.unreachable.invalid"])(
    "reads what is on a machine that does not answer as it was recorded: %s",
    async (host) => {
        const log = await FakeEngineLog.listen();
        const server = new ProviderServer(dockerPackage);
        opened.push(log, server);
        const client = await connect(await server.listen(), log.address);
        await client.configure({ host });
        const recorded = {
            id: "it",
            state: { name: "it", driver: "local" },
            inputs: { name: "it" },
        };
        expect(await client.read(volume, recorded)).toEqual(recorded);
        expect(log.lines).toEqual([
            {
                severity: "warning",
                message: expect.stringMatching(
                    /does not answer .* taken to be as it was\./,
                ) as unknown,
                urn: urnOf(volume),
                ephemeral: false,
            },
        ]);
    },
);
