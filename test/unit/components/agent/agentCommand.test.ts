import { expect, test } from "vitest";
import { agentCommand, type AgentFlags } from "../../../../components/agent/agentCommand.ts";

const flags: AgentFlags = {
    role: "server",
    nodeName: "server-2",
    datacenter: "dc1",
    advertise: "10.0.0.2",
    join: ["10.0.0.1"],
};

test("a joining server is told its name, its address and whom to join, and no number to expect", () => {
    expect(agentCommand(flags)).toEqual([
        "agent",
        "-server",
        "-ui",
        "-node=server-2",
        "-datacenter=dc1",
        "-data-dir=/consul/data",
        "-config-dir=/consul-machines",
        "-bind=0.0.0.0",
        "-client=0.0.0.0",
        "-advertise=10.0.0.2",
        "-retry-join=10.0.0.1",
        "-retry-interval=1s",
    ]);
});

test("the bootstrap server is told besides how many to expect", () => {
    expect(agentCommand({ ...flags, bootstrapExpect: 3, join: [] })).toEqual([
        "agent",
        "-server",
        "-ui",
        "-node=server-2",
        "-datacenter=dc1",
        "-data-dir=/consul/data",
        "-config-dir=/consul-machines",
        "-bind=0.0.0.0",
        "-client=0.0.0.0",
        "-advertise=10.0.0.2",
        "-bootstrap-expect=3",
        "-retry-interval=1s",
    ]);
});

test("a client is no server, and joins every address it is given, in their order", () => {
    const client = { ...flags, role: "client", join: ["10.0.0.9", "10.0.0.1"] } as const;
    expect(agentCommand(client)).toEqual([
        "agent",
        "-node=server-2",
        "-datacenter=dc1",
        "-data-dir=/consul/data",
        "-config-dir=/consul-machines",
        "-bind=0.0.0.0",
        "-client=0.0.0.0",
        "-advertise=10.0.0.2",
        "-retry-join=10.0.0.9",
        "-retry-join=10.0.0.1",
        "-retry-interval=1s",
    ]);
});

test("an agent that would join itself is refused, by its name and address", () => {
    expect(() => agentCommand({ ...flags, join: ["10.0.0.1", "10.0.0.2"] })).toThrow(
        new RangeError(
            'server-2: join: got "10.0.0.2"; its own address, which would end its search for ' +
                "others at itself",
        ),
    );
});
