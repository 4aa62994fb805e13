/**
 * A slave: it registers itself with the agent of its machine, says again and again that it is well,
 * answers the master, and leaves when it is stopped.
 */
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";
import { Consul, variable, type Slave } from "./consul.ts";

const self: Slave = {
    id: variable("SLAVE"),
    address: variable("ADDRESS"),
    port: Number(variable("PORT")),
};
const consul = new Consul(variable("CONSUL"));

/** After so long a silence it counts as dead; it speaks up three times in that. */
const ttl = Number(variable("TTL_SECONDS"));

let answered = 0;
const server = createServer((request, response) => {
    answered += 1;
    response.end(
        `${self.id} has answered ${answered} questions, this one about ${request.url ?? ""}`,
    );
});
server.listen(self.port);

/** Registers where the agent does not know it: at first, and when the agent has lost its data. */
async function speakUp(): Promise<void> {
    try {
        await consul.pass(self.id);
    } catch {
        await consul.register("slave", self, `${ttl}s`);
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
    await speakUp().catch((error: unknown) => {
        console.log(`speaking up: ${String(error)}`);
    });
    await setTimeout((ttl * 1000) / 3, undefined, stop).catch(() => undefined);
}
await consul.deregister(self.id).catch((error: unknown) => {
    console.log(`leaving: ${String(error)}`);
});
process.exit();
