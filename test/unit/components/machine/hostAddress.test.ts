import { expect, test } from "vitest";
import {
    isReachKind,
    placeProblems,
    twinProblems,
} from "../../../../components/machine/hostAddress.ts";

test.each(["203.0.113.5", "db", "db-1.example.com", "DB.example.com"])(
    "a host may be reached at %s",
    (reach) => {
        expect(isReachKind(reach)).toBe(true);
    },
);

test.each([
    "",
    "0.0.0.0",
    "127.0.0.1",
    "224.0.0.1",
    "1.2.3",
    "10.0.0.300",
    "-a",
    "a_b",
    "a..b",
    "me@db",
    "db:22",
    "localhost",
])("a host is not reached at %j", (reach) => {
    expect(isReachKind(reach)).toBe(false);
});

test("what is wrong with a place names both of its parts", () => {
    expect(placeProblems({ address: "10.0.0.11", reach: "db.example.com" })).toEqual([]);
    expect(placeProblems({ address: "172.17.0.2", reach: "db:22" })).toEqual([
        'address: got "172.17.0.2"; an IPv4 address that other machines reach, such as 192.168.99.102.',
        'reach: got "db:22"; an IPv4 address or a host name at which this computer reaches the host, such as 203.0.113.5.',
    ]);
});

test("two nodes on one host are found by the address, and by where this computer reaches them", () => {
    const one = { name: "a", address: "10.0.0.11" };
    expect(twinProblems([one, { name: "b", address: "10.0.0.12" }])).toEqual([]);
    expect(twinProblems([one, { name: "b", address: "10.0.0.11" }])).toEqual([
        'b: address: got "10.0.0.11"; a has that one already.',
    ]);
    expect(twinProblems([one, { name: "b", address: "10.0.0.12", reach: "10.0.0.11" }])).toEqual([
        'b: reach: got "10.0.0.11"; a has that one already.',
    ]);
});
