/**
 * A worker: it registers itself with the agent of its machine, passes its TTL check at intervals, answers
 * the coordinator, and deregisters when it is stopped.
 */
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";
import { Consul, variable, type Worker } from "./consul.ts";

const self: Worker = {
    id: variable("WORKER"),
    address: variable("ADDRESS"),
    port: Number(variable("PORT")),
};
const consul = new Consul(variable("CONSUL"), process.env.CONSUL_HTTP_TOKEN);

/** After so many seconds without a pass the check is critical; it is passed three times in that time. */
const ttl = Number(variable("TTL_SECONDS"));

let answered = 0;
const server = createServer((request, response) => {
    answered += 1;
    response.end(
        `${self.id} has answered ${answered} questions, this one about ${request.url ?? ""}`,
    );
});
server.listen(self.port);

/** Passes the check. Registers first where the agent does not know it: at the start, and when the agent has
 * lost its data. */
async function passCheck(): Promise<void> {
    try {
        await consul.pass(self.id);
    } catch {
        await consul.register("worker", self, `${ttl}s`);
        await consul.pass(self.id);
        console.log(`${self.id} is registered at ${self.address}:${self.port}`);
    }
}

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
        stop.abort();
    });
}

while (!stop.signal.aborted) {
    await passCheck().catch((error: unknown) => {
        console.log(`passing the check: ${String(error)}`);
    });
    await setTimeout((ttl * 1000) / 3, undefined, stop).catch(() => undefined);
}
await consul.deregister(self.id).catch((error: unknown) => {
    console.log(`deregistering: ${String(error)}`);
});
process.exit();
