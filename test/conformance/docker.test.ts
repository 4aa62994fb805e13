import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { dockerPackage } from "../../providers/docker/dockerPackage.ts";
import type { Properties } from "../../providers/protocol/provider.ts";
import { propertyOf } from "../../providers/protocol/values.ts";
import { EngineApi, EngineError } from "../../scripts/docker/engineApi.ts";
import type { CheckAnswer, DiffAnswer, ResourceAnswer } from "./support/answers.ts";
import { dockerCases, sharedNetwork, type DockerCase } from "./support/dockerCases.ts";
import {
    serveOfficial,
    serveOurs,
    without,
    withoutImage,
    type Served,
} from "./support/official.ts";
import { fakeRegistry } from "../support/fakeRegistry.ts";
import { loadedImage } from "./support/loadedImage.ts";
import type { ProviderClient, Target } from "./support/providerClient.ts";

const socketPath = "/var/run/docker.sock";
const engine = new EngineApi({ socketPath });
const missing = without(dockerPackage) || withoutImage(inject("noImage"));
const agent = missing === "" ? await loadedImage(engine) : undefined;
const image = agent?.reference ?? "";
const withoutArchive =
    process.env.LAB_IMAGE_ARCHIVE?.endsWith(".tar") === true
        ? ""
        : ": skipped, the image is no archive to serve";
const config = { host: `unix://${socketPath}`, context: "" };

/** All answers of a provider in the life of one resource. */
interface Life {
    readonly checks: Readonly<Record<string, unknown>>;
    readonly planned: unknown;
    readonly created: unknown;
    readonly differences: Readonly<Record<string, unknown>>;
    readonly updated: Readonly<Record<string, unknown>>;
    readonly read: unknown;
    readonly deleted: unknown;
    readonly readAfter: unknown;
}

