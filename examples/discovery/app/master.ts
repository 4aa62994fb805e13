/**
 * The master: it knows at every moment which slaves there are, asks them, and shows them on a page
 * that changes by itself.
 */
import { Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { Consul, variable, type Slave } from "./consul.ts";

const consul = new Consul(variable("CONSUL"));
const port = Number(variable("PORT"));
const page = readFileSync(new URL("page.html", import.meta.url));

/** A slave, and since when it is known: milliseconds since 1970. */
interface Known extends Slave {
    readonly since: number;
}

let known: readonly Known[] = [];
/** When it was last told who there is. */
let told = 0;
const watchers = new Set<ServerResponse>();

async function follow(): Promise<void> {
    for await (const slaves of consul.healthy("slave")) {
        const before = new Map(known.map((slave) => [slave.id, slave.since]));
        told = Date.now();
        known = slaves.map((slave) => ({ ...slave, since: before.get(slave.id) ?? Date.now() }));
        for (const id of slaves.map((slave) => slave.id).filter((one) => !before.has(one))) {
            console.log(`${id} is there`);
        }
        for (const id of [...before.keys()].filter((one) => !known.some((k) => k.id === one))) {
            console.log(`${id} is gone`);
        }
        for (const watcher of watchers) {
            watcher.write(event());
        }
        if (!server.listening) {
            // Not before: nobody is told of an empty list that only means "not asked yet".
            server.listen(port);
        }
    }
}

/** The slaves, as a page's EventSource reads them. */
function event(): string {
    return `data: ${JSON.stringify(known)}\n\n`;
}

/** Asks every slave the same, and tells what each answered. */
async function askAll(question: string): Promise<Record<string, string>> {
    const answers = known.map(async ({ id, address, port: at }) => {
        const signal = AbortSignal.timeout(1000);
        const answer = await fetch(`http://${address}:${at}/${question}`, { signal })
            .then((response) => response.text())
            .catch(String);
        return [id, answer] as const;
    });
    return Object.fromEntries(await Promise.all(answers));
}

/** The plain alternative: who there is now, asked of the agent's DNS. It knows what health checks
 * know, and cannot tell of a change. */
async function askDns(): Promise<string[]> {
    const resolver = new Resolver({ timeout: 1000, tries: 2 });
    resolver.setServers([variable("CONSUL_DNS")]);
    const found = await resolver.resolveSrv("slave.service.consul").catch(() => []);
    const places = found.map(async ({ name, port: at }) => {
        const [address = name] = await resolver.resolve4(name);
        return `${address}:${at}`;
    });
    return (await Promise.all(places)).sort();
}

const answers: Readonly<Record<string, () => unknown>> = {
    "/health": () => "well",
    "/slaves": () => ({ told, slaves: known }),
    "/ask": () => askAll("life"),
    "/dns": askDns,
};

const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (path === "/") {
        response.setHeader("content-type", "text/html; charset=utf-8").end(page);
        return;
    }
    if (path === "/events") {
        response.setHeader("content-type", "text/event-stream").write(event());
        watchers.add(response);
        response.once("close", () => watchers.delete(response));
        return;
    }
    const answer = answers[path];
    response.statusCode = answer === undefined ? 404 : 200;
    void Promise.resolve(answer?.()).then((body) => {
        response.setHeader("content-type", "application/json").end(JSON.stringify(body ?? null));
    });
});
process.once("SIGTERM", () => process.exit());
await follow();
