import { expect, test } from "vitest";
import { placeIn } from "../../../../scripts/machine/machinePlace.ts";
import type { MachineRecord } from "../../../../scripts/machine/machineRecord.ts";

const config = (address: string) => JSON.stringify({ Driver: { IPAddress: address } });
const made: MachineRecord = { owner: "o/s", state: "made" };

test("a machine of before is where it was", () => {
    expect(placeIn(config("10.0.0.11"), undefined, undefined)).toEqual({
        address: "10.0.0.11",
        recorded: "10.0.0.11",
        bound: "10.0.0.11",
        endpoint: "tcp://10.0.0.11:2376",
    });
    expect(placeIn(config(""), made, undefined)).toBeUndefined();
});

test("one whose host is declared to be reached elsewhere is looked for there", () => {
    const host = { address: "10.0.0.11", reach: "203.0.113.5" };
    expect(placeIn(config("10.0.0.11"), made, host)).toMatchObject({
        address: "203.0.113.5",
        recorded: "10.0.0.11",
        bound: "10.0.0.11",
    });
    const reached = { ...made, address: "10.0.0.11" };
    const moved = placeIn(config("203.0.113.5"), reached, { ...host, reach: "db.example.com" });
    expect(moved?.endpoint).toBe("tcp://db.example.com:2376");
    expect(placeIn(config("203.0.113.5"), reached, { address: "10.0.0.11" })?.address).toBe(
        "10.0.0.11",
    );
});

test("one that is declared at another address is where it was: another machine takes its place", () => {
    const host = { address: "10.0.0.99", reach: "203.0.113.99" };
    expect(placeIn(config("10.0.0.11"), made, host)?.address).toBe("10.0.0.11");
});

test("of a record that was made by hand the address has to be a text", async () => {
    const { isRecord } = await import("../../../../scripts/machine/machineRecord.ts");
    expect(isRecord({ ...made, address: "10.0.0.11" })).toBe(true);
    expect(isRecord({ ...made, address: 7 })).toBe(false);
});