describe.skipIf(missing !== "")(`the docker provider answers as Pulumi's own${missing}`, () => {
    let ours: Served;
    let official: Served;

    beforeAll(async () => {
        await agent?.load();
        const subnet = { Subnet: "10.98.7.0/24", Gateway: "10.98.7.1" };
        const network = { Name: sharedNetwork, IPAM: { Config: [subnet] } };
        await engine.ask("/networks/create", { method: "POST", json: network });
        ours = await serveOurs(dockerPackage);
        official = await serveOfficial(dockerPackage);
        await Promise.all([ours, official].map(({ client }) => client.configure(config)));
    });

    afterEach(() => removed("/containers/conformance?force=1&v=1"));

    afterAll(async () => {
        await Promise.all([ours.close(), official.close()]);
        await removed(`/networks/${sharedNetwork}`);
        await removed("/volumes/conformance-data?force=1");
        await agent?.remove();
    });

    it("a container that cannot start is recorded, and goes on by what it is", async () => {
        const target = { type: "docker:index/container:Container", name: "it" };
        const inputs = { name: "conformance", image, entrypoints: ["/no/such/program"] };
        const failures = [];
        for (const { client } of [official, ours]) {
            const declaredInputs = checked(await client.check(target, inputs));
            const answer = await client.create(target, declaredInputs);
            failures.push("error" in answer ? plain(answer.partly ?? {}) : answer);
            await removed("/containers/conformance?force=1&v=1");
        }
        expect(failures[1]).toEqual(failures[0]);
        expect(failures[1]).toHaveProperty("state.name", "conformance");
    });

    it("a container that was stopped is seen, and started again by an update", async () => {
        const target = { type: "docker:index/container:Container", name: "it" };
        const inputs = { name: "conformance", image, command: ["agent", "-dev"] };
        const answers = [];
        for (const { client } of [official, ours]) {
            const declaredInputs = checked(await client.check(target, inputs));
            const created = made(await client.create(target, declaredInputs));
            await engine.text("/containers/conformance/stop?t=1", { method: "POST" });
            const read = await client.read(target, { ...created, inputs: declaredInputs });
            const state = "state" in read ? read.state : {};
            const recorded = {
                ...created,
                state,
                oldInputs: declaredInputs,
                inputs: declaredInputs,
            };
            const difference = decision(await client.diff(target, recorded));
            const updated = await client.update(target, recorded);
            const info = await engine.ask<{ readonly State: object }>(
                "/containers/conformance/json",
            );
            answers.push({
                read: plain(read),
                difference,
                updated: plain(updated),
                info: info.State,
            });
            await removed("/containers/conformance?force=1&v=1");
        }
        const [expected, seen] = answers;
        expect(seen?.read).toEqual(expected?.read);
        expect(seen?.difference).toEqual(expected?.difference);
        expect(seen?.updated).toEqual(expected?.updated);
        expect(seen?.info).toMatchObject({ Running: true });
    });

    it("ports that the program ignores are as they are, in whatever order the engine has them", async () => {
        const target = { type: "docker:index/container:Container", name: "it" };
        const ports = [
            { internal: 8600, external: 18600, ip: "127.0.0.1" },
            { internal: 8600, external: 18653, ip: "127.0.0.2" },
        ];
        const answers = [];
        for (const { client } of [official, ours]) {
            const inputs = { name: "conformance", image, command: ["agent", "-dev"], ports };
            const oldInputs = checked(await client.check(target, inputs));
            const created = made(await client.create(target, oldInputs));
            const state = { ...created.state, ports: [...listOf(created.state.ports)].reverse() };
            const recorded = { id: created.id, state, oldInputs, inputs: oldInputs };
            const ignoring = { ...recorded, ignoreChanges: ["ports"] };
            const restarted = { ...ignoring, inputs: { ...oldInputs, restart: "always" } };
            answers.push({
                order: decision(await client.diff(target, recorded)),
                ignored: decision(await client.diff(target, ignoring)),
                another: decision(await client.diff(target, restarted)),
                updated: plain(await client.update(target, restarted)),
            });
            await removed("/containers/conformance?force=1&v=1");
        }
        const [expected, seen] = answers;
        expect(seen).toEqual(expected);
        expect(seen?.ignored).toMatchObject({ properties: [] });
    });

    it("memory has no difference, whatever the engine makes of its swap, where the program ignores that", async () => {
        const target = { type: "docker:index/container:Container", name: "it" };
        const answers = [];
        for (const { client } of [official, ours]) {
            const inputs = { name: "conformance", image, command: ["agent", "-dev"], memory: 512 };
            const oldInputs = checked(await client.check(target, inputs));
            const created = made(await client.create(target, oldInputs));
            const recorded = { ...created, oldInputs, inputs: oldInputs };
            const ignoring = { ...recorded, ignoreChanges: ["memorySwap"] };
            answers.push(decision(await client.diff(target, ignoring)));
            await removed("/containers/conformance?force=1&v=1");
        }
        const [expected, seen] = answers;
        expect(seen).toEqual(expected);
        expect(seen).toMatchObject({ properties: [] });
    });

    it("a container that has another log than the program states, and ignores that, is as it was", async () => {
        const target = { type: "docker:index/container:Container", name: "it" };
        const answers = [];
        for (const { client } of [official, ours]) {
            const before = { name: "conformance", image, command: ["agent", "-dev"] };
            const oldInputs = checked(await client.check(target, before));
            const created = made(await client.create(target, oldInputs));
            // What the engine hands on where the program ignores it: what was declared before.
            const recorded = { ...created, oldInputs, inputs: oldInputs };
            const ignoring = { ...recorded, ignoreChanges: ["logDriver", "logOpts"] };
            answers.push(decision(await client.diff(target, ignoring)));
            await removed("/containers/conformance?force=1&v=1");
        }
        const [expected, seen] = answers;
        expect(seen).toEqual(expected);
        expect(seen).toMatchObject({ properties: [] });
    });

    it.skipIf(withoutArchive !== "")(
        `an image is pulled with the login of its registry${withoutArchive}`,
        async () => {
            const registry = await fakeRegistry({
                archive: process.env.LAB_IMAGE_ARCHIVE ?? "",
                name: "conformance/agent",
                login: { username: "puller", password: "hunter2" },
            });
            const address = `127.0.0.1:${registry.port}`;
            const name = `${address}/conformance/agent:1`;
            const target = { type: "docker:index/remoteImage:RemoteImage", name: "it" };
            const pull = async (serve: () => Promise<Served>, password: string) => {
                const served = await serve();
                const login = { address, username: "puller", password };
                const registryAuth = JSON.stringify([login]);
                await served.client.configure({ ...config, registryAuth });
                const inputs = checked(
                    await served.client.check(target, { name, keepLocally: true }),
                );
                const answer = await served.client.create(target, inputs);
                await served.close();
                await removed(`/images/${encodeURIComponent(name)}?force=1`);
                return "error" in answer
                    ? { error: true }
                    : { repoDigest: answer.state.repoDigest };
            };
            try {
                for (const serve of [
                    () => serveOfficial(dockerPackage),
                    () => serveOurs(dockerPackage),
                ]) {
                    expect(await pull(serve, "wrong")).toEqual({ error: true });
                    expect(await pull(serve, "hunter2")).toEqual({
                        repoDigest: containing(`${address}/conformance/agent@sha256:`),
                    });
                }
            } finally {
                await registry.close();
            }
        },
    );

    it("what an engine refuses is an error, and nothing is recorded", async () => {
        const container = { type: "docker:index/container:Container", name: "it" };
        const volume = { type: "docker:index/volume:Volume", name: "it" };
        for (const { client } of [official, ours]) {
            const missing = { name: "conformance", image: "localhost:1/none:1" };
            const unpulled = checked(await client.check(container, missing));
            const refused = await client.create(container, unpulled);
            expect(refused).toHaveProperty("error", containing("localhost:1/none:1"));
            expect(refused).not.toHaveProperty("partly");
            const wrong = checked(await client.check(volume, { name: "conformance/wrong" }));
            const unnamed = await client.create(volume, wrong);
            expect(unnamed).toHaveProperty("error", containing("conformance/wrong"));
        }
    });

    for (const one of dockerCases(image)) {
        it(one.title, async () => {
            const expected = await live(official.client, one);
            const seen = await live(ours.client, one);
            expect(seen.checks).toEqual(expected.checks);
            expect(seen.planned).toEqual(expected.planned);
            expect(seen.created).toEqual(expected.created);
            expect(seen.differences).toEqual(expected.differences);
            expect(seen.updated).toEqual(expected.updated);
            expect(seen.read).toEqual(expected.read);
            expect(seen.deleted).toEqual(expected.deleted);
            expect(seen.readAfter).toEqual(expected.readAfter);
        });

        it(`${one.title}: what one has made is no change for the other`, async () => {
            for (const [maker, other] of [
                [ours.client, official.client],
                [official.client, ours.client],
            ] as const) {
                await crossed(maker, other, one);
            }
        });
    }
});

