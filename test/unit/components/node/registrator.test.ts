import { expect, test } from "vitest";
import { registratorCommand } from "../../../../components/node/registrator.ts";

test("a registrator is told the machine's address, for its services and for its agent", () => {
    const agent = "consul://10.0.0.11:8500";
    expect(registratorCommand({ address: "10.0.0.11", agent, resyncSeconds: 30 })).toEqual([
        "-ip=10.0.0.11",
        "-cleanup",
        "-resync=30",
        "-deregister=always",
        "-retry-attempts=-1",
        "-retry-interval=1000",
        "consul://10.0.0.11:8500",
    ]);
});

test("what is asked for besides stands before the agent's address, where flags end", () => {
    const command = registratorCommand({
        address: "10.0.0.11",
        agent: "consul-tls://10.0.0.11:8501",
        resyncSeconds: 5,
        explicit: true,
        tags: ["blue", "lab"],
    });
    expect(command.slice(-3)).toEqual([
        "-explicit",
        "-tags=blue,lab",
        "consul-tls://10.0.0.11:8501",
    ]);
});
