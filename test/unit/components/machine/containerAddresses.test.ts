import fc from "fast-check";
import { expect, test } from "vitest";
import {
    addressClashes,
    containerAddress,
    defaultNodeSubnet,
    gatewayAddress,
    nodeSubnetProblem,
} from "../../../../components/machine/containerAddresses.ts";

const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);

test("every name has an address inside the network, past the first sixteen, not the last", () => {
    fc.assert(
        fc.property(names, fc.integer({ min: 12, max: 24 }), (name, bits) => {
            const parts = containerAddress(`10.0.0.0/${bits}`, name).split(".").map(Number);
            const [, b = 0, c = 0, d = 0] = parts;
            const host = (b * 256 + c) * 256 + d;
            expect(parts[0]).toBe(10);
            expect(host).toBeGreaterThanOrEqual(16);
            expect(host).toBeLessThan(2 ** (32 - bits) - 1);
        }),
    );
});

test("the address of a name does not change with the program's version", () => {
    const all = ["server-1", "client-1"].map((name) => containerAddress(defaultNodeSubnet, name));
    expect(all).toMatchInlineSnapshot(`
      [
        "172.29.179.216",
        "172.29.165.210",
      ]
    `);
});

test("the machine has the network's first address", () => {
    expect(gatewayAddress(defaultNodeSubnet)).toBe("172.29.0.1");
    expect(gatewayAddress("10.1.2.0/24")).toBe("10.1.2.1");
});

test("two names with one address are told, each other pair is not", () => {
    // In 256 addresses some of these many names meet.
    const many = Array.from({ length: 60 }, (_, index) => `node-${index}`);
    const clashes = addressClashes("10.1.2.0/24", many);
    const taken = many.map((name) => containerAddress("10.1.2.0/24", name));
    expect(clashes).toHaveLength(many.length - new Set(taken).size);
    expect(clashes[0]).toMatch(
        /^node-\d+: its address on the nodes' network, 10\.1\.2\.\d+, is the one of "node-\d+" too: both follow from the names\. Rename one of them\.$/,
    );
    expect(addressClashes(defaultNodeSubnet, ["server-1", "server-2", "client-1"])).toEqual([]);
});

test.each([
    ["172.29.0.0/16", true],
    ["10.0.0.0/12", true],
    ["10.1.2.0/24", true],
    ["10.1.2.0/25", false],
    ["10.0.0.0/8", false],
    ["172.29.1.0/16", false],
    ["172.290.0.0/16", false],
    ["172.29.0.0", false],
    ["nonsense", false],
])("the network %s is sound: %s", (subnet, sound) => {
    const rule = `an IPv4 network of 12 to 24 bits, such as ${defaultNodeSubnet}`;
    expect(nodeSubnetProblem(subnet)).toBe(sound ? undefined : rule);
});