function listOf(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : [];
}

/** A text with this part. */
function containing(part: string): unknown {
    return expect.stringContaining(part);
}

/** What a test that failed has left is removed. */
async function removed(path: string): Promise<void> {
    await engine.text(path, { method: "DELETE" }).catch((error: unknown) => {
        if (!(error instanceof EngineError && error.status === 404)) {
            throw error;
        }
    });
}

/** Brings a resource to life, asks about every change, and removes it. */
async function live(client: ProviderClient, one: DockerCase): Promise<Life> {
    const target = targetOf(one);
    const checks: Record<string, unknown> = {};
    const inputs = checked(await client.check(target, declared(one.inputs)));
    checks.declared = inputs;
    const planned = await client.create(target, inputs, { preview: true });
    const created = made(await client.create(target, inputs));
    const differences: Record<string, unknown> = {};
    const news: Record<string, Properties> = {};
    for (const [what, change] of Object.entries(one.changes)) {
        const now = declared({ ...one.inputs, ...change });
        const after = checked(await client.check(target, now, inputs));
        checks[what] = after;
        news[what] = after;
        const recorded = { ...created, oldInputs: inputs, inputs: after };
        differences[what] = decision(await client.diff(target, recorded));
    }
    const updated: Record<string, unknown> = {};
    let state = created.state;
    for (const what of one.updates ?? []) {
        const recorded = { id: created.id, state, oldInputs: inputs, inputs: news[what] ?? inputs };
        const answer = await client.update(target, recorded);
        if ("error" in answer) {
            throw new Error(answer.error);
        }
        state = answer.state;
        updated[what] = plain(state);
    }
    const read = await client.read(target, { id: created.id, state, inputs });
    const last = { id: created.id, state, oldInputs: inputs };
    const deleted = await client.delete(target, last);
    const readAfter = await client.read(target, { id: created.id, state, inputs });
    return {
        checks,
        planned: withoutMeta(planned),
        created: plain(created),
        differences,
        updated,
        read: plain(read),
        deleted,
        readAfter: "id" in readAfter ? readAfter.id : readAfter,
    };
}

