import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { untilSshAnswers } from "../../../../scripts/machine/sshBanner.ts";
import { quickClock } from "../../../support/quickTime.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock();
});
afterEach(() => {
    vi.useRealTimers();
});

/** A server that does this with its nth caller, from 1; and how many have called. */
async function listen(answer: (socket: Socket, nth: number) => void) {
    const calls: Socket[] = [];
    const server = createServer((socket) => {
        calls.push(socket.on("error", () => undefined));
        answer(socket, calls.length);
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    onTestFinished(() => {
        calls.forEach((socket) => socket.destroy());
        server.close();
    });
    const { port } = server.address() as AddressInfo;
    const flags = ["--generic-ip-address=127.0.0.1", `--generic-ssh-port=${port}`];
    return { flags, calls };
}

test("a host that greets is there at once", async () => {
    const { flags, calls } = await listen((socket) => socket.write("SSH-2.0-x\r\n"));
    await untilSshAnswers("generic", flags);
    expect([calls.length, Date.now()]).toEqual([1, 0]);
});

test("one that hangs up, or speaks of other things, is asked again until it greets", async () => {
    const { flags, calls } = await listen((socket, nth) => {
        socket.end(["", "HTTP/1.1 400\r\n"][nth - 1] ?? "SSH-2.0-x\r\n");
    });
    await untilSshAnswers("generic", flags);
    expect([calls.length, Date.now()]).toEqual([3, 200]);
});

test("one that does not greet within two seconds is asked again", async () => {
    const started = performance.now();
    const { flags, calls } = await listen((socket, nth) => {
        if (nth > 1) {
            socket.write("SSH-2.0-x\r\n");
        }
    });
    await untilSshAnswers("generic", flags);
    expect([calls.length, Date.now()]).toEqual([2, 100]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(1900);
});

test("one that refuses is left to docker-machine after half a minute", async () => {
    quickClock(50);
    await untilSshAnswers("generic", ["--generic-ip-address=127.0.0.1", "--generic-ssh-port=1"]);
    // The first pause that ends after the limit: each is one of five seconds here.
    expect(Date.now()).toBe(35_000);
});

test.each([
    ["another driver", "virtualbox", true],
    ["a generic host that no flag names", "generic", false],
])("%s is not waited for", async (_, driver, named) => {
    const { flags, calls } = await listen((socket) => socket.end());
    await untilSshAnswers(driver, named ? flags : flags.slice(1));
    expect([calls.length, Date.now()]).toEqual([0, 0]);
});
