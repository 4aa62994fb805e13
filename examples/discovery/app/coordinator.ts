/**
 * The coordinator: it follows which workers are healthy, asks them, and shows them on a page that updates
 * itself.
 */
import { Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { Consul, variable, type Worker } from "./consul.ts";

const consul = new Consul(variable("CONSUL"), process.env.CONSUL_HTTP_TOKEN);
const port = Number(variable("PORT"));
const page = readFileSync(new URL("page.html", import.meta.url));

/** A worker, and since when it is known: milliseconds since 1970. */
interface Known extends Worker {
    readonly since: number;
}

let known: readonly Known[] = [];
/** When the list was last answered, in milliseconds since 1970. */
let told = 0;
const watchers = new Set<ServerResponse>();

async function follow(): Promise<void> {
    for await (const workers of consul.healthy("worker")) {
        const before = new Map(known.map((worker) => [worker.id, worker.since]));
        told = Date.now();
        known = workers.map((worker) => ({
            ...worker,
            since: before.get(worker.id) ?? Date.now(),
        }));
        for (const id of workers.map((worker) => worker.id).filter((one) => !before.has(one))) {
            console.log(`${id} is there`);
        }
        for (const id of [...before.keys()].filter((one) => !known.some((k) => k.id === one))) {
            console.log(`${id} is gone`);
        }
        for (const watcher of watchers) {
            watcher.write(event());
        }
        if (!server.listening) {
            // Not before: an empty list would only mean that no answer has come yet.
            server.listen(port);
        }
    }
}

/** The workers, as a page's EventSource reads them. */
function event(): string {
    return `data: ${JSON.stringify(known)}\n\n`;
}

/** Asks every worker the same question; the answers by worker. */
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

/** The plain alternative: the agent's DNS. It answers from the same health checks, and does not report
 * changes. */
async function askDns(): Promise<string[]> {
    const resolver = new Resolver({ timeout: 1000, tries: 2 });
    resolver.setServers([variable("CONSUL_DNS")]);
    const found = await resolver.resolveSrv("worker.service.consul").catch(() => []);
    const places = found.map(async ({ name, port: at }) => {
        const [address = name] = await resolver.resolve4(name);
        return `${address}:${at}`;
    });
    return (await Promise.all(places)).sort();
}

const answers: Readonly<Record<string, () => unknown>> = {
    "/health": () => "healthy",
    "/workers": () => ({ told, workers: known }),
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
