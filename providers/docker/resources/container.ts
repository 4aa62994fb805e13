import { setTimeout as pause } from "node:timers/promises";
import type { ContainerInspectInfo } from "dockerode";
import { EngineError, type EngineApi } from "../../../scripts/docker/engineApi.ts";
import type { Properties } from "../../protocol/provider.ts";
import { containerSchema } from "../schema/containerSchema.ts";
import { elementsOf, isSame, objectsOf } from "../schema/values.ts";
import { containerRequest, updateRequest } from "./containerRequest.ts";
import { containerValues } from "./containerAnswer.ts";
import { ensureImage } from "./images.ts";
import type { Answer, ResourceType } from "./resourceType.ts";
import { timeLimits } from "./timeLimits.ts";
import { uploadFiles } from "./uploads.ts";

/** Milliseconds that an engine may take for one step of a container, beyond what the container itself may take. */
const stepTimeoutMs = 60_000;

/** What an update changes on the engine. */
const updated = [
    ...["restart", "maxRetryCount", "cpuShares", "memory", "memoryReservation", "cpuSet"],
    ...["memorySwap", "deviceReadBps", "deviceReadIops", "deviceWriteBps", "deviceWriteIops"],
];

/** `docker:index/container:Container`, as Pulumi's docker plugin 5.2.0 has it. */
export const container: ResourceType = {
    token: "docker:index/container:Container",
    schema: containerSchema,
    meta: { ...timeLimits, schema_version: "2" },
    comparisons: {
        ports: hasSamePorts,
        // The engine's own choice stands where they are empty.
        user: isSameOrLeft,
        workingDir: isSameOrLeft,
    },

    create: async (engine, inputs, made, { signal }) => {
        await ensureImage(engine, String(inputs.image), inputs.platform);
        const id = await engine.use((api) => create(api, inputs));
        made(id);
        await engine.use(async (api) => {
            await connectNetworks(api, id, inputs.networksAdvanced);
            await uploadFiles(api, id, inputs.uploads);
            if (inputs.start !== false) {
                await post(api, id, "start");
            }
        });
        if (inputs.start !== false && inputs.wait === true) {
            const seconds = Number(inputs.waitTimeout ?? 60);
            await engine.use((api) => untilHealthy(api, id, seconds, signal));
        }
        return engine.use(async (api) => answerOf(await inspect(api, id), inputs));
    },

    read: async (engine, id, state) => {
        const path = `/containers/${encodeURIComponent(id)}/json`;
        const info = await engine.use((api) => api.find<ContainerInspectInfo>(path));
        return info === undefined ? undefined : answerOf(info, state);
    },

    update: async (engine, id, state, inputs) => {
        const isStarted = state.mustRun === false && inputs.mustRun !== false;
        if (isStarted && inputs.start !== false) {
            await engine.use((api) => post(api, id, "start"));
        }
        const isChanged = updated.some((name) => {
            const property = containerSchema[name];
            const now = inputs[name] ?? property?.default;
            return property !== undefined && !isSame(property, state[name], now);
        });
        if (isChanged) {
            await engine.use((api) => api.update(id, updateRequest(inputs)));
        }
    },

    delete: async (engine, id, state) => {
        const grace = Number(state.destroyGraceSeconds ?? 0);
        const timeout = grace * 1000 + stepTimeoutMs;
        await engine.use(async (api) => {
            await unlessGone(() => post(api, id, `stop?t=${grace}`, timeout));
            const volumes = state.removeVolumes === false ? "" : "&v=1";
            const path = `/containers/${encodeURIComponent(id)}?force=1${volumes}`;
            await unlessGone(() => api.text(path, { method: "DELETE", timeout }));
            await unlessGone(() => post(api, id, "wait?condition=removed", timeout));
        });
    },
};

