import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ConsulClient } from "../../../scripts/consul/consulClient.ts";
import type { NodeFacts } from "../facts.ts";
import { ask } from "./client.ts";

/** How many keys are compared: servers of different clusters differ in nearly all of them. */
const sampleSize = 20;

/** Milliseconds between two readings: a server may lag for a moment. */
const pauseMs = 500;

const namesSchema = z.array(z.string());

const pairsSchema = z.array(z.object({ Key: z.string(), ModifyIndex: z.number() }));

/**
 * Reads a sample of the keys from each server by itself, each key with the index of its last
 * change. Read twice: only a key that did not change in between counts.
 *
 * @param clientOf asks a node's agent.
 */
export async function withKeys(
    nodes: readonly NodeFacts[],
    clientOf: (node: NodeFacts) => ConsulClient,
): Promise<NodeFacts[]> {
    // A server that knows no leader takes long to answer even from its own data.
    const asked = nodes.filter(
        ({ agent }) => agent?.self?.isServer === true && agent.leader !== "",
    );
    if (asked.length < 2) {
        return [...nodes];
    }
    const servers = asked.map(clientOf);
    const names = sample(await Promise.all(servers.map(keyNames)));
    const first = await Promise.all(servers.map((server) => indices(server, names)));
    await sleep(pauseMs);
    const second = await Promise.all(servers.map((server) => indices(server, names)));
    const settled = names.filter((name) =>
        servers.every((_, index) => first[index]?.[name] === second[index]?.[name]),
    );
    return nodes.map((node) => {
        const { agent } = node;
        const held = second[asked.indexOf(node)];
        return held === undefined || agent === undefined
            ? node
            : { ...node, agent: { ...agent, keys: only(held, settled) } };
    });
}

/** What is stored is no concern of the right to operate the cluster. */
const request = { right: "manage" } as const;

async function keyNames(server: ConsulClient): Promise<string[]> {
    // No keys at all is a 404, and a refusal has a finding of its own.
    return ask(server, "/v1/kv/?keys&stale", namesSchema, request).catch(() => []);
}

async function indices(server: ConsulClient, names: readonly string[]) {
    const found = names.map(async (name) => {
        const path = `/v1/kv/${name.split("/").map(encodeURIComponent).join("/")}?stale`;
        const pairs = await ask(server, path, pairsSchema, request).catch(() => []);
        return pairs.map(({ ModifyIndex }) => [name, ModifyIndex] as const);
    });
    return Object.fromEntries((await Promise.all(found)).flat());
}

/** Some of the names: of those that not all servers have, and of all, spread evenly over them. */
function sample(lists: readonly (readonly string[])[]): string[] {
    const held = lists.map((names) => new Set(names));
    const all = [...new Set(lists.flat())].sort();
    const odd = all.filter((name) => held.some((names) => !names.has(name)));
    return [...new Set([...spread(odd), ...spread(all)])];
}

function spread(names: readonly string[]): string[] {
    const step = Math.max(1, names.length / sampleSize);
    return names.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

function only(held: Readonly<Record<string, number>>, names: readonly string[]) {
    return Object.fromEntries(Object.entries(held).filter(([name]) => names.includes(name)));
}
