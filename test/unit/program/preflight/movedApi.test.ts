import { expect, test } from "vitest";
import { movedApiProblems } from "../../../../program/preflight/movedApi.ts";

const recorded = { httpAddress: "http://10.0.0.11:9500" };

test.each([
    { what: "a cluster that is yet to be made", outputs: {}, ports: { http: 9500 } },
    { what: "the port that it was made with", outputs: recorded, ports: { http: 9500 } },
    { what: "an output that is none", outputs: { httpAddress: "?" }, ports: {} },
])("Consul 0.5.2 takes $what", ({ outputs, ports }) => {
    expect(movedApiProblems(outputs, { imageFlavour: "progrium", ports })).toEqual([]);
});

test.each([
    { ports: {}, got: 8500 },
    { ports: { http: 9600 }, got: 9600 },
])(
    "Consul 0.5.2 takes no other port while it runs, also by leaving it out: $got",
    ({ ports, got }) => {
        expect(movedApiProblems(recorded, { imageFlavour: "progrium", ports })).toEqual([
            `ports.http: got ${got}; a cluster of Consul 0.5.2 keeps its own: while a change goes on, servers at two ports would ` +
                "not find one another. Set it to 9500, at which the cluster was made, or make another cluster",
        ]);
        expect(movedApiProblems(recorded, { imageFlavour: "official", ports })).toEqual([]);
    },
);
