import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { AgentFacts, NodeFacts } from "../facts.ts";
import { OperatorClient } from "./client.ts";

/** How many keys are compared: servers of different clusters differ in nearly all of them. */
const sampleSize = 20;

/** Milliseconds between two readings: a server may lag for a moment. */
const pauseMs = 500;

const namesSchema = z.array(z.string());

const pairsSchema = z.array(z.object({ Key: z.string(), ModifyIndex: z.number() }));

/**
 * Reads a sample of the keys from each server by itself, each key with the index of its last
 * change. Read twice: only a key that did not change in between counts.
 */
export async function withKeys(nodes: readonly NodeFacts[]): Promise<NodeFacts[]> {
    // A server that knows no leader takes long to answer even from its own data.
    const servers = nodes.flatMap(({ agent }) =>
        agent?.self?.isServer === true && agent.leader !== "" ? [agent] : [],
    );
    if (servers.length < 2) {
        return [...nodes];
    }
    const names = sample(await Promise.all(servers.map(keyNames)));
    const first = await Promise.all(servers.map((server) => indices(server, names)));
    await sleep(pauseMs);
    const second = await Promise.all(servers.map((server) => indices(server, names)));
    const settled = names.filter((name) =>
        servers.every((_, index) => first[index]?.[name] === second[index]?.[name]),
    );
    return nodes.map((node) => {
        const { agent } = node;
        const held = second[servers.findIndex((server) => server === agent)];
        return held === undefined || agent === undefined
            ? node
            : { ...node, agent: { ...agent, keys: only(held, settled) } };
    });
}

async function keyNames({ httpAddress }: AgentFacts): Promise<string[]> {
    const client = new OperatorClient(httpAddress);
    // No keys at all is a 404, and a refusal has a finding of its own.
    return client.ask("/v1/kv/?keys&stale", namesSchema).catch(() => []);
}

async function indices({ httpAddress }: AgentFacts, names: readonly string[]) {
    const client = new OperatorClient(httpAddress);
    const found = names.map(async (name) => {
        const path = `/v1/kv/${name.split("/").map(encodeURIComponent).join("/")}?stale`;
        const pairs = await client.ask(path, pairsSchema).catch(() => []);
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
