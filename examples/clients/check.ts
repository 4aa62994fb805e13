import { alive } from "../../scripts/consul/answers.ts";
import { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { eventually, nodesOf, type RunningExample } from "../../cli/example/check.ts";

/**
 * Seconds until every agent has learned of a node. Gossip reaches most at once, without a guarantee; an agent
 * that was missed learns of it by a full state exchange. Each does one with a random other every 30 s, the
 * first 30 to 60 s after its start.
 */
const gossipSeconds = 90;

/** Every agent lists every node as alive, exactly the servers vote, and a key written through one client is
 * read through another. */
export async function check({ outputs, tell }: RunningExample): Promise<void> {
    const nodes = nodesOf(outputs);
    const names = Object.keys(nodes).sort();
    for (const [name, { httpAddress }] of Object.entries(nodes)) {
        await eventually(`${name} knows all nodes as alive`, gossipSeconds, async () => {
            const members = await new ConsulClient(httpAddress).members();
            const found = members.filter(({ Status }) => Status === alive).map(({ Name }) => Name);
            if (found.sort().join() !== names.join()) {
                throw new Error(`it knows ${found.join(", ") || "none"}`);
            }
        });
    }
    tell(`each of ${names.length} agents knows all of them as alive`);

    const clients = Object.values(nodes).filter(({ role }) => role === "client");
    const [first, last] = [clients[0]?.httpAddress ?? "", clients.at(-1)?.httpAddress ?? ""];
    const health = await new ConsulClient(first).health();
    const voters = health.Servers.filter(({ Voter }) => Voter).map(({ Name }) => Name);
    if (voters.length !== names.length - clients.length) {
        throw new Error(`the voters are ${voters.join(", ")}; expected every server and no client`);
    }
    tell(`${voters.length} servers vote, ${clients.length} clients pass questions on to them`);

    const value = `written at ${new Date().toISOString()}`;
    await fetch(`${first}/v1/kv/example`, { method: "PUT", body: value });
    await eventually("what one client wrote is read through another", 5, async () => {
        const read = await (await fetch(`${last}/v1/kv/example?raw`)).text();
        if (read !== value) {
            throw new Error(`"${read}" was read`);
        }
    });
    tell("what was written through one client was read through another");
}