async function create(api: EngineApi, inputs: Properties): Promise<string> {
    const query = new URLSearchParams({ name: String(inputs.name) });
    if (typeof inputs.platform === "string") {
        query.set("platform", inputs.platform);
    }
    const { Id: id } = await api.ask<{ readonly Id: string }>(
        `/containers/create?${query.toString()}`,
        { method: "POST", json: containerRequest(inputs), timeout: stepTimeoutMs },
    );
    return id;
}

function inspect(api: EngineApi, id: string): Promise<ContainerInspectInfo> {
    return api.ask<ContainerInspectInfo>(`/containers/${id}/json`);
}

function answerOf(info: ContainerInspectInfo, known: Properties): Answer {
    return { id: info.Id, values: containerValues(info, known) };
}

async function post(
    api: EngineApi,
    id: string,
    verb: string,
    timeout: number = stepTimeoutMs,
): Promise<void> {
    await api.text(`/containers/${encodeURIComponent(id)}/${verb}`, { method: "POST", timeout });
}

/** A container that is gone, or is just going, is no failure of its removal. */
async function unlessGone(work: () => Promise<unknown>): Promise<void> {
    try {
        await work();
    } catch (error) {
        const isGone =
            error instanceof EngineError &&
            (error.status === 404 || error.message.includes("is already in progress"));
        if (!isGone) {
            throw error;
        }
    }
}

/** The declared networks take the place of the engine's own. */
async function connectNetworks(api: EngineApi, id: string, networks: unknown): Promise<void> {
    const declared = objectsOf(networks);
    if (declared.length === 0) {
        return;
    }
    const leave = { method: "POST", json: { Container: id, Force: false } } as const;
    await api.text("/networks/bridge/disconnect", leave).catch((error: unknown) => {
        if (!(error instanceof Error && error.message.includes("is not connected to"))) {
            throw error;
        }
    });
    for (const network of declared) {
        const options = elementsOf(network.driverOpts).map((option): [string, string] => {
            const [key = "", ...value] = String(option).split("=");
            return [key, value.join("=")];
        });
        const endpoint = {
            Aliases: network.aliases,
            IPAMConfig: {
                IPv4Address: network.ipv4Address,
                IPv6Address: network.ipv6Address,
                LinkLocalIPs: network.linkLocalIps,
            },
            MacAddress: network.macAddress,
            DriverOpts: options.length > 0 ? Object.fromEntries(options) : undefined,
            GwPriority: network.gwPriority,
        };
        const path = `/networks/${encodeURIComponent(String(network.name))}/connect`;
        const json = { Container: id, EndpointConfig: endpoint };
        await api.text(path, { method: "POST", json, timeout: stepTimeoutMs });
    }
}

async function untilHealthy(
    api: EngineApi,
    id: string,
    seconds: number,
    signal: AbortSignal,
): Promise<void> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const { State: state } = await inspect(api, id);
        if (state.Health === undefined) {
            throw new Error(
                "wait: the container has no healthcheck; declare one, or leave wait out",
            );
        }
        if (state.Health.Status === "healthy") {
            return;
        }
        if (Date.now() > end) {
            throw new Error(`wait: the container is not healthy after ${seconds} s`);
        }
        await pause(1000, undefined, { signal });
    }
}

/** Ports in another order are the same, where each is bound once. */
function hasSamePorts(old: unknown, now: unknown): boolean {
    const before = objectsOf(old);
    const after = objectsOf(now);
    if (before.length !== after.length) {
        return false;
    }
    return before.every((port) => {
        const protocol = port.protocol ?? "tcp";
        const same = after.find(
            (other) => other.internal === port.internal && (other.protocol ?? "tcp") === protocol,
        );
        const isBound = same?.external === undefined || same.external === port.external;
        return same !== undefined && isBound && (same.ip ?? "0.0.0.0") === (port.ip ?? "0.0.0.0");
    });
}

function isSameOrLeft(old: unknown, now: unknown): boolean {
    return now === undefined || now === null || now === "" || now === (old ?? "");
}
