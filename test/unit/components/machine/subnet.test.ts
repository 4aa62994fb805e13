import { BlockList } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Subnet } from "../../../../components/machine/subnet.ts";

const masks = fc.integer({ min: 0, max: 32 });

test("contains the addresses that Node's own list contains, and numbers them", () => {
    fc.assert(
        fc.property(fc.ipV4(), masks, fc.ipV4(), (address, bits, other) => {
            const subnet = Subnet.of(`${address}/${bits}`);
            const list = new BlockList();
            list.addSubnet(address, bits, "ipv4");
            for (const one of [address, other]) {
                expect(subnet.contains(one)).toBe(list.check(one, "ipv4"));
                const offset = subnet.offsetOf(one);
                expect(offset === undefined ? one : subnet.nth(offset)).toBe(one);
            }
        }),
    );
});

test("two networks overlap where one contains the other's first address", () => {
    const of = (text: string) => Subnet.of(text);
    expect(of("10.1.0.0/16").overlaps(of("10.1.2.0/24"))).toBe(true);
    expect(of("10.1.2.0/24").overlaps(of("10.1.0.0/16"))).toBe(true);
    expect(of("10.1.2.0/24").overlaps(of("10.1.3.0/24"))).toBe(false);
});

test("counts addresses from the first and from the last", () => {
    const subnet = Subnet.of("10.1.2.7/23");
    expect([subnet.nth(0), subnet.nth(256), subnet.nth(-1)]).toEqual([
        "10.1.2.0",
        "10.1.3.0",
        "10.1.3.255",
    ]);
    expect([subnet.bits, subnet.size, subnet.isNetwork]).toEqual([23, 512, false]);
    expect(Subnet.of("10.1.2.0/23").isNetwork).toBe(true);
});

test.each([
    "",
    "nonsense",
    "10.1.2.0",
    "10.1.2.0/",
    "10.1.2.0/33",
    "10.1.2.0/24/1",
    "10.1.256.0/24",
])("%j is no network", (text) => {
    expect(Subnet.parse(text)).toBeUndefined();
    expect(() => Subnet.of(text)).toThrow(`got "${text}"; an IPv4 network`);
});

test("what is no IPv4 address is in no network", () => {
    const everything = Subnet.of("0.0.0.0/0");
    expect(["", "::1", "10.1.2", "localhost"].map((one) => everything.contains(one))).toEqual([
        false,
        false,
        false,
        false,
    ]);
});