/** What one provider has made is read, compared and removed by the other. */
async function crossed(maker: ProviderClient, other: ProviderClient, one: DockerCase) {
    const target = targetOf(one);
    const inputs = checked(await maker.check(target, declared(one.inputs)));
    const created = made(await maker.create(target, inputs));
    const recorded = { ...created, oldInputs: inputs, inputs };
    const own = decision(await maker.diff(target, recorded));
    expect(decision(await other.diff(target, recorded))).toEqual(own);
    const first = await maker.read(target, { ...created, inputs });
    const second = await other.read(target, { ...created, inputs });
    expect(second).toEqual(first);
    expect(await other.delete(target, recorded)).toEqual({ deleted: true });
}

function targetOf({ type }: DockerCase): Target {
    return { type, name: "it" };
}

function declared(inputs: Properties): Properties {
    return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
}

function checked(answer: CheckAnswer | { readonly error: string }): Properties {
    if ("error" in answer || answer.failures.length > 0) {
        throw new Error(JSON.stringify(answer));
    }
    return answer.inputs;
}

function made(answer: ResourceAnswer | { readonly error: string }): ResourceAnswer {
    if ("error" in answer) {
        throw new Error(answer.error);
    }
    return answer;
}

/** What a difference decides. Its paths are for display: only their properties are compared. */
function decision(answer: DiffAnswer | { readonly error: string }): unknown {
    if ("error" in answer) {
        return answer;
    }
    const { detailed, ...rest } = answer;
    const properties = Object.keys(detailed).map(propertyOf);
    return { ...rest, properties: [...new Set(properties)].sort() };
}

/** An answer without what is another one for each container. */
function plain(answer: object): unknown {
    const text = JSON.stringify(answer)
        .replaceAll(/\b[0-9a-f]{64}\b(?!consul)/g, "ID")
        .replaceAll(/"hostname":"[0-9a-f]{12}"/g, '"hostname":"START OF THE ID"')
        .replaceAll(/"exitCode":\d+/g, '"exitCode":"N"')
        .replaceAll(/"macAddress":"[0-9a-f:]+"/g, '"macAddress":"MAC"')
        .replaceAll(/172\.17\.0\.\d+/g, "172.17.0.N");
    return JSON.parse(text);
}

/** A planned state without what Terraform keeps of a plan. */
function withoutMeta(answer: object): unknown {
    const { state, ...rest } = answer as ResourceAnswer;
    return { ...rest, state: { ...state, __meta: undefined } };
}
