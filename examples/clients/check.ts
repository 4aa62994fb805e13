import { alive } from "../../scripts/consul/answers.ts";
import { readBody } from "../../scripts/system/http.ts";
import { eventually, nodesOf, type RunningExample } from "../../cli/example/check.ts";

/**
 * Seconds until every agent has learned of a node. Gossip reaches most at once, without a guarantee; an agent
 * that was missed learns of it by a full state exchange. Each does one with a random other every 30 s, the
 * first 30 to 60 s after its start.
 */
const gossipSeconds = 90;

/** Every agent lists every node as alive, exactly the servers vote, and a key written through one client is
 * read through another. */
export async function check({ outputs, clients, tell }: RunningExample): Promise<void> {
    const nodes = nodesOf(outputs);
    const names = Object.keys(nodes).sort();
    for (const name of names) {
        await eventually(`${name} knows all nodes as alive`, gossipSeconds, async () => {
            const members = await clients.of(name).members();
            const found = members.filter(({ Status }) => Status === alive).map(({ Name }) => Name);
            if (found.sort().join() !== names.join()) {
                throw new Error(`it knows ${found.join(", ") || "none"}`);
            }
        });
    }
    tell(`each of ${names.length} agents knows all of them as alive`);

    const agents = names.filter((name) => nodes[name]?.role === "client");
    const [first, last] = [clients.of(agents[0] ?? ""), clients.of(agents.at(-1) ?? "")];
    const health = await first.health();
    const voters = health.Servers.filter(({ Voter }) => Voter).map(({ Name }) => Name);
    if (voters.length !== names.length - agents.length) {
        throw new Error(`the voters are ${voters.join(", ")}; expected every server and no client`);
    }
    tell(`${voters.length} servers vote, ${agents.length} clients pass questions on to them`);

    const value = `written at ${new Date().toISOString()}`;
    const body = JSON.stringify(value);
    await readBody(await first.send("/v1/kv/example", { method: "PUT", body, right: "manage" }));
    await eventually("what one client wrote is read through another", 5, async () => {
        const read = await last.get<string>("/v1/kv/example?raw", { right: "manage" });
        if (read !== value) {
            throw new Error(`"${read}" was read`);
        }
    });
    tell("what was written through one client was read through another");
}
